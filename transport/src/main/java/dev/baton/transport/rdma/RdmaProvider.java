package dev.baton.transport.rdma;

import dev.baton.platform.Availability;
import dev.baton.transport.Transport;
import dev.baton.transport.TransportContext;
import dev.baton.transport.TransportProvider;
import java.nio.file.Path;

/** RDMA, where this machine has a device and the library was built. */
public final class RdmaProvider implements TransportProvider {
    private static final Path SYS = Path.of("/sys");
    public static final String SCHEME = "rdma";

    @Override
    public String scheme() {
        return SCHEME;
    }

    @Override
    public Availability probe() {
        return RdmaVerbs.availability();
    }

    @Override
    public Transport open(TransportContext context) {
        if (!probe().isPresent()) {
            throw new IllegalStateException(probe().describe());
        }
        return new RdmaTransport(context, SCHEME, RdmaVerbs.verbsOrNull(), RdmaSettings.DEFAULTS,
            RdmaDevices.rails(SYS, context.rails()));
    }
}
