package dev.baton.transport.rdma;

import dev.baton.transport.LaneRig;
import dev.baton.transport.LinkContext;
import dev.baton.transport.RdmaOptions;
import dev.baton.transport.Transport;
import dev.baton.transport.TransportContext;
import java.util.List;

/** The lanes of RDMA over this machine's devices, for the contract test; both ends are in this process. */
public final class RdmaRig extends LaneRig {
    /** A lane held by hand that can also do what no link does, and says how its requests ended. */
    public interface Hand extends RawLane {
        /** Writes into the first slab with a key that nobody gave out; once the first frame is out. */
        void writeWithWrongKey(int lengthBytes);

        /** How the first request that failed ended, or 0. */
        int failedStatus();

        /** Requests that ended well. */
        int doneCount();
    }

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

    /** The same on one device alone: a lane that has another one to go on by is not over when its link is. */
    public static TransportContext oneRail(TransportContext context, String host) {
        return new TransportContext(context.incarnation(), context.sharedMemoryDir(), context.spillDir(), context.aeronDir(),
            context.copier(), context.ledger(), context.isEncrypting(), new RdmaOptions(List.of(host), false));
    }

    @Override
    public String host() {
        return RdmaAddresses.first();
    }

    @Override
    protected Transport open(TransportContext context) {
        return new RdmaProvider().open(oneRail(context, host()));
    }

    @Override
    public Hand raw(LinkContext context) {
        return new RawRdmaLane(RdmaVerbs.verbsOrNull(), context.host(), context.port(), context.slabs().size());
    }
}
