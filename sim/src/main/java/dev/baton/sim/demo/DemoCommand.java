package dev.baton.sim.demo;

import dev.baton.kv.DimensionOrder;
import dev.baton.kv.ShardPairing;
import dev.baton.platform.Availability;
import dev.baton.receiver.CacheOptions;
import dev.baton.receiver.TierOptions;
import dev.baton.receiver.TierSettings;
import dev.baton.sim.deadlock.Admission;
import dev.baton.sim.deadlock.DeadlockResult;
import dev.baton.sim.deadlock.DeadlockScenario;
import dev.baton.sim.report.CommandException;
import dev.baton.sim.report.ExitCode;
import dev.baton.sim.report.Human;
import dev.baton.sim.trace.ConversationGenerator;
import dev.baton.sim.trace.TraceFile;
import dev.baton.sim.trace.TraceRequest;
import dev.baton.transport.rdma.RdmaProvider;
import dev.baton.transport.rdma.RdmaSimProvider;
import dev.baton.transport.secret.SharedSecret;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * Moves real requests between real processes, compares every byte, and says so; or shows the deadlock that Baton is
 * without.
 */
@Command(
    name = "demo",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
        "Starts senders and a receiver as processes of their own, hands requests off between them as a chunked"
            + " prefill makes them, and compares every byte.",
        "With --admission, runs the load that deadlocks when memory is taken chunk by chunk."
    })
public final class DemoCommand implements Callable<Integer> {
    private static final int REQUESTS = 100;
    private static final int REQUESTS_MAX = 1_000_000;
    private static final int DEADLOCK_REQUESTS = 4;
    private static final int DEADLOCK_CHUNKS = 8;
    private static final int SENDERS_MAX = 32;
    private static final int TP_MAX = 64;

    private static final List<String> SCHEMES = List.of("shm", "rdma", "tcp", "tcp-lossless", "aeron", "rdma-sim");

    private enum Order { DESTINATION, SOURCE }

    @Option(names = "--trace", paramLabel = "FILE",
        description = "Requests from a trace: Mooncake's JSONL or Azure's CSV. Default: made up, with the"
            + " statistics of Mooncake's conversation trace.")
    private Path trace;

    @Option(names = "--requests", paramLabel = "N", defaultValue = "0",
        description = "The first N requests; default 100, with --admission 4.")
    private int requests;

    @Option(names = "--model", paramLabel = "NAME", defaultValue = "Llama-3.1-8B",
        description = "Whose KV; default ${DEFAULT-VALUE}.")
    private String model;

    @Option(names = "--transport", paramLabel = "NAME", defaultValue = "shm",
        description = "shm, rdma, tcp, tcp-lossless (bytes are encoded on their way), aeron, or rdma-sim: RDMA's code over a device of software;"
            + " default ${DEFAULT-VALUE}.")
    private String scheme;

    @Option(names = "--rails", split = ",", paramLabel = "ADDRESS",
        description = "Devices of rdma and rdma-sim, by address, a lane each; default: one lane over the first.")
    private List<String> rails = List.of();

    @Option(names = "--order", paramLabel = "WHICH", defaultValue = "destination",
        description = "destination: memory at the receiver before prefill. source: prefill first, then the decode"
            + " side asks for it. Default ${DEFAULT-VALUE}.")
    private Order order;

    @Option(names = "--prefill-tp", paramLabel = "N", defaultValue = "1",
        description = "Tensor-parallel ranks of each sender; default ${DEFAULT-VALUE}.")
    private int prefillTp;

    @Option(names = "--decode-tp", paramLabel = "N", defaultValue = "1",
        description = "Tensor-parallel ranks of the receiver; default ${DEFAULT-VALUE}.")
    private int decodeTp;

    @Option(names = "--layout-prefill", paramLabel = "ORDER", defaultValue = "NHD",
        description = "NHD or HND at the senders; default ${DEFAULT-VALUE}.")
    private DimensionOrder prefillOrder;

    @Option(names = "--layout-decode", paramLabel = "ORDER", defaultValue = "NHD",
        description = "NHD or HND at the receiver; default ${DEFAULT-VALUE}.")
    private DimensionOrder decodeOrder;

    @Option(names = "--senders", paramLabel = "N", defaultValue = "2",
        description = "Sender processes; default ${DEFAULT-VALUE}.")
    private int senders;

    @Option(names = "--scale", paramLabel = "N", defaultValue = "0",
        description = "Divides the tokens of every request; default: so that 6 GiB are moved at most.")
    private int scale;

    @Option(names = "--chunk-tokens", paramLabel = "N", defaultValue = "0",
        description =
            "Tokens of a prefill chunk after scaling, a multiple of 256; default: 2,048 divided by the scale.")
    private int chunkTokens;

    @Option(names = "--pool-mib", paramLabel = "MIB", defaultValue = "0",
        description = "The receiver's pool; default: an eighth of the work, but at least the largest request.")
    private long poolMib;

    @Option(names = "--seed", paramLabel = "N", defaultValue = "1",
        description = "Of requests and bytes; default ${DEFAULT-VALUE}.")
    private long seed;

    @Option(names = "--admission", paramLabel = "HOW",
        description = "Runs equal requests in strict round robin on a pool just too small, in this process: chunk"
            + " takes memory piece by piece and deadlocks, request takes it whole and finishes.")
    private Admission admission;

    @Option(names = "--chunks", paramLabel = "N", defaultValue = "0",
        description = "With --admission: chunks of each request; default 8.")
    private int chunks;

    @Option(names = "--secret-file", paramLabel = "FILE",
        description = "A secret that all processes of the demo prove to each other.")
    private Path secretFile;

    @Option(names = "--encrypt",
        description = "Encrypt KV on its way: needs --secret-file, and --transport tcp or aeron.")
    private boolean isEncrypted;

    @Option(names = "--cache",
        description = "Name the blocks that the --trace tells of: what lies at the receiver already is neither prefilled nor"
            + " sent. Its blocks become those of the demo, 512 tokens divided by --scale.")
    private boolean isCached;

    @Mixin
    private TierOptions tier = new TierOptions();

    @Mixin
    private CacheOptions cache = new CacheOptions();

    @Option(names = "--json", description = "Print one JSON object; progress goes to standard error.")
    private boolean isJson;

    /** Proves that the check can fail: one byte of this request is wrong when it leaves, and its CRC is right. */
    @Option(names = "--flip-byte-of", hidden = true, defaultValue = "-1")
    private int flipRequest;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        between("--requests", requests, 0, REQUESTS_MAX);
        if (admission != null) {
            return runDeadlock();
        }
        if (chunks != 0) {
            throw new ParameterException(spec.commandLine(), "--chunks goes with --admission");
        }
        return runHandoffs();
    }

    private int runDeadlock() {
        DeadlockScenario scenario = DeadlockScenario.certain(
            requests == 0 ? DEADLOCK_REQUESTS : requests, chunks == 0 ? DEADLOCK_CHUNKS : chunks);
        DeadlockResult result = scenario.run(admission);
        PrintWriter out = spec.commandLine().getOut();
        if (isJson) {
            result.json().print(out);
        } else {
            out.print(result.text());
            out.flush();
        }
        return ExitCode.DONE;
    }

    private int runHandoffs() {
        between("--senders", senders, 1, SENDERS_MAX);
        between("--prefill-tp", prefillTp, 1, TP_MAX);
        between("--decode-tp", decodeTp, 1, TP_MAX);
        between("--scale", scale, 0, Integer.MAX_VALUE);
        between("--chunk-tokens", chunkTokens, 0, Integer.MAX_VALUE);
        between("--pool-mib", poolMib, 0, Long.MAX_VALUE >> 20);
        requireScheme();
        if (isEncrypted && (secretFile == null || !(scheme.equals("tcp") || scheme.equals("aeron")))) {
            throw new ParameterException(spec.commandLine(), "--encrypt needs " + (secretFile == null
                ? "--secret-file: the lanes' keys are made of the secret"
                : "--transport tcp or aeron: bytes of the others stay in the clear"));
        }
        if (secretFile != null) {
            SharedSecret.read(secretFile);   // a bad one is told here, and not by each process
        }
        TierSettings tierSettings = tier.settingsOrNull();
        if (tierSettings != null && !isCached) {
            throw new ParameterException(spec.commandLine(), "--tier goes with --cache: blocks without names are never found again");
        }
        boolean isSourceFirst = order == Order.SOURCE;
        ShardPairing pairing = DemoSetup.pairing(model, prefillOrder, decodeOrder, prefillTp, decodeTp);
        List<TraceRequest> chosen = readRequests();
        int[] tokens = chosen.stream().mapToInt(TraceRequest::promptTokens).toArray();
        DemoCache cacheOrNull = null;
        int blockTokens = 0;
        int extentBytes = DemoPlan.EXTENT_BYTES;
        if (isCached) {
            cacheOrNull = new DemoCache(String.valueOf(trace), chosen);
            scale = scale > 0 ? scale : DemoCache.scale(DemoPlan.of(pairing, tokens, new DemoPlan.Wishes(0, 0, 0, false)).scale());
            blockTokens = DemoCache.blockTokens(scale);
            pairing = DemoSetup.pairing(blockTokens, model, prefillOrder, decodeOrder, prefillTp, decodeTp);
            extentBytes = DemoCache.extentBytes(pairing);
        }
        DemoPlan plan = DemoPlan.of(pairing, tokens, new DemoPlan.Wishes(scale, chunkTokens, poolMib << 20, isSourceFirst,
            extentBytes));
        Path folder = SharedFolder.make(plan.poolBytesPerShard() * decodeTp, plan.stagingBytes() * senders,
            senders + 1);
        DemoSetup setup = new DemoSetup(blockTokens, model, prefillOrder, decodeOrder, prefillTp, decodeTp,
            scheme, isSourceFirst, seed, plan.chunkTokens(), plan.poolBytesPerShard(),
            plan.stagingBytes(), extentBytes, folder, secret(folder), isEncrypted,
            flipRequest, cache.limits(), tierSettings, rails);

        PrintWriter err = spec.commandLine().getErr();
        PrintWriter out = spec.commandLine().getOut();
        PrintWriter told = isJson ? err : out;
        told.println(describe(setup, plan));
        told.flush();
        DemoResult result = DemoRun.run(setup, plan, cacheOrNull, senders, err);
        if (isJson) {
            result.json().print(out);
        } else {
            out.println();
            out.print(result.text());
            out.flush();
        }
        return result.isRight() ? ExitCode.DONE : ExitCode.FAILED;
    }

    /** Lanes of rdma listen where others reach them, so the processes have a secret then also where nobody names one. */
    private String secret(Path folder) {
        if (secretFile == null && scheme.equals("rdma")) {
            return SharedFolder.secret(folder).toString();
        }
        return secretFile == null ? "" : secretFile.toAbsolutePath().toString();
    }

    /** Before any process is started: each would say it by itself. */
    private void requireScheme() {
        scheme = scheme.toLowerCase(Locale.ROOT);
        if (!SCHEMES.contains(scheme)) {
            throw new ParameterException(spec.commandLine(), "unknown transport: --transport=" + scheme + "; known: " +
                SCHEMES);
        }
        Availability availability = switch (scheme) {
            case "rdma" -> new RdmaProvider().probe();
            case "rdma-sim" -> new RdmaSimProvider().probe();
            default -> null;
        };
        if (availability instanceof Availability.Absent absent) {
            throw CommandException.notPossible("transport " + scheme + " is not to be had here: " + absent.reason(),
                absent.remedy());
        }
    }

    private List<TraceRequest> readRequests() {
        int count = requests == 0 ? REQUESTS : requests;
        return trace == null ? ConversationGenerator.requests(seed, count) : TraceFile.read(trace, count);
    }

    private String describe(DemoSetup setup, DemoPlan plan) {
        return Human.count(plan.tokens().length) + " requests of " +
            (trace == null ? "conversations, seed " + seed : String.valueOf(trace.getFileName())) + ", " +
            (plan.scale() == 1 ? "tokens as they are" : "tokens divided by " + Human.count(plan.scale())) + ": " +
            Human.count(plan.totalTokens()) + " tokens, " + Human.bytes(plan.totalBytes()) + " of " +
            setup.target().layout().model() + " KV, the largest " + Human.bytes(plan.largestBytes()) + "; " +
            (setup.isSourceFirst() ? "source" : "destination") + "-first over " + setup.scheme() + " from " + senders +
            (senders == 1 ? " sender" : " senders") + " (tp " + prefillTp + ", " + prefillOrder +
            ") to a receiver (tp " + decodeTp + ", " + decodeOrder + ") with a pool of " +
            Human.bytes(plan.poolBytesPerShard() * decodeTp) + "; chunks of " + Human.count(plan.chunkTokens()) +
            " tokens.";
    }

    private static void between(String option, long value, long min, long max) {
        if (value < min || value > max) {
            throw CommandException.usage(option + " must be " + min + " to " + max + ": " + option + "=" + value,
                "try: baton demo --help");
        }
    }
}
