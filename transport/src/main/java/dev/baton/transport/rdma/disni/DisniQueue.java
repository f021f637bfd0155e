package dev.baton.transport.rdma.disni;

import com.ibm.disni.verbs.IbvCQ;
import com.ibm.disni.verbs.IbvCompChannel;
import com.ibm.disni.verbs.IbvContext;
import com.ibm.disni.verbs.IbvWC;
import com.ibm.disni.verbs.SVCPollCq;
import com.ibm.disni.verbs.SVCReqNotify;
import dev.baton.transport.rdma.verbs.CompletionQueue;
import java.io.IOException;
import java.io.UncheckedIOException;

/** A completion queue, polled by one call that is made up once. */
final class DisniQueue implements CompletionQueue {
    private static final int BATCH = 32;

    private final IbvCompChannel channel;
    private final IbvCQ queue;
    private final IbvWC[] completions = new IbvWC[BATCH];
    private final SVCPollCq poll;
    private final SVCReqNotify notify;
    private boolean isArmed;

    DisniQueue(IbvContext context, int entries) throws IOException {
        channel = context.createCompChannel();
        queue = context.createCQ(channel, entries, 0);
        for (int i = 0; i < BATCH; i++) {
            completions[i] = new IbvWC();
        }
        poll = queue.poll(completions, BATCH);
        notify = queue.reqNotification(false);
    }

    IbvCQ queue() {
        return queue;
    }

    @Override
    public int poll() throws IOException {
        return poll.execute().getPolls();
    }

    @Override
    public void arm() throws IOException {
        if (!isArmed) {
            notify.execute();
            isArmed = true;
        }
    }

    @Override
    public void sleep(int timeoutMs) throws IOException {
        if (isArmed && channel.getCqEvent(queue, timeoutMs)) {
            DisniVerbs.check("ibv_ack_cq_events", queue.ackEvents(1));
            isArmed = false;
        }
    }

    @Override
    public long requestId(int index) {
        return completions[index].getWr_id();
    }

    @Override
    public int status(int index) {
        return completions[index].getStatus();
    }

    @Override
    public int kind(int index) {
        return completions[index].getOpcode();
    }

    @Override
    public int lengthBytes(int index) {
        return completions[index].getByte_len();
    }

    @Override
    public int immediate(int index) {
        // On the wire, and so here, the highest byte is the first.
        return Integer.reverseBytes(completions[index].getImm_data());
    }

    @Override
    public void close() {
        poll.free();
        notify.free();
        try {
            DisniVerbs.check("ibv_destroy_cq", queue.destroyCQ());
            DisniVerbs.check("ibv_destroy_comp_channel", channel.destroyCompChannel());
        } catch (IOException ex) {
            throw new UncheckedIOException(ex);
        }
    }
}
