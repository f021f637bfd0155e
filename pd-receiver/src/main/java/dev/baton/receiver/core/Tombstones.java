package dev.baton.receiver.core;

import java.util.ArrayDeque;

import org.agrona.collections.Object2ObjectHashMap;

import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.HandoffId;
import dev.baton.transport.wire.OutcomeKind;

/**
 * Handoffs that have ended, and those cancelled before they came: a late or repeated RESERVE finds its answer here
 * instead of memory (S8, S9). Bounded in number and time; when it is full of young ones, new handoffs are refused.
 * Control agent's thread.
 */
final class Tombstones {
    /** How one ended. */
    record Tombstone(HandoffId handoff, OutcomeKind kind, EndReason reason, long untilNs) {}

    private final Object2ObjectHashMap<HandoffId, Tombstone> byHandoff = new Object2ObjectHashMap<>();
    private final ArrayDeque<Tombstone> byAge = new ArrayDeque<>();
    private final int countMax;
    private final long keptNs;

    Tombstones(int countMax, long keptNs) {
        this.countMax = countMax;
        this.keptNs = keptNs;
    }

    /** The first outcome of a handoff stands: there is no other. */
    void add(HandoffId handoff, OutcomeKind kind, EndReason reason, long nowNs) {
        expire(nowNs);
        if (byHandoff.containsKey(handoff)) {
            return;
        }
        if (byAge.size() == countMax) {
            byHandoff.remove(byAge.poll().handoff());
        }
        Tombstone stone = new Tombstone(handoff, kind, reason, nowNs + keptNs);
        byHandoff.put(handoff, stone);
        byAge.add(stone);
    }

    Tombstone findOrNull(HandoffId handoff) {
        return byHandoff.get(handoff);
    }

    /** It may come, after all. */
    void remove(HandoffId handoff) {
        Tombstone stone = byHandoff.remove(handoff);
        if (stone != null) {
            byAge.remove(stone);
        }
    }

    boolean isFull(long nowNs) {
        expire(nowNs);
        return byAge.size() == countMax;
    }

    int count() {
        return byAge.size();
    }

    private void expire(long nowNs) {
        for (int i = 0; i < 64 && !byAge.isEmpty() && byAge.peek().untilNs() - nowNs <= 0; i++) {
            byHandoff.remove(byAge.poll().handoff());
        }
    }
}
