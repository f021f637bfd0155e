package dev.baton.transport.rdma;

import dev.baton.platform.Availability;
import dev.baton.platform.Posix;
import dev.baton.transport.Transport;
import dev.baton.transport.TransportContext;
import dev.baton.transport.TransportProvider;
import dev.baton.transport.rdma.shared.SharedFaults;
import dev.baton.transport.rdma.shared.SharedVerbs;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The lanes of RDMA over devices of software, between processes of one machine that share a directory. */
public final class RdmaSimProvider implements TransportProvider {
    public static final String SCHEME = "rdma-sim";

    @Override
    public String scheme() {
        return SCHEME;
    }

    @Override
    public Availability probe() {
        if (Posix.availability().isPresent() && !Files.isReadable(Path.of("/proc/self/maps"))) {
            return new Availability.Absent("/proc/self/maps cannot be read, which says in what file memory lies",
                "mount /proc");
        }
        return Posix.availability();
    }

    @Override
    public Transport open(TransportContext context) {
        List<String> told = context.rdma().rails().stream().filter(rail -> rail.startsWith("127.")).toList();
        List<String> rails = told.isEmpty() ? List.of("127.0.0.1") : told;
        return new RdmaTransport(context, SCHEME, new SharedVerbs(context, rails.size(), new SharedFaults()),
            RdmaSettings.DEFAULTS, rails);
    }
}
