package dev.baton.sim.chaos;

import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

import dev.baton.transport.wire.OutcomeKind;

/**
 * Plays a seed in which a receiver stops or is slow, and once more with nothing wrong with it: what goes to the others is delivered all the same, and takes a tenth
 * longer at most (L7), to each of them from when the first was asked for until the last one's sender knows that it was delivered.
 */
final class StallTwins {
    private static final long COST_MAX_PERCENT = 10;
    /** Idle nodes look at their timers so often. */
    private static final long TIMERS_NS = 20_000_000;

    private StallTwins() {}

    /** As the stalled one; where the others paid for it, that is what it broke. */
    static SeedResult play(long seed, Scope scope) {
        Cluster stalled = new Cluster(new Plan(seed, scope), false);
        SeedResult result = stalled.run();
        if (result.violation() != null || stalled.plan().faults.isEmpty()) {
            return result;
        }
        Set<FaultKind> without = EnumSet.copyOf(StallPlan.KINDS);
        without.addAll(scope.without());
        Cluster calm = new Cluster(new Plan(seed, scope.without(without)), false);
        SeedResult other = calm.run();
        if (other.violation() != null) {
            return result.breaking(other.violation());
        }
        try {
            Map<Integer, Long> calmNs = spansNs(calm);
            spansNs(stalled).forEach((receiver, spanNs) -> compare(result, receiver, spanNs, calmNs.get(receiver)));
        } catch (Violation ex) {
            return result.breaking(ex);
        }
        return result;
    }

    private static void compare(SeedResult result, int receiver, long stalledNs, long calmNs) {
        long percent = Math.max(0, 100 * (stalledNs - calmNs) / Math.max(1, calmNs));
        if (percent > COST_MAX_PERCENT && stalledNs - calmNs > TIMERS_NS) {
            throw new Violation("L7", "a receiver that stops or is slow costs another " + percent + " %: receiver=" + receiver + " stalledMs=" +
                stalledNs / 1_000_000 + " ms=" + calmNs / 1_000_000 + " (--without " +
                StallPlan.KINDS.stream().map(FaultKind::tag).collect(Collectors.joining(",")) + ")");
        }
        result.seen().merge(percent == 0 ? "others-no-later" : percent <= 2 ? "others-later-by-2-percent" : "others-later-by-more", 1, Integer::sum);
    }

    /** By receiver. */
    private static Map<Integer, Long> spansNs(Cluster cluster) {
        Plan plan = cluster.plan();
        Map<Integer, Long> firstNs = new TreeMap<>();
        Map<Integer, Long> lastNs = new TreeMap<>();
        for (Attempt attempt : cluster.attempts()) {
            int receiver = attempt.request.receiver();
            if (attempt.request.index() < plan.requests.size() && receiver != StallPlan.stalled(plan)) {
                if (attempt.senderKind != OutcomeKind.DELIVERED) {
                    throw new Violation("L7", "not delivered, and nothing is wrong with its receiver: " + attempt + " kind=" + attempt.senderKind + " reason=" + attempt.senderReason);
                }
                firstNs.merge(receiver, attempt.request.atNs(), Math::min);
                lastNs.merge(receiver, attempt.senderEndNs, Math::max);
            }
        }
        lastNs.replaceAll((receiver, ns) -> ns - firstNs.get(receiver));
        return lastNs;
    }
}
