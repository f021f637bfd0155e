package dev.baton.sim;

import dev.baton.buffer.codec.CodecRegistry;
import dev.baton.buffer.codec.CodecSpec;
import dev.baton.kv.DimensionOrder;
import dev.baton.platform.Require;
import dev.baton.sim.bench.MachineFacts;
import dev.baton.sim.codec.CodecBench;
import dev.baton.sim.codec.KvFile;
import dev.baton.sim.report.CommandException;
import dev.baton.sim.report.ExitCode;
import dev.baton.sim.report.Human;
import dev.baton.sim.report.JsonReport;
import dev.baton.sim.report.Progress;
import dev.baton.sim.report.Table;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What codecs save, cost and change on KV that a model made. */
@Command(
    name = "codec",
    mixinStandardHelpOptions = true,
    description = "Encodes and decodes a model's KV, block by block: ratio, GB/s of one core, error.")
final class BenchCodecCommand implements Callable<Integer> {
    @Option(names = "--kv", paramLabel = "FILE",
        description = "KV as sim/src/main/python/train_kv.py writes it. Default: kv/kv-bf16.kv under BATON_DATA.")
    private Path kv;

    @Option(names = "--codecs", paramLabel = "A,B", split = ",",
        description = "Such as lossless,int8:bound=0.1; default: all that there are.")
    private List<String> codecs = CodecRegistry.builtIn().names();

    @Option(names = "--block-tokens", paramLabel = "N", defaultValue = "256",
        description = "Tokens of a block, 1 to 65536; default: ${DEFAULT-VALUE}.")
    private int blockTokens;

    @Option(names = "--order", paramLabel = "NHD|HND", defaultValue = "NHD",
        description = "Order of tokens and heads in the blocks; default: ${DEFAULT-VALUE}.")
    private DimensionOrder order;

    @Option(names = "--rounds", paramLabel = "N", defaultValue = "11",
        description = "Counted, 1 to 1000; default: ${DEFAULT-VALUE}.")
    private int rounds;

    @Option(names = "--warm-up", paramLabel = "SECONDS", defaultValue = "2",
        description = "CPU time for each codec before its first round, 0 to 60; default: ${DEFAULT-VALUE}.")
    private double warmUp;

    @Mixin
    private BenchOutput output;

    @Override
    public Integer call() throws IOException {
        Require.between("--rounds", rounds, 1, 1000);
        Require.between("--block-tokens", blockTokens, 1, 65536);
        Require.that(warmUp >= 0 && warmUp <= 60, "--warm-up", warmUp, "0 to 60");
        List<CodecSpec> specs = codecs.stream().map(CodecSpec::parse).toList();
        KvFile file = KvFile.read(path());
        Require.that(blockTokens <= file.tokens(), "--block-tokens", blockTokens, "no more than a sequence has: " +
            file.tokens());
        MachineFacts machine = output.machine();
        List<CodecBench.Result> results = new ArrayList<>();
        try (CodecBench bench = new CodecBench(file, order, blockTokens);
            Progress progress = output.progress(() -> "codecs measured: " + results.size())) {
            for (CodecSpec codec : specs) {
                progress.step(System.nanoTime());
                results.add(bench.run(codec, rounds, (long) (warmUp * 1e9)));
            }
        }
        PrintWriter out = output.out();
        if (output.isJson()) {
            json(machine, file, results).print(out);
        } else {
            print(file, results, out);
        }
        out.flush();
        return ExitCode.DONE;
    }

    private Path path() {
        Path path = kv != null ? kv
            : Path.of(System.getenv().getOrDefault("BATON_DATA", "../shared/data"), "kv", "kv-bf16.kv");
        if (!Files.isReadable(path)) {
            throw CommandException.usage("no KV here: file=" + path,
                "make it: python3 sim/src/main/python/train_kv.py --out FOLDER, then --kv FOLDER/kv-bf16.kv");
        }
        return path;
    }

    private void print(KvFile file, List<CodecBench.Result> results, PrintWriter out) {
        out.println(file.elements().label() + " KV of: " + file.description());
        Table table = new Table("codec", "ratio", "encode GB/s", "95 % interval", "decode GB/s", "95 % interval",
            "max error", "mean error", "stored lossless", "stored plain", "blocks");
        for (CodecBench.Result result : results) {
            table.row(result.codec().toString(), number(result.ratio()), rate(result.encode().median()),
                rate(result.encode().low()) + " - " + rate(result.encode().high()), rate(result.decode().median()),
                rate(result.decode().low()) + " - " + rate(result.decode().high()), error(result, result.errorMax()),
                error(result, result.errorMean()), result.storedLossless(), result.storedPlain(), result.blocks());
        }
        out.println(table);
        out.println("blocks of " + blockTokens + " tokens, " + order + "; rates: image bytes by CPU time of one thread; " +
            "errors: in root mean squares of a layer's keys or values; load after: " +
            Human.significant(MachineFacts.loadNow()));
    }

    private static String error(CodecBench.Result result, double error) {
        return result.isExact() ? "exact" : String.format(Locale.ROOT, "%.5f", error);
    }

    private static String rate(double bytesPerSecond) {
        return number(bytesPerSecond / 1e9);
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, "%.3f", value);
    }

    private JsonReport json(MachineFacts machine, KvFile file, List<CodecBench.Result> results) {
        List<JsonReport> rows = results.stream().map(result -> new JsonReport()
            .add("codec", result.codec().toString()).add("ratio", result.ratio())
            .add("encodeBytesPerSecond", result.encode().median()).add("encodeLow", result.encode().low())
            .add("encodeHigh", result.encode().high()).add("decodeBytesPerSecond", result.decode().median())
            .add("decodeLow", result.decode().low()).add("decodeHigh", result.decode().high())
            .add("exact", result.isExact()).add("errorMax", result.errorMax()).add("errorMean", result.errorMean())
            .add("blocksStoredLossless", result.storedLossless()).add("blocksStoredPlain", result.storedPlain())
            .add("blocks", result.blocks()).add("blockBytes", result.blockBytes())).toList();
        return new JsonReport().add("command", "bench codec").add("machine", machine.json())
            .add("kv", file.description()).add("elements", file.elements().label()).add("blockTokens", blockTokens)
            .add("order", order.name()).add("rounds", rounds).add("loadAfter", MachineFacts.loadNow())
            .add("codecs", rows);
    }
}
