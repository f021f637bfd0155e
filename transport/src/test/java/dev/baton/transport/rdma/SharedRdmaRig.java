package dev.baton.transport.rdma;

import dev.baton.transport.LinkContext;
import dev.baton.transport.Transport;
import dev.baton.transport.TransportContext;
import dev.baton.transport.rdma.shared.SharedFaults;
import dev.baton.transport.rdma.shared.SharedVerbs;
import java.util.List;

/** The lanes of RDMA over devices of software that processes share, for the contract test; both ends are in this process. */
public final class SharedRdmaRig extends FaultyRdmaRig {
    private final SharedFaults faults = new SharedFaults();
    private TransportContext last;

    public SharedRdmaRig() {
        super("rdma-sim");
    }

    @Override
    protected Transport open(TransportContext context) {
        last = context;
        return new RdmaTransport(context, "rdma-sim", new SharedVerbs(context, 1, faults), RdmaSettings.DEFAULTS, List.of());
    }

    @Override
    public RawLane raw(LinkContext context) {
        TransportContext own = new TransportContext(last.incarnation() + 77, last.sharedMemoryDir(), null, last.copier(),
            last.ledger());
        return new RawRdmaLane(new SharedVerbs(own, 1, faults), context.host(), context.port(), context.slabs().size());
    }

    @Override
    public void hold(boolean value) {
        faults.hold(value);
    }

    @Override
    public void down(boolean value) {
        faults.down(value);
    }

    @Override
    public int registeredCount() {
        return faults.registeredCount();
    }

    @Override
    public int queuePairCount() {
        return faults.queuePairCount();
    }
}
