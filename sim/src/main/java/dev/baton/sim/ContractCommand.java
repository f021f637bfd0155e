package dev.baton.sim;

import dev.baton.sim.report.CommandException;
import dev.baton.sim.report.ContractTable;
import dev.baton.sim.report.ExitCode;
import dev.baton.sim.report.JUnitCase;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The table of what every transport promises and which of them kept it, made from the reports of the last tests. */
@Command(
    name = "contract",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
        "Prints a table of the contract test's cases by transport, from JUnit reports that baton test and baton test rdma left.",
        "Exit code 1 where a case failed, 3 where there is no report."
    })
final class ContractCommand implements Callable<Integer> {
    private static final List<String> SCHEMES =
        List.of("loopback", "shm", "tcp", "tcp-lossless", "aeron", "aeron-ipc", "rdma", "rdma-sim");
    private static final String CLASSES = "ContractTest";

    @Option(names = "--write", paramLabel = "FILE", description = "Write the page there too, such as docs/contract.md.")
    private Path target;

    @Parameters(paramLabel = "REPORT", arity = "0..*",
        description = "Reports, or folders of them. Default: those of this build, and of its virtual machine.")
    private List<Path> reports = List.of();

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        ContractTable table = new ContractTable(SCHEMES);
        for (Path report : files()) {
            table.add(JUnitCase.read(report, CLASSES));
        }
        if (table.caseCount() == 0) {
            throw CommandException.notPossible("no report of a contract test: looked=" + places(), "type: baton test transport");
        }
        PrintWriter out = spec.commandLine().getOut();
        out.print(table.markdown());
        if (!table.schemesNotRun().isEmpty()) {
            out.println("\nnot run: " + String.join(", ", table.schemesNotRun()));
        }
        out.flush();
        if (target != null) {
            Files.writeString(target, page(table));
        }
        return table.failureCount() == 0 ? ExitCode.DONE : ExitCode.FAILED;
    }

    private static String page(ContractTable table) {
        return "# What every transport promises\n\n`./baton contract --write docs/contract.md` makes this page from the reports of " +
            "`./baton test` and `./baton test rdma`; last on " + LocalDate.now(ZoneOffset.UTC) + ". `rdma` is real verbs, in the " +
            "virtual machine; `rdma-sim` is the same lanes over devices of software,\nshared by processes or inside one. Empty: not " +
            "run. Failed: " + table.failureCount() + ".\n\n" + table.markdown();
    }

    private List<Path> places() {
        Path root = Path.of(System.getProperty("baton.home", "."));
        return reports.isEmpty() ? List.of(root.resolve("transport/target/surefire-reports"),
            root.resolve("transport/target/rdma/reports")) : reports;
    }

    private List<Path> files() {
        List<Path> files = new ArrayList<>();
        for (Path place : places()) {
            if (Files.isDirectory(place)) {
                try (Stream<Path> found = Files.list(place)) {
                    found.filter(file -> file.getFileName().toString().matches("TEST-.*\\.xml")).sorted().forEach(files::add);
                } catch (IOException ex) {
                    throw new UncheckedIOException("reports cannot be listed: folder=" + place, ex);
                }
            } else if (Files.isRegularFile(place)) {
                files.add(place);
            }
        }
        return files;
    }
}
