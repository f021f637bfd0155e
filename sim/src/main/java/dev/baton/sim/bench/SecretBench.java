package dev.baton.sim.bench;

import dev.baton.kv.ModelShapes;
import dev.baton.kv.ShardedLayout;
import dev.baton.kv.Sharding;
import dev.baton.sim.report.Silence;
import dev.baton.transport.node.NodeContext;
import dev.baton.transport.secret.SharedSecret;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;

/**
 * What the shared secret and encryption cost whole handoffs: pairs of nodes do the same work in the clear, with a secret,
 * and with encrypted lanes, one pair at a time, each round beginning with another. A ratio is taken within a round.
 */
public final class SecretBench {
    private static final String MODEL = "Llama-3.2-1B";
    private static final long POOL_BYTES = 512L << 20;
    private static final int SECRET_BYTES = 32;

    /** How bytes and messages travel. */
    public enum Way { CLEAR, SECRET, ENCRYPTED }

    /** Requests of these tokens, so many in a round. */
    private enum Work {
        SMALL(256, 48), LARGE(2048, 12);

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
    private final ShardedLayout layout = new ShardedLayout(ModelShapes.layout(MODEL), Sharding.tensor(1));
    private final SharedSecret secret = SharedSecret.of(new byte[SECRET_BYTES]);   // which it is costs the same

    /**
     * What was measured of one way and requests of one size.
     *
     * @param requestBytes    of one request
     * @param bytesPerSecond  median
     * @param cpuSecondsPerGb processor time of the process, both nodes and their engines, median; others on the machine
     *                        disturb it less than the rate
     * @param ratio           throughput over that in the clear, within rounds
     * @param cpuRatio        processor time over that in the clear, within rounds
     */
    public record Result(long requestBytes, int requests, Way way, double bytesPerSecond, double cpuSecondsPerGb,
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

    /** Runs all; {@code onRound} hears how many rounds are done. */
    public List<Result> run(IntConsumer onRound) {
        List<Way> ways = scheme.equals("shm") ? List.of(Way.CLEAR, Way.SECRET) : List.of(Way.values());
        Work[] works = Work.values();
        double[][][] wallNs = new double[works.length][ways.size()][rounds];
        double[][][] cpuNs = new double[works.length][ways.size()][rounds];
        for (int round = 0; round < rounds; round++) {
            for (int turn = 0; turn < ways.size(); turn++) {
                int way = (round + turn) % ways.size();
                try (Silence _ = Silence.exceptWarnings(); HandoffPair pair = pair(ways.get(way))) {
                    for (int work = 0; work < works.length; work++) {
                        pair.runNs(works[work].requests, works[work].tokens);   // sessions, lanes and compiled code
                        long beganCpuNs = ProcessCpu.ns();
                        wallNs[work][way][round] = pair.runNs(works[work].requests, works[work].tokens);
                        cpuNs[work][way][round] = ProcessCpu.ns() - beganCpuNs;
                    }
                }
            }
            onRound.accept(round + 1);
        }
        List<Result> results = new ArrayList<>();
        for (int work = 0; work < works.length; work++) {
            long requestBytes = (long) (layout.layout().bytesPerTokenIfAllKept() * works[work].tokens);
            double bytes = (double) requestBytes * works[work].requests;
            double[][] wall = wallNs[work];
            double[][] cpu = cpuNs[work];
            for (int way = 0; way < ways.size(); way++) {
                results.add(new Result(requestBytes, works[work].requests, ways.get(way),
                    bytes * 1e9 / MedianInterval.of(wall[way]).median(), MedianInterval.of(cpu[way]).median() / bytes,
                    MedianInterval.of(over(wall[0], wall[way])), MedianInterval.of(over(cpu[way], cpu[0]))));
            }
        }
        return results;
    }

    private static double[] over(double[] upper, double[] lower) {
        double[] ratios = new double[upper.length];
        for (int i = 0; i < ratios.length; i++) {
            ratios[i] = upper[i] / lower[i];
        }
        return ratios;
    }

    private HandoffPair pair(Way way) {
        return new HandoffPair(layout, node("decode", way), node("prefill", way), POOL_BYTES);
    }

    private NodeContext node(String role, Way way) {
        return new NodeContext().nodeId(role).layout(layout.encode()).transports(List.of(scheme))
            .sharedMemoryDir(directory).secret(way == Way.CLEAR ? null : secret).encrypting(way == Way.ENCRYPTED)
            .conclude();
    }
}
