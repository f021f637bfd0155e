package dev.baton.transport.aeron;

import dev.baton.transport.Inlet;
import dev.baton.transport.InletContext;
import dev.baton.transport.Link;
import dev.baton.transport.LinkContext;
import dev.baton.transport.Transport;
import dev.baton.transport.TransportContext;
import io.aeron.Aeron;
import java.util.function.Supplier;

/**
 * One publication a link, one subscription an inlet. Two-sided: fragments are copied once, from the term buffer to
 * their place.
 */
public final class AeronTransport implements Transport {
    public static final String SCHEME = "aeron";
    public static final String SCHEME_IPC = "aeron-ipc";

    private final TransportContext context;
    private final Supplier<Aeron> aeron;
    private final BulkChannels channels;

    AeronTransport(TransportContext context, Supplier<Aeron> aeron, BulkChannels channels) {
        this.context = context;
        this.aeron = aeron;
        this.channels = channels;
    }

    @Override
    public String scheme() {
        return channels.isIpc() ? SCHEME_IPC : SCHEME;
    }

    @Override
    public boolean isOneSided() {
        return false;
    }

    @Override
    public boolean isEncrypting() {
        return context.isEncrypting();
    }

    @Override
    public Inlet openInlet(InletContext inletContext) {
        return new AeronInlet(aeron.get(), channels, context, inletContext);
    }

    @Override
    public Link openLink(LinkContext linkContext) {
        return new AeronLink(aeron.get(), channels, context, linkContext);
    }

    /** Nothing of its own: inlets and links are closed by who opened them, the client by who gave it. */
    @Override
    public void close() {}
}
