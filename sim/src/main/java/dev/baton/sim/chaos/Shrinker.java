package dev.baton.sim.chaos;

import java.io.PrintWriter;
import java.util.EnumSet;
import java.util.Set;
import java.util.TreeSet;

/** Finds out how little of a failing seed's schedule is enough to break the same invariant. */
final class Shrinker {
    private final long seed;
    private final PrintWriter err;
    private Scope best;
    private String invariant;
    private int tries;

    Shrinker(long seed, Scope scope, PrintWriter err) {
        this.seed = seed;
        this.best = scope;
        this.err = err;
    }

    /** The smallest scope found; the one given, where the seed does not fail at all. */
    Scope shrink() {
        SeedResult whole = play(best);
        if (whole.violation() == null) {
            err.println("seed=" + seed + " does not fail: nothing to shrink");
            return best;
        }
        invariant = whole.violation().invariant();
        boolean isSmaller = true;
        while (isSmaller) {
            isSmaller = fewerKinds();
            isSmaller |= fewerFaults();
            isSmaller |= fewerRequests();
        }
        err.println("shrunk in " + tries + " tries:" + best.options());
        return best;
    }

    private boolean fewerKinds() {
        boolean isSmaller = false;
        for (FaultKind kind : FaultKind.values()) {
            if (!best.without().contains(kind) && new Plan(seed, best).has(kind)) {
                Set<FaultKind> without = EnumSet.of(kind);
                without.addAll(best.without());
                isSmaller |= keepIfFails(best.without(without));
            }
        }
        return isSmaller;
    }

    private boolean fewerFaults() {
        boolean isSmaller = false;
        for (Fault fault : new Plan(seed, best).faults) {
            Set<Integer> dropped = new TreeSet<>(best.dropped());
            dropped.add(fault.index());
            isSmaller |= keepIfFails(best.dropped(dropped));
        }
        return isSmaller;
    }

    private boolean fewerRequests() {
        boolean isSmaller = false;
        int count = new Plan(seed, best).requests.size();
        for (int cut = count / 2; cut >= 1; cut /= 2) {
            while (count - cut >= 1 && keepIfFails(best.requestsMax(count - cut))) {
                count -= cut;
                isSmaller = true;
            }
        }
        return isSmaller;
    }

    private boolean keepIfFails(Scope scope) {
        SeedResult result = play(scope);
        boolean isSame = result.violation() != null && result.violation().invariant().equals(invariant);
        if (isSame) {
            best = scope;
        }
        return isSame;
    }

    private SeedResult play(Scope scope) {
        tries++;
        return SeedRange.play(seed, scope);
    }
}
