package dev.baton.sim;

import dev.baton.buffer.ByteSizeOptions;
import dev.baton.memory.Copier;
import dev.baton.memory.cuda.Cuda;
import dev.baton.platform.Availability;
import dev.baton.platform.Doctor;
import dev.baton.platform.Finding;
import dev.baton.receiver.DurationOptions;
import dev.baton.receiver.TierProbe;
import dev.baton.sim.report.CommandException;
import dev.baton.sim.report.ExitCode;
import dev.baton.sim.report.JsonReport;
import dev.baton.transport.rdma.RdmaVerbs;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * One page about this machine: what is present, what is missing, what that turns off, what to type. Nothing that is
 * missing is an error by itself, so the exit code is 0 whatever is found.
 */
@Command(
    name = "doctor",
    mixinStandardHelpOptions = true,
    description = "Says what this machine has for Baton, what it lacks, what that turns off, and what to type.")
final class DoctorCommand implements Callable<Integer> {
    @Option(names = "--json", description = "Print one JSON object.")
    private boolean isJson;

    @Option(names = "--pool-mib", paramLabel = "MIB", defaultValue = "0",
        description = "Judge memory by a pool of this many MiB; default: by none.")
    private long poolMib;

    @Option(names = "--tier", paramLabel = "ADDRESS",
        description = "Look at a tier as receivers take it (disk:DIR, file:DIR, redis://HOST:PORT, s3://BUCKET); may be repeated.")
    private List<String> tiers;

    @Option(names = "--tier-space", paramLabel = "SIZE", converter = ByteSizeOptions.class, defaultValue = "16GiB",
        description = "Judge a directory by that much. Default: ${DEFAULT-VALUE}.")
    private long tierSpaceBytes;

    @Option(names = "--tier-ttl", paramLabel = "DURATION", converter = DurationOptions.class, defaultValue = "0",
        description = "How long blocks are to be kept there, as receivers take it: whether the clock is set. Default: ${DEFAULT-VALUE}.")
    private long tierTtlMs;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        if (poolMib < 0 || poolMib > Long.MAX_VALUE >> 20) {
            throw CommandException.usage("a pool has 0 MiB or more: --pool-mib=" + poolMib,
                "type: baton doctor --pool-mib 4096");
        }
        Doctor doctor = Doctor.ofThisMachine(poolMib << 20).and("c-copier", Copier::availability)
            .and("rdma-verbs", RdmaVerbs::availability).and("cuda", Cuda::availability);
        for (String tier : tiers == null ? List.<String>of() : tiers) {
            doctor.and("tier", () -> TierProbe.of(tier, tierSpaceBytes, tierTtlMs));
        }
        List<Finding> findings = doctor.findings();
        PrintWriter out = spec.commandLine().getOut();
        if (isJson) {
            json(findings).print(out);
        } else {
            findings.forEach(finding -> out.println(finding.describe()));
        }
        return ExitCode.DONE;
    }

    private static JsonReport json(List<Finding> findings) {
        long absent = findings.stream().filter(finding -> !finding.availability().isPresent()).count();
        return new JsonReport()
            .add("present", findings.size() - absent)
            .add("absent", absent)
            .add("findings", findings.stream().map(DoctorCommand::json).toList());
    }

    private static JsonReport json(Finding finding) {
        JsonReport json = new JsonReport().add("name", finding.name()).add("isPresent",
            finding.availability().isPresent());
        return switch (finding.availability()) {
            case Availability.Present present -> json.add("detail", present.detail()).addNull("remedy");
            case Availability.Absent absent -> json.add("detail", absent.reason()).add("remedy", absent.remedy());
        };
    }
}
