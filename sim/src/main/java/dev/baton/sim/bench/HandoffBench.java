package dev.baton.sim.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntConsumer;

import dev.baton.kv.BlockKey;
import dev.baton.kv.ModelShapes;
import dev.baton.kv.ShardedLayout;
import dev.baton.kv.Sharding;
import dev.baton.receiver.TierSettings;
import dev.baton.receiver.core.TierAdmission;
import dev.baton.receiver.core.TierLimits;
import dev.baton.sim.report.Silence;
import dev.baton.transport.node.NodeContext;

/**
 * What a tier in trouble costs handoffs that need nothing of it: requests with names of their own, one after the other, while the tier
 * below the pool is idle, while it is kept busy with other keys, and where it is a remote one that answers nothing. Two pairs of
 * nodes, in turns of a few handoffs, each round beginning with another phase. What lands is not stored ({@code second-touch}), so an
 * idle tier is idle.
 */
public final class HandoffBench {
    private static final String MODEL = "Llama-3.2-1B";
    private static final long POOL_BYTES = 512L << 20;
    private static final String NO_CODEC = "none";
    private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(60);
    private static final long LOOK_NS = TimeUnit.MILLISECONDS.toNanos(1);
    private static final int BUSY_BLOCKS_MIN = 64;
    private static final int TURN_WARM_UP = 3;

    /** What the tier does meanwhile. */
    public enum Phase {
        IDLE, DISK_BUSY, REMOTE_HANGS
    }

    /**
     * What was measured in one phase.
     *
     * @param latencyNs             of each handoff, from the engine's {@code begin} to READY, sorted
     * @param tierBytesPerSecond    that the tier stored and loaded of other keys meanwhile
     */
    @SuppressWarnings("ArrayRecordComponent")   // never compared
    public record Result(Phase phase, long[] latencyNs, double tierBytesPerSecond) {
        /** The latency that this share of handoffs did not exceed. */
        public long atNs(double share) {
            return latencyNs[Math.clamp((long) Math.ceil(share * latencyNs.length) - 1, 0, latencyNs.length - 1)];
        }

        /** Of 95 % confidence: the order statistics between which the true one lies, by the normal approximation of their ranks. */
        public long[] intervalNs(double share) {
            double spread = 1.96 * Math.sqrt(share * (1 - share) / latencyNs.length);
            return new long[] {atNs(share - spread), atNs(share + spread)};
        }
    }

    private final String scheme;
    private final Path directory;
    private final TierSettings disk;
    private final int tokens;
    private final int handoffs;
    private final int rounds;
    private final ShardedLayout layout = new ShardedLayout(ModelShapes.layout(MODEL), Sharding.tensor(1));
    private long names;

    /**
     * Measures with this.
     * @param directory an empty one, for memory that processes share
     * @param tier      address of a disk tier
     * @param handoffs  of each phase and round
     */
    public HandoffBench(String scheme, Path directory, String tier, long tierSpaceBytes, int tokens, int handoffs, int rounds) {
        this.scheme = scheme;
        this.directory = directory;
        this.tokens = tokens;
        this.handoffs = handoffs;
        this.rounds = rounds;
        disk = new TierSettings(List.of(tier), tierSpaceBytes, NO_CODEC, TierLimits.DEFAULT.withAdmission(TierAdmission.SECOND_TOUCH));
    }

    /** Bytes of KV of each handoff. */
    public long handoffBytes() {
        return (long) (layout.layout().bytesPerTokenIfAllKept() * tokens);
    }

    /** Runs all; {@code onRound} hears how many rounds are done. */
    public List<Result> run(IntConsumer onRound) throws IOException {
        Phase[] phases = Phase.values();
        long[][] latencies = new long[phases.length][handoffs * rounds];
        double[] tierBytes = new double[phases.length];
        long[] elapsedNs = new long[phases.length];
        BusyTier busy = new BusyTier(disk);
        try (Silence _ = Silence.exceptWarnings(); HungServer hung = new HungServer();
             HandoffPair local = new HandoffPair(layout, node("decode-disk"), node("prefill-disk"), POOL_BYTES, busy);
             HandoffPair remote = new HandoffPair(layout, node("decode-remote"), node("prefill-remote"), POOL_BYTES,
                 new TierSettings(List.of("redis://127.0.0.1:" + hung.port()), disk.spaceBytes(), NO_CODEC, disk.limits()))) {
            // Without names nothing is asked of a tier: the remote pair's first requests that meet one, which nobody knows yet to hang, are measured.
            warmUp(local, 2 * handoffs);
            warmUp(remote, 2 * handoffs);
            for (int round = 0; round < rounds; round++) {
                for (int turn = 0; turn < phases.length; turn++) {
                    int at = (round + turn) % phases.length;
                    Phase phase = phases[at];
                    HandoffPair pair = phase == Phase.REMOTE_HANGS ? remote : local;
                    begin(phase, busy);
                    warmUp(pair, TURN_WARM_UP);   // which rested while it was others' turn
                    long beganBytes = busy.storedBytes() + busy.loadedBytes();
                    long beganNs = System.nanoTime();
                    for (int i = 0; i < handoffs; i++) {
                        latencies[at][round * handoffs + i] = pair.readyNs(tokens, keys());
                    }
                    elapsedNs[at] += System.nanoTime() - beganNs;
                    tierBytes[at] += busy.storedBytes() + busy.loadedBytes() - beganBytes;
                    busy.busy(false);
                    await("the tier to be idle", () -> busy.underWay() == 0);
                }
                onRound.accept(round + 1);
            }
            if (hung.taken() == 0) {
                throw new IllegalStateException("nobody came to the server that hangs: port=" + hung.port());
            }
        }
        List<Result> results = new ArrayList<>();
        for (int at = 0; at < phases.length; at++) {
            Arrays.sort(latencies[at]);
            results.add(new Result(phases[at], latencies[at], tierBytes[at] * 1e9 / elapsedNs[at]));
        }
        return results;
    }

    /** Sessions, lanes, compiled code, pages of both pools. */
    private void warmUp(HandoffPair pair, int count) {
        for (int i = 0; i < count; i++) {
            pair.readyNs(tokens, List.of());
        }
    }

    private static void begin(Phase phase, BusyTier busy) {
        if (phase == Phase.DISK_BUSY) {
            long beganBytes = busy.storedBytes();
            busy.busy(true);
            await("the tier to be busy", () -> busy.storedBytes() - beganBytes >= (long) BUSY_BLOCKS_MIN << 20);
        }
    }

    private interface Condition {
        boolean isMet();
    }

    private static void await(String what, Condition condition) {
        long beganNs = System.nanoTime();
        while (!condition.isMet()) {
            if (System.nanoTime() - beganNs > PATIENCE_NS) {
                throw new IllegalStateException("waited too long for " + what);
            }
            LockSupport.parkNanos(LOOK_NS);
        }
    }

    /** Of whole blocks that nobody had before. */
    private List<BlockKey> keys() {
        List<BlockKey> keys = new ArrayList<>();
        for (int block = 0; block < tokens / layout.layout().blockTokens(); block++) {
            keys.add(new BlockKey(++names, 2, 3, 4));
        }
        return keys;
    }

    private NodeContext node(String id) {
        return new NodeContext().nodeId(id).layout(layout.encode()).transports(List.of(scheme)).sharedMemoryDir(directory).conclude();
    }
}
