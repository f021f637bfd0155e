package dev.baton.sim.chaos;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import dev.baton.platform.Require;
import dev.baton.sim.report.Progress;
import dev.baton.sim.report.Silence;

/** {@code baton sim chaos}: plays seeds, and says which ones broke what. */
@Command(
    name = "chaos",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = "Plays the production agents under seeded faults, in virtual time, and holds them to the protocol's invariants. Exit code 1 if one did not hold.")
public final class ChaosCommand implements Callable<Integer> {
    private static final int FAILURES_SHOWN_MAX = 50;
    private static final int THREADS_MAX = 256;

    @Option(names = "--seeds", paramLabel = "N", defaultValue = "100",
        description = "How many seeds, one after the other. Default: ${DEFAULT-VALUE}.")
    private int seeds;

    @Option(names = "--from", paramLabel = "S", defaultValue = "1",
        description = "The first of them. Default: ${DEFAULT-VALUE}.")
    private long from;

    @Option(names = "--seed", paramLabel = "S", description = "This one seed alone.")
    private Long seed;

    @Option(names = "--minutes", paramLabel = "N", description = "Stop after so long, whatever --seeds says.")
    private Double minutes;

    @Option(names = "--threads", paramLabel = "N", defaultValue = "1",
        description = "Threads that share the seeds; the result does not depend on it. Default: ${DEFAULT-VALUE}.")
    private int threads;

    @Option(names = "--record", paramLabel = "FILE",
        description = "Append range, commit, failures and hash to this table in Markdown.")
    private Path record;

    @Option(names = "--requests", paramLabel = "N", description = "Only the first N requests of each seed.")
    private Integer requests;

    @Option(names = "--without", paramLabel = "KIND", split = ",", description = "Kinds of faults to leave out.")
    private List<String> without = List.of();

    @Option(names = "--drop", paramLabel = "N", split = ",", description = "Scheduled faults to leave out, by number.")
    private List<Integer> drop = List.of();

    @Option(names = "--ranks", description = "Every request is sent by two or three prefill nodes together, each with some shards.")
    private boolean isRanked;

    @Option(names = "--cards", description = "Every seed's lanes are those of RDMA, by their own code over simulated cards.")
    private boolean isCarded;

    @Option(names = "--fetches", description = "Receivers fetch the beginnings of prompts from senders that may have them.")
    private boolean isFetching;

    @Option(names = "--gangs", description = "Receiving instances are two or three processes that hold each request's shards together.")
    private boolean isGanged;

    @Option(names = "--forwards", description = "Some receivers send, too, and hand on from their pools what they received.")
    private boolean isForwarding;

    @Option(names = "--passages", description = "Decode engines name parts of prompts as passages, and find them again.")
    private boolean hasPassages;

    @Option(names = "--early", description = "Schedulers beside decode nodes hold memory before any sender asks for it.")
    private boolean isEarly;

    @Option(names = "--impossible", description = "Some requests are larger than a pool or their tenant's quota, and some fill a pool to its last extent.")
    private boolean hasImpossible;

    @Option(names = "--origins", paramLabel = "WHERE", defaultValue = "drawn",
        description = "Where clocks begin, which must change nothing: drawn, elsewhere, through-zero; all: each seed is played with each of these.")
    private String origins;

    @Option(names = "--drains", description = "Nodes are told to end, as by SIGTERM: they drain, go and come back.")
    private boolean isDraining;

    @Option(names = "--strangers", description = "Every seed has a secret, and somebody who does not know it sends what it likes.")
    private boolean hasStrangers;

    @Option(names = "--misfits", description = "One of several senders has a layout that no plan turns into the receivers'.")
    private boolean hasMisfits;

    @Option(names = "--stalls", description = "One of several receivers stops or is slow, much goes to all; each seed once more without: the others take as long.")
    private boolean isStalling;

    @Option(names = "--hours", description = "Every seed lasts for 63 to 90 minutes, with requests and faults all along, some of them for most of it.")
    private boolean isLong;

    @Option(names = "--history", description = "Tell what happened, line by line; with --seed.")
    private boolean isHistory;

    @Option(names = "--shrink", description = "Find out how little of a failing seed is enough to fail; with --seed.")
    private boolean isShrinking;

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean isJson;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        try (Silence _ = Silence.whole()) {
            return play();
        }
    }

    private int play() {
        Require.atLeast("seeds", seeds, 1);
        Require.between("threads", threads, 1, THREADS_MAX);
        PrintWriter out = spec.commandLine().getOut();
        PrintWriter err = spec.commandLine().getErr();
        Scope scope = scope();
        if (isShrinking && seed != null) {
            scope = new Shrinker(seed, scope, err).shrink();
        }
        Tally tally = new Tally(scope);
        long startNs = System.nanoTime();
        long first = seed == null ? from : seed;
        int count = seed == null ? seeds : 1;
        if (isHistory && seed != null) {
            SeedResult result = new Cluster(new Plan(first, scope), true).run();
            result.history().forEach(isJson ? err::println : out::println);
            if (result.violation() != null) {
                tellThrown(result.violation().getCause(), err);
            }
            note(result, tally, isJson ? err : out);
        } else {
            PrintWriter lines = isJson ? err : out;
            try (Progress progress = new Progress(err, Progress.isTerminal(), () -> tally.progress(count, secondsSince(startNs)))) {
                new SeedRange(first, count, scope).play(threads, () -> minutes == null || secondsSince(startNs) < minutes * 60, result -> {
                    if (result.violation() != null) {
                        progress.makeRoom();
                    }
                    note(result, tally, lines);
                    if (count > 1) {
                        progress.step(System.nanoTime());
                    }
                });
            }
        }
        if (record != null) {
            SeedRecord.append(record, tally.row(first, SeedRecord.commitOf(Path.of(System.getProperty("baton.home", ".")))));
        }
        if (isJson) {
            out.println(seed == null ? tally.jsonWithRates(secondsSince(startNs)) : tally.json());
        } else {
            tally.print(out, secondsSince(startNs));
        }
        out.flush();
        err.flush();
        return tally.failures() == 0 ? 0 : 1;
    }

    /** An agent threw: where it did is part of the history that was asked for. */
    private static void tellThrown(Throwable causeOrNull, PrintWriter lines) {
        for (Throwable cause = causeOrNull; cause != null; cause = cause.getCause()) {
            lines.println("thrown: " + cause);
            for (StackTraceElement frame : cause.getStackTrace()) {
                lines.println("    at " + frame);
            }
        }
    }

    private static void note(SeedResult result, Tally tally, PrintWriter lines) {
        if (result.violation() != null && tally.failures() < FAILURES_SHOWN_MAX) {
            lines.println(failureLine(result, tally.scope()));
            lines.flush();
        }
        tally.add(result);
    }

    static String failureLine(SeedResult result, Scope scope) {
        return "FAILED seed=" + result.seed() + " " + result.violation().getMessage() +
            "  replay: baton sim chaos --seed " + result.seed() + scope.options() + " --history";
    }

    private Scope scope() {
        Set<FaultKind> kinds = EnumSet.noneOf(FaultKind.class);
        for (String tag : without) {
            kinds.add(Arrays.stream(FaultKind.values()).filter(kind -> kind.tag().equals(tag)).findFirst()
                .orElseThrow(() -> new IllegalArgumentException("without=" + tag + " must be one of " +
                    Arrays.stream(FaultKind.values()).map(FaultKind::tag).toList())));
        }
        Origins clocks = Arrays.stream(Origins.values()).filter(one -> one.tag().equals(origins)).findFirst()
            .orElseThrow(() -> new IllegalArgumentException("origins=" + origins + " must be one of " +
                Arrays.stream(Origins.values()).map(Origins::tag).toList()));
        return new Scope(requests == null ? Integer.MAX_VALUE : requests, kinds, new TreeSet<>(drop), focus(), clocks);
    }

    private Set<Focus> focus() {
        Set<Focus> focus = EnumSet.noneOf(Focus.class);
        Map.ofEntries(Map.entry(Focus.RANKS, isRanked), Map.entry(Focus.CARDS, isCarded), Map.entry(Focus.FETCHES, isFetching),
            Map.entry(Focus.GANGS, isGanged), Map.entry(Focus.FORWARDS, isForwarding), Map.entry(Focus.PASSAGES, hasPassages),
            Map.entry(Focus.EARLY, isEarly), Map.entry(Focus.IMPOSSIBLE, hasImpossible), Map.entry(Focus.DRAINS, isDraining),
            Map.entry(Focus.STRANGERS, hasStrangers), Map.entry(Focus.MISFITS, hasMisfits), Map.entry(Focus.STALLS, isStalling),
            Map.entry(Focus.HOURS, isLong)).forEach((one, isOn) -> {
                if (isOn) {
                    focus.add(one);
                }
            });
        Require.that(!isLong || !isStalling, "hours", isLong, "off with --stalls, whose seeds last for seconds");
        return focus;
    }

    private static double secondsSince(long startNs) {
        return (System.nanoTime() - startNs) / (double) TimeUnit.SECONDS.toNanos(1);
    }
}
