package dev.baton.transport.tcp;

import dev.baton.transport.Inlet;
import dev.baton.transport.InletContext;
import dev.baton.transport.Link;
import dev.baton.transport.LinkContext;
import dev.baton.transport.Transport;
import dev.baton.transport.TransportContext;

/** One connection a lane. Two-sided: the receiver's data agent reads the socket straight into the extents. */
public final class TcpTransport implements Transport {
    public static final String SCHEME = "tcp";

    private final TransportContext context;
    private final TcpSettings settings;

    public TcpTransport(TransportContext context, TcpSettings settings) {
        this.context = context;
        this.settings = settings;
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
    public boolean isEncrypting() {
        return context.isEncrypting();
    }

    /**
     * Binds and listens.
     * @throws java.io.UncheckedIOException if the port cannot be bound; the message names it
     */
    @Override
    public Inlet openInlet(InletContext inletContext) {
        return new TcpInlet(context, inletContext, settings);
    }

    /** Begins to connect. A host given by name is resolved here and now: give addresses. */
    @Override
    public Link openLink(LinkContext linkContext) {
        return new TcpLink(context, linkContext, settings);
    }

    /** Nothing of its own: inlets and links are closed by who opened them. */
    @Override
    public void close() {}
}
