package dev.baton.transport.rdma;

import dev.baton.transport.Transport;
import dev.baton.transport.TransportContext;
import dev.baton.transport.rdma.verbs.Verbs;
import java.util.List;

/** The lanes of RDMA over whatever carries out verbs: for machines that are simulated whole, cards and all. */
public final class RdmaLanes {
    private RdmaLanes() {}

    /** With little memory a lane, and one way to each peer; never waits for anybody. */
    public static Transport over(Verbs verbs, TransportContext context, String scheme) {
        return new RdmaTransport(context, scheme, verbs, RdmaSettings.SMALL, List.of());
    }
}
