package dev.baton.receiver;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

import org.agrona.concurrent.NanoClock;

import dev.baton.buffer.BufferPool;
import dev.baton.buffer.reserve.ReservationState;
import dev.baton.buffer.tier.BlockStore;
import dev.baton.receiver.core.GangLeader;
import dev.baton.receiver.core.LandingZone;
import dev.baton.receiver.core.LeaderMessages;
import dev.baton.receiver.core.ReceiverCore;
import dev.baton.receiver.core.TierCounters;
import dev.baton.receiver.engine.EngineOrder;
import dev.baton.transport.node.NodeSetup;
import dev.baton.transport.session.ControlPlane;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.Peering;
import dev.baton.transport.session.Session;
import dev.baton.transport.wire.GangAdapter;
import dev.baton.transport.wire.GangProxy;
import dev.baton.transport.wire.ReceiverAdapter;

/**
 * The receiving role of a node: its pool, its core, its data agents, its decode engine's port. Made by the launching
 * thread; after that the control agent owns it, but for {@link #port()}.
 */
final class ReceiverService extends ReceivingService {
    private static final System.Logger LOG = System.getLogger(ReceiverService.class.getName());

    private final Consumer<String> onAlarm = this::onAlarm;
    /** Null where every shard is here. */
    private GangLeader gang;
    /** Null where nothing is below the pool. */
    private BlockStore tier;
    private TierCounters tierCounters;
    private ReceiverCore core;
    private ControlPlane plane;
    private NanoClock clock;
    private final List<Dialled> dials = new ArrayList<>();

    /** A node that somebody waits for. */
    private record Dialled(Peering peering, CompletableFuture<String> nodeId) {}

    ReceiverService(ReceiverContext context) {
        super(context);
    }

    @Override
    ReceiverMetrics metrics() {
        return new ReceiverMetrics(ledger().counters(), ledger().extents(), core.counters(), landings.counters(),
            context.extentBytes(), tierCounters);
    }

    @Override
    TierCounters tierOrNull() {
        return tierCounters;
    }

    @Override
    public void prepare(NodeSetup setup) {
        memory.open(setup);
        landings = memory.landings();
        LandingZone zone = landings;
        if (context.isInGang()) {
            gang = new GangLeader(landings, context.shardsHere(), memory.pool().plan(), new GangProxy(), onAlarm);
            zone = gang;
        }
        core = new ReceiverCore(context.layout(), ledger(), context.admission(), memory.pool(), zone, proxy, port(),
            setup.random(), context.limits());
        core.journal(new LoggedEnds());
        clock = setup.clock();
        if (gang != null) {
            gang.core(core.receiving());
        }
        if (context.tierOrNull() != null) {
            tier = context.tierOrNull().open(context.layout(), context.extentBytes(), setup.context().ledger(),
                setup.context().copier(), setup.clock().nanoTime());
            tierCounters = core.tier(tier, context.tierOrNull().limits());
        }
        if (gang == null) {
            setup.shared(BufferPool.class, BufferPool::new).sealed(core.sealed());
        }
        memory.tell(setup);
    }

    @Override
    public void start(ControlPlane controlPlane) {
        plane = controlPlane;
        plane.addSessionListener(LoggedSessions.of(gang == null ? List.of(core) : List.of(core, gang), core.counters(), clock,
            LoggedSessions::log));
        plane.addMessageListener(new ReceiverAdapter(new ReceiverMessages(core)));
        if (gang != null) {
            plane.addMessageListener(new GangAdapter(new LeaderMessages(gang, core.counters())));
        }
    }

    @Override
    public int doControlWork(long nowNs) {
        int workCount = core.doWork(nowNs);
        core.drainAlarms(onAlarm);
        workCount += dials.isEmpty() ? 0 : lookAtDials();
        workCount += landings.poll(gang == null ? core.receiving() : gang) + carryOutOrders(nowNs);
        return workCount + (gang == null ? 0 : gang.flush());
    }

    @Override
    public Map<String, Object> stats() {
        Map<String, Object> stats = ReceiverStats.of(ledger(), core, landings, port(), context);
        if (gang != null) {
            stats.put("gang", Map.of("shards", context.shardsHere().toString(), "members", gang.memberCount(),
                "missing", gang.missing(), "withoutEngine", gang.withoutEngine()));
        }
        if (tierCounters != null) {
            stats.put("tier", TierStats.of(tierCounters));
        }
        return stats;
    }

    /** I/O ends before the memory that it goes to. */
    @Override
    public void close() {
        if (tier != null) {
            tier.close();
        }
        super.close();
    }

    @Override
    public boolean isDrained() {
        // What a tier takes goes there first; one that takes nothing is not waited for.
        if (tierCounters != null && tierCounters.blocksWaiting() > 0 && TierStats.isWorking(tierCounters)) {
            return false;
        }
        // Whether a peer ever lets go of what is quarantined is not this process's to wait for.
        for (ReservationState state : ReservationState.values()) {
            if (!state.isTerminal() && state != ReservationState.QUARANTINED
                && ledger().counters().reservations(state) > 0) {
                return false;
            }
        }
        return true;
    }

    private void onAlarm(String alarm) {
        LOG.log(System.Logger.Level.WARNING, alarm);
    }

    @Override
    void carryOut(EngineOrder order) {
        switch (order) {
            case EngineOrder.Attach _ -> core.engineAttached(true);
            case EngineOrder.Detach _ -> core.engineAttached(false);
            case EngineOrder.Lost _ -> core.engineLost();
            case EngineOrder.Watch _ -> { }   // from when it is seen
            case EngineOrder.Room room -> core.engineTakes(room.requests(), room.tokens(), room.requestTokens());
            case EngineOrder.Take take -> core.receiving().take(take.handle());
            case EngineOrder.Decline decline -> core.receiving().decline(decline.handle());
            case EngineOrder.Release release -> core.receiving().release(release.handle());
            case EngineOrder.Cancel cancel -> core.cancel(cancel.handoff(), EndReason.CANCELLED);
            case EngineOrder.Reserve reserve -> core.reserve(reserve.handoff(), reserve.ask());
            case EngineOrder.Write write -> core.receiving().writes().ask(write.ask());
            case EngineOrder.Prefetch prefetch -> core.below().prefetch(prefetch.ask());
            case EngineOrder.Seal seal -> core.receiving().writes().seal(seal.handle());
            case EngineOrder.Drop drop -> core.receiving().writes().drop(drop.handle());
            case EngineOrder.NamePassage name -> core.receiving().writes().passages().name(name.ask());
            case EngineOrder.FindPassage find -> core.receiving().writes().passages().find(find.tenant(), find.passage());
            case EngineOrder.ReleasePassage release -> core.receiving().writes().passages().release(release.handle());
            case EngineOrder.Drain _ -> core.drain();
            case EngineOrder.Shutdown _ -> core.shutdown();
            case EngineOrder.Want want -> want(want);
            case EngineOrder.Fetch fetch -> core.fetches().ask(fetch.ask());
            case EngineOrder.Connect connect -> dials.add(new Dialled(plane.dial(connect.address().host(), connect.address().port()),
                connect.nodeId()));
        }
    }

    /** Tells who answered dials. */
    private int lookAtDials() {
        int before = dials.size();
        dials.removeIf(dialled -> {
            Session session = dialled.peering().session();
            boolean isThere = session != null && session.isOpen() && session.receiverState() != null;
            return isThere && dialled.nodeId().complete(session.peer().nodeId());
        });
        return before - dials.size();
    }

    private void want(EngineOrder.Want want) {
        Session asked = core.wants().ask(want.nodeId(), want.handoff(), want.haveTokens());
        if (asked != null && !want.keys().isEmpty()) {
            core.below().prefetch(asked, want.handoff().tenant(), want.keys());
        }
    }
}
