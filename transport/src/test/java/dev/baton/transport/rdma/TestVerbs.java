package dev.baton.transport.rdma;

import dev.baton.memory.Copier;
import dev.baton.memory.MemoryLedger;
import dev.baton.platform.Availability;
import dev.baton.transport.TransportContext;
import dev.baton.transport.rdma.shared.SharedFaults;
import dev.baton.transport.rdma.shared.SharedVerbs;
import dev.baton.transport.rdma.verbs.Verbs;
import java.nio.file.Path;

/** The verbs of either scheme, for tests that are the same for both. */
final class TestVerbs {
    private TestVerbs() {}

    static Availability availability(String scheme) {
        return scheme.equals(RdmaSimProvider.SCHEME) ? new RdmaSimProvider().probe() : RdmaVerbs.availability();
    }

    /** @param directory where devices of software have their files; the same for both ends */
    static Verbs open(String scheme, Path directory, long incarnation) {
        return scheme.equals(RdmaSimProvider.SCHEME) ? new SharedVerbs(new TransportContext(incarnation, directory, null,
            Copier.best(), new MemoryLedger()), 1, new SharedFaults()) : RdmaVerbs.verbsOrNull();
    }

    static String address(String scheme) {
        return scheme.equals(RdmaSimProvider.SCHEME) ? "127.0.0.1" : RdmaAddresses.first();
    }
}
