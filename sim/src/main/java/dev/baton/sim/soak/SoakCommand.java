package dev.baton.sim.soak;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

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

    @Option(names = "--runs", paramLabel = "N", defaultValue = "0",
        description = "Each scenario so often, whatever the time; 0: by --minutes. Default: ${DEFAULT-VALUE}.")
    private int runs;

    @Option(names = "--seed", paramLabel = "N", defaultValue = "1", description = "Of the order and of each run. Default: ${DEFAULT-VALUE}.")
    private long seed;

    @Option(names = "--only", paramLabel = "NAME", split = ",", description = "These scenarios only; an unknown name lists all.")
    private List<String> only = List.of();

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean isJson;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        Require.between("runs", runs, 0, 1_000_000);
        Require.that(minutes > 0 && minutes <= 7 * 24 * 60, "minutes", minutes, "more than 0, a week at most");
        PrintWriter err = spec.commandLine().getErr();
        List<Tally> tallies = chosen();
        SplittableRandom random = new SplittableRandom(seed);
        long startNs = System.nanoTime();
        long lengthNs = (long) (minutes * TimeUnit.MINUTES.toNanos(1));
        long roundsEnd = (long) tallies.size() * Math.max(1, runs);
        for (int run = 0; run < roundsEnd || (runs == 0 && System.nanoTime() - startNs < lengthNs); run++) {
            Tally tally = tallies.get(run < roundsEnd ? run % tallies.size() : random.nextInt(tallies.size()));
            if (tally.isPossible()) {
                tally.run(random.split(), err);
            }
            if (tallies.stream().noneMatch(one -> one.skipped().isEmpty())) {
                throw CommandException.notPossible("no scenario can run here: " + tallies.getFirst().skipped(), "see above");
            }
        }
        report(tallies);
        return tallies.stream().allMatch(tally -> tally.failures() == 0) ? ExitCode.DONE : ExitCode.FAILED;
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

    private void report(List<Tally> tallies) {
        PrintWriter out = spec.commandLine().getOut();
        int failures = tallies.stream().mapToInt(Tally::failures).sum();
        if (isJson) {
            new JsonReport().add("command", "test soak").add("seed", seed)
                .add("scenarios", tallies.stream().map(Tally::json).toList()).add("failures", failures).print(out);
            return;
        }
        Table table = new Table("scenario", "runs", "failed", "faults", "delivered", "other ends", "verified MiB", "idle again s");
        Table measures = new Table("scenario", "measured", "runs", "lowest", "highest", "bound");
        for (Tally tally : tallies) {
            tally.rowInto(table);
            tally.measuresInto(measures);
        }
        out.print(table);
        out.print(measures);
        out.println(failures == 0 ? "Every byte was right, every end was told, all memory came back."
            : failures + " runs were not as promised; the first: " + tallies.stream().map(Tally::firstFailure)
                .filter(text -> !text.isEmpty()).findFirst().orElse(""));
        out.flush();
    }
}
