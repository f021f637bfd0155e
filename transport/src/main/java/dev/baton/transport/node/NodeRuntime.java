package dev.baton.transport.node;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;

import org.agrona.CloseHelper;
import org.agrona.concurrent.Agent;

import dev.baton.platform.AgentHost;
import dev.baton.platform.Canary;
import dev.baton.platform.Require;
import dev.baton.transport.Transport;
import dev.baton.transport.TransportProviders;
import dev.baton.transport.aeron.AeronProvider;
import dev.baton.transport.aeron.AeronSettings;
import dev.baton.transport.rdma.RdmaProvider;
import dev.baton.transport.rdma.RdmaSimProvider;
import dev.baton.transport.session.ControlPlane;
import dev.baton.transport.session.NodeIdentity;
import dev.baton.transport.session.Role;
import dev.baton.transport.shm.ShmProvider;
import dev.baton.transport.tcp.TcpProvider;

/**
 * A running node: media driver, transports, control plane and the services around it, started in order and closed in
 * the reverse one. Any thread may use it; one opens and closes.
 */
public final class NodeRuntime implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(NodeRuntime.class.getName());

    private final List<NodeService> services;
    private final ControlPlane plane;
    private final AgentHost agents;
    private final List<AutoCloseable> opened;
    private final AtomicReference<Throwable> failure;
    private final long incarnation;

    private NodeRuntime(List<NodeService> services, ControlPlane plane, AgentHost agents, List<AutoCloseable> opened,
        AtomicReference<Throwable> failure, long incarnation) {
        this.services = services;
        this.plane = plane;
        this.agents = agents;
        this.opened = opened;
        this.failure = failure;
        this.incarnation = incarnation;
    }

    /**
     * Starts a node with these roles.
     *
     * @throws IllegalArgumentException      if a transport is not known
     * @throws UnsupportedOperationException if a transport that was asked for is not to be had on this machine; the
     *                                       message says why
     */
    public static NodeRuntime launch(NodeContext context, List<NodeService> services) {
        Canary.requireNone();
        return launch(context, services, AeronGround.open(context));
    }

    /** As above on a ground of the caller's, which the runtime closes; also when it cannot be launched. */
    public static NodeRuntime launch(NodeContext context, List<NodeService> services, NodeGround ground) {
        long incarnation = ground.incarnation();
        AtomicReference<Throwable> failure = new AtomicReference<>();
        List<AutoCloseable> opened = new ArrayList<>();
        opened.add(ground);
        try {
            Map<String, Transport> transports = ground.transports(context);
            transports.forEach((scheme, transport) -> Require.that(
                transport.isEncrypting() == context.isEncrypting(), "transports", scheme,
                "transports that encrypt: with --encrypt no bytes leave in the clear"));
            NodeSetup setup = new NodeSetup(context, incarnation, ground.random(), ground.clock(), transports);
            services.forEach(service -> service.declare(setup));
            opened.addAll(setup.shared());
            Set<Role> roles = EnumSet.noneOf(Role.class);
            for (NodeService service : services) {
                roles.add(service.role());
                opened.add(service);
                service.prepare(setup);
            }
            transports.values().forEach(Transport::prepare);
            NodeIdentity identity = new NodeIdentity(context.nodeId(), incarnation, ground.hostId(), roles,
                setup.lanes(), setup.extentBytes(), setup.offers(), setup.slabs(),
                context.isEncrypting(), context.layout());
            ControlPlane plane = ground.open(new ControlContext().identity(identity).host(context.host())
                .port(context.port()).random(ground.random()).secret(context.secret()));
            plane.statsSource(() -> NodeStatsJson.of(identity, services, setup.stats(), plane.counters()));
            List<Agent> agents = new ArrayList<>();
            agents.add(new ControlAgent(plane, services, ground.clock()));
            for (NodeService service : services) {
                service.start(plane);
                agents.addAll(service.dataAgents());
            }
            AgentHost host = AgentHost.start(context.threading(), context.idle(), ex -> {
                Throwable explained = ground.explained(ex);
                failure.compareAndSet(null, explained);
                LOG.log(System.Logger.Level.ERROR, "an agent failed: nodeId=" + context.nodeId(), explained);
            }, agents);
            return new NodeRuntime(services, plane, host, opened, failure, incarnation);
        } catch (RuntimeException ex) {
            closeAll(opened);
            throw ex;
        }
    }

    /** Every scheme that this build knows, the best first. */
    public static TransportProviders providers(AeronNode aeron) {
        return new TransportProviders(List.of(new ShmProvider(), new RdmaProvider(), new TcpProvider(),
            AeronProvider.udp(aeron::aeron, AeronSettings.DEFAULTS),
            AeronProvider.ipc(aeron::aeron, AeronSettings.DEFAULTS), new RdmaSimProvider(), TcpProvider.lossless()));
    }

    /** The control port that peers dial. */
    public int port() {
        return plane.localPort();
    }

    public long incarnation() {
        return incarnation;
    }

    /** What went wrong inside an agent; null while all is well. Whoever embeds the node ends it then. */
    public Throwable failure() {
        return failure.get();
    }

    /** Stepped threading only: one cycle of every agent. Returns a work count. */
    public int step() {
        return agents.step();
    }

    /** Stepped threading only: one cycle of one agent, the control agent being 0. Returns a work count. */
    public int step(int agent) {
        return agents.step(agent);
    }

    /** Stepped threading only: how many there are. */
    public int agentCount() {
        return agents.steppedCount();
    }

    /**
     * Begins to go down as a process does that is told to end: it drains now; the caller looks on, and closes the node when it is over.
     *
     * @param drainNs longest time until what is still in flight is ended, and told so
     * @param nowNs   on the clock that the caller looks on by
     */
    public GoingDown goDown(long drainNs, long nowNs) {
        return new GoingDown(services, drainNs, nowNs);
    }

    /** No new work; what is in flight goes on. */
    public void drain() {
        for (NodeService service : services) {
            service.drain();
        }
    }

    /** Whatever is still in flight ends now, and its peers are told; the agents must run on until it is said. */
    public void shutdown() {
        for (NodeService service : services) {
            service.shutdown();
        }
    }

    /** What the control plane counts, for a meter registry. */
    public ControlMetrics metrics() {
        return new ControlMetrics(plane.counters());
    }

    List<NodeService> services() {
        return services;
    }

    public boolean isDrained() {
        for (NodeService service : services) {
            if (!service.isDrained()) {
                return false;
            }
        }
        return true;
    }

    @Override
    public void close() {
        try {
            agents.close();
        } finally {
            closeAll(opened);
        }
    }

    private static void closeAll(List<AutoCloseable> opened) {
        CloseHelper.closeAll(opened.reversed());
        opened.clear();
    }
}
