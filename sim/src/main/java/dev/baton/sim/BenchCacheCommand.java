package dev.baton.sim;

import dev.baton.platform.Require;
import dev.baton.sim.bench.MachineFacts;
import dev.baton.sim.cache.CacheReplay;
import dev.baton.sim.cache.CacheTrace;
import dev.baton.sim.cache.CurveChart;
import dev.baton.sim.cache.HitCurves;
import dev.baton.sim.cache.IndexBench;
import dev.baton.sim.cache.KeyBench;
import dev.baton.sim.report.CommandException;
import dev.baton.sim.report.ExitCode;
import dev.baton.sim.report.Human;
import dev.baton.sim.report.JsonReport;
import dev.baton.sim.report.Progress;
import dev.baton.sim.report.Table;
import java.io.IOException;
import java.io.PrintWriter;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * What each eviction policy would have hit on recorded requests, beside the optimum that knows the future; how fast tokens
 * become keys; and how fast a prefix is found among millions of blocks.
 */
@Command(
    name = "cache",
    mixinStandardHelpOptions = true,
    description = "Plays traces against caches by eviction policy; hashes tokens to keys; looks prefixes up among 10 M blocks.")
final class BenchCacheCommand implements Callable<Integer> {
    private static final List<String> TRACES = List.of("conversation_trace.jsonl", "synthetic_trace.jsonl");

    private static final List<String> PARTS = List.of("traces", "keys", "index");
    private static final long KEYS_NS = 1_000_000_000L;
    private static final int BLOCK_TOKENS = 256;
    /** As vLLM has them. */
    private static final int SMALL_BLOCK_TOKENS = 16;
    private static final long SEED = 42;

    @Option(names = "--trace", paramLabel = "FILE",
        description = "Mooncake's JSONL, with hash_ids; may be given again. Default: both of Mooncake's under BATON_DATA.")
    private List<Path> files = List.of();

    @Option(names = "--policies", paramLabel = "A,B", split = ",",
        description = "lru, fifo, lfu, s3-fifo, w-tinylfu, chain, chain-cost, belady; default: all.")
    private List<String> policies = HitCurves.policies();

    @Option(names = "--capacities", paramLabel = "A,B", split = ",", defaultValue = "0.3M,1M,3M,10M,30M",
        description = "Tokens that the cache holds, rising; default: ${DEFAULT-VALUE}.")
    private List<String> capacities;

    @Option(names = "--parts", paramLabel = "A,B", split = ",", defaultValue = "traces,keys,index",
        description = "What to measure: traces, keys, index; default: all.")
    private List<String> parts;

    @Option(names = "--index-blocks", paramLabel = "N", defaultValue = "10000000",
        description = "Blocks in the index, 1024 to 100000000; default: ${DEFAULT-VALUE}.")
    private int indexBlocks;

    @Option(names = "--lookups", paramLabel = "N", defaultValue = "20000",
        description = "Lookups in the index; default: ${DEFAULT-VALUE}.")
    private int lookups;

    @Option(names = "--svg", paramLabel = "FILE", description = "Draw the curves there.")
    private Path svg;

    @Mixin
    private BenchOutput output;

    @Override
    public Integer call() throws IOException {
        List<Long> tokens = tokens();
        for (String policy : policies) {
            Require.that(HitCurves.policies().contains(policy), "--policies", policy, "of " + HitCurves.policies());
        }
        for (String part : parts) {
            Require.that(PARTS.contains(part), "--parts", part, "of " + PARTS);
        }
        Require.between("--index-blocks", indexBlocks, 1024, 100_000_000);
        Require.between("--lookups", lookups, 1, 10_000_000);
        long heapBytes = Runtime.getRuntime().maxMemory();
        if (parts.contains("index") && heapBytes < indexBlocks * IndexBench.BYTES_PER_BLOCK_MAX) {
            throw CommandException.notPossible("the index does not fit the heap: --index-blocks=" + indexBlocks + " heap=" +
                Human.bytes(heapBytes) + " needed=" + Human.bytes(indexBlocks * IndexBench.BYTES_PER_BLOCK_MAX),
                "ask for fewer blocks, or --parts traces,keys");
        }
        MachineFacts machine = output.machine();
        List<HitCurves> traces = new ArrayList<>();
        AtomicReference<String> last = new AtomicReference<>("reading");
        try (Progress progress = output.progress(() -> "played: " + last.get())) {
            for (Path file : parts.contains("traces") ? files() : List.<Path>of()) {
                traces.add(HitCurves.of(CacheTrace.read(file), policies, tokens, played -> {
                    last.set(played);
                    progress.step(System.nanoTime());
                }));
            }
        }
        KeyBench.Result keys = parts.contains("keys") ? new KeyBench().run(KEYS_NS) : null;
        List<IndexRow> index = parts.contains("index") ? index() : List.of();
        if (svg != null && !traces.isEmpty()) {
            CurveChart.write(svg, traces);
        }
        PrintWriter out = output.out();
        if (output.isJson()) {
            json(machine, traces, keys, index).print(out);
        } else {
            traces.forEach(curves -> print(curves, out));
            print(keys, index, out);
        }
        out.flush();
        return ExitCode.DONE;
    }

    /** One shape of the index bench. */
    private record IndexRow(int blockTokens, boolean isScattered, IndexBench.Result result) {
        String name() {
            return "blocks of " + blockTokens + (isScattered ? " that came scattered" : "");
        }

        JsonReport json() {
            return new JsonReport().add("blockTokens", blockTokens).add("scattered", isScattered).add("blocksPerLookup", result.blocksPerLookup())
                .add("cpuP50Us", result.cpuUs().p50()).add("cpuP99Us", result.cpuUs().p99()).add("cpuP999Us", result.cpuUs().p999())
                .add("wallP50Us", result.wallUs().p50()).add("wallP99Us", result.wallUs().p99()).add("wallP999Us", result.wallUs().p999())
                .add("lookups", result.lookups()).add("allocatingLookups", result.allocating());
        }
    }

    private List<IndexRow> index() {
        List<IndexRow> rows = new ArrayList<>();
        for (int blockTokens : new int[] {BLOCK_TOKENS, SMALL_BLOCK_TOKENS}) {
            for (boolean isScattered : new boolean[] {false, true}) {
                int count = blockTokens == BLOCK_TOKENS ? lookups : Math.max(1, lookups / (BLOCK_TOKENS / SMALL_BLOCK_TOKENS));
                rows.add(new IndexRow(blockTokens, isScattered, new IndexBench(indexBlocks, blockTokens, isScattered).run(count, SEED, rows.isEmpty())));
            }
        }
        return rows;
    }

    private List<Path> files() {
        if (!files.isEmpty()) {
            return files;
        }
        Path folder = Path.of(System.getenv().getOrDefault("BATON_DATA", "../shared/data"), "traces", "mooncake");
        List<Path> found = TRACES.stream().map(folder::resolve).filter(Files::isReadable).toList();
        if (found.isEmpty()) {
            throw CommandException.usage("no traces here: folder=" + folder,
                "name one by --trace FILE, or the folder that has traces/mooncake by BATON_DATA");
        }
        return found;
    }

    private List<Long> tokens() {
        List<Long> tokens = new ArrayList<>();
        for (String text : capacities) {
            long value;
            try {
                boolean isMillions = text.toUpperCase(Locale.ROOT).endsWith("M");
                value = new BigDecimal(isMillions ? text.substring(0, text.length() - 1) : text)
                    .scaleByPowerOfTen(isMillions ? 6 : 0).longValueExact();
            } catch (ArithmeticException | NumberFormatException _) {
                throw new IllegalArgumentException("a capacity is tokens, such as 3M or 300000: --capacities=" + text);
            }
            Require.between("--capacities", value, 512, 100_000_000_000L);
            Require.that(tokens.isEmpty() || tokens.getLast() < value, "--capacities", text, "more than the one before");
            tokens.add(value);
        }
        return tokens;
    }

    private static void print(HitCurves curves, PrintWriter out) {
        out.println(curves.trace().name() + ": " + curves.trace().requestCount() + " requests, " +
            curves.trace().uniqueBlocks() + " unique blocks of 512 tokens; share of prompt tokens hit");
        for (String part : List.of("whole trace", "second half", "second half, of the cost to compute")) {
            List<String> headers = new ArrayList<>(List.of(part));
            curves.capacities().forEach(capacity -> headers.add(capacity / 1e6 + "M"));
            Table table = new Table(headers.toArray(String[]::new));
            for (Map.Entry<String, List<CacheReplay.Hits>> entry : curves.hits().entrySet()) {
                List<Object> row = new ArrayList<>(List.of(entry.getKey()));
                entry.getValue().forEach(hits -> row.add(share(part.startsWith("whole") ? hits.whole()
                    : part.endsWith("half") ? hits.second() : hits.cost())));
                table.row(row.toArray());
            }
            out.println(table);
        }
    }

    private static void print(KeyBench.Result keys, List<IndexRow> index, PrintWriter out) {
        if (keys != null) {
            Table table = new Table("tokens hashed, one core", "M tokens/s", "target");
            table.row("128 Ki tokens, blocks of 256", keys.whole() / 1e6, 10);
            table.row("the same in turns of 300 tokens", keys.grown() / 1e6, null);
            table.row("the same in blocks of 16", keys.small() / 1e6, null);
            table.row("vLLM's sha256_cbor of blocks of 16, and their keys", keys.vllm() / 1e6, null);
            out.println(table);
        }
        if (!index.isEmpty()) {
            IndexBench.Result first = index.getFirst().result();
            Table table = new Table("128 Ki tokens looked up among " + Human.count(first.blocks()) + " blocks", "p50", "p99", "p99.9", "max", "target p99");
            for (IndexRow row : index) {
                Double target = row.blockTokens() == BLOCK_TOKENS && !row.isScattered() ? 100.0 : null;
                add(table, row.name() + ": us of CPU", row.result().cpuUs(), target);
                add(table, row.name() + ": us by the wall clock", row.result().wallUs(), target);
            }
            add(table, "nothing found: us of CPU", first.missUs(), null);
            out.println(table);
            table = new Table("mean", "value");
            table.row("index: bytes a block", first.bytesPerBlock());
            table.row("lookups that allocated anything, of " + index.stream().mapToInt(row -> row.result().lookups()).sum(),
                index.stream().mapToInt(row -> row.result().allocating()).sum());
            table.row("insertion, ns", first.insertNs());
            table.row("policy for chains: touch, ns", first.touchNs());
            table.row("policy for chains: victim out, another in, ns", first.replaceNs());
            table.row("policy for chains: bytes a block", first.policyBytesPerBlock());
            out.println(table);
        }
        out.println("load after: " + Human.significant(MachineFacts.loadNow()));
    }

    private static void add(Table table, String what, IndexBench.Spread us, Double target) {
        table.row(what, us.p50(), us.p99(), us.p999(), us.max(), target);
    }

    private static String share(double value) {
        return String.format(Locale.ROOT, "%.4f", value);
    }

    private static JsonReport json(MachineFacts machine, List<HitCurves> traces, KeyBench.Result keys,
        List<IndexRow> index) {
        List<JsonReport> rows = new ArrayList<>();
        for (HitCurves curves : traces) {
            curves.hits().forEach((policy, all) -> {
                for (int at = 0; at < all.size(); at++) {
                    CacheReplay.Hits hits = all.get(at);
                    rows.add(new JsonReport().add("trace", curves.trace().name()).add("policy", policy)
                        .add("capacityTokens", curves.capacities().get(at)).add("tokenHit", hits.whole())
                        .add("tokenHitFirstHalf", hits.first()).add("tokenHitSecondHalf", hits.second())
                        .add("blockHit", hits.blocks()).add("costHitSecondHalf", hits.cost()));
                }
            });
        }
        JsonReport report = new JsonReport().add("command", "bench cache").add("machine", machine.json())
            .add("loadAfter", MachineFacts.loadNow()).add("replays", rows);
        if (keys != null) {
            report.add("keys", new JsonReport().add("wholeTokensPerSecond", keys.whole())
                .add("grownTokensPerSecond", keys.grown()).add("smallBlockTokensPerSecond", keys.small())
                .add("vllmTokensPerSecond", keys.vllm()));
        }
        if (!index.isEmpty()) {
            IndexBench.Result first = index.getFirst().result();
            List<JsonReport> shapes = index.stream().map(IndexRow::json).toList();
            report.add("index", new JsonReport().add("blocks", first.blocks()).add("lookups", shapes)
                .add("missCpuP99Us", first.missUs().p99()).add("bytesPerBlock", first.bytesPerBlock()).add("insertNs", first.insertNs())
                .add("policyTouchNs", first.touchNs()).add("policyReplaceNs", first.replaceNs())
                .add("policyBytesPerBlock", first.policyBytesPerBlock()));
        }
        return report;
    }
}
