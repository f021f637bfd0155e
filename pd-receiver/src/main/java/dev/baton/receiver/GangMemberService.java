package dev.baton.receiver;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

import org.agrona.concurrent.Agent;

import dev.baton.buffer.reserve.RejectReason;
import dev.baton.buffer.reserve.ReservationLedger;
import dev.baton.receiver.core.GangMember;
import dev.baton.receiver.core.MemberMessages;
import dev.baton.receiver.engine.DecodePort;
import dev.baton.receiver.engine.EngineOrder;
import dev.baton.receiver.landing.Landings;
import dev.baton.transport.node.NodeSetup;
import dev.baton.transport.session.ControlPlane;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.Role;
import dev.baton.transport.wire.GangAdapter;
import dev.baton.transport.wire.GangProxy;
import dev.baton.transport.wire.ReceiverAdapter;
import dev.baton.transport.wire.SenderProxy;

/**
 * The receiving role of a node that lends its memory to the leader of a gang: slabs, lanes and data agents, and no
 * admission of its own. Made by the launching thread; after that the control agent owns it, but for {@link #port()}.
 */
final class GangMemberService implements ReceivingService {
    private static final System.Logger LOG = System.getLogger(GangMemberService.class.getName());
    private static final int ORDERS_PER_CYCLE_MAX = 256;

    private final ReceiverContext context;
    private final ReceiverMemory memory;
    private final DecodePort port = new DecodePort();
    /** Made once: each cycle would make another. */
    private final Consumer<EngineOrder> carryOut = this::carryOut;
    private final SenderProxy proxy = new SenderProxy();
    private Landings landings;
    private GangMember member;

    GangMemberService(ReceiverContext context) {
        this.context = context;
        memory = new ReceiverMemory(context);
    }

    @Override
    public DecodePort port() {
        return port;
    }

    /** What it has lent is in its leader's books; these stay empty. */
    @Override
    public ReservationLedger ledger() {
        return memory.ledger();
    }

    @Override
    public ReceiverMetrics metrics() {
        return new ReceiverMetrics(ledger().counters(), ledger().extents(), member.counters(), landings.counters(),
            context.extentBytes());
    }

    @Override
    public Role role() {
        return Role.DECODE;
    }

    @Override
    public void declare(NodeSetup setup) {
        memory.declare(setup);
    }

    @Override
    public void prepare(NodeSetup setup) {
        memory.open(setup);
        landings = memory.landings();
        member = GangMember.of(context.layout(), memory.pool(), context.shardsHere(), landings,
            context.reservationsMax(), proxy, new GangProxy(), port, setup.random(),
            line -> LOG.log(System.Logger.Level.WARNING, line));
        memory.tell(setup);
    }

    @Override
    public void start(ControlPlane plane) {
        plane.addSessionListener(member);
        plane.addMessageListener(new ReceiverAdapter(new MemberAnswers(member, proxy)));
        plane.addMessageListener(new GangAdapter(new MemberMessages(member)));
        plane.dial(context.gangLeaderOrNull().host(), context.gangLeaderOrNull().port());
    }

    @Override
    public List<Agent> dataAgents() {
        return landings.agents();
    }

    @Override
    public int doControlWork(long nowNs) {
        int workCount = landings.poll(member) + port.drain(carryOut, ORDERS_PER_CYCLE_MAX);
        return workCount + member.doWork(nowNs);
    }

    @Override
    public boolean hasRoom() {
        return landings.hasRoom();
    }

    @Override
    public Map<String, Object> stats() {
        Map<String, Object> stats = new LinkedHashMap<>();
        stats.put("model", context.layout().describe());
        stats.put("gang", Map.of("shards", context.shardsHere().toString(), "leader",
            context.gangLeaderOrNull().toString(), "isLent", member.isLent(), "reservations", member.shareCount()));
        stats.put("counters", Map.of("grants", member.counters().grants(), "delivered", member.counters().ready(),
            "stale", member.counters().stale(), "protocolErrors", member.counters().protocolErrors()));
        stats.put("landing", ReceiverStats.landing(landings));
        return stats;
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
        return member.shareCount() == 0;
    }

    @Override
    public void close() {
        memory.close();
    }

    private void carryOut(EngineOrder order) {
        switch (order) {
            case EngineOrder.Attach _ -> member.engineAttached(true);
            case EngineOrder.Detach _ -> member.engineAttached(false);
            case EngineOrder.Take _ -> { }   // the leader's engine took it for all
            case EngineOrder.Release release -> member.release(release.handle());
            case EngineOrder.Drain _ -> member.drain();
            case EngineOrder.Shutdown _ -> member.shutdown();
            case EngineOrder.Want want -> port.onNotHere(want.handoff(), EndReason.NOT_KNOWN);
            case EngineOrder.Cancel _ -> { }   // asked of the leader, as all that allocates
            case EngineOrder.Reserve reserve -> port.onRefused(reserve.handoff(), RejectReason.NO_ENGINE, 0,
                "this process lends its memory to " + context.gangLeaderOrNull() + ": ask there");
        }
    }
}
