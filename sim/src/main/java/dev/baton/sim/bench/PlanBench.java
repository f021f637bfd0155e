package dev.baton.sim.bench;

import dev.baton.kv.DimensionOrder;
import dev.baton.kv.KvLayout;
import dev.baton.kv.ModelShapes;
import dev.baton.kv.PoolImage;
import dev.baton.kv.Sharding;
import dev.baton.kv.TransferPlan;
import dev.baton.memory.Copier;
import dev.baton.memory.MemoryLedger;
import dev.baton.memory.Region;
import dev.baton.memory.Regions;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.SplittableRandom;

/**
 * How fast plans are compiled between engines that lay KV out in different ways, and how fast a plan's segments are
 * then copied. One thread; the memory of both pools is touched before, and larger than the caches where the tokens are
 * many enough.
 */
public final class PlanBench {
    /** Below it a copy in Java is cheaper than a call out of it. */
    private static final int CALL_BYTES_MIN = 16 << 10;

    private final KvLayout base;
    private final int tokens;
    private final long measureNs;
    private final Copier copier = Copier.best();
    private final MemoryLedger ledger = new MemoryLedger();

    /** Two engines, as rank 0 of each sees the other. */
    public record Pair(String name, KvLayout source, Sharding sourceSharding, KvLayout target,
        Sharding targetSharding) {}

    /**
     * What was measured of one pair.
     *
     * @param segments           of the plan
     * @param segmentBytes       mean length
     * @param segmentsPerSecond  compiled
     * @param compileNs          of one plan
     * @param copyBytesPerSecond the plan carried out, source pool to target pool
     */
    public record Result(Pair pair, int segments, double segmentBytes, double segmentsPerSecond, double compileNs,
        double copyBytesPerSecond) {}

    /**
     * Measures with this.
     * @param model     name or alias of a built-in shape; its first group is taken
     * @param tokens    of each plan, a multiple of 256
     * @param measureNs time of each measurement, after a third of it as warm-up
     * @throws IllegalArgumentException for an unknown model, or tokens that are no multiple
     */
    public PlanBench(String model, int tokens, long measureNs) {
        base = ModelShapes.layout(model).withOrder(DimensionOrder.NHD).withLayersPerPlane(1);
        if (tokens < base.blockTokens() || tokens % base.blockTokens() != 0) {
            throw new IllegalArgumentException("tokens must be a multiple of " + base.blockTokens() + ": tokens=" +
                tokens);
        }
        this.tokens = tokens;
        this.measureNs = measureNs;
    }

    public List<Pair> pairs() {
        KvLayout heads = base.withOrder(DimensionOrder.HND);
        KvLayout packed = base.withLayersPerPlane(KvLayout.ALL_LAYERS);
        Sharding four = Sharding.tensor(4);
        Sharding eight = Sharding.tensor(8);
        return List.of(
            new Pair("TP 4 to 4, same layout", base, four, base, four),
            new Pair("TP 8 to 4, NHD", base, eight, base, four),
            new Pair("TP 4 to 8, NHD", base, four, base, eight),
            new Pair("TP 8 to 4, HND", heads, eight, heads, four),
            new Pair("TP 4 to 4, NHD to HND", base, four, heads, four),
            new Pair("TP 4 to 4, layered to packed", base, four, packed, four),
            new Pair("TP 4 to 4, packed to layered", packed, four, base, four));
    }

    /**
     * Measures one pair.
     * @throws IllegalStateException if a byte of the copy is wrong
     */
    public Result run(Pair pair) {
        int blocks = tokens / base.blockTokens();
        PoolImage source = PoolImage.of(pair.source(), pair.sourceSharding(), 0, 0, blocks);
        PoolImage target = PoolImage.of(pair.target(), pair.targetSharding(), 0, 0, blocks);
        TransferPlan plan = TransferPlan.compile(source, target, 0, tokens);
        double compileNs = time(() -> TransferPlan.compile(source, target, 0, tokens));
        double copyNs;
        try (Region from = Regions.anonymous(ledger, "bench.plan.source", source.lengthBytes());
            Region to = Regions.anonymous(ledger, "bench.plan.target", target.lengthBytes())) {
            fill(from);
            copyNs = time(() -> copy(plan, from.address(), to.address()));
            check(plan, from, to);
        }
        return new Result(pair, plan.segmentCount(), plan.totalBytes() / (double) plan.segmentCount(),
            plan.segmentCount() * 1e9 / compileNs, compileNs, plan.totalBytes() * 1e9 / copyNs);
    }

    /** Nanoseconds of one run, warm. */
    private double time(Runnable work) {
        repeat(work, measureNs / 3);
        return repeat(work, measureNs);
    }

    private static double repeat(Runnable work, long durationNs) {
        long startNs = System.nanoTime();
        long elapsedNs;
        long runs = 0;
        do {
            work.run();
            runs++;
            elapsedNs = System.nanoTime() - startNs;
        } while (elapsedNs < durationNs);
        return (double) elapsedNs / runs;
    }

    private void copy(TransferPlan plan, long source, long target) {
        for (int i = 0; i < plan.segmentCount(); i++) {
            int lengthBytes = plan.lengthBytes(i);
            long from = source + plan.sourceOffset(i);
            long to = target + plan.targetOffset(i);
            (lengthBytes < CALL_BYTES_MIN ? Copier.java() : copier).copy(from, to, lengthBytes);
        }
    }

    private static void check(TransferPlan plan, Region source, Region target) {
        for (int i = 0; i < plan.segmentCount(); i++) {
            long from = plan.sourceOffset(i);
            long to = plan.targetOffset(i);
            int lengthBytes = plan.lengthBytes(i);
            if (MemorySegment.mismatch(source.segment(), from, from + lengthBytes, target.segment(), to,
                to + lengthBytes) >= 0) {
                throw new IllegalStateException("a segment's bytes are wrong: segment=" + i + " sourceOffset=" + from +
                    " targetOffset=" + to + " lengthBytes=" + lengthBytes);
            }
        }
    }

    private static void fill(Region region) {
        SplittableRandom random = new SplittableRandom(1);
        byte[] bytes = new byte[1 << 20];
        for (long offset = 0; offset < region.lengthBytes(); offset += bytes.length) {
            random.nextBytes(bytes);
            long lengthBytes = Math.min(bytes.length, region.lengthBytes() - offset);
            MemorySegment.copy(MemorySegment.ofArray(bytes), 0, region.segment(), offset, lengthBytes);
        }
    }
}
