package dev.baton.sim.fabric;

import dev.baton.memory.Copier;
import dev.baton.transport.Inlet;
import dev.baton.transport.InletContext;
import dev.baton.transport.Link;
import dev.baton.transport.LinkContext;
import dev.baton.transport.RemoteSlab;
import dev.baton.transport.Transport;
import dev.baton.transport.TransportContext;
import dev.baton.transport.WriterFence;

/** One process's end of simulated lanes, under the name of the scheme that they stand for. */
final class SimTransport implements Transport {
    private static final int PORTS_PER_LANE = 16;

    private final SimProcess process;
    private final String scheme;
    private final int schemeIndex;
    private final TransportContext context;
    private final WriterFence fence;

    SimTransport(SimProcess process, String scheme, int schemeIndex, TransportContext context) {
        this.process = process;
        this.scheme = scheme;
        this.schemeIndex = schemeIndex;
        this.context = context;
        this.fence = isOneSided() ? new SimFence(process, scheme) : WriterFence.NONE;
    }

    @Override
    public String scheme() {
        return scheme;
    }

    @Override
    public boolean isOneSided() {
        return scheme.equals("shm") || scheme.equals("rdma");
    }

    @Override
    public WriterFence fence() {
        return fence;
    }

    @Override
    public boolean isRegistering() {
        return true;
    }

    @Override
    public void register(RemoteSlab slab, long address) {
        process.slab(slab, address);
    }

    /** The same ports for every incarnation of a node: a lane of an old session must not reach a new process by them. */
    @Override
    public Inlet openInlet(InletContext inlet) {
        return new SimInlet(process, scheme, context, inlet, 1 + inlet.lane() * PORTS_PER_LANE + schemeIndex,
            context.copier());
    }

    @Override
    public Link openLink(LinkContext link) {
        return new SimLink(process, link, context.copier(), scheme);
    }

    @Override
    public void close() {}
}
