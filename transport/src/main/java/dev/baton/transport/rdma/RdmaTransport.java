package dev.baton.transport.rdma;

import dev.baton.transport.Inlet;
import dev.baton.transport.InletContext;
import dev.baton.transport.Link;
import dev.baton.transport.LinkContext;
import dev.baton.transport.RemoteSlab;
import dev.baton.transport.Transport;
import dev.baton.transport.TransportContext;
import dev.baton.transport.WriterFence;
import dev.baton.transport.rdma.verbs.ConnectionChannel;
import dev.baton.transport.rdma.verbs.ConnectionId;
import dev.baton.transport.rdma.verbs.Verbs;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;

/** Lanes by RDMA writes: each lane is one queue pair, opened by the connection manager at the inlet's port. One-sided. */
final class RdmaTransport implements Transport {
    private static final System.Logger LOG = System.getLogger(RdmaTransport.class.getName());

    private final TransportContext context;
    private final String scheme;
    private final Verbs verbs;
    private final RdmaSettings settings;
    private final List<String> rails;
    private final OwnMemory memory;
    private final QueuePairFence fence = new QueuePairFence();
    private int inletCount;
    private boolean isRegistered;

    /** @param rails numeric addresses of the devices that lanes are laid over; empty for the inlet's */
    RdmaTransport(TransportContext context, String scheme, Verbs verbs, RdmaSettings settings, List<String> rails) {
        this.context = context;
        this.scheme = scheme;
        this.verbs = verbs;
        this.settings = settings;
        this.rails = List.copyOf(rails);
        this.memory = new OwnMemory(context.ledger());
    }

    @Override
    public String scheme() {
        return scheme;
    }

    @Override
    public boolean isOneSided() {
        return true;
    }

    @Override
    public boolean isRegistering() {
        return verbs.isReachingAnyMemory();
    }

    @Override
    public void register(RemoteSlab slab, long address) {
        memory.add(slab, address);
    }

    @Override
    public void registerSource(long address, long lengthBytes) {
        memory.addSource(address, lengthBytes);
    }

    /** Not before all slabs were registered. */
    @Override
    public Inlet openInlet(InletContext inletContext) {
        prepare();
        try {
            return new RdmaInlet(context, inletContext, scheme, verbs, settings, rails, memory, fence, inletCount++);
        } catch (IOException ex) {
            throw new UncheckedIOException("no RDMA at this address: host=" + inletContext.host() + " port=" +
                inletContext.port(), ex);
        }
    }

    @Override
    public Link openLink(LinkContext linkContext) {
        prepare();
        return new RdmaLink(context, linkContext, verbs, settings, memory);
    }

    /** Registers at every device that lanes are laid over; where none is named, its first lane does that. */
    @Override
    public void prepare() {
        for (int i = 0; i < rails.size() && !isRegistered; i++) {
            try (ConnectionChannel channel = verbs.openChannel()) {
                ConnectionId id = channel.createId();
                try {
                    id.listen(rails.get(i), 0, 1);
                    memory.on(id.device());
                } finally {
                    id.destroy();
                }
            } catch (IOException ex) {
                // Its lanes say so again, as they come; those of other devices go on.
                LOG.log(System.Logger.Level.WARNING, "a rail cannot be used: address=" + rails.get(i), ex);
            }
        }
        isRegistered = true;
    }

    @Override
    public WriterFence fence() {
        return fence;
    }

    /** Inlets and links are closed by who opened them, and before. */
    @Override
    public void close() {
        memory.close();
        verbs.close();
    }
}
