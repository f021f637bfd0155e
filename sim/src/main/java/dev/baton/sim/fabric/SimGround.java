package dev.baton.sim.fabric;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;

import org.agrona.concurrent.NanoClock;

import dev.baton.sim.time.Chance;
import dev.baton.transport.Transport;
import dev.baton.transport.TransportContext;
import dev.baton.transport.node.ControlContext;
import dev.baton.transport.node.NodeContext;
import dev.baton.transport.node.NodeGround;
import dev.baton.transport.session.ControlPlane;

/** What a simulated process stands on. */
public final class SimGround implements NodeGround {
    private static final long HOST_ID = 77;

    private final SimProcess process;
    private final NanoClock clock;
    private final Chance chance;
    private final List<Transport> opened = new ArrayList<>();

    public SimGround(SimProcess process, NanoClock clock, Chance chance) {
        this.process = process;
        this.clock = clock;
        this.chance = chance;
    }

    @Override
    public long incarnation() {
        return process.incarnation();
    }

    @Override
    public long hostId() {
        return HOST_ID;
    }

    @Override
    public NanoClock clock() {
        return clock;
    }

    @Override
    public LongSupplier random() {
        return chance::nextLong;
    }

    @Override
    public Map<String, Transport> transports(NodeContext context) {
        TransportContext transportContext = new TransportContext(process.incarnation(), context.sharedMemoryDir(),
            null, context.copier(), context.ledger());
        Map<String, Transport> transports = new LinkedHashMap<>();
        for (String scheme : context.transports()) {
            boolean isCard = scheme.equals("rdma") && process.fabric().hasCards();
            Transport transport = isCard ? new CardTransport(process, scheme, transportContext)
                : new SimTransport(process, scheme, transports.size(), transportContext);
            opened.add(transport);
            transports.put(scheme, transport);
        }
        return transports;
    }

    @Override
    public ControlPlane open(ControlContext context) {
        return NodeGround.plane(context, process.medium());
    }

    @Override
    public void close() {
        opened.forEach(Transport::close);
        opened.clear();
    }
}
