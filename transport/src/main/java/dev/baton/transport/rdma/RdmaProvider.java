package dev.baton.transport.rdma;

import dev.baton.platform.Availability;
import dev.baton.transport.Transport;
import dev.baton.transport.TransportContext;
import dev.baton.transport.TransportProvider;
import java.nio.file.Path;
import java.util.List;

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
        List<String> rails = RdmaDevices.rails(SYS, context.rdma().rails());
        if (rails.isEmpty()) {
            throw new UnsupportedOperationException("no RDMA device has both a cable and an address: looked=/sys/class/infiniband" +
                "; see the ports by: rdma link; give the card an IP address, or name one of its addresses by --rails");
        }
        return new RdmaTransport(context, SCHEME, RdmaVerbs.verbsOrNull(), RdmaSettings.DEFAULTS, rails);
    }
}
