package dev.baton.transport.rdma;

import dev.baton.transport.LaneRig;
import dev.baton.transport.LinkContext;
import dev.baton.transport.Transport;
import dev.baton.transport.TransportContext;

/** The lanes of RDMA over this machine's devices, for the contract test; both ends are in this process. */
public final class RdmaRig extends LaneRig {
    public RdmaRig() {
        super("rdma");
    }

    public static boolean isPossible() {
        return RdmaVerbs.availability().isPresent();
    }

    /** Of all devices here, one each. */
    public static String[] addresses() {
        return RdmaAddresses.all();
    }

    @Override
    public String host() {
        return RdmaAddresses.first();
    }

    @Override
    protected Transport open(TransportContext context) {
        return new RdmaProvider().open(context);
    }

    @Override
    public RawLane raw(LinkContext context) {
        return new RawRdmaLane(RdmaVerbs.verbsOrNull(), context.host(), context.port(), context.slabs().size());
    }
}
