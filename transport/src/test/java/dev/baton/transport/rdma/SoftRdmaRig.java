package dev.baton.transport.rdma;

import dev.baton.transport.LinkContext;
import dev.baton.transport.Transport;
import dev.baton.transport.TransportContext;
import dev.baton.transport.rdma.soft.SoftNetwork;
import java.util.List;

/** The lanes of RDMA over devices of software in this process, for the contract test; each end has a device. */
public final class SoftRdmaRig extends FaultyRdmaRig {
    private final SoftNetwork network = new SoftNetwork();

    public SoftRdmaRig() {
        super("rdma-sim in process");
    }

    @Override
    public void hold(boolean value) {
        network.hold(value);
    }

    @Override
    public void down(boolean value) {
        network.down(value);
    }

    @Override
    public int registeredCount() {
        return network.registeredCount();
    }

    @Override
    public int queuePairCount() {
        return network.queuePairCount();
    }

    @Override
    protected Transport open(TransportContext context) {
        return new RdmaTransport(context, "rdma-sim", network.newVerbs(), RdmaSettings.DEFAULTS, List.of());
    }

    @Override
    public RawLane raw(LinkContext context) {
        return new RawRdmaLane(network.newVerbs(), context.host(), context.port(), context.slabs().size());
    }
}
