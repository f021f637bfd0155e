package dev.baton.transport.shm;

import dev.baton.memory.Regions;
import dev.baton.transport.Inlet;
import dev.baton.transport.InletContext;
import dev.baton.transport.Link;
import dev.baton.transport.LinkContext;
import dev.baton.transport.Transport;
import dev.baton.transport.TransportContext;
import dev.baton.transport.WriterFence;

/**
 * Shared memory between processes of one host. One-sided: bytes are in place when a write returns. {@link #openLink}
 * maps the peer's slabs on the caller's thread; a peer whose slabs cannot be mapped gives a link that is closed and
 * says why.
 */
public final class ShmTransport implements Transport {
    public static final String SCHEME = "shm";

    private final TransportContext context;
    private final PeerSlabs slabs;
    private final SessionLocks locks;
    private final OwnFiles ownFiles;
    private final OwnFiles ownSpillFilesOrNull;

    public ShmTransport(TransportContext context) {
        this.context = context;
        Regions.privateDirectory(context.sharedMemoryDir());
        this.ownFiles = OwnFiles.claim(context.sharedMemoryDir(), context.incarnation());
        this.locks = new SessionLocks(context.sharedMemoryDir(), context.incarnation());
        this.slabs = new PeerSlabs(context.sharedMemoryDir(), context.spillDir(), context.ledger());
        // A directory of its own keeps a claim of its own: on a disk, files outlive the other directory's locks.
        boolean isApart = context.spillDir() != null &&
            !Regions.privateDirectory(context.spillDir()).equals(Regions.privateDirectory(context.sharedMemoryDir()));
        ownSpillFilesOrNull = isApart ? OwnFiles.claim(context.spillDir(), context.incarnation()) : null;
    }

    @Override
    public String scheme() {
        return SCHEME;
    }

    @Override
    public boolean isOneSided() {
        return true;
    }

    @Override
    public Inlet openInlet(InletContext inletContext) {
        return new ShmInlet(context, inletContext, locks);
    }

    @Override
    public Link openLink(LinkContext linkContext) {
        return new ShmLink(context, linkContext, slabs);
    }

    @Override
    public WriterFence fence() {
        return locks;
    }

    /** Inlets and links are closed by who opened them. */
    @Override
    public void close() {
        locks.close();
        ownFiles.close();
        if (ownSpillFilesOrNull != null) {
            ownSpillFilesOrNull.close();
        }
    }
}
