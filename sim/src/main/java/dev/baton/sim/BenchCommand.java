package dev.baton.sim;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Measures what Baton costs; each kind is a command of its own. */
@Command(
    name = "bench",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    description = "Measures what Baton costs against the limits of this machine, in one run.",
    subcommands = {BenchTransportCommand.class, BenchPlanCommand.class, BenchAdmissionCommand.class,
        BenchSecretCommand.class, BenchSpillCommand.class, BenchCacheCommand.class, BenchTierCommand.class, BenchGpuCommand.class,
        BenchCodecCommand.class, BenchHandoffCommand.class, BenchWireCommand.class})
final class BenchCommand implements Runnable {
    @Spec
    private CommandSpec spec;

    /** No kind was named: shows what there is. */
    @Override
    public void run() {
        spec.commandLine().usage(spec.commandLine().getOut());
    }
}
