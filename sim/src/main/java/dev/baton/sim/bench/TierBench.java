package dev.baton.sim.bench;

import dev.baton.buffer.tier.BlockStore;
import dev.baton.buffer.tier.BlockStoreStats;
import dev.baton.memory.MemoryLedger;
import dev.baton.sim.bench.TierLoop.Operation;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.HdrHistogram.Histogram;

/**
 * What one tier gives, alone: stores, lookups and loads in rounds, and in the same rounds, in turn, what its device gives
 * without it. The first round warms up and is not counted. One thread drives; the tier has its own.
 */
public final class TierBench {
    private static final long LATENCY_MAX_NS = 60_000_000_000L;
    private static final int LOOKUPS_PER_BLOCK = 16;

    /**
     * What to do.
     *
     * @param lengthBytes of a block
     * @param concurrency operations under way at most
     * @param setBytes    stored, then loaded, in each round
     * @param perSecond   begun at that rate, each kind; 0 for as fast as they are answered
     * @param rounds      counted
     */
    public record Settings(long lengthBytes, int concurrency, long setBytes, double perSecond, int rounds) {
        /** Blocks of one round, at least one. */
        public long blocks() {
            return Math.max(1, setBytes / lengthBytes);
        }
    }

    /**
     * One kind of operation, over all counted rounds.
     *
     * @param perSecond      operations, median over rounds
     * @param bytesPerSecond median and interval; empty of meaning for lookups
     * @param rawOrNull      the device's, or null where there is none to compare with
     * @param ratioOrNull    over raw, round by round
     */
    public record Result(String name, double perSecond, MedianInterval bytesPerSecond, MedianInterval rawOrNull,
        MedianInterval ratioOrNull, Histogram latencyNs) {}

    private final Settings settings;
    private final BlockStore store;
    private final RawLimit rawOrNull;
    private final MemoryLedger ledger = new MemoryLedger();
    private final Map<Operation, Histogram> latencies = new EnumMap<>(Operation.class);
    private final Map<Operation, List<Double>> rates = new EnumMap<>(Operation.class);
    private final Map<Operation, List<Double>> raws = new EnumMap<>(Operation.class);
    private final Runnable afterRound;
    private final Runnable onCycle;
    private int round;
    private String phase = "";

    /** @param afterRound makes room for the next round, where the tier does not by itself */
    TierBench(Settings settings, BlockStore store, RawLimit rawOrNull, Runnable afterRound, Runnable onCycle) {
        this.settings = settings;
        this.store = store;
        this.rawOrNull = rawOrNull;
        this.afterRound = afterRound;
        this.onCycle = onCycle;
        for (Operation operation : Operation.values()) {
            latencies.put(operation, new Histogram(LATENCY_MAX_NS, 3));
            rates.put(operation, new ArrayList<>());
            raws.put(operation, new ArrayList<>());
        }
    }

    /** Where the run is, for a line of progress. */
    public String describe() {
        return "round " + Math.min(round, settings.rounds()) + " of " + settings.rounds() + ", " + phase;
    }

    public BlockStoreStats stats() {
        return store.stats();
    }

    /** Runs all rounds. */
    public List<Result> run() {
        try (TierLoop loop = new TierLoop(store, settings.lengthBytes(), settings.concurrency(), ledger, onCycle)) {
            loop.settle();
            for (round = 0; round <= settings.rounds(); round++) {
                // Who is first changes, so that neither always finds the device as the other left it.
                boolean isRawFirst = round % 2 == 0;
                both(loop, Operation.STORE, isRawFirst);
                loop.settle();
                both(loop, Operation.LOAD, isRawFirst);
                tier(loop, Operation.LOOKUP);
                afterRound.run();
            }
        }
        List<Result> results = new ArrayList<>();
        for (Operation operation : Operation.values()) {
            results.add(result(operation));
        }
        return results;
    }

    private void both(TierLoop loop, Operation operation, boolean isRawFirst) {
        if (isRawFirst) {
            raw(operation);
        }
        tier(loop, operation);
        if (!isRawFirst) {
            raw(operation);
        }
    }

    private void raw(Operation operation) {
        if (rawOrNull != null) {
            phase = "raw " + (operation == Operation.STORE ? "writes" : "reads");
            onCycle.run();
            double bytesPerSecond = operation == Operation.STORE ? rawOrNull.write() : rawOrNull.read();
            if (round > 0) {
                raws.get(operation).add(bytesPerSecond);
            }
        }
    }

    private void tier(TierLoop loop, Operation operation) {
        phase = switch (operation) {
            case STORE -> "stores";
            case LOAD -> "loads";
            case LOOKUP -> "lookups";
        };
        long blocks = settings.blocks();
        int times = operation == Operation.LOOKUP ? LOOKUPS_PER_BLOCK : 1;
        Histogram into = round > 0 ? latencies.get(operation) : new Histogram(LATENCY_MAX_NS, 3);
        long elapsedNs = 0;
        for (int i = 0; i < times; i++) {
            elapsedNs += loop.run(operation, round * blocks, blocks, settings.perSecond(), into);
        }
        if (round > 0) {
            rates.get(operation).add(blocks * times * 1e9 / elapsedNs);
        }
    }

    private Result result(Operation operation) {
        double[] perSecond = rates.get(operation).stream().mapToDouble(Double::doubleValue).toArray();
        double[] raw = raws.get(operation).stream().mapToDouble(Double::doubleValue).toArray();
        double[] bytes = new double[perSecond.length];
        double[] ratios = new double[raw.length];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = operation == Operation.LOOKUP ? 0 : perSecond[i] * settings.lengthBytes();
            if (raw.length > 0) {
                ratios[i] = bytes[i] / raw[i];
            }
        }
        String name = operation.name().toLowerCase(java.util.Locale.ROOT);
        return new Result(name, MedianInterval.of(perSecond).median(), MedianInterval.of(bytes),
            raw.length == 0 ? null : MedianInterval.of(raw), raw.length == 0 ? null : MedianInterval.of(ratios),
            latencies.get(operation));
    }
}
