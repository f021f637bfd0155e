package dev.baton.sim.chaos;

import java.util.ArrayList;
import java.util.List;

import dev.baton.sim.time.Chance;

/**
 * A node that is told to end, as by SIGTERM: it drains, goes, and comes back as another incarnation.
 *
 * @param node    which, modulo the nodes there are: one that sends, receives, does both or lends
 * @param drainNs from then on until what has not ended by itself is ended
 * @param downNs  from its end until it is started again
 */
record DrainPlan(long atNs, int node, long drainNs, long downNs) {
    private static final int COUNT_MAX = 6;
    private static final int NODES = 840;
    private static final int SEEDS_OF = 8;
    private static final long MS = 1_000_000;

    /** In an eighth of the seeds that no option claims. */
    static List<DrainPlan> drawn(Plan plan) {
        if (!plan.scope.has(Focus.DRAINS) && (!plan.scope.focus().isEmpty() || Chance.of(plan.seed, "drains-too").below(SEEDS_OF) != SEEDS_OF - 1)) {
            return List.of();
        }
        Chance chance = Chance.of(plan.seed, "drains");
        List<DrainPlan> drains = new ArrayList<>();
        int count = (int) chance.between(1, COUNT_MAX);
        for (int i = 0; i < count; i++) {
            long drainNs = chance.below(2) == 0 ? chance.between(0, 500) * MS : chance.between(500, 8_000) * MS;
            drains.add(new DrainPlan(chance.between(100 * MS, plan.chaosNs), chance.below(NODES), drainNs, chance.between(10, 4_000) * MS));
        }
        return drains;
    }
}
