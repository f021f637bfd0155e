package dev.baton.transport.shm;

import dev.baton.platform.ProcessLock;
import dev.baton.transport.WriterFence;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.agrona.collections.Long2ObjectHashMap;

/**
 * One file a session, made by the receiver and locked by the sender: free means that the sending process is gone, or
 * said that it writes no more. Each end keeps its descriptor; only the receiver makes and unlinks files. Slabs are
 * written by nothing but stores of the lock's holder, and a lock of an open file description goes with that process,
 * whatever else of it is closed or forked: descriptors do not survive an exec.
 */
final class SessionLocks implements WriterFence, AutoCloseable {
    private static final System.Logger LOG = System.getLogger(SessionLocks.class.getName());

    private final Path directory;
    private final long incarnation;
    private final Long2ObjectHashMap<Watched> watchedById = new Long2ObjectHashMap<>();
    private final Long2ObjectHashMap<Held> heldById = new Long2ObjectHashMap<>();
    private final Long2ObjectHashMap<Peer> peerByIncarnation = new Long2ObjectHashMap<>();

    /** A lock that a peer is to hold. */
    private static final class Watched {
        private final ProcessLock lock;
        private final Path path;
        private boolean wasSeenHeld;
        private boolean hasRings = true;

        Watched(ProcessLock lock, Path path) {
            this.lock = lock;
            this.path = path;
        }
    }

    /** A process that is looked at; its lock is null where it was not seen to hold one. */
    private record Peer(ProcessLock lockOrNull) {
        void close() {
            if (lockOrNull != null) {
                lockOrNull.close();
            }
        }
    }

    /** A lock of this end, and the one that the receiving process holds as long as it lives; null if it was not seen. */
    private record Held(ProcessLock lock, ProcessLock peerOrNull) {
        void close() {
            lock.close();
            if (peerOrNull != null) {
                peerOrNull.close();
            }
        }
    }

    SessionLocks(Path directory, long incarnation) {
        this.directory = directory;
        this.incarnation = incarnation;
    }

    @Override
    public synchronized void watch(long sessionId) {
        Path path = ShmFiles.sessionLock(directory, incarnation, sessionId);
        try {
            watchedById.put(sessionId, new Watched(ProcessLock.create(path), path));
        } catch (IllegalStateException ex) {
            // Without it nobody on this session is given addresses of slabs; other lanes go on.
            LOG.log(System.Logger.Level.WARNING, "no shm on this session: sessionId=" + Long.toHexString(sessionId), ex);
        }
    }

    /** A ring of that session cannot be made. Its sender is not seen to hold the lock any more; whether it is gone still is. */
    synchronized void withoutRing(long sessionId, RuntimeException why) {
        Watched watched = watchedById.get(sessionId);
        if (watched != null && watched.hasRings) {
            watched.hasRings = false;
            LOG.log(System.Logger.Level.WARNING, "no shm on this session: sessionId=" + Long.toHexString(sessionId), why);
        }
    }

    @Override
    public synchronized boolean isHeld(long sessionId) {
        Watched watched = watchedById.get(sessionId);
        boolean isHeld = watched != null && watched.hasRings && watched.lock.isHeldElsewhere();
        if (isHeld) {
            watched.wasSeenHeld = true;
        }
        return isHeld;
    }

    @Override
    public synchronized boolean isGone(long sessionId) {
        Watched watched = watchedById.get(sessionId);
        return watched != null && watched.wasSeenHeld && !watched.lock.isHeldElsewhere();
    }

    @Override
    public synchronized void forget(long sessionId) {
        Watched watched = watchedById.remove(sessionId);
        if (watched != null) {
            drop(watched);
        }
    }

    @Override
    public synchronized boolean hold(long peerIncarnation, long sessionId) {
        if (heldById.containsKey(sessionId)) {
            return true;
        }
        Path path = ShmFiles.sessionLock(directory, peerIncarnation, sessionId);
        ProcessLock lock;
        try {
            lock = ProcessLock.open(path);
        } catch (IllegalStateException ex) {
            LOG.log(System.Logger.Level.WARNING, "the peer's lock cannot be held: " + ex.getMessage());
            return false;
        }
        if (!lock.tryHold()) {
            LOG.log(System.Logger.Level.WARNING, "the peer's lock is another's: path=" + path);
            lock.close();
            return false;
        }
        heldById.put(sessionId, new Held(lock, processOrNull(peerIncarnation)));
        return true;
    }

    private ProcessLock processOrNull(long peerIncarnation) {
        ProcessLock peer = null;
        try {
            peer = ProcessLock.open(ShmFiles.processLock(directory, peerIncarnation));
            if (peer.isHeldElsewhere()) {
                return peer;
            }
        } catch (IllegalStateException ex) {
            LOG.log(System.Logger.Level.DEBUG, "the peer's end will be known by its silence", ex);
        }
        if (peer != null) {
            peer.close();
        }
        return null;
    }

    @Override
    public synchronized boolean isPeerGone(long sessionId) {
        Held held = heldById.get(sessionId);
        return held != null && held.peerOrNull != null && !held.peerOrNull.isHeldElsewhere();
    }

    @Override
    public synchronized boolean isProcessGone(long incarnation) {
        Peer peer = peerByIncarnation.get(incarnation);
        if (peer == null) {
            peer = new Peer(processOrNull(incarnation));
            peerByIncarnation.put(incarnation, peer);
        }
        return peer.lockOrNull != null && !peer.lockOrNull.isHeldElsewhere();
    }

    @Override
    public synchronized void forgetProcess(long incarnation) {
        Peer peer = peerByIncarnation.remove(incarnation);
        if (peer != null) {
            peer.close();
        }
    }

    @Override
    public synchronized void release(long sessionId) {
        Held held = heldById.remove(sessionId);
        if (held != null) {
            held.close();
        }
    }

    /** What this process held, others find free; what it watched is unlinked. */
    @Override
    public synchronized void close() {
        heldById.values().forEach(Held::close);
        heldById.clear();
        peerByIncarnation.values().forEach(Peer::close);
        peerByIncarnation.clear();
        watchedById.values().forEach(SessionLocks::drop);
        watchedById.clear();
    }

    private static void drop(Watched watched) {
        watched.lock.close();
        try {
            Files.deleteIfExists(watched.path);
        } catch (IOException ex) {
            LOG.log(System.Logger.Level.WARNING, "lock file stays behind: path=" + watched.path, ex);
        }
    }
}
