package dev.baton.transport.rdma;

import dev.baton.transport.WriterFence;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * The receiving end knows that a sender can write no more once it has destroyed every queue pair of the session itself:
 * on each inlet, and each destruction succeeded. What the sender says, or that its process ended, proves nothing: its
 * card may hold writes. The sending end has nothing to hold.
 */
final class QueuePairFence implements WriterFence {
    private final Set<Integer> inlets = new HashSet<>();
    private final Map<Long, Set<Integer>> closedBySession = new HashMap<>();
    private final Set<Long> failed = new HashSet<>();

    /** An inlet joins; sessions that are watched must be closed there too. */
    synchronized void inlet(int inlet) {
        inlets.add(inlet);
    }

    /** The session has no queue pair at this inlet any more, and will have none. */
    synchronized void closed(long sessionId, int inlet) {
        Set<Integer> closed = closedBySession.get(sessionId);
        if (closed != null) {
            closed.add(inlet);
        }
    }

    /** A queue pair of the session could not be destroyed. */
    synchronized void failed(long sessionId) {
        failed.add(sessionId);
    }

    @Override
    public synchronized void watch(long sessionId) {
        closedBySession.putIfAbsent(sessionId, new HashSet<>());
    }

    @Override
    public synchronized boolean isHeld(long sessionId) {
        return closedBySession.containsKey(sessionId);
    }

    @Override
    public synchronized boolean isGone(long sessionId) {
        Set<Integer> closed = closedBySession.get(sessionId);
        return closed != null && !failed.contains(sessionId) && closed.containsAll(inlets);
    }

    @Override
    public boolean isWordProof(long sessionId) {
        return false;
    }

    /** A lane that is closed here has no queue pair any more. */
    @Override
    public boolean isEndedHere(long sessionId) {
        return true;
    }

    @Override
    public synchronized void forget(long sessionId) {
        closedBySession.remove(sessionId);
        failed.remove(sessionId);
    }

    @Override
    public boolean hold(long peerIncarnation, long sessionId) {
        return true;
    }

    @Override
    public void release(long sessionId) {}
}
