package dev.baton.sim.chaos;

import java.util.ArrayList;
import java.util.List;

import dev.baton.sim.time.Chance;

/**
 * Memory that a scheduler beside a decode node has held before any sender asks: for a request that comes a while after, for one whose sender is there
 * first, in another size now and then, and for some that nobody sends.
 *
 * @param of            what it is for; its sender may ask for another size
 * @param startWithinMs from the grant until its first byte
 * @param cancelNs      when the scheduler gives it up; MAX if it does not
 */
record EarlyPlan(Request of, long atNs, int tokens, long startWithinMs, long cancelNs) {
    /** Numbers of those that nobody sends are above all others. */
    private static final int FIRST = 1 << 24;
    private static final long MS = 1_000_000;

    /** In an eighth of all seeds. */
    static List<EarlyPlan> drawn(Plan plan, Scope scope) {
        if (!scope.has(Focus.EARLY) && (!scope.focus().isEmpty() || Chance.of(plan.seed, "early-too").below(8) != 0)) {
            return List.of();
        }
        Chance chance = Chance.of(plan.seed, "early");
        List<EarlyPlan> early = new ArrayList<>();
        for (Request of : plan.requests) {
            boolean isSent = chance.below(3) != 0;
            long aheadNs = chance.between(0, 3_000) * MS - 300 * MS;
            int tokens = chance.below(6) == 0 ? of.tokens() / 2 + 1 : of.tokens();
            long startWithinMs = chance.between(200, 6_000);
            long cancelNs = chance.below(6) == 0 ? of.atNs() + chance.between(0, 2_000) * MS : Long.MAX_VALUE;
            if (isSent && !of.isSourceFirst()) {
                early.add(new EarlyPlan(of, Math.max(0, of.atNs() - aheadNs), tokens, startWithinMs, cancelNs));
            } else if (chance.below(2) == 0) {
                Request nobodys = new Request(FIRST + of.index(), of.sender(), of.receiver(), of.atNs(), false, of.tokens(), of.growthTokens(), 0,
                    of.deadlineMs(), of.tenant(), List.of());
                early.add(new EarlyPlan(nobodys, of.atNs(), tokens, startWithinMs, cancelNs));
            }
        }
        return early;
    }

    boolean isSent() {
        return of.index() < FIRST;
    }
}
