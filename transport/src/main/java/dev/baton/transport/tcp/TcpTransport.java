package dev.baton.transport.tcp;

import dev.baton.memory.RunCodec;
import dev.baton.transport.Inlet;
import dev.baton.transport.InletContext;
import dev.baton.transport.Link;
import dev.baton.transport.LinkContext;
import dev.baton.transport.Transport;
import dev.baton.transport.TransportContext;

/**
 * One connection a lane. Two-sided: the receiver's data agent reads the socket straight into the extents. Where lanes
 * encode, frames are encoded and decoded one by one, in buffers of the lanes.
 */
public final class TcpTransport implements Transport {
    public static final String SCHEME = "tcp";
    /** Lanes that encode: what is sent is fewer bytes, at the price of both ends' time. */
    public static final String LOSSLESS_SCHEME = "tcp-lossless";

    private final TransportContext context;
    private final TcpSettings settings;
    private final RunCodec.Provider codecOrNull;

    public TcpTransport(TransportContext context, TcpSettings settings) {
        this(context, settings, null);
    }

    /** Lanes that encode by this codec; null for none. */
    TcpTransport(TransportContext context, TcpSettings settings, RunCodec.Provider codecOrNull) {
        this.context = context;
        this.settings = settings;
        this.codecOrNull = codecOrNull;
    }

    @Override
    public String scheme() {
        return codecOrNull == null ? SCHEME : LOSSLESS_SCHEME;
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
        return new TcpInlet(context, inletContext, settings, codecOrNull);
    }

    /** Begins to connect. A host given by name is resolved here and now: give addresses. */
    @Override
    public Link openLink(LinkContext linkContext) {
        return new TcpLink(context, linkContext, settings, codecOrNull);
    }

    /** Nothing of its own: inlets and links are closed by who opened them. */
    @Override
    public void close() {}
}
