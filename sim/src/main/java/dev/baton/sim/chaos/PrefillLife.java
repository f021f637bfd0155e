package dev.baton.sim.chaos;

import dev.baton.platform.WatchedProcess;
import dev.baton.sender.PrefillSender;
import dev.baton.sim.time.Chance;

/**
 * The prefill engine beside a node, one process after the other, in those seeds in which they die: the node finds out by looking, or
 * because another is watched in its place. In all others it is a thread of the node.
 */
final class PrefillLife {
    private final boolean isMortal;
    private final Chance chance;
    /** Set once it dies: what the kernel knows of it. */
    private boolean[] isDead;
    private boolean isThere;
    private long goneUntilNs;

    PrefillLife(Plan plan, int node) {
        isMortal = plan.has(FaultKind.ENGINE_GONE) && Chance.of(plan.seed, "prefill-engines").below(2) == 0;
        chance = Chance.of(plan.seed, "prefill-life" + node);
    }

    boolean isMortal() {
        return isMortal;
    }

    boolean isThere() {
        return isThere;
    }

    void begin(PrefillSender sender) {
        isThere = true;
        if (isMortal) {
            boolean[] isItsEnd = new boolean[1];
            isDead = isItsEnd;
            sender.watchEngine(WatchedProcess.by(() -> !isItsEnd[0]));
        }
    }

    /** It dies. Returns whether the next one is there already. */
    boolean die(PrefillSender sender, long nowNs, long forNs) {
        boolean isReplaced = isThere && chance.below(3) == 0;
        goneUntilNs = Math.max(goneUntilNs, isReplaced ? nowNs : nowNs + forNs);
        isDead[0] = true;
        isThere = false;
        if (isReplaced) {
            begin(sender);
        }
        return isReplaced;
    }

    boolean isDue(long nowNs) {
        return !isThere && goneUntilNs <= nowNs;
    }

    /** When another comes, if nobody is there. */
    long nextNs() {
        return isThere ? Long.MAX_VALUE : goneUntilNs;
    }

    void heal() {
        goneUntilNs = 0;
    }
}
