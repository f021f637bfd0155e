package dev.baton.transport.loopback;

import dev.baton.platform.Availability;
import dev.baton.transport.Transport;
import dev.baton.transport.TransportContext;
import dev.baton.transport.TransportProvider;

/** Opens ends of one {@link LoopbackNetwork}. */
public final class LoopbackProvider implements TransportProvider {
    private final LoopbackNetwork network;

    public LoopbackProvider(LoopbackNetwork network) {
        this.network = network;
    }

    @Override
    public String scheme() {
        return LoopbackTransport.SCHEME;
    }

    @Override
    public Availability probe() {
        return new Availability.Present("in process: queueBytes=" + network.queueBytes());
    }

    @Override
    public Transport open(TransportContext context) {
        return new LoopbackTransport(network, context);
    }
}
