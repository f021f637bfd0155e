package dev.baton.sim.bench;

import dev.baton.transport.Transport;
import dev.baton.transport.TransportContext;
import dev.baton.transport.TransportProvider;
import dev.baton.transport.aeron.AeronProvider;
import dev.baton.transport.aeron.AeronSettings;
import dev.baton.transport.aeron.AeronTransport;
import dev.baton.transport.rdma.RdmaProvider;
import dev.baton.transport.rdma.RdmaSimProvider;
import dev.baton.transport.shm.ShmProvider;
import dev.baton.transport.shm.ShmTransport;
import dev.baton.transport.tcp.TcpProvider;
import dev.baton.transport.tcp.TcpTransport;
import io.aeron.Aeron;
import io.aeron.driver.MediaDriver;
import io.aeron.driver.ThreadingMode;
import java.nio.file.Path;
import java.util.List;
import org.agrona.CloseHelper;
import org.agrona.concurrent.BackoffIdleStrategy;

/**
 * One transport of one of the two processes, with the media driver that it needs: over UDP each process embeds its own,
 * as in production; over IPC the receiver's serves both.
 */
final class OpenTransport implements AutoCloseable {
    static final List<String> SCHEMES =
        List.of(ShmTransport.SCHEME, TcpTransport.SCHEME, AeronTransport.SCHEME, AeronTransport.SCHEME_IPC,
            RdmaProvider.SCHEME, RdmaSimProvider.SCHEME);
    /** Of them, those that every machine has. */
    static final List<String> SCHEMES_ANYWHERE = SCHEMES.subList(0, 4);

    private final MediaDriver driver;
    private final Aeron aeron;
    private final Transport transport;

    private OpenTransport(MediaDriver driver, Aeron aeron, Transport transport) {
        this.driver = driver;
        this.aeron = aeron;
        this.transport = transport;
    }

    /** Opens the scheme in this process; the receiver opens first. */
    static OpenTransport open(String scheme, TransportContext context, ThreadingMode threading, boolean isReceiver) {
        return switch (scheme) {
            case ShmTransport.SCHEME -> plain(new ShmProvider(), context);
            case RdmaProvider.SCHEME -> plain(new RdmaProvider(), context);
            case RdmaSimProvider.SCHEME -> plain(new RdmaSimProvider(), context);
            case TcpTransport.SCHEME -> plain(new TcpProvider(), context);
            case AeronTransport.SCHEME, AeronTransport.SCHEME_IPC -> withDriver(scheme, context, threading, isReceiver);
            default -> throw new IllegalArgumentException("unknown transport: transport=" + scheme + "; known: " +
                SCHEMES);
        };
    }

    Transport transport() {
        return transport;
    }

    @Override
    public void close() {
        CloseHelper.closeAll(transport, aeron, driver);
    }

    private static OpenTransport plain(TransportProvider provider, TransportContext context) {
        if (!provider.probe().isPresent()) {
            throw new UnsupportedOperationException("transport is absent here: transport=" + provider.scheme() +
                " why=" + provider.probe() + "; see: baton doctor");
        }
        return new OpenTransport(null, null, provider.open(context));
    }

    private static OpenTransport withDriver(String scheme, TransportContext context, ThreadingMode threading,
        boolean isReceiver) {
        boolean isIpc = scheme.equals(AeronTransport.SCHEME_IPC);
        Path directory = context.sharedMemoryDir().resolve(isIpc ? "driver" : isReceiver ? "driver-receiver"
            : "driver-sender");
        MediaDriver driver = isReceiver || !isIpc ? MediaDriver.launch(driver(directory, threading)) : null;
        Aeron aeron = null;
        try {
            aeron = Aeron.connect(new Aeron.Context().aeronDirectoryName(directory.toString()));
            Aeron client = aeron;
            AeronProvider provider = isIpc ? AeronProvider.ipc(() -> client, AeronSettings.DEFAULTS)
                : AeronProvider.udp(() -> client, AeronSettings.DEFAULTS);
            return new OpenTransport(driver, aeron, provider.open(context));
        } catch (RuntimeException ex) {
            CloseHelper.closeAll(aeron, driver);
            throw ex;
        }
    }

    private static MediaDriver.Context driver(Path directory, ThreadingMode threading) {
        return new MediaDriver.Context()
            .aeronDirectoryName(directory.toString())
            .dirDeleteOnStart(true)
            .dirDeleteOnShutdown(true)
            .termBufferSparseFile(false)
            .threadingMode(threading)
            .sharedIdleStrategy(new BackoffIdleStrategy())
            .sharedNetworkIdleStrategy(new BackoffIdleStrategy())
            .senderIdleStrategy(new BackoffIdleStrategy())
            .receiverIdleStrategy(new BackoffIdleStrategy())
            .conductorIdleStrategy(new BackoffIdleStrategy());
    }
}
