package dev.baton.receiver.core;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;

import dev.baton.buffer.reserve.Reservation;

/**
 * How much of the pool is quarantined for each peer, by its configured name: a new incarnation does not start anew. A
 * peer over its share gets no new grants, so that the others keep the rest. Also what an operator should hear of it.
 * Control agent's thread.
 */
final class QuarantineBook {
    /** A quarter of the pool. */
    private static final int SHARE = 4;
    private static final int ALARMS_MAX = 64;

    private final long totalExtents;
    private final Map<String, Long> extentsByNode = new HashMap<>();
    private final ArrayDeque<String> alarms = new ArrayDeque<>();

    QuarantineBook(long totalExtents) {
        this.totalExtents = totalExtents;
    }

    void add(InboundHandoff handoff) {
        long extents = extents(handoff.reservation());
        String node = node(handoff);
        extentsByNode.merge(node, extents, Long::sum);
        if (alarms.size() < ALARMS_MAX) {
            alarms.add("memory is quarantined, for nothing proves that its sender writes no more: handoff=" +
                handoff.handoffId() + " nodeId=" + node + " extents=" + extents + " ofNode=" +
                extentsByNode.get(node) + " total=" + totalExtents);
        }
    }

    void remove(InboundHandoff handoff) {
        long extents = extents(handoff.reservation());
        extentsByNode.computeIfPresent(node(handoff), (node, sum) -> sum == extents ? null : sum - extents);
    }

    long extents(String nodeId) {
        return extentsByNode.getOrDefault(nodeId, 0L);
    }

    boolean isOverShare(String nodeId) {
        return extents(nodeId) * SHARE > totalExtents;
    }

    /** Hands out what has not been told yet; of a burst, the first ones. */
    void drainAlarms(Consumer<String> listener) {
        for (String alarm = alarms.poll(); alarm != null; alarm = alarms.poll()) {
            listener.accept(alarm);
        }
    }

    private static String node(InboundHandoff handoff) {
        return handoff.session().peer().nodeId();
    }

    private static long extents(Reservation reservation) {
        long sum = 0;
        for (int shard = 0; shard < reservation.shardCount(); shard++) {
            sum += reservation.extentCount(shard);
        }
        return sum;
    }
}
