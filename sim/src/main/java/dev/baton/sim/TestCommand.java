package dev.baton.sim;

import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import dev.baton.sim.report.CommandException;
import dev.baton.sim.soak.SoakCommand;

/**
 * Describes {@code baton test}. The launcher itself runs it, because it builds what this process would run from; this
 * class is reached for its help, or by someone who starts the JVM without the launcher.
 */
@Command(
    name = "test",
    mixinStandardHelpOptions = true,
    description = "Builds Baton and runs the whole check: unit, contract, house and system tests. test full [--minutes N] goes on "
        + "with chaos, the state search and real faults, and keeps the result in docs/full-test.json. test rdma runs the tests "
        + "of RDMA in a virtual machine. test mutation [--per-class N] [MODULE ...] asks which changes of the protocol's cores "
        + "no test would notice.",
    subcommands = SoakCommand.class)
final class TestCommand implements Callable<Integer> {
    @Option(names = "--json", description = "Print one JSON object; the build's output goes to standard error.")
    private boolean isJson;

    @Parameters(paramLabel = "MODULE", arity = "0..*", description = "Only these modules and what they stand on.")
    private List<String> modules = List.of();

    @Override
    public Integer call() {
        throw CommandException.notPossible("tests are run by the launcher: modules=" + modules + " json=" + isJson,
            "type: ./baton test");
    }
}
