package dev.baton.transport.aeron;

import dev.baton.platform.Availability;
import dev.baton.transport.Transport;
import dev.baton.transport.TransportContext;
import dev.baton.transport.TransportProvider;
import io.aeron.Aeron;
import java.util.function.Supplier;

/** Aeron lanes, over UDP or, between clients of one media driver, over IPC. */
public final class AeronProvider implements TransportProvider {
    private final Supplier<Aeron> aeron;
    private final AeronSettings settings;
    private final boolean isIpc;

    private AeronProvider(Supplier<Aeron> aeron, AeronSettings settings, boolean isIpc) {
        this.aeron = aeron;
        this.settings = settings;
        this.isIpc = isIpc;
    }

    /**
     * Scheme "aeron".
     * @param aeron asked when the first inlet or link opens; whoever gives it also closes it, after the transport
     */
    public static AeronProvider udp(Supplier<Aeron> aeron, AeronSettings settings) {
        return new AeronProvider(aeron, settings, false);
    }

    /** Scheme "aeron-ipc": both ends must be clients of one external media driver. */
    public static AeronProvider ipc(Supplier<Aeron> aeron, AeronSettings settings) {
        return new AeronProvider(aeron, settings, true);
    }

    @Override
    public String scheme() {
        return isIpc ? AeronTransport.SCHEME_IPC : AeronTransport.SCHEME;
    }

    @Override
    public Availability probe() {
        return new Availability.Present("Aeron: termBytes=" + settings.termBytes() + " receiveBufferBytes=" +
            settings.receiveBufferBytes() + " windowBytes=" + settings.windowBytesFitting());
    }

    @Override
    public Transport open(TransportContext context) {
        return new AeronTransport(context, aeron, new BulkChannels(settings, isIpc));
    }
}
