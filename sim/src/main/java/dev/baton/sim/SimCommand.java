package dev.baton.sim;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

import dev.baton.sim.chaos.ChaosCommand;
import dev.baton.sim.check.CheckCommand;

/** Plays Baton in virtual time; each kind is a command of its own. */
@Command(
    name = "sim",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    description = "Plays Baton's real parts in virtual time, under faults.",
    subcommands = {ChaosCommand.class, CheckCommand.class})
final class SimCommand implements Runnable {
    @Spec
    private CommandSpec spec;

    /** No kind was named: shows what there is. */
    @Override
    public void run() {
        spec.commandLine().usage(spec.commandLine().getOut());
    }
}
