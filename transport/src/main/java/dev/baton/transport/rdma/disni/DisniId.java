package dev.baton.transport.rdma.disni;

import com.ibm.disni.verbs.IbvContext;
import com.ibm.disni.verbs.IbvQP;
import com.ibm.disni.verbs.IbvQPInitAttr;
import com.ibm.disni.verbs.RdmaCmId;
import dev.baton.platform.VerbsExtension;
import dev.baton.transport.rdma.verbs.CompletionQueue;
import dev.baton.transport.rdma.verbs.ConnectionId;
import dev.baton.transport.rdma.verbs.QueuePair;
import java.io.IOException;

/** One id of the connection manager. Addresses and private data go through the extension: DiSNI knows IPv4 alone, and no data. */
final class DisniId implements ConnectionId {
    private static final int FOR_EVER = 7;

    private final DisniChannel channel;
    private final RdmaCmId id;
    private final long handle;
    private DisniQueuePair queuePair;

    DisniId(DisniChannel channel, RdmaCmId id) {
        this.channel = channel;
        this.id = id;
        this.handle = DisniVerbs.handleOf(id);
    }

    long handle() {
        return handle;
    }

    @Override
    public void listen(String host, int port, int backlog) throws IOException {
        extension().bind(handle, host, port);
        id.listen(backlog);
    }

    @Override
    public int port() throws IOException {
        return extension().port(handle);
    }

    @Override
    public void resolveAddress(String host, int port, int timeoutMs) throws IOException {
        extension().resolve(handle, null, host, port, timeoutMs);
    }

    @Override
    public void resolveRoute(int timeoutMs) throws IOException {
        id.resolveRoute(timeoutMs);
    }

    @Override
    public void ackTimeout(int exponent) throws IOException {
        extension().ackTimeout(handle, exponent);
    }

    @Override
    public DisniDevice device() throws IOException {
        IbvContext context = id.getVerbs();
        if (context == null) {
            throw new IOException("an id is bound to no device");
        }
        return channel.verbs().device(context);
    }

    @Override
    public QueuePair createQueuePair(CompletionQueue queue, int sendsMax, int receivesMax, int inlineBytes) throws IOException {
        DisniQueue completions = (DisniQueue) queue;
        IbvQPInitAttr attributes = new IbvQPInitAttr();
        attributes.setQp_type(IbvQP.IBV_QPT_RC);
        attributes.setSend_cq(completions.queue());
        attributes.setRecv_cq(completions.queue());
        attributes.cap().setMax_send_wr(sendsMax);
        attributes.cap().setMax_recv_wr(receivesMax);
        attributes.cap().setMax_inline_data(inlineBytes);
        queuePair = new DisniQueuePair(id.createQP(device().domain(), attributes));
        return queuePair;
    }

    @Override
    public void connect(int retries, byte[] privateData) throws IOException {
        extension().connect(handle, retries, FOR_EVER, privateData);
    }

    @Override
    public void accept(int retries, byte[] privateData) throws IOException {
        extension().accept(handle, retries, FOR_EVER, privateData);
    }

    @Override
    public void reject(byte[] privateData) throws IOException {
        extension().reject(handle, privateData);
    }

    @Override
    public void disconnect() throws IOException {
        DisniVerbs.check("rdma_disconnect", id.disconnect());
    }

    @Override
    public void destroyQueuePair() throws IOException {
        if (queuePair != null) {
            queuePair.free();
            DisniVerbs.check("ibv_destroy_qp", id.destroyQP());
            queuePair = null;
        }
    }

    @Override
    public void destroy() throws IOException {
        channel.forget(this);
        DisniVerbs.check("rdma_destroy_id", id.destroyId());
    }

    private VerbsExtension extension() {
        return channel.verbs().extension();
    }
}
