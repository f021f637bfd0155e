package dev.baton.sim.check;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.LongAdder;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

import dev.baton.sim.report.ExitCode;
import dev.baton.sim.report.JsonReport;
import dev.baton.sim.report.Progress;
import dev.baton.sim.report.Table;

/** Every order of events, as far as a bound allows, over the real cores of a sender and a receiver. */
@Command(
    name = "check",
    mixinStandardHelpOptions = true,
    description = "Searches all orders of messages, stores, time, losses and restarts between the cores of both ends, "
        + "in small configurations, for one that breaks an invariant.")
public final class CheckCommand implements Callable<Integer> {
    private static final long LOOK_MS = 100;

    @Option(names = "--states", paramLabel = "N", defaultValue = "72000",
        description = "Most states of each scenario; default: ${DEFAULT-VALUE}.")
    private int states;

    @Option(names = "--defect", paramLabel = "NAME", defaultValue = "NONE",
        description = "A rule to break on purpose: ${COMPLETION-CANDIDATES}; default: ${DEFAULT-VALUE}.")
    private Defect defect;

    @Option(names = "--scenario", paramLabel = "PART", defaultValue = "",
        description = "Only scenarios with this in their names; default: all.")
    private String scenarioPart;

    @Option(names = "--threads", paramLabel = "N",
        description = "Scenarios that are searched at the same time; default: one for each processor.")
    private int threads = Runtime.getRuntime().availableProcessors();

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean isJson;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws Exception {
        long startNs = System.nanoTime();
        List<StateSearch.Result> results = new ArrayList<>();
        List<Scenario> scenarios = Scenario.like(scenarioPart);
        if (scenarios.isEmpty()) {
            throw new ParameterException(spec.commandLine(), "--scenario is in no scenario's name: " + scenarioPart
                + "; there are " + Scenario.ALL.stream().map(Scenario::name).toList());
        }
        List<Future<StateSearch.Result>> searches = new ArrayList<>();
        if (threads < 1) {
            throw new ParameterException(spec.commandLine(), "--threads must be at least 1: threads=" + threads);
        }
        LongAdder found = new LongAdder();
        try (ExecutorService pool = Executors.newFixedThreadPool(threads);
             Progress progress = new Progress(spec.commandLine().getErr(), Progress.isTerminal(), () -> "states: " + found.sum() + " of "
                 + (long) states * scenarios.size() + " at most, searched: " + results.size() + " of " + scenarios.size())) {
            for (Scenario scenario : scenarios) {
                searches.add(pool.submit(() -> new StateSearch(scenario, defect, states).run(found::add)));
            }
            for (Future<StateSearch.Result> search : searches) {
                while (search.state() == Future.State.RUNNING) {
                    progress.step(System.nanoTime());
                    await(search);
                }
                results.add(search.get());
            }
        }
        print(scenarios, results, (System.nanoTime() - startNs) / 1e9);
        return results.stream().allMatch(StateSearch.Result::isSound) ? ExitCode.DONE : ExitCode.FAILED;
    }

    /** For a moment, or until it is over. */
    private static void await(Future<?> search) throws InterruptedException, ExecutionException {
        try {
            search.get(LOOK_MS, TimeUnit.MILLISECONDS);
        } catch (TimeoutException _) {
            // its progress is to be shown
        }
    }

    private void print(List<Scenario> scenarios, List<StateSearch.Result> results, double seconds) {
        PrintWriter out = spec.commandLine().getOut();
        long total = results.stream().mapToLong(StateSearch.Result::states).sum();
        if (isJson) {
            List<JsonReport> rows = new ArrayList<>();
            for (int i = 0; i < results.size(); i++) {
                rows.add(json(scenarios.get(i), results.get(i)));
            }
            new JsonReport().add("command", "sim check").add("defect", defect.name()).add("states", total)
                .add("seconds", seconds).add("statesPerSecond", total / seconds).add("scenarios", rows).print(out);
            return;
        }
        Table table = new Table("scenario", "states", "transitions", "healed", "depth", "complete", "broken");
        for (int i = 0; i < results.size(); i++) {
            StateSearch.Result result = results.get(i);
            table.row(scenarios.get(i).name(), result.states(), result.transitions(), result.healed(), result.depth(),
                result.isComplete() ? "yes" : "no", result.isSound() ? "-" : result.invariant());
        }
        out.println(table);
        for (StateSearch.Result result : results) {
            if (!result.isSound()) {
                out.println(result.invariant() + ": " + result.detail());
                result.path().forEach(step -> out.println("    " + step));
            }
        }
        out.println(total + " states in " + Math.round(seconds) + " s");
        out.flush();
    }

    private static JsonReport json(Scenario scenario, StateSearch.Result result) {
        JsonReport steps = new JsonReport();
        for (int i = 0; i < result.taken().size(); i++) {
            steps.add(StateSearch.stepNames().get(i), result.taken().get(i));
        }
        return new JsonReport().add("scenario", scenario.name()).add("states", result.states())
            .add("transitions", result.transitions()).add("repeated", result.repeated())
            .add("healed", result.healed()).add("depth", result.depth())
            .add("complete", result.isComplete()).add("steps", steps)
            .add("invariant", result.isSound() ? "" : result.invariant()).add("detail", result.detail())
            .add("path", String.join("; ", result.path()));
    }
}
