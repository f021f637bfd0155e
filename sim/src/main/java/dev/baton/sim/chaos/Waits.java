package dev.baton.sim.chaos;

import org.agrona.collections.Long2ObjectHashMap;

import dev.baton.buffer.reserve.ExtentLedger;
import dev.baton.buffer.reserve.ExtentState;
import dev.baton.buffer.reserve.Reservation;

/**
 * Whether anybody waits for what it cannot be given: more than a pool has never waits, and more than is usable of one since part of it was quarantined
 * waits for a few cycles at most (L5).
 */
final class Waits {
    private static final long BOUND_NS = 10_000_000;
    /** A paused process notices late, and looks at some of those that wait in each cycle. */
    private static final int CYCLES = 4;

    private static final class Hopeless {
        private long sinceNs;
        private int cycles;
    }

    private final Long2ObjectHashMap<Hopeless> hopeless = new Long2ObjectHashMap<>();

    /** After each cycle, of each that waits. */
    void onQueued(ReceiverMember receiver, Reservation waiting) {
        ExtentLedger extents = receiver.ledger().extents();
        if (isWithin(extents, waiting, true)) {
            hopeless.remove(Overtakes.keyOf(receiver, waiting));
            return;
        }
        if (!isWithin(extents, waiting, false)) {
            throw new Violation("L5", "waits for more than the pool has: " + receiver.name() + " " + waiting);
        }
        long nowNs = receiver.agenda.nowNs();
        Hopeless seen = hopeless.get(Overtakes.keyOf(receiver, waiting));
        if (seen == null) {
            seen = new Hopeless();
            seen.sinceNs = nowNs;
            hopeless.put(Overtakes.keyOf(receiver, waiting), seen);
            receiver.cluster.oracle().counted("pool-shrank-under");
        }
        if (++seen.cycles > CYCLES && nowNs - seen.sinceNs > BOUND_NS) {
            throw new Violation("L5", "waits for more than is usable of the pool: " + receiver.name() + " cycles=" + seen.cycles + " sinceMs=" +
                seen.sinceNs / 1_000_000 + " " + extents.counts().totals() + " " + waiting);
        }
    }

    /** In one tier, on every shard. */
    private static boolean isWithin(ExtentLedger extents, Reservation waiting, boolean isOfUsable) {
        for (int tierIndex = 0; tierIndex < extents.plan().tierCount(); tierIndex++) {
            boolean isWithin = true;
            for (int shard = 0; shard < waiting.shardCount(); shard++) {
                int bank = extents.plan().bank(tierIndex, shard);
                long gone = isOfUsable ? extents.counts().count(bank, ExtentState.QUARANTINED) : 0;
                isWithin &= waiting.extentCount(shard) <= extents.plan().extentCount(bank) - gone;
            }
            if (isWithin) {
                return true;
            }
        }
        return false;
    }
}
