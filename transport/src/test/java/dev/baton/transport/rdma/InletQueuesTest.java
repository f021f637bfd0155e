package dev.baton.transport.rdma;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import dev.baton.transport.rdma.verbs.CompletionQueue;
import dev.baton.transport.rdma.verbs.Device;
import dev.baton.transport.rdma.verbs.MemoryKeys;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.junit.jupiter.api.Test;

/** How the completions of several devices are taken and waited for. The devices do as they are told and note it. */
class InletQueuesTest {
    private final List<String> done = new ArrayList<>();
    private final InletQueues queues = new InletQueues(new InletQueues.Listener() {
        @Override
        public void onCompletion(CompletionQueue queue, int index) {
            done.add("completion " + queue.requestId(index));
        }

        @Override
        public void onQueueBroken(IOException cause) {
            done.add("broken " + cause.getMessage());
        }
    }, 100);
    private final ScriptedDevice first = new ScriptedDevice("first");
    private final ScriptedDevice second = new ScriptedDevice("second");

    @Test
    void shouldMakeOneQueueForEachDevice() throws IOException {
        assertSame(queues.of(first), queues.of(first));
        queues.of(second);
        first.counts.add(1);
        second.counts.add(2);
        assertEquals(3, queues.poll());
        assertEquals(List.of("completion 0", "completion 0", "completion 1"), done);
    }

    @Test
    void shouldAskForAnEventBeforeTheLastLookAndThenSleep() throws IOException {
        queues.of(first);
        assertEquals(0, queues.rest(1));
        assertEquals(List.of("first arm", "first sleep 1"), done);
    }

    /** What came between the last look and the asking has no event: whoever slept would miss it. */
    @Test
    void shouldNotSleepWhereSomethingCameMeanwhile() throws IOException {
        queues.of(first);
        queues.of(second);
        second.counts.add(1);
        assertEquals(1, queues.rest(1));
        assertEquals(List.of("first arm", "second arm", "completion 0"), done);
    }

    @Test
    void shouldWakeForTheFirstThatComes() throws IOException {
        queues.of(first);
        queues.of(second);
        first.countsAfterSleep.add(1);
        assertEquals(1, queues.rest(1));
        assertEquals(List.of("first arm", "second arm", "first sleep 1", "completion 0"), done);
    }

    @Test
    void shouldTellOfAQueueThatCannotBeRead() throws IOException {
        queues.of(first);
        first.isBroken = true;
        queues.poll();
        assertEquals(List.of("broken no more"), done);
    }

    @Test
    void shouldDrainWhatIsThereAndNoMoreThanFits() throws IOException {
        queues.of(first);
        first.isEndless = true;
        queues.drain();
        assertEquals(128, done.size(), "four batches of 32 at a time");
    }

    private final class ScriptedDevice implements Device, CompletionQueue {
        private final String name;
        private final Queue<Integer> counts = new ArrayDeque<>();
        private final Queue<Integer> countsAfterSleep = new ArrayDeque<>();
        private boolean isBroken;
        private boolean isEndless;

        ScriptedDevice(String name) {
            this.name = name;
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public long messageBytesMax() {
            return 1;
        }

        @Override
        public MemoryKeys register(long address, long lengthBytes, int access) throws IOException {
            throw new IOException("no memory here");
        }

        @Override
        public CompletionQueue createQueue(int entries) {
            return this;
        }

        @Override
        public int poll() throws IOException {
            if (isBroken) {
                throw new IOException("no more");
            }
            return isEndless ? 32 : counts.isEmpty() ? 0 : counts.poll();
        }

        @Override
        public void arm() {
            done.add(name + " arm");
        }

        @Override
        public void sleep(int timeoutMs) {
            done.add(name + " sleep " + timeoutMs);
            counts.addAll(countsAfterSleep);
        }

        @Override
        public long requestId(int index) {
            return index;
        }

        @Override
        public int status(int index) {
            return SUCCESS;
        }

        @Override
        public int kind(int index) {
            return 0;
        }

        @Override
        public int lengthBytes(int index) {
            return 0;
        }

        @Override
        public int immediate(int index) {
            return 0;
        }

        @Override
        public void close() {}
    }
}
