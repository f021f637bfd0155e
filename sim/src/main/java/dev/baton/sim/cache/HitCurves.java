package dev.baton.sim.cache;

import dev.baton.buffer.tier.Eviction;
import dev.baton.sim.trace.TraceRequest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** Hits by policy and capacity on one trace. Immutable. */
public final class HitCurves {
    /** The offline optimum, as it is called beside the policies that a process can have. */
    public static final String BELADY = "belady";

    /** The policy for chains, told that late tokens are dearer: {@link CacheReplay#ATTENTION_TOKENS}. */
    public static final String CHAIN_COST = "chain-cost";

    private final CacheTrace trace;
    private final List<Long> capacities;
    private final Map<String, List<CacheReplay.Hits>> hits = new LinkedHashMap<>();

    private HitCurves(CacheTrace trace, List<Long> capacities) {
        this.trace = trace;
        this.capacities = List.copyOf(capacities);
    }

    /** All policies that there are, the optimum last. */
    public static List<String> policies() {
        List<String> names = new ArrayList<>();
        for (Eviction eviction : Eviction.values()) {
            names.add(eviction.label());
        }
        names.add(CHAIN_COST);
        names.add(BELADY);
        return names;
    }

    /**
     * Plays the trace once for each policy and capacity.
     *
     * @param policies   by their names
     * @param capacities in tokens
     * @param played     told of each replay that is over
     */
    public static HitCurves of(CacheTrace trace, List<String> policies, List<Long> capacities, Consumer<String> played) {
        HitCurves curves = new HitCurves(trace, capacities);
        for (String policy : policies) {
            List<CacheReplay.Hits> row = new ArrayList<>();
            for (long tokens : capacities) {
                row.add(run(trace, policy, tokens));
                played.accept(trace.name() + " " + policy + " " + tokens);
            }
            curves.hits.put(policy, List.copyOf(row));
        }
        return curves;
    }

    /** One policy at one capacity. */
    static CacheReplay.Hits run(CacheTrace trace, String policy, long capacityTokens) {
        int blocks = Math.toIntExact(Math.max(1, capacityTokens / TraceRequest.BLOCK_TOKENS));
        if (policy.equals(BELADY)) {
            return CacheReplay.run(trace, new BeladyEviction(trace, blocks), blocks);
        }
        if (policy.equals(CHAIN_COST)) {
            return CacheReplay.run(trace, Eviction.chain(blocks, TraceRequest.BLOCK_TOKENS, CacheReplay.ATTENTION_TOKENS), blocks);
        }
        for (Eviction eviction : Eviction.values()) {
            if (eviction.label().equals(policy)) {
                return CacheReplay.run(trace, eviction.create(blocks, TraceRequest.BLOCK_TOKENS), blocks);
            }
        }
        throw new IllegalArgumentException("unknown policy: policy=" + policy + "; there are " + policies());
    }

    public CacheTrace trace() {
        return trace;
    }

    /** In tokens. */
    public List<Long> capacities() {
        return capacities;
    }

    /** By policy, one entry a capacity. */
    public Map<String, List<CacheReplay.Hits>> hits() {
        return hits;
    }
}
