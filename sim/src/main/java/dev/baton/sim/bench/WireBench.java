package dev.baton.sim.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;

import dev.baton.kv.ShardedLayout;
import dev.baton.platform.Require;
import dev.baton.sim.report.Silence;
import dev.baton.transport.node.NodeContext;

/**
 * What it takes to hand the same KV off over one transport and over another, in turn, each round beginning with the other one.
 * Every byte is compared. Both ends are in this process, so where codecs are at work all of them share its processors.
 */
public final class WireBench {
    /** Played before those that count. */
    public static final int WARM_UP_ROUNDS = 3;
    private static final long POOL_BYTES_MIN = 64 << 20;
    private static final Path DEVICES = Path.of("/proc/self/net/dev");
    private static final String LOOPBACK = "lo:";
    private static final int SENT_BYTES_COLUMN = 9;

    /**
     * Over one transport.
     *
     * @param seconds   of each round, from the engine's {@code begin} to READY
     * @param wireBytes of each round, that left through the loopback device of this process's network: headers, control and
     *                  acknowledgements among them; NaN where the system does not tell
     */
    @SuppressWarnings("ArrayRecordComponent")   // never compared
    public record Result(String transport, double[] seconds, double[] wireBytes) {
        /** How many times faster it was than that one: the median of each round's ratio. */
        public MedianInterval faster(Result than) {
            double[] ratios = new double[seconds.length];
            for (int round = 0; round < ratios.length; round++) {
                ratios[round] = than.seconds[round] / seconds[round];
            }
            return MedianInterval.of(ratios);
        }
    }

    private final ShardedLayout layout;
    private final HandoffContent content;
    private final Path directory;
    private final List<String> transports;
    private final int tokens;
    private final int rounds;

    /**
     * Measures with this.
     *
     * @param directory for memory that processes share
     * @param tokens    of each handoff; whole blocks
     */
    public WireBench(ShardedLayout layout, HandoffContent content, Path directory, List<String> transports, int tokens, int rounds) {
        Require.that(tokens % layout.layout().blockTokens() == 0, "tokens", tokens, "a multiple of blockTokens=" + layout.layout().blockTokens());
        this.layout = layout;
        this.content = content;
        this.directory = directory;
        this.transports = List.copyOf(transports);
        this.tokens = tokens;
        this.rounds = rounds;
    }

    /**
     * Runs all; {@code onRound} hears after every round how many of those that count are done.
     *
     * @throws IllegalStateException if a handoff ended otherwise than delivered, or a byte was wrong
     */
    public List<Result> run(IntConsumer onRound) throws IOException {
        try (Silence _ = Silence.exceptWarnings()) {
            return measured(onRound);
        }
    }

    private List<Result> measured(IntConsumer onRound) throws IOException {
        long poolBytes = Math.max(POOL_BYTES_MIN, 2 * (long) (layout.layout().bytesPerTokenIfAllKept() * tokens));
        List<Result> results = new ArrayList<>();
        List<HandoffPair> pairs = new ArrayList<>();
        try {
            for (String transport : transports) {
                results.add(new Result(transport, new double[rounds], new double[rounds]));
                pairs.add(new HandoffPair(layout, node("decode", transport), node("prefill", transport), poolBytes, null, content));
            }
            for (int round = -WARM_UP_ROUNDS; round < rounds; round++) {
                for (int turn = 0; turn < pairs.size(); turn++) {
                    int at = Math.floorMod(round + turn, pairs.size());
                    long beforeBytes = sentBytes();
                    long ns = pairs.get(at).readyNs(tokens, List.of());
                    if (round >= 0) {
                        results.get(at).seconds()[round] = ns / 1e9;
                        results.get(at).wireBytes()[round] = beforeBytes < 0 ? Double.NaN : sentBytes() - beforeBytes;
                    }
                }
                onRound.accept(Math.max(0, round + 1));
            }
        } finally {
            pairs.forEach(HandoffPair::close);
        }
        return results;
    }

    private NodeContext node(String role, String transport) {
        return new NodeContext().nodeId(role + "-" + transport).layout(layout.encode()).transports(List.of(transport))
            .sharedMemoryDir(directory).conclude();
    }

    /** Negative where the system does not tell. */
    private static long sentBytes() throws IOException {
        if (!Files.isReadable(DEVICES)) {
            return -1;
        }
        return Files.readString(DEVICES).lines().map(String::strip).filter(line -> line.startsWith(LOOPBACK))
            .mapToLong(line -> Long.parseLong(line.substring(LOOPBACK.length()).strip().split("\\s+", -1)[SENT_BYTES_COLUMN - 1])).findFirst().orElse(-1);
    }
}
