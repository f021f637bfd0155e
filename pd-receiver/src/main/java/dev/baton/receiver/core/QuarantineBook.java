package dev.baton.receiver.core;

import java.util.ArrayDeque;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;

import dev.baton.buffer.reserve.Reservation;
import dev.baton.buffer.slab.SlabPlan;
import dev.baton.buffer.slab.Tier;

/**
 * How much of each tier of the pool is quarantined for each peer, by its configured name: a new incarnation does not
 * start anew. A peer over its share of one of them gets no new grants, so that the others keep the rest. Also what an operator should hear of it.
 * Control agent's thread.
 */
final class QuarantineBook {
    /** A quarter of a tier. */
    private static final int SHARE = 4;
    private static final int ALARMS_MAX = 64;

    private final SlabPlan plan;
    private final Map<String, Map<Tier, Long>> extentsByNode = new HashMap<>();
    private final ArrayDeque<String> alarms = new ArrayDeque<>();

    QuarantineBook(SlabPlan plan) {
        this.plan = plan;
    }

    void add(InboundHandoff handoff) {
        Reservation reservation = handoff.reservation();
        String node = node(handoff);
        extentsByNode.computeIfAbsent(node, _ -> new EnumMap<>(Tier.class)).merge(reservation.tierOrNull(),
            reservation.extentCount(), Long::sum);
        if (alarms.size() < ALARMS_MAX) {
            alarms.add("memory is quarantined, for nothing proves that its sender writes no more: handoff=" +
                handoff.handoffId() + " nodeId=" + node + " extents=" + reservation.extentCount() + " tier=" +
                reservation.tierOrNull() + " ofNode=" + extents(node) + " total=" +
                plan.lengthBytes() / plan.extentBytes());
        }
    }

    void remove(InboundHandoff handoff) {
        Reservation reservation = handoff.reservation();
        extentsByNode.computeIfPresent(node(handoff), (_, byTier) -> {
            byTier.computeIfPresent(reservation.tierOrNull(), (_, sum) -> sum == reservation.extentCount() ? null
                : sum - reservation.extentCount());
            return byTier.isEmpty() ? null : byTier;
        });
    }

    /** Of all tiers. */
    long extents(String nodeId) {
        return extentsByNode.getOrDefault(nodeId, Map.of()).values().stream().mapToLong(Long::longValue).sum();
    }

    boolean isOverShare(String nodeId) {
        Map<Tier, Long> byTier = extentsByNode.getOrDefault(nodeId, Map.of());
        for (int tierIndex = 0; tierIndex < plan.tierCount(); tierIndex++) {
            long bytes = byTier.getOrDefault(plan.tier(tierIndex), 0L) * plan.extentBytes();
            if (bytes * SHARE > plan.tierBytes(tierIndex)) {
                return true;
            }
        }
        return false;
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
}
