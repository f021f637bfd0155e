package dev.baton.transport.tcp;

import dev.baton.platform.Availability;
import dev.baton.transport.Transport;
import dev.baton.transport.TransportContext;
import dev.baton.transport.TransportProvider;

/** Kernel TCP; everywhere. */
public final class TcpProvider implements TransportProvider {
    private final TcpSettings settings;

    public TcpProvider() {
        this(TcpSettings.DEFAULTS);
    }

    public TcpProvider(TcpSettings settings) {
        this.settings = settings;
    }

    @Override
    public String scheme() {
        return TcpTransport.SCHEME;
    }

    @Override
    public Availability probe() {
        return new Availability.Present("kernel TCP: frameBytesMax=" + settings.frameBytesMax());
    }

    @Override
    public Transport open(TransportContext context) {
        return new TcpTransport(context, settings);
    }
}
