package dev.baton.sim.fabric;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

import dev.baton.transport.WriterFence;

/**
 * How one process knows that a sender can write no more. Of "shm": the sender holds a session's lock until it lets go or
 * dies. Of "rdma": this process destroyed the session's queue pairs, all of them.
 */
final class SimFence implements WriterFence {
    private final SimProcess process;
    private final String scheme;
    private final Fabric fabric;
    private final Set<Long> watched = new HashSet<>();
    private final Set<Long> seenHeld = new HashSet<>();
    private final Set<Long> failed = new HashSet<>();
    private final Set<Long> seenAlive = new HashSet<>();
    private final Map<Long, Long> peers = new HashMap<>();

    SimFence(SimProcess process, String scheme) {
        this.process = process;
        this.scheme = scheme;
        this.fabric = process.fabric();
        process.fence(this);
    }

    /** Whether a sender may still write there: it never failed, or its fence did. */
    boolean isBroken(long sessionId) {
        return failed.contains(sessionId);
    }

    boolean isAnyBroken() {
        return !failed.isEmpty();
    }

    @Override
    public void watch(long sessionId) {
        watched.add(sessionId);
        if (fabric.chance().happens(fabric.weather().fenceFailureRate)) {
            fabric.injected("fence-failure");
            failed.add(sessionId);
        }
    }

    @Override
    public boolean isHeld(long sessionId) {
        boolean isHeld = watched.contains(sessionId)
            && (!scheme.equals("shm") || fabric.holderOrNull(process.incarnation(), sessionId) != null);
        if (isHeld) {
            seenHeld.add(sessionId);
        }
        return isHeld;
    }

    @Override
    public boolean isGone(long sessionId) {
        if (!watched.contains(sessionId) || !seenHeld.contains(sessionId) || isBroken(sessionId)) {
            return false;
        }
        return scheme.equals("shm") ? fabric.holderOrNull(process.incarnation(), sessionId) == null : !process.isAnyInletOpen(sessionId);
    }

    /** A card's writes fly on after the process gave its lane up, whatever that process says. */
    @Override
    public boolean isWordProof(long sessionId) {
        return scheme.equals("shm");
    }

    @Override
    public boolean isEndedHere(long sessionId) {
        return scheme.equals("rdma");
    }

    /** Of one host, so that the other's lock can be looked at. */
    @Override
    public boolean isProcessGone(long incarnation) {
        boolean isAlive = fabric.ofIncarnationOrNull(incarnation) != null;
        if (isAlive) {
            seenAlive.add(incarnation);
        }
        return scheme.equals("shm") && !isAlive && seenAlive.contains(incarnation);
    }

    @Override
    public void forgetProcess(long incarnation) {
        seenAlive.remove(incarnation);
    }

    @Override
    public void forget(long sessionId) {
        watched.remove(sessionId);
        seenHeld.remove(sessionId);
    }

    @Override
    public boolean hold(long peerIncarnation, long sessionId) {
        SimProcess peer = fabric.ofIncarnationOrNull(peerIncarnation);
        if (peer == null || peer.fenceOrNull() == null || !peer.fenceOrNull().watched.contains(sessionId)) {
            return false;   // there is no such lock
        }
        fabric.hold(peerIncarnation, sessionId, process);
        peers.put(sessionId, peerIncarnation);
        return true;
    }

    /** Of one host, so that the other's lock can be looked at. */
    @Override
    public boolean isPeerGone(long sessionId) {
        Long peer = peers.get(sessionId);
        return scheme.equals("shm") && peer != null && fabric.ofIncarnationOrNull(peer) == null;
    }

    @Override
    public void release(long sessionId) {
        Long peer = peers.remove(sessionId);
        if (peer != null) {
            fabric.release(peer, sessionId, process);
        }
    }
}
