package dev.baton.sim;

import dev.baton.sim.bench.BenchSender;
import dev.baton.sim.bench.BenchSettings;
import dev.baton.sim.bench.ByteSize;
import dev.baton.sim.bench.GroupResult;
import dev.baton.sim.bench.MachineFacts;
import dev.baton.sim.bench.TransportBench;
import dev.baton.sim.bench.Schedule;
import dev.baton.sim.bench.TransportReport;
import dev.baton.sim.report.ExitCode;
import dev.baton.sim.report.Human;
import dev.baton.sim.report.JsonReport;
import dev.baton.sim.report.Progress;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Lanes between two processes of this machine, interleaved with the limits that they are held against. */
@Command(
    name = "transport",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
        "Moves bytes between two processes over each transport, every byte checked, interleaved",
        "with the machine's limits: plain copies, a bare loop that does the same work, kernel TCP with",
        "and without CRC.",
        "Exit code 0 says that every byte was right; whether a target was met stands in the result."
    })
final class BenchTransportCommand implements Callable<Integer> {
    /** Working set over last-level cache, at least. */
    private static final int CACHE_FACTOR = 4;
    private static final long SET_DEFAULT = 256L << 20;
    private static final long SET_MAX = 1L << 30;
    private static final long MIB = 1 << 20;
    /** The fewest that give an interval of 95 %. */
    private static final int QUICK_PAIRS = 6;
    private static final int QUICK_WINDOW = 4;
    private static final double QUICK_SECONDS = 0.05;

    @Option(names = "--transport", paramLabel = "NAME", split = ",", defaultValue = "all",
        description = "shm, tcp, aeron, aeron-ipc, rdma, rdma-sim, several of them, or all, which is the first four; default: all.")
    private List<String> transports;

    @Option(names = "--sizes", paramLabel = "BYTES", split = ",", defaultValue = "64KiB,1MiB,4MiB,32MiB",
        description = "Message lengths; default: ${DEFAULT-VALUE}.")
    private List<String> sizes;

    @Option(names = "--windows", paramLabel = "N", split = ",", defaultValue = "8",
        description = "Messages on their way at most; default: 8, and 1 for latency.")
    private List<Integer> windows;

    @Option(names = "--streams", paramLabel = "N", split = ",", defaultValue = "1",
        description = "Lanes side by side, each with a thread at both ends; default: 1.")
    private List<Integer> streams;

    @Option(names = "--pairs", paramLabel = "N", defaultValue = "11", description = "Interleaved rounds; default: 11.")
    private int pairs;

    @Option(names = "--seconds", paramLabel = "S", defaultValue = "0.2",
        description = "Length of one sample; default: 0.2.")
    private double seconds;

    @Option(names = "--set", paramLabel = "BYTES",
        description =
            "Working set on each side; default: 4 times the last-level cache, 256 MiB at least, 1 GiB at most.")
    private String set;

    @Option(names = "--driver", paramLabel = "THREADS", defaultValue = "shared",
        description = "Embedded media drivers' threads: shared, shared-network, dedicated; default: shared.")
    private String driver;

    @Option(names = "--idle", paramLabel = "HOW", defaultValue = "backoff",
        description = "How measured threads wait: backoff (as data agents do), yield, spin; default: backoff.")
    private String idle;

    @Option(names = "--rdma-events",
        description = "Inlets of rdma with nothing to do sleep until their device has something, instead of polling.")
    private boolean isEventDriven;

    @Option(names = "--shared-memory-dir", paramLabel = "DIR", defaultValue = "/dev/shm",
        description = "Where shared memory lies; default: ${DEFAULT-VALUE}.")
    private Path directory;

    @Option(names = "--quick",
        description = "Only 1 and 32 MiB, window 4, 6 rounds of 0.05 s: a first look, not a result.")
    private boolean isQuick;

    @Mixin
    private BenchOutput output;

    @Override
    public Integer call() throws Exception {
        MachineFacts machine = MachineFacts.ofThisMachine();
        BenchSettings settings = settings(machine);
        Schedule schedule = settings.schedule();
        output.err().println("machine: " + machine.describe());
        int sampleCount = schedule.trialCount() * settings.pairs();
        int[] doneCount = {0};
        List<GroupResult> results;
        long mismatches;
        long checkedBytes;
        String copier;
        try (BenchSender sender = new BenchSender(settings.setup(new SecureRandom().nextLong() & Long.MAX_VALUE));
            Progress progress = output.progress(() -> "sample " + doneCount[0] + " of " + sampleCount + ", checked " +
                Human.bytes(sender.checkedBytes()))) {
            results = new TransportBench(sender, settings.pairs(), settings.sampleMs() * 1_000_000L, () -> {
                doneCount[0]++;
                progress.step(System.nanoTime());
            }).run(schedule);
            mismatches = sender.mismatchCount();
            checkedBytes = sender.checkedBytes();
            copier = sender.copierName();
        }
        print(machine, settings, new TransportReport(results), copier, checkedBytes, mismatches);
        return mismatches == 0 ? ExitCode.DONE : ExitCode.FAILED;
    }

    private BenchSettings settings(MachineFacts machine) {
        List<String> schemes = transports.contains("all") ? BenchSettings.SCHEMES_ANYWHERE
            : transports.stream().map(name -> name.toLowerCase(Locale.ROOT)).distinct().toList();
        List<Integer> lengths = (isQuick && !output.isGiven("--sizes")
            ? List.of("1MiB", "32MiB") : sizes).stream().map(size -> (int) ByteSize.parse(size,
                Integer.MAX_VALUE)).toList();
        long setBytes = set != null ? ByteSize.parse(set, SET_MAX)
            : Math.min(SET_MAX, Math.max(SET_DEFAULT, CACHE_FACTOR * machine.lastCacheBytes()));
        boolean hasPairs = output.isGiven("--pairs");
        boolean hasSeconds = output.isGiven("--seconds");
        boolean hasWindows = output.isGiven("--windows");
        List<Integer> inFlight = isQuick && !hasWindows ? List.of(QUICK_WINDOW) : windows;
        double sampleSeconds = isQuick && !hasSeconds ? QUICK_SECONDS : seconds;
        return new BenchSettings(schemes, lengths, inFlight, streams, isQuick && !hasPairs ? QUICK_PAIRS : pairs,
            (int) Math.round(Math.min(1e6, sampleSeconds) * 1e3), (setBytes + MIB - 1) & -MIB, directory, driver, idle, isEventDriven);
    }

    private void print(MachineFacts machine, BenchSettings settings, TransportReport report, String copier,
        long checkedBytes, long mismatches) {
        PrintWriter out = output.out();
        double loadAfter = MachineFacts.loadNow();
        if (output.isJson()) {
            new JsonReport()
                .add("command", "bench transport")
                .add("machine", machine.json().add("loadAfter", loadAfter))
                .add("copier", copier)
                .add("processes", 2)
                .add("pairs", settings.pairs())
                .add("sampleMs", settings.sampleMs())
                .add("idle", settings.idle())
                .add("rdmaEvents", settings.isEventDriven())
                .add("driver", settings.driver())
                .add("setBytes", settings.setBytes())
                .add("groups", report.json())
                .add("checkedBytes", checkedBytes)
                .add("mismatches", mismatches)
                .print(out);
            return;
        }
        out.println(machine.describe() + " before and " + Human.significant(loadAfter) + " after");
        out.println("two processes, copier " + copier + ", working set " + Human.bytes(settings.setBytes()) +
            " each side, " + settings.pairs() + " interleaved rounds of " + settings.sampleMs() +
            " ms,\nthreads wait by " + settings.idle() + ", media drivers " + settings.driver() + "\n");
        out.println(report.tables());
        out.println(mismatches == 0 ? "All " + Human.bytes(checkedBytes) + " that were checked arrived right."
            : mismatches + " messages arrived WRONG.");
        out.flush();
    }
}
