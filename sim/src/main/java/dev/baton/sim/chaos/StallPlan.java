package dev.baton.sim.chaos;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;

import dev.baton.sim.time.Chance;

/**
 * Much to send to each of several receivers at once; one of them stops for good soon after, is cut off for good, or nine tenths of the time. Nothing else goes wrong.
 * Pools have room for all of it, so that chance does not decide who waits; the window has more units than elsewhere, and prefill takes longer than sending: what bounds
 * the others must not be what is left of the window.
 */
final class StallPlan {
    /** What is wrong with that receiver. */
    static final Set<FaultKind> KINDS = EnumSet.of(FaultKind.PAUSE_RECEIVER, FaultKind.PARTITION);
    private static final long MS = 1_000_000;
    private static final long BEGIN_WITHIN_NS = 50 * MS;
    private static final long FOR_EVER_NS = 60_000 * MS;
    private static final long EVERY_NS = 50 * MS;
    private static final long DEADLINE_MS = 20_000;
    /** Of all senders together to each receiver: fewer than it refuses for their number. */
    private static final int REQUESTS_MAX = 24;

    private StallPlan() {}

    /** The receiver that something is wrong with. */
    static int stalled(Plan plan) {
        return Chance.of(plan.seed, "stalled").below(plan.receivers);
    }

    /** Puts its requests and faults in place of the plan's. */
    static void onto(Plan plan) {
        Chance chance = Chance.of(plan.seed, "stalls");
        plan.requests.clear();
        Sizes sizes = new Sizes(plan);
        int blocksMax = Math.clamp(sizes.tokensWithin(plan.poolExtents) / sizes.blockTokens(), 1, 8);
        int count = (int) chance.between(REQUESTS_MAX / 2, REQUESTS_MAX) / plan.senders * plan.senders * plan.receivers;
        for (int i = 0; i < Math.min(count, plan.scope.requestsMax()); i++) {
            plan.requests.add(new Request(i, i % plan.senders, i / plan.senders % plan.receivers, chance.between(0, BEGIN_WITHIN_NS), false,
                (int) chance.between(1, blocksMax) * sizes.blockTokens(), 0, chance.between(5 * MS, 20 * MS), DEADLINE_MS, 0, List.of()));
        }
        boolean isPaused = chance.below(3) == 0;
        boolean isForEver = isPaused || chance.below(2) == 0;
        long firstNs = chance.between(10 * MS, BEGIN_WITHIN_NS);
        for (long atNs = firstNs; atNs <= (isForEver ? firstNs : plan.chaosNs); atNs += EVERY_NS) {
            stall(plan, isPaused, atNs, isForEver ? FOR_EVER_NS : EVERY_NS * 9 / 10);
        }
    }

    private static void stall(Plan plan, boolean isPaused, long atNs, long forNs) {
        int stalled = stalled(plan);
        for (int sender = 0; sender < (isPaused ? 1 : plan.senders); sender++) {
            Fault fault = new Fault(plan.faults.size(), isPaused ? FaultKind.PAUSE_RECEIVER : FaultKind.PARTITION, atNs, stalled, plan.receivers + sender, forNs);
            if (plan.scope.hasFault(fault)) {
                plan.faults.add(fault);
                plan.enabled.add(fault.kind());
            }
        }
    }
}
