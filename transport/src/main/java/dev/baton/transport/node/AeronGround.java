package dev.baton.transport.node;

import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;

import org.agrona.CloseHelper;
import org.agrona.concurrent.NanoClock;
import org.agrona.concurrent.SystemNanoClock;

import dev.baton.memory.Regions;
import dev.baton.platform.Availability;
import dev.baton.transport.Transport;
import dev.baton.transport.TransportContext;
import dev.baton.transport.TransportProvider;
import dev.baton.transport.TransportProviders;
import dev.baton.transport.session.ControlPlane;
import io.aeron.exceptions.DriverTimeoutException;

/** The ground of real nodes: this machine's clock and randomness, Aeron, and transports of this build. */
final class AeronGround implements NodeGround {
    private final SecureRandom random = new SecureRandom();
    private final long incarnation = nonZero();
    private final List<AutoCloseable> opened = new ArrayList<>();
    private final long hostId;
    private final AeronNode aeron;

    private AeronGround(NodeContext context) {
        Regions.privateDirectory(context.sharedMemoryDir());
        if (context.spillDir() != null) {
            Regions.privateDirectory(context.spillDir());
        }
        hostId = HostIdentity.of(context.sharedMemoryDir(), context.spillDir());
        aeron = context.aeronDir() == null ? AeronNode.embedded(incarnation) : AeronNode.external(context.aeronDir());
        opened.add(aeron);
    }

    static AeronGround open(NodeContext context) {
        return new AeronGround(context);
    }

    @Override
    public long incarnation() {
        return incarnation;
    }

    @Override
    public long hostId() {
        return hostId;
    }

    @Override
    public NanoClock clock() {
        return SystemNanoClock.INSTANCE;
    }

    @Override
    public LongSupplier random() {
        return random::nextLong;
    }

    @Override
    public Map<String, Transport> transports(NodeContext context) {
        TransportProviders providers = NodeRuntime.providers(aeron);
        TransportContext transportContext = new TransportContext(incarnation, context.sharedMemoryDir(),
            context.spillDir(), context.aeronDir(), context.copier(), context.ledger(),
            context.isEncrypting(), context.rdma());
        Map<String, Transport> transports = new LinkedHashMap<>();
        for (String scheme : context.transports()) {
            TransportProvider provider = providers.provider(scheme);
            if (provider.probe() instanceof Availability.Absent absent) {
                throw new UnsupportedOperationException("transport " + scheme + " is not to be had here: "
                    + absent.describe());
            }
            Transport transport = provider.open(transportContext);
            opened.add(transport);
            transports.put(scheme, transport);
        }
        return transports;
    }

    @Override
    public ControlPlane open(ControlContext context) {
        return AeronControl.open(aeron, context);
    }

    /** An agent may meet the dead driver anywhere: a stream it wants to turn away, for instance. */
    @Override
    public Throwable explained(Throwable failure) {
        return failure instanceof DriverTimeoutException || aeron.isClosed() ? aeron.gone(failure) : failure;
    }

    @Override
    public void close() {
        CloseHelper.closeAll(opened.reversed());
        opened.clear();
    }

    private long nonZero() {
        long value;
        do {
            value = random.nextLong();
        } while (value == 0);
        return value;
    }
}
