package dev.baton.transport.tcp;

import dev.baton.memory.RunCodec;
import dev.baton.platform.Availability;
import dev.baton.transport.Transport;
import dev.baton.transport.TransportContext;
import dev.baton.transport.TransportProvider;

/** Kernel TCP; everywhere. Its lanes encode where they are opened as {@link TcpTransport#LOSSLESS_SCHEME}. */
public final class TcpProvider implements TransportProvider {
    private final TcpSettings settings;
    private final boolean isCoding;
    private final RunCodec.Provider codecOrNull;

    public TcpProvider() {
        this(TcpSettings.DEFAULTS);
    }

    public TcpProvider(TcpSettings settings) {
        this(settings, false, null);
    }

    private TcpProvider(TcpSettings settings, boolean isCoding, RunCodec.Provider codecOrNull) {
        this.settings = settings;
        this.isCoding = isCoding;
        this.codecOrNull = codecOrNull;
    }

    /** Lanes that encode, by the codec that this process was built with. */
    public static TcpProvider lossless() {
        return new TcpProvider(TcpSettings.DEFAULTS, true, RunCodec.providerOrNull());
    }

    @Override
    public String scheme() {
        return isCoding ? TcpTransport.LOSSLESS_SCHEME : TcpTransport.SCHEME;
    }

    @Override
    public Availability probe() {
        if (isCoding && codecOrNull == null) {
            return new Availability.Absent("this process was built without a codec for bytes on their way", "name tcp instead");
        }
        return new Availability.Present("kernel TCP: frameBytesMax=" + settings.frameBytesMax());
    }

    @Override
    public Transport open(TransportContext context) {
        if (isCoding && context.isEncrypting()) {
            throw new UnsupportedOperationException("lanes that encode are not encrypted: transport=" + scheme() +
                "; name tcp instead, or leave out --encrypt: how much smaller bytes become says what they are");
        }
        return new TcpTransport(context, settings, codecOrNull);
    }
}
