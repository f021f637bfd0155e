package dev.baton.kv;

import dev.baton.platform.Require;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Two sharded layouts side by side: who sends what to whom, and the compiled plan of every full block. Made once per
 * pair of engine instances, shared by all their handoffs. Immutable; safe to share. Plans are compiled when a sender
 * first asks: a receiver, which learns the other layout from the wire, never pays for them.
 */
public final class ShardPairing {
    /** Longest cell, in bytes. */
    public static final long CELL_LENGTH_MAX = 1L << 30;
    private static final int BLOCK_STEP_MAX = 256;

    private final KvLayout source;
    private final Sharding sourceSharding;
    private final KvLayout target;
    private final Sharding targetSharding;
    private final List<Route> routes;
    private volatile TransferPlan[] plans;

    private ShardPairing(KvLayout source, Sharding sourceSharding, KvLayout target, Sharding targetSharding) {
        this.source = source;
        this.sourceSharding = sourceSharding;
        this.target = target;
        this.targetSharding = targetSharding;
        routes = Route.between(target, sourceSharding, targetSharding);
        for (Route route : routes) {
            requireFits(route);
        }
    }

    /**
     * Pairs a source with a target.
     * @throws LayoutMismatchException  if no plan turns the source layout into the target layout
     * @throws IllegalArgumentException if heads cannot be split so, or a cell would be longer than 1 GiB
     */
    public static ShardPairing of(
        KvLayout source, Sharding sourceSharding, KvLayout target, Sharding targetSharding) {
        source.requireConvertibleTo(target);
        sourceSharding.requireFits(source);
        targetSharding.requireFits(target);
        Require.between("least common multiple of both cp", Route.blockStep(sourceSharding, targetSharding),
            1, BLOCK_STEP_MAX);
        return new ShardPairing(source, sourceSharding, target, targetSharding);
    }

    private void requireFits(Route route) {
        long lengthBytes = cellImage(route, target.blockTokens()).lengthBytes();
        if (lengthBytes > CELL_LENGTH_MAX) {
            throw new IllegalArgumentException("a cell would be longer than 1 GiB: lengthBytes=" + lengthBytes +
                " group=" + target.group(route.group()).name() + " blockTokens=" + target.blockTokens() +
                "; use smaller blocks or more ranks");
        }
    }

    /** One plan per route, for blocks of so many tokens; routes of one shape share it. */
    TransferPlan[] compile(int tokens) {
        Map<PlanKey, TransferPlan> shared = new HashMap<>();
        TransferPlan[] compiled = new TransferPlan[routes.size()];
        for (int i = 0; i < compiled.length; i++) {
            Route route = routes.get(i);
            LayerGroup group = source.group(route.group());
            PlanKey key = new PlanKey(route.group(), sourceSharding.layerCount(group, route.sourceShard()),
                route.sourceLayer(), route.layers(), route.sourceHead(), route.heads());
            compiled[i] = shared.computeIfAbsent(key, _ -> TransferPlan.ofCell(
                sourceImage(route, tokens), route.sourceLayer(), route.sourceHead(), cellImage(route, tokens)));
        }
        return compiled;
    }

    private BlockImage sourceImage(Route route, int tokens) {
        return BlockImage.of(source, sourceSharding, route.sourceShard(), route.group(), tokens);
    }

    /** The dense image of one cell of a route, in target order. */
    BlockImage cellImage(Route route, int tokens) {
        return new BlockImage(target.order(), target.group(route.group()), route.layers(), route.heads(), tokens);
    }

    public KvLayout sourceLayout() {
        return source;
    }

    public Sharding sourceSharding() {
        return sourceSharding;
    }

    public KvLayout targetLayout() {
        return target;
    }

    public Sharding targetSharding() {
        return targetSharding;
    }

    /** Whether every cell of a full block is one plain copy out of its source image. Compiles the plans. */
    public boolean isContiguous() {
        for (TransferPlan plan : plans()) {
            if (!plan.isContiguous()) {
                return false;
            }
        }
        return true;
    }

    List<Route> routes() {
        return routes;
    }

    /** Plans of full blocks, one per route. Two threads may compile them at once; both results are the same. */
    TransferPlan[] plans() {
        TransferPlan[] compiled = plans;
        if (compiled == null) {
            compiled = compile(target.blockTokens());
            plans = compiled;
        }
        return compiled;
    }

    private record PlanKey(int group, int sourceLayers, int sourceLayer, int layers, int sourceHead, int heads) {}
}
