package dev.baton.sim.soak;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import dev.baton.platform.Availability;
import dev.baton.platform.Require;
import dev.baton.sim.report.CommandException;
import dev.baton.sim.report.ExitCode;
import dev.baton.sim.report.JsonReport;
import dev.baton.sim.report.Table;

/** {@code baton test soak}: the scenarios again and again, in an order that a seed gives, until the time is over. */
@Command(
    name = "soak",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = "Does faults to real processes until the time is over: packets lost and altered, processes killed and stopped. "
        + "Exit code 0 if every byte was right, every end was told and all memory came back.")
public final class SoakCommand implements Callable<Integer> {
    @Option(names = "--minutes", paramLabel = "N", defaultValue = "10",
        description = "How long; each scenario runs once at least. Default: ${DEFAULT-VALUE}.")
    private double minutes;

    @Option(names = "--seed", paramLabel = "N", defaultValue = "1", description = "Of the order and of each run. Default: ${DEFAULT-VALUE}.")
    private long seed;

    @Option(names = "--only", paramLabel = "NAME", split = ",", description = "These scenarios only; an unknown name lists all.")
    private List<String> only = List.of();

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean isJson;

    @Spec
    private CommandSpec spec;

    /** All runs of one scenario. */
    private static final class Tally {
        private final Scenario scenario;
        private int runs;
        private int failures;
        private long faults;
        private long delivered;
        private long verifiedBytes;
        private double secondsMax;
        private final Map<String, Long> ended = new LinkedHashMap<>();
        private String firstFailure = "";
        private String skipped = "";

        private Tally(Scenario scenario) {
            this.scenario = scenario;
        }

        /** Asked once; what is missing is told in the report. */
        private boolean isPossible() {
            if (runs == 0 && skipped.isEmpty() && scenario.possible() instanceof Availability.Absent absent) {
                skipped = absent.describe();
            }
            return skipped.isEmpty();
        }

        private void add(ScenarioResult result) {
            faults += result.faults();
            delivered += result.delivered();
            verifiedBytes += result.verifiedBytes();
            secondsMax = Math.max(secondsMax, result.seconds());
            result.ended().forEach((reason, count) -> ended.merge(reason, count, Long::sum));
        }
    }

    @Override
    public Integer call() {
        Require.that(minutes > 0 && minutes <= 7 * 24 * 60, "minutes", minutes, "more than 0, a week at most");
        PrintWriter err = spec.commandLine().getErr();
        List<Tally> tallies = chosen();
        SplittableRandom random = new SplittableRandom(seed);
        long startNs = System.nanoTime();
        long lengthNs = (long) (minutes * TimeUnit.MINUTES.toNanos(1));
        for (int run = 0; run < tallies.size() || System.nanoTime() - startNs < lengthNs; run++) {
            Tally tally = tallies.get(run < tallies.size() ? run : random.nextInt(tallies.size()));
            if (tally.isPossible()) {
                run(tally, random.split(), err);
            }
            if (tallies.stream().noneMatch(one -> one.skipped.isEmpty())) {
                throw CommandException.notPossible("no scenario can run here: " + tallies.getFirst().skipped, "see above");
            }
        }
        report(tallies);
        return tallies.stream().allMatch(tally -> tally.failures == 0) ? ExitCode.DONE : ExitCode.FAILED;
    }

    private List<Tally> chosen() {
        List<Tally> tallies = new ArrayList<>();
        List<String> names = new ArrayList<>();
        for (Scenario scenario : Scenarios.all()) {
            names.add(scenario.toString());
            if (only.isEmpty() || only.contains(scenario.toString())) {
                tallies.add(new Tally(scenario));
            }
        }
        for (String name : only) {
            if (!names.contains(name)) {
                throw CommandException.usage("no such scenario: --only=" + name, "there are: " + String.join(", ", names));
            }
        }
        return tallies;
    }

    private static void run(Tally tally, SplittableRandom random, PrintWriter err) {
        err.println("soak: " + tally.scenario + ": " + tally.scenario.what());
        tally.runs++;
        try {
            tally.add(tally.scenario.run(random));
        } catch (IOException ex) {
            tally.failures++;
            tally.firstFailure = tally.firstFailure.isEmpty() ? ex.getMessage() : tally.firstFailure;
            err.println("soak: FAILED " + tally.scenario + ": " + ex.getMessage());
        }
    }

    private void report(List<Tally> tallies) {
        PrintWriter out = spec.commandLine().getOut();
        if (isJson) {
            json(tallies).print(out);
            return;
        }
        Table table = new Table("scenario", "runs", "failed", "faults", "delivered", "other ends", "verified MiB", "idle again s");
        for (Tally tally : tallies) {
            table.row(tally.scenario, tally.runs, tally.failures, tally.faults, tally.delivered,
                tally.skipped.isEmpty() ? tally.ended : "skipped: " + tally.skipped, tally.verifiedBytes >> 20, tally.secondsMax);
        }
        out.print(table);
        long failures = tallies.stream().mapToInt(tally -> tally.failures).sum();
        out.println(failures == 0 ? "Every byte was right, every end was told, all memory came back."
            : failures + " runs were not as promised; the first: " + tallies.stream().map(tally -> tally.firstFailure)
                .filter(text -> !text.isEmpty()).findFirst().orElse(""));
        out.flush();
    }

    private JsonReport json(List<Tally> tallies) {
        List<JsonReport> rows = new ArrayList<>();
        for (Tally tally : tallies) {
            JsonReport ended = new JsonReport();
            tally.ended.forEach(ended::add);
            rows.add(new JsonReport().add("scenario", tally.scenario.toString()).add("runs", tally.runs)
                .add("failures", tally.failures).add("faults", tally.faults).add("delivered", tally.delivered)
                .add("ended", ended).add("verifiedBytes", tally.verifiedBytes).add("idleSecondsMax", tally.secondsMax)
                .add("skipped", tally.skipped).add("firstFailure", tally.firstFailure));
        }
        return new JsonReport().add("command", "test soak").add("seed", seed).add("scenarios", rows)
            .add("failures", tallies.stream().mapToInt(tally -> tally.failures).sum());
    }
}
