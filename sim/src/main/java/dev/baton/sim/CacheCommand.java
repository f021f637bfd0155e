package dev.baton.sim;

import dev.baton.buffer.tier.disk.DiskInspection;
import dev.baton.sim.report.CommandException;
import dev.baton.sim.report.ExitCode;
import dev.baton.sim.report.Human;
import dev.baton.sim.report.JsonReport;
import dev.baton.sim.report.Progress;
import dev.baton.sim.report.Table;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code baton cache}: looks at a directory of the disk tier, checks it, empties it. */
@Command(
    name = "cache",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    synopsisSubcommandLabel = "COMMAND",
    description = "Looks at a directory of the disk tier, checks all of it, or empties it.")
final class CacheCommand implements Runnable {
    @Spec
    private CommandSpec spec;

    /** No kind was named: shows what there is. */
    @Override
    public void run() {
        spec.commandLine().usage(spec.commandLine().getOut());
    }

    @Command(name = "inspect", mixinStandardHelpOptions = true,
        description = "Tells what lies in it, by the headers of its records. Changes nothing; also while a node uses it.")
    int inspect(@Parameters(paramLabel = "DIR", description = "The tier's directory.") Path directory,
        @Option(names = "--json", description = "Print one JSON object.") boolean isJson) {
        return look("cache inspect", directory, false, isJson);
    }

    @Command(name = "verify", mixinStandardHelpOptions = true,
        description = "Reads every byte and compares every CRC. Changes nothing. Exit code 1 if anything is wrong.")
    int verify(@Parameters(paramLabel = "DIR", description = "The tier's directory.") Path directory,
        @Option(names = "--json", description = "Print one JSON object.") boolean isJson) {
        return look("cache verify", directory, true, isJson);
    }

    @Command(name = "clear", mixinStandardHelpOptions = true,
        description = "Removes all blocks and all that was quarantined. Refused while a node uses it.")
    int clear(@Parameters(paramLabel = "DIR", description = "The tier's directory.") Path directory) {
        long freedBytes;
        try {
            freedBytes = DiskInspection.clear(there(directory));
        } catch (IllegalStateException ex) {
            throw CommandException.failed("cache cannot be cleared: " + ex.getMessage(), "stop the node that uses it", ex);
        }
        spec.commandLine().getOut().println("freed " + Human.bytes(freedBytes) + " in " + directory);
        return ExitCode.DONE;
    }

    private int look(String command, Path directory, boolean isVerified, boolean isJson) {
        List<DiskInspection.FileFacts> facts = new ArrayList<>();
        int quarantined;
        int tenants;
        int layouts;
        List<String> names;
        try (DiskInspection inspection = new DiskInspection(there(directory));
             Progress progress = new Progress(spec.commandLine().getErr(), Progress.isTerminal(),
                 () -> facts.size() + " files done")) {
            names = inspection.files();
            for (String name : names) {
                facts.add(inspection.file(name, isVerified, () -> progress.step(System.nanoTime())));
            }
            quarantined = inspection.quarantinedCount();
            tenants = inspection.tenantCount();
            layouts = inspection.layoutCount();
        }
        boolean isBad = facts.stream().anyMatch(DiskInspection.FileFacts::isBad);
        PrintWriter out = spec.commandLine().getOut();
        if (isJson) {
            new JsonReport().add("command", command).add("directory", directory.toString())
                .add("records", total(facts)).add("payloadBytes", facts.stream().mapToLong(each -> each.payloadBytes()).sum())
                .add("tenants", tenants).add("layouts", layouts).add("quarantined", quarantined).add("isBad", isBad)
                .add("files", facts.stream().map(CacheCommand::json).toList()).print(out);
        } else {
            print(out, facts, isVerified);
            out.println(facts.size() + " files, " + Human.count(total(facts)) + " records of " +
                Human.bytes(facts.stream().mapToLong(each -> each.payloadBytes()).sum()) + ", " + tenants + " tenants, " + layouts +
                " layouts, " + quarantined + " quarantined" + (isVerified ? isBad ? "; not all is right" : "; all is right" : ""));
        }
        out.flush();
        return isBad ? ExitCode.FAILED : ExitCode.DONE;
    }

    private static void print(PrintWriter out, List<DiskInspection.FileFacts> facts, boolean isVerified) {
        Table table = new Table("file", "MiB", "used MiB", "records", "payload MiB", "oldest", "newest", "bad places", "wrong",
            "problem");
        long nowMs = System.currentTimeMillis();
        for (DiskInspection.FileFacts file : facts) {
            table.row(file.name(), file.lengthBytes() / 1048576.0, file.usedBytes() / 1048576.0, file.records(),
                file.payloadBytes() / 1048576.0, age(file.oldestMs(), nowMs), age(file.newestMs(), nowMs), file.badPlaces(), isVerified ? file.wrongRecords() : null, file.problem());
        }
        out.println(table);
    }

    private static JsonReport json(DiskInspection.FileFacts file) {
        return new JsonReport().add("name", file.name()).add("lengthBytes", file.lengthBytes()).add("usedBytes", file.usedBytes())
            .add("records", file.records()).add("payloadBytes", file.payloadBytes()).add("badPlaces", file.badPlaces())
            .add("wrongRecords", file.wrongRecords()).add("oldestStoredMs", file.oldestMs()).add("newestStoredMs", file.newestMs()).add("problem", file.problem());
    }

    /** How long ago that was, by two units; nothing where no record tells. A clock that went back shows as no time. */
    private static String age(long storedMs, long nowMs) {
        if (storedMs == 0) {
            return "";
        }
        Duration age = Duration.ofMillis(Math.max(0, nowMs - storedMs));
        return age.toDays() > 0 ? age.toDays() + " d " + age.toHoursPart() + " h"
            : age.toHours() > 0 ? age.toHours() + " h " + age.toMinutesPart() + " min"
            : age.toMinutes() > 0 ? age.toMinutes() + " min " + age.toSecondsPart() + " s" : age.toSeconds() + " s";
    }

    private static long total(List<DiskInspection.FileFacts> facts) {
        return facts.stream().mapToLong(each -> each.records()).sum();
    }

    /** Commands make no directory where a name was mistyped. */
    private static Path there(Path directory) {
        if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS) || !Files.exists(directory.resolve("lock"))) {
            throw CommandException.usage("no directory of the disk tier: path=" + directory, "name the one that a node was given");
        }
        return directory;
    }
}
