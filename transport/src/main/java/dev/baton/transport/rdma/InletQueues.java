package dev.baton.transport.rdma;

import dev.baton.transport.rdma.verbs.CompletionQueue;
import dev.baton.transport.rdma.verbs.Device;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** An inlet's completion queues, one for each device that lanes came by. Owned by its thread. */
final class InletQueues {
    private static final int BATCHES_PER_POLL_MAX = 4;

    private final Listener listener;
    private final int entriesMax;
    private final Map<Device, CompletionQueue> queueByDevice = new HashMap<>();
    private final List<CompletionQueue> queues = new ArrayList<>();

    /** Whoever takes completions. */
    interface Listener {
        void onCompletion(CompletionQueue queue, int index) throws IOException;

        /** Nothing of a queue can be read any more. */
        void onQueueBroken(IOException cause);
    }

    /** @param entriesMax completions of one device, more than ever wait */
    InletQueues(Listener listener, int entriesMax) {
        this.listener = listener;
        this.entriesMax = entriesMax;
    }

    /** A device's queue is made with its first lane. */
    CompletionQueue of(Device device) throws IOException {
        CompletionQueue known = queueByDevice.get(device);
        if (known == null) {
            known = device.createQueue(entriesMax);
            queueByDevice.put(device, known);
            queues.add(known);
        }
        return known;
    }

    /** Takes what is there, so much of each at most. Returns how much. */
    int poll() {
        int workCount = 0;
        for (int i = 0; i < queues.size(); i++) {
            workCount += poll(queues.get(i));
        }
        return workCount;
    }

    /** With nothing to do: asks each device for an event, looks once more, and sleeps until there is one. Returns a work count. */
    int rest(int timeoutMs) {
        try {
            for (int i = 0; i < queues.size(); i++) {
                queues.get(i).arm();
            }
            int workCount = poll();
            for (int i = 0; i < queues.size() && workCount == 0; i++) {
                queues.get(i).sleep(timeoutMs);
                workCount += poll();
            }
            return workCount;
        } catch (IOException ex) {
            listener.onQueueBroken(ex);
            return 1;
        }
    }

    /** Takes all that was there when this began. */
    void drain() {
        for (int i = 0; i < queues.size(); i++) {
            int left = entriesMax;
            int count;
            while (left > 0 && (count = poll(queues.get(i))) > 0) {
                left -= count;
            }
        }
    }

    /** After every queue pair. */
    void close() {
        queues.forEach(CompletionQueue::close);
        queues.clear();
        queueByDevice.clear();
    }

    private int poll(CompletionQueue queue) {
        int workCount = 0;
        try {
            for (int batch = 0; batch < BATCHES_PER_POLL_MAX; batch++) {
                int count = queue.poll();
                for (int i = 0; i < count; i++) {
                    listener.onCompletion(queue, i);
                }
                workCount += count;
                if (count == 0) {
                    break;
                }
            }
        } catch (IOException ex) {
            listener.onQueueBroken(ex);
        }
        return workCount;
    }
}
