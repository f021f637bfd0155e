package dev.baton.sim;

import dev.baton.sim.demo.DemoCommand;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

import dev.baton.receiver.FetchCommand;
import dev.baton.receiver.ReceiverCommand;
import dev.baton.sender.SendCommand;
import dev.baton.sender.SenderCommand;
import dev.baton.sim.report.ExitCode;

/** The root of the command line: knows the commands, and how each end of a run becomes an exit code. */
@Command(
    name = "baton",
    description = "Hands the KV cache of a request from the engine that prefilled it to the engine that decodes it.",
    synopsisSubcommandLabel = "COMMAND",
    sortOptions = false,
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
        "0:done and right", "1:wrong or failed", "2:asked in a way that cannot be obeyed",
            "3:not possible on this machine"
    },
    commandListHeading = "%nCommands:%n",
    footer = "%nbaton help COMMAND explains one command.",
    subcommands = {
        DemoCommand.class,
        BenchCommand.class,
        SimCommand.class,
        ReceiverCommand.class,
        SenderCommand.class,
        NodeCommand.class,
        SendCommand.class,
        FetchCommand.class,
        ForwardCommand.class,
        StatsCommand.class,
        CacheCommand.class,
        DoctorCommand.class,
        TestCommand.class,
        ContractCommand.class,
        CommandLine.HelpCommand.class,
    })
public final class Baton implements Runnable {
    @Option(names = "--debug", scope = ScopeType.INHERIT, description = "Show stack traces of errors.")
    private boolean isDebug = Boolean.getBoolean("baton.debug");

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec;

    private Baton() {}

    public static void main(String[] args) {
        PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
        PrintWriter err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);

        int exitCode = run(out, err, args);
        out.flush();
        err.flush();
        System.exit(exitCode);
    }

    /**
     * Runs one command line without ending the JVM.
     *
     * @return one of {@link ExitCode}'s numbers, or what the command itself gives
     */
    public static int run(PrintWriter out, PrintWriter err, String... args) {
        return run(System.getenv(), out, err, args);
    }

    /** As {@link #run(PrintWriter, PrintWriter, String...)}, with an environment to read settings from. */
    static int run(Map<String, String> environment, PrintWriter out, PrintWriter err, String... args) {
        Baton baton = new Baton();
        ErrorLine errors = new ErrorLine(() -> baton.isDebug);
        CommandLine command = new CommandLine(baton)
            .setOut(out)
            .setErr(err)
            .setUsageHelpWidth(100)
            .setCaseInsensitiveEnumValuesAllowed(true)
            .setParameterExceptionHandler(errors)
            .setExecutionExceptionHandler(errors)
            .setDefaultValueProvider(new ConfigDefaults(List.of(args), environment));

        return command.execute(args);
    }

    /** No command was named: shows what there is. */
    @Override
    public void run() {
        spec.commandLine().usage(spec.commandLine().getOut());
    }
}
