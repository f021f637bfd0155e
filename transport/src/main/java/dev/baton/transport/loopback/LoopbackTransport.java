package dev.baton.transport.loopback;

import dev.baton.transport.Inlet;
import dev.baton.transport.InletContext;
import dev.baton.transport.Link;
import dev.baton.transport.LinkContext;
import dev.baton.transport.Transport;
import dev.baton.transport.TransportContext;

/**
 * One end of a {@link LoopbackNetwork}. Two-sided: frames carry their place and are copied there once by the receiver.
 */
public final class LoopbackTransport implements Transport {
    public static final String SCHEME = "loopback";

    private final LoopbackNetwork network;
    private final TransportContext context;

    public LoopbackTransport(LoopbackNetwork network, TransportContext context) {
        this.network = network;
        this.context = context;
    }

    @Override
    public String scheme() {
        return SCHEME;
    }

    @Override
    public boolean isOneSided() {
        return false;
    }

    @Override
    public Inlet openInlet(InletContext inletContext) {
        return new LoopbackInlet(network, context, inletContext);
    }

    @Override
    public Link openLink(LinkContext linkContext) {
        return new LoopbackLink(network, context, linkContext);
    }

    /** Nothing of its own: inlets and links are closed by who opened them. */
    @Override
    public void close() {}
}
