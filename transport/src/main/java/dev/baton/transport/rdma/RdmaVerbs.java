package dev.baton.transport.rdma;

import dev.baton.platform.Availability;
import dev.baton.platform.VerbsLibrary;
import dev.baton.transport.rdma.verbs.Verbs;
import java.io.IOException;

/** The verbs of this machine's devices, loaded once a process, or why there are none. */
public final class RdmaVerbs {
    private RdmaVerbs() {}

    /** Loaded when first asked for: where RDMA is not wanted, nothing is. */
    private static final class Loaded {
        private static final Verbs VERBS;
        private static final Availability AVAILABILITY;

        static {
            Verbs verbs = null;
            Availability availability = VerbsLibrary.availability();
            if (availability.isPresent()) {
                try {
                    verbs = DisniLoader.load();
                    availability = new Availability.Present("verbs by DiSNI: " + verbs);
                } catch (IOException ex) {
                    availability = new Availability.Absent("no RDMA verbs here: " + ex.getMessage(),
                        "load the driver of an RDMA network card (modprobe mlx5_ib, or rdma_rxe for RDMA in software); " +
                        "apt-get install libibverbs1 librdmacm1 ibverbs-providers");
                }
            }
            VERBS = verbs;
            AVAILABILITY = availability;
        }
    }

    public static Availability availability() {
        return Loaded.AVAILABILITY;
    }

    /** Null where {@link #availability()} says why. */
    static Verbs verbsOrNull() {
        return Loaded.VERBS;
    }
}
