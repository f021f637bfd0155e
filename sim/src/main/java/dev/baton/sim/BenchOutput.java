package dev.baton.sim;

import dev.baton.sim.bench.MachineFacts;
import dev.baton.sim.report.Progress;
import java.io.PrintWriter;
import java.util.function.Supplier;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** How each {@code baton bench} prints: its result for people or as JSON; on standard error where it runs, and how far it is. */
final class BenchOutput {
    @Option(names = "--json", description = "Print one JSON object.")
    private boolean isJson;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    boolean isJson() {
        return isJson;
    }

    PrintWriter out() {
        return spec.commandLine().getOut();
    }

    PrintWriter err() {
        return spec.commandLine().getErr();
    }

    /** Says what this machine is, before anything is measured on it. */
    MachineFacts machine() {
        MachineFacts machine = MachineFacts.ofThisMachine();
        err().println("machine: " + machine.describe());
        return machine;
    }

    /** @param line how far it is; asked only when a line is due */
    Progress progress(Supplier<String> line) {
        return new Progress(err(), Progress.isTerminal(), line);
    }

    /** Whether the option was given, rather than left at its default. */
    boolean isGiven(String option) {
        return spec.commandLine().getParseResult().hasMatchedOption(option);
    }
}
