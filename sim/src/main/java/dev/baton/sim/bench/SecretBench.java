package dev.baton.sim.bench;

import dev.baton.kv.ModelShapes;
import dev.baton.kv.ShardedLayout;
import dev.baton.kv.Sharding;
import dev.baton.transport.node.NodeContext;
import dev.baton.transport.secret.SharedSecret;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;

/**
 * What the shared secret costs whole handoffs: two pairs of nodes at once, one with a secret and one without, take turns
 * at the same work, each round starting with the other. A ratio is taken within a round.
 */
public final class SecretBench {
    private static final String MODEL = "Llama-3.2-1B";
    private static final long POOL_BYTES = 512L << 20;
    private static final int SECRET_BYTES = 32;

    /** Requests of these tokens, so many in a round. */
    private enum Work {
        SMALL(256, 24), LARGE(2048, 6);

        private final int tokens;
        private final int requests;

        Work(int tokens, int requests) {
            this.tokens = tokens;
            this.requests = requests;
        }
    }

    private final String scheme;
    private final int rounds;
    private final Path directory;

    /**
     * What was measured of requests of one size.
     *
     * @param requestBytes  of one request
     * @param plainBytesPerSecond  without a secret, median
     * @param sealedBytesPerSecond with one, median
     * @param ratio         throughput with a secret over that without, within rounds
     * @param cpuRatio      processor time of the process with a secret over that without, within rounds; others on the
     *                      machine disturb it less
     */
    public record Result(long requestBytes, int requests, double plainBytesPerSecond, double sealedBytesPerSecond,
        MedianInterval ratio, MedianInterval cpuRatio) {}

    /**
     * Measures with this.
     * @param directory an empty one, for memory that processes share
     */
    public SecretBench(String scheme, int rounds, Path directory) {
        this.scheme = scheme;
        this.rounds = rounds;
        this.directory = directory;
    }

    /** Runs both sizes; {@code onRound} hears how many rounds are done. */
    public List<Result> run(IntConsumer onRound) {
        ShardedLayout layout = new ShardedLayout(ModelShapes.layout(MODEL), Sharding.tensor(1));
        SharedSecret secret = SharedSecret.of(new byte[SECRET_BYTES]);   // what it is makes no difference to its cost
        List<Result> results = new ArrayList<>();
        try (HandoffPair plain = pair(layout, null); HandoffPair sealed = pair(layout, secret)) {
            int done = 0;
            for (Work work : Work.values()) {
                plain.runNs(work.requests, work.tokens);   // sessions, lanes and compiled code
                sealed.runNs(work.requests, work.tokens);
                double[] plainNs = new double[rounds];
                double[] sealedNs = new double[rounds];
                double[] ratios = new double[rounds];
                double[] cpuRatios = new double[rounds];
                for (int round = 0; round < rounds; round++) {
                    boolean isPlainFirst = round % 2 == 0;
                    long beganCpuNs = ProcessCpu.ns();
                    double first = (isPlainFirst ? plain : sealed).runNs(work.requests, work.tokens);
                    long turnedCpuNs = ProcessCpu.ns();
                    double second = (isPlainFirst ? sealed : plain).runNs(work.requests, work.tokens);
                    double cpuRatio = (double) (ProcessCpu.ns() - turnedCpuNs) / (turnedCpuNs - beganCpuNs);
                    cpuRatios[round] = isPlainFirst ? cpuRatio : 1 / cpuRatio;
                    plainNs[round] = isPlainFirst ? first : second;
                    sealedNs[round] = isPlainFirst ? second : first;
                    ratios[round] = plainNs[round] / sealedNs[round];
                    onRound.accept(++done);
                }
                long requestBytes = (long) (layout.layout().bytesPerTokenIfAllKept() * work.tokens);
                double bytes = (double) requestBytes * work.requests;
                results.add(new Result(requestBytes, work.requests,
                    bytes * 1e9 / MedianInterval.of(plainNs).median(),
                    bytes * 1e9 / MedianInterval.of(sealedNs).median(), MedianInterval.of(ratios),
                    MedianInterval.of(cpuRatios)));
            }
        }
        return results;
    }

    private HandoffPair pair(ShardedLayout layout, SharedSecret secretOrNull) {
        return new HandoffPair(layout, node(layout, "decode", secretOrNull), node(layout, "prefill", secretOrNull),
            POOL_BYTES);
    }

    private NodeContext node(ShardedLayout layout, String role, SharedSecret secretOrNull) {
        return new NodeContext().nodeId(role + (secretOrNull == null ? "-plain" : "-sealed"))
            .layout(layout.encode()).transports(List.of(scheme)).sharedMemoryDir(directory).secret(secretOrNull)
            .conclude();
    }
}
