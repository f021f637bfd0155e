package dev.baton.receiver;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

import org.agrona.concurrent.Agent;

import dev.baton.buffer.BufferPool;
import dev.baton.buffer.reserve.ReservationLedger;
import dev.baton.buffer.reserve.ReservationState;
import dev.baton.buffer.slab.Slab;
import dev.baton.buffer.slab.SlabPool;
import dev.baton.buffer.slab.Tier;
import dev.baton.receiver.core.ReceiverCore;
import dev.baton.receiver.engine.DecodePort;
import dev.baton.receiver.engine.EngineOrder;
import dev.baton.receiver.landing.Landings;
import dev.baton.transport.Inlet;
import dev.baton.transport.InletContext;
import dev.baton.transport.RemoteSlab;
import dev.baton.transport.Transport;
import dev.baton.transport.node.NodeService;
import dev.baton.transport.node.NodeSetup;
import dev.baton.transport.session.ControlPlane;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.Role;
import dev.baton.transport.session.Session;
import dev.baton.transport.wire.ReceiverAdapter;
import dev.baton.transport.wire.SenderProxy;

/**
 * The receiving role of a node: its pool, its core, its data agents, its decode engine's port. Made by the launching
 * thread; after that the control agent owns it, but for {@link #port()}.
 */
final class ReceiverService implements NodeService {
    private static final System.Logger LOG = System.getLogger(ReceiverService.class.getName());
    private static final int ORDERS_PER_CYCLE_MAX = 256;
    private static final int SCRATCH_BYTES = 256 << 10;
    private static final int WANT_DEADLINE_MS = 120_000;

    private final ReceiverContext context;
    private final DecodePort port = new DecodePort();
    /** Made once: each cycle would make another. */
    private final Consumer<EngineOrder> carryOut = this::carryOut;
    private final Consumer<String> onAlarm = this::onAlarm;
    private final SenderProxy proxy = new SenderProxy();
    private SlabPool pool;
    private ReservationLedger ledger;
    private Landings landings;
    private ReceiverCore core;
    private ControlPlane plane;
    private long wants;

    ReceiverService(ReceiverContext context) {
        this.context = context;
    }

    DecodePort port() {
        return port;
    }

    /** Once prepared; the control agent's. */
    ReservationLedger ledger() {
        return ledger;
    }

    /** Once prepared. */
    ReceiverMetrics metrics() {
        return new ReceiverMetrics(ledger.counters(), ledger.extents(), core.counters(), landings.counters(),
            context.extentBytes());
    }

    @Override
    public Role role() {
        return Role.DECODE;
    }

    @Override
    public void declare(NodeSetup setup) {
        BufferPool shared = setup.shared(BufferPool.class, BufferPool::new).reserve(context.layout().sharding().count(),
            context.poolBytesPerShard(), context.extentBytes(), context.reservationsMax(),
            context.isPoolShared() ? setup.context().sharedMemoryDir() : null);
        if (context.spillBytesPerShard() > 0) {
            if (setup.context().spillDir() == null) {
                throw new IllegalArgumentException("a spill tier needs a directory for its files: spillBytesPerShard=" +
                    context.spillBytesPerShard() + "; name one with --spill-dir");
            }
            shared.spill(context.spillBytesPerShard(), setup.context().spillDir());
        }
    }

    @Override
    public void prepare(NodeSetup setup) {
        BufferPool shared = setup.shared(BufferPool.class, BufferPool::new).open(setup.context().ledger(),
            setup.incarnation());
        setup.stats("pool", shared::stats);
        pool = shared.slabs();
        ledger = shared.reservations();
        landings = new Landings(pool, setup.context().copier(), setup.context().lanes(), context.reservationsMax(),
            context.ringBytes());
        for (Transport transport : setup.transports().values()) {
            if (transport.isOneSided() && (context.isPoolShared() || transport.isRegistering())) {
                landings.fence(transport.fence());
            }
        }
        core = new ReceiverCore(context.layout(), ledger, context.admission(), pool, landings, proxy, port,
            setup.random(), context.limits());
        core.journal(new LoggedEnds());
        for (int lane = 0; lane < setup.context().lanes(); lane++) {
            landings.inlets(lane, openInlets(setup, lane));
        }
        for (Slab slab : pool.slabs()) {
            RemoteSlab told = new RemoteSlab(slab.spec().slabId(), slab.spec().shard(), slab.spec().lengthBytes(),
                slab.spec().tier() == Tier.DISK);
            setup.slab(told);
            setup.transports().values().forEach(transport -> transport.register(told, slab.address()));
        }
        setup.receiving(setup.context().lanes(), context.extentBytes());
    }

    @Override
    public void start(ControlPlane controlPlane) {
        plane = controlPlane;
        plane.addSessionListener(core);
        plane.addMessageListener(new ReceiverAdapter(new ReceiverMessages(core, port)));
    }

    @Override
    public List<Agent> dataAgents() {
        return landings.agents();
    }

    @Override
    public int doControlWork(long nowNs) {
        int workCount = core.doWork(nowNs);
        core.drainAlarms(onAlarm);
        workCount += landings.poll(core.receiving());
        return workCount + port.drain(carryOut, ORDERS_PER_CYCLE_MAX);
    }

    @Override
    public boolean hasRoom() {
        return landings.hasRoom();
    }

    @Override
    public Map<String, Object> stats() {
        return ReceiverStats.of(ledger, core, landings, port, context);
    }

    @Override
    public void drain() {
        port.order(new EngineOrder.Drain());
    }

    @Override
    public void shutdown() {
        port.order(new EngineOrder.Shutdown());
    }

    @Override
    public boolean isDrained() {
        // Whether a peer ever lets go of what is quarantined is not this process's to wait for.
        for (ReservationState state : ReservationState.values()) {
            if (!state.isTerminal() && state != ReservationState.QUARANTINED
                && ledger.counters().reservations(state) > 0) {
                return false;
            }
        }
        return true;
    }

    @Override
    public void close() {
        if (landings != null) {
            landings.closeInlets();
        }
    }

    private List<Inlet> openInlets(NodeSetup setup, int lane) {
        List<Inlet> inlets = new ArrayList<>();
        for (Map.Entry<String, Transport> entry : setup.transports().entrySet()) {
            if (entry.getValue().isOneSided() && !entry.getValue().isRegistering() && !context.isPoolShared()) {
                continue;
            }
            Inlet inlet = entry.getValue().openInlet(new InletContext(lane, setup.context().host(), 0,
                landings.listener(lane), SCRATCH_BYTES));
            inlets.add(inlet);
            setup.offer(entry.getKey(), inlet.port());
        }
        return inlets;
    }

    private void onAlarm(String alarm) {
        LOG.log(System.Logger.Level.WARNING, alarm);
    }

    private void carryOut(EngineOrder order) {
        switch (order) {
            case EngineOrder.Attach _ -> core.engineAttached(true);
            case EngineOrder.Detach _ -> core.engineAttached(false);
            case EngineOrder.Take take -> core.receiving().take(take.handle());
            case EngineOrder.Release release -> core.receiving().release(release.handle());
            case EngineOrder.Cancel cancel -> core.cancel(cancel.handoff(), EndReason.CANCELLED);
            case EngineOrder.Reserve reserve -> core.reserve(reserve.handoff(), reserve.ask());
            case EngineOrder.Drain _ -> core.drain();
            case EngineOrder.Shutdown _ -> core.shutdown();
            case EngineOrder.Want want -> want(want);
        }
    }

    /** Asked of the node by its name, on the session that it has; no address comes from the engine. */
    private void want(EngineOrder.Want want) {
        Session[] found = new Session[1];
        plane.forEachSession(session -> found[0] = session.peer().nodeId().equals(want.nodeId()) ? session : found[0]);
        if (found[0] == null) {
            port.onNotHere(want.handoff(), EndReason.PEER_LOST);
            return;
        }
        proxy.wantBegin(found[0], ++wants, want.handoff(), want.haveTokens(), WANT_DEADLINE_MS, -1);
        proxy.wantEnd();
    }
}
