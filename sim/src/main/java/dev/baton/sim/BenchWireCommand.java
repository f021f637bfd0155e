package dev.baton.sim;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import dev.baton.platform.Availability;
import dev.baton.platform.Require;
import dev.baton.sim.bench.MachineFacts;
import dev.baton.sim.bench.MedianInterval;
import dev.baton.sim.bench.WireBench;
import dev.baton.sim.codec.WireKv;
import dev.baton.sim.report.CommandException;
import dev.baton.sim.report.ExitCode;
import dev.baton.sim.report.JsonReport;
import dev.baton.sim.report.Progress;
import dev.baton.sim.report.Table;
import dev.baton.sim.soak.NetworkNamespace;
import dev.baton.sim.soak.SlowNetwork;

/** Whether it pays to encode what goes over a slow network. */
@Command(
    name = "wire",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
        "Hands the same KV off over one transport and another, in turn, in a network namespace whose packets leave at a",
        "rate. Needs root, ip and tc; --here measures in the network of this process and needs neither.",
        "Exit code 0 says that every byte was right."
    })
final class BenchWireCommand implements Callable<Integer> {
    private static final int SLOWER_THAN_THE_WIRE = 4;
    private static final long START_MS = TimeUnit.SECONDS.toMillis(90);
    private static final long DRAWN_SEED = 1;
    private static final String DRAWN = "drawn";
    /** What a process that measures says of how far it is, on a line or a redrawn one; the last of it counts. */
    private static final Pattern DONE = Pattern.compile("rounds measured: \\d+ of \\d+");
    private static final double MIB = 1 << 20;
    private static final ObjectMapper JSON = new ObjectMapper();

    @Option(names = "--transports", paramLabel = "A,B", split = ",", defaultValue = "tcp,tcp-lossless",
        description = "The first is what the others are compared with; default: ${DEFAULT-VALUE}.")
    private List<String> transports;

    @Option(names = "--rates", paramLabel = "MBIT", split = ",", defaultValue = "100,1000",
        description = "Mbit/s at which packets leave, 1 to 100000; default: ${DEFAULT-VALUE}.")
    private List<Integer> rates;

    @Option(names = "--kv", paramLabel = "FILE|drawn",
        description = {"A model's KV as sim/src/main/python/train_kv.py writes it, or drawn numbers, which are no model's.",
            "Default: kv/kv-bf16.kv under BATON_DATA where it is there, else drawn."})
    private String kv;

    @Option(names = "--block-tokens", paramLabel = "N", defaultValue = "256", description = "Tokens of a block, 1 to 4096; default: ${DEFAULT-VALUE}.")
    private int blockTokens;

    @Option(names = "--mib", paramLabel = "N", defaultValue = "16",
        description = "KV of a handoff, at least a block of it, 1 to 256; default: ${DEFAULT-VALUE}.")
    private int mib;

    @Option(names = "--rounds", paramLabel = "N", defaultValue = "11", description = "1 to 1000; default: ${DEFAULT-VALUE}.")
    private int rounds;

    @Option(names = "--here", description = "In the network of this process, at its own rate.")
    private boolean isHere;

    @Mixin
    private BenchOutput output;

    @Override
    public Integer call() throws IOException {
        Require.between("--block-tokens", blockTokens, 1, 4096);
        Require.between("--mib", mib, 1, 256);
        Require.between("--rounds", rounds, 1, 1000);
        Require.between("--transports", transports.size(), 1, 4);
        rates.forEach(rate -> Require.between("--rates", rate, 1, 100_000));
        String from = source();
        ArrayNode all = JSON.createArrayNode();
        if (isHere) {
            all.add(measured(from));
        } else {
            atRates(from, all);
        }
        print(all);
        return ExitCode.DONE;
    }

    private void atRates(String from, ArrayNode all) throws IOException {
        if (NetworkNamespace.probe() instanceof Availability.Absent absent) {
            throw CommandException.notPossible(absent.reason(), absent.remedy() + ", or measure with --here");
        }
        output.err().println("machine: " + MachineFacts.ofThisMachine().describe());
        for (int rate : rates) {
            String[] done = {"begins"};
            try (SlowNetwork network = SlowNetwork.open(rate);
                 Progress progress = output.progress(() -> "Mbit/s: " + rate + ", " + done[0])) {
                JsonNode json = network.run(List.of("bench", "wire", "--here", "--json", "--transports", String.join(",", transports), "--kv", from,
                    "--block-tokens", Integer.toString(blockTokens), "--mib", Integer.toString(mib), "--rounds", Integer.toString(rounds)), withinMs(rate), said -> {
                        DONE.matcher(said).results().forEach(found -> done[0] = found.group());
                        progress.step(System.nanoTime());
                    });
                ObjectNode at = (ObjectNode) json.get("rates").get(0);
                all.add(at.put("megabitsPerSecond", rate).put("packetsHeldBack", network.heldBack()));
            }
        }
    }

    private String source() {
        Path byDefault = Path.of(System.getenv().getOrDefault("BATON_DATA", "../shared/data"), "kv", "kv-bf16.kv");
        String from = kv == null ? (Files.isReadable(byDefault) ? byDefault.toAbsolutePath().toString() : DRAWN) : kv;
        if (!from.equals(DRAWN) && !Files.isReadable(Path.of(from))) {
            throw CommandException.usage("no KV here: file=" + from, "make it: python3 sim/src/main/python/train_kv.py --out FOLDER, or --kv drawn");
        }
        return from.equals(DRAWN) ? from : Path.of(from).toAbsolutePath().toString();
    }

    private long withinMs(int rate) {
        long wireMs = ((long) (mib * MIB * 8 / (rate * 1e3))) * (rounds + WireBench.WARM_UP_ROUNDS) * transports.size();
        return START_MS + SLOWER_THAN_THE_WIRE * wireMs;
    }

    /** In this process's network. */
    private ObjectNode measured(String from) throws IOException {
        Path shared = Path.of("/dev/shm");
        Path memory = Files.isDirectory(shared) ? Files.createTempDirectory(shared, "baton-bench") : Files.createTempDirectory("baton-bench");
        int[] done = {0};
        try (WireKv images = from.equals(DRAWN) ? WireKv.drawn(DRAWN_SEED, blockTokens) : WireKv.read(Path.of(from), blockTokens);
             Progress progress = output.progress(() -> "rounds measured: " + done[0] + " of " + rounds)) {
            int tokens = ((int) Math.max(1, mib * MIB / images.bytes(blockTokens))) * blockTokens;
            List<WireBench.Result> results = new WireBench(images.layout(), images, memory, transports, tokens, rounds).run(count -> {
                done[0] = count;
                progress.step(System.nanoTime());
            });
            return (ObjectNode) JSON.readTree(new JsonReport().add("kv", images.description()).add("handoffBytes", images.bytes(tokens))
                .add("transports", results.stream().map(result -> json(result, results.getFirst(), images.bytes(tokens))).toList()).toString());
        } finally {
            Files.delete(memory);
        }
    }

    private static JsonReport json(WireBench.Result result, WireBench.Result first, long handoffBytes) {
        MedianInterval seconds = MedianInterval.of(result.seconds());
        MedianInterval faster = result.faster(first);
        return new JsonReport().add("transport", result.transport()).add("seconds", seconds.median()).add("secondsLow", seconds.low())
            .add("secondsHigh", seconds.high()).add("bytesPerSecond", handoffBytes / seconds.median())
            .add("wireBytes", Arrays.stream(result.wireBytes()).anyMatch(Double::isNaN) ? Double.NaN : MedianInterval.of(result.wireBytes()).median())
            .add("faster", faster.median()).add("fasterLow", faster.low()).add("fasterHigh", faster.high()).add("coverage", faster.coverage());
    }

    private void print(ArrayNode all) throws IOException {
        PrintWriter out = output.out();
        MachineFacts machine = MachineFacts.ofThisMachine();
        if (output.isJson()) {
            ObjectNode object = JSON.createObjectNode().put("command", "bench wire").put("rounds", rounds);
            object.set("machine", JSON.readTree(machine.json().toString()));
            object.set("rates", all);
            out.println(object);
            out.flush();
            return;
        }
        Table table = new Table("Mbit/s", "transport", "s", "interval", "KV MB/s", "MiB on the wire", "times as fast", "interval", "held back");
        for (JsonNode at : all) {
            for (JsonNode row : at.get("transports")) {
                table.row(at.path("megabitsPerSecond").asText("as it is"), row.get("transport").asText(), number(row, "seconds", 1),
                    number(row, "secondsLow", 1) + " - " + number(row, "secondsHigh", 1), number(row, "bytesPerSecond", 1e6), number(row, "wireBytes", MIB),
                    number(row, "faster", 1), number(row, "fasterLow", 1) + " - " + number(row, "fasterHigh", 1), at.path("packetsHeldBack").asText("-"));
            }
        }
        out.println(all.get(0).get("kv").asText());
        out.println(table);
        out.println(String.format(Locale.ROOT, "MiB a handoff: %.2f; rounds: %d; from the engine's begin to READY; every byte was compared and right; load: %.2f",
            all.get(0).get("handoffBytes").asLong() / MIB, rounds, machine.load()));
        out.flush();
    }

    private static String number(JsonNode row, String key, double unit) {
        return row.get(key).isNull() ? "-" : String.format(Locale.ROOT, "%.3f", row.get(key).asDouble() / unit);
    }
}
