package dev.baton.sim;

import dev.baton.buffer.ByteSizeOptions;
import dev.baton.buffer.tier.BlockStoreStats;
import dev.baton.buffer.tier.remote.RemoteClients;
import dev.baton.platform.Require;
import dev.baton.sim.bench.MachineFacts;
import dev.baton.sim.bench.MedianInterval;
import dev.baton.sim.bench.TierBench;
import dev.baton.sim.bench.TierSetup;
import dev.baton.sim.report.ExitCode;
import dev.baton.sim.report.Human;
import dev.baton.sim.report.JsonReport;
import dev.baton.sim.report.Progress;
import dev.baton.sim.report.Table;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.HdrHistogram.Histogram;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What one tier of the cache gives, beside what its device gives. */
@Command(
    name = "tier",
    mixinStandardHelpOptions = true,
    description = "Stores, looks up and loads blocks in one tier alone, in turn with its device's raw limit.")
final class BenchTierCommand implements Callable<Integer> {
    private static final double RATIO_MIN = 0.9;

    @Option(names = "--tier", paramLabel = "ADDRESS", required = true, description = "disk:/path or file:/path: a folder " +
        "that is there; all goes into a new one within it, which is removed. redis://host:port/database: keys of a prefix of their " +
        "own, which are removed; BATON_REDIS_PASSWORD is heeded. s3://bucket/prefix?endpoint=URL: likewise, with AWS_ACCESS_KEY_ID.")
    private String tier;

    @Option(names = "--size", paramLabel = "SIZE", converter = ByteSizeOptions.class, defaultValue = "32MiB",
        description = "Of a block, 1 byte to 1 GiB; default: ${DEFAULT-VALUE}.")
    private long lengthBytes;

    @Option(names = "--set", paramLabel = "SIZE", converter = ByteSizeOptions.class, defaultValue = "1GiB",
        description = "Stored, then loaded, in each round; on disk some 5 GiB more " +
            "are wanted, elsewhere twice as much. Default: ${DEFAULT-VALUE}.")
    private long setBytes;

    @Option(names = "--concurrency", paramLabel = "N", defaultValue = "8",
        description = "Operations under way, 1 to 1024; the raw limit has as many threads. Default: ${DEFAULT-VALUE}.")
    private int concurrency;

    @Option(names = "--io-threads", paramLabel = "N", defaultValue = "4",
        description = "Of the tier, for each of reading and writing, 1 to 64; default: ${DEFAULT-VALUE}.")
    private int threads;

    @Option(names = "--rate", paramLabel = "N", defaultValue = "0",
        description = "Open loop: so many operations are begun each second, whatever is answered. 0: closed loop, the default.")
    private double perSecond;

    @Option(names = "--rounds", paramLabel = "N", defaultValue = "11",
        description = "Counted, after one to warm up, 1 to 1000; default: ${DEFAULT-VALUE}.")
    private int rounds;

    @Option(names = "--buffered", description = "Through the page cache, tier and raw limit both; file: always is.")
    private boolean isBuffered;

    @Mixin
    private BenchOutput output;

    @Override
    public Integer call() {
        Require.between("lengthBytes", lengthBytes, 1, 1L << 30);
        Require.between("setBytes", setBytes, lengthBytes, 1L << 42);
        Require.between("concurrency", concurrency, 1, 1024);
        Require.between("threads", threads, 1, 64);
        Require.between("rounds", rounds, 1, 1000);
        Require.that(perSecond >= 0 && perSecond <= 1e9, "rate", perSecond, "0 to 1,000,000,000");
        TierBench.Settings settings = new TierBench.Settings(lengthBytes, concurrency, setBytes, perSecond, rounds);
        MachineFacts machine = output.machine();
        TierBench[] bench = new TierBench[1];
        try (TierSetup setup = TierSetup.open(tier, settings, !isBuffered, threads, System.getenv());
             Progress progress = output.progress(() -> bench[0].describe())) {
            bench[0] = setup.bench(settings, () -> progress.step(System.nanoTime()));
            print(machine, setup, bench[0].run(), bench[0].stats());
        }
        return ExitCode.DONE;
    }

    private void print(MachineFacts machine, TierSetup setup, List<TierBench.Result> results, BlockStoreStats stats) {
        PrintWriter out = output.out();
        if (output.isJson()) {
            new JsonReport().add("command", "bench tier").add("machine", machine.json())
                .add("tier", RemoteClients.withoutSecret(tier)).add("device", setup.device())
                .add("direct", setup.isDirect()).add("sizeBytes", lengthBytes)
                .add("setBytes", setBytes).add("concurrency", concurrency).add("ioThreads", threads)
                .add("ratePerSecond", perSecond).add("rounds", rounds).add("loadAfter", MachineFacts.loadNow())
                .add("backPressured", stats.backPressured()).add("filesRemoved", stats.filesRemoved())
                .add("operations", results.stream().map(BenchTierCommand::json).toList()).print(out);
        } else {
            Table rates = new Table("operation", "per s", "GB/s", "raw GB/s", "of raw", "95 % interval", "0.9 met");
            Table latencies = new Table("operation", "p50 ms", "p90 ms", "p99 ms", "p99.9 ms", "max ms", "count");
            for (TierBench.Result result : results) {
                MedianInterval ratio = result.ratioOrNull();
                boolean hasBytes = result.bytesPerSecond().median() > 0;
                rates.row(result.name(), Human.significant(result.perSecond()),
                    hasBytes ? number(result.bytesPerSecond().median() / 1e9) : null,
                    ratio == null ? null : number(result.rawOrNull().median() / 1e9), ratio == null ? null : number(ratio.median()),
                    ratio == null ? "" : number(ratio.low()) + " - " + number(ratio.high()),
                    ratio == null ? "" : ratio.median() >= RATIO_MIN ? "yes" : "no");
                Histogram ns = result.latencyNs();
                latencies.row(result.name(), ms(ns, 50), ms(ns, 90), ms(ns, 99), ms(ns, 99.9), ns.getMaxValue() / 1e6,
                    ns.getTotalCount());
            }
            out.println(rates);
            out.println(latencies);
            out.println(RemoteClients.withoutSecret(tier) + " on " + setup.device() + (setup.isDirect() ? ", direct" : "") + "; blocks of " +
                Human.bytes(lengthBytes) + ", " + concurrency + " under way, " + (perSecond > 0 ? Human.significant(perSecond) +
                " begun a second" : "closed loop") + "; rounds: " + rounds + "; load after: " + number(MachineFacts.loadNow()) +
                " on " + machine.processors() + " processors");
        }
        out.flush();
    }

    private static JsonReport json(TierBench.Result result) {
        Histogram ns = result.latencyNs();
        JsonReport json = new JsonReport().add("operation", result.name()).add("perSecond", result.perSecond())
            .add("bytesPerSecond", result.bytesPerSecond().median());
        if (result.ratioOrNull() == null) {
            json.addNull("ofRaw");
        } else {
            json.add("rawBytesPerSecond", result.rawOrNull().median()).add("ofRaw", result.ratioOrNull().median())
                .add("ofRawLow", result.ratioOrNull().low()).add("ofRawHigh", result.ratioOrNull().high())
                .add("coverage", result.ratioOrNull().coverage()).add("isMet", result.ratioOrNull().median() >= RATIO_MIN);
        }
        return json.add("latencyUs", new JsonReport().add("p50", us(ns, 50)).add("p90", us(ns, 90)).add("p99", us(ns, 99))
            .add("p999", us(ns, 99.9)).add("max", ns.getMaxValue() / 1e3)).add("count", ns.getTotalCount());
    }

    private static double ms(Histogram ns, double percentile) {
        return ns.getValueAtPercentile(percentile) / 1e6;
    }

    private static double us(Histogram ns, double percentile) {
        return ns.getValueAtPercentile(percentile) / 1e3;
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, "%.3f", value);
    }
}
