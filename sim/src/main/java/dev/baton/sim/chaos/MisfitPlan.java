package dev.baton.sim.chaos;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

import dev.baton.kv.ElementType;
import dev.baton.kv.KvLayout;
import dev.baton.kv.LayerGroup;
import dev.baton.kv.ShardedLayout;
import dev.baton.sim.time.Chance;

/**
 * A sender whose layout no plan turns into the receivers': of another model, with other layers, heads or elements, or one group more.
 *
 * @param sender its number among the senders
 */
record MisfitPlan(int sender, ShardedLayout layout) {
    private static final long MS = 1_000_000;

    /**
     * Null where all layouts agree or convert: in fifteen sixteenths of the seeds with several senders, where those send each request together, and where some requests
     * are impossible for another reason.
     */
    static MisfitPlan drawnOrNull(Plan plan, Scope scope) {
        boolean isToo = scope.focus().isEmpty() && Chance.of(plan.seed, "misfits-too").below(16) == 0 && Chance.of(plan.seed, "impossible-too").below(8) != 0;
        if (plan.senders < 2 || plan.isRanked() || scope.has(Focus.IMPOSSIBLE) || !(isToo || scope.has(Focus.MISFITS))) {
            return null;
        }
        Chance chance = Chance.of(plan.seed, "misfits");
        return new MisfitPlan(chance.below(plan.senders), misfit(plan.senderLayout, chance.below(5)));
    }

    private static ShardedLayout misfit(ShardedLayout fits, int how) {
        KvLayout kv = fits.layout();
        List<LayerGroup> groups = new ArrayList<>(kv.groups());
        groups.set(0, LayerGroup.attention("full", how == 0 ? 3 : 2, 2, how == 1 ? 32 : 16, how == 2 ? ElementType.FP16 : ElementType.BF16));
        if (how == 4) {
            groups.add(LayerGroup.attention("more", 1, 2, 16, ElementType.BF16));
        }
        return new ShardedLayout(new KvLayout(how == 3 ? "other" : kv.model(), kv.order(), KvLayout.ALL_LAYERS, kv.blockTokens(), groups), fits.sharding());
    }

    /** For every second of its requests a scheduler asks for memory, by that layout: nobody but the receiver looks at it then. */
    List<EarlyPlan> early(Plan plan) {
        Chance chance = Chance.of(plan.seed, "early-misfits");
        Set<Integer> known = new HashSet<>();
        plan.early.forEach(one -> known.add(one.of().index()));
        List<EarlyPlan> early = new ArrayList<>();
        for (Request of : plan.requests) {
            boolean isAsked = chance.below(2) == 0;
            long aheadNs = chance.between(0, 1_000) * MS;
            if (of.sender() == sender && isAsked && !of.isSourceFirst() && !known.contains(of.index())) {
                early.add(new EarlyPlan(of, Math.max(0, of.atNs() - aheadNs), of.tokens(), chance.between(200, 6_000), Long.MAX_VALUE));
            }
        }
        return early;
    }
}
