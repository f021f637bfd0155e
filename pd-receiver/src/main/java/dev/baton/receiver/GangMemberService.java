package dev.baton.receiver;

import java.util.LinkedHashMap;
import java.util.Map;

import org.agrona.concurrent.NanoClock;

import dev.baton.buffer.reserve.RejectReason;
import dev.baton.receiver.core.FetchEnd;
import dev.baton.receiver.core.GangMember;
import dev.baton.receiver.core.MemberMessages;
import dev.baton.receiver.core.PassageBlocks;
import dev.baton.receiver.core.WriteRefusal;
import dev.baton.receiver.engine.EngineOrder;
import dev.baton.transport.node.NodeSetup;
import dev.baton.transport.session.ControlPlane;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.wire.GangAdapter;
import dev.baton.transport.wire.GangProxy;
import dev.baton.transport.wire.ReceiverAdapter;

/**
 * The receiving role of a node that lends its memory to the leader of a gang: slabs, lanes and data agents, and no
 * admission of its own. Made by the launching thread; after that the control agent owns it, but for {@link #port()}.
 */
final class GangMemberService extends ReceivingService {
    private static final System.Logger LOG = System.getLogger(GangMemberService.class.getName());

    private GangMember member;
    private NanoClock clock;

    GangMemberService(ReceiverContext context) {
        super(context);
    }

    @Override
    ReceiverMetrics metrics() {
        return new ReceiverMetrics(ledger().counters(), ledger().extents(), member.counters(), landings.counters(),
            context.extentBytes(), null);
    }

    @Override
    public void prepare(NodeSetup setup) {
        memory.open(setup);
        landings = memory.landings();
        member = GangMember.of(context.layout(), memory.pool(), context.shardsHere(), landings,
            context.reservationsMax(), proxy, new GangProxy(), port(), setup.random(),
            line -> LOG.log(System.Logger.Level.WARNING, line));
        clock = setup.clock();
        memory.tell(setup);
    }

    @Override
    public void start(ControlPlane plane) {
        plane.addSessionListener(LoggedSessions.of(member, clock, LoggedSessions::log));
        plane.addMessageListener(new ReceiverAdapter(new MemberAnswers(member, proxy)));
        plane.addMessageListener(new GangAdapter(new MemberMessages(member)));
        plane.dial(context.gangLeaderOrNull().host(), context.gangLeaderOrNull().port());
    }

    @Override
    public int doControlWork(long nowNs) {
        int workCount = landings.poll(member) + carryOutOrders(nowNs);
        return workCount + member.doWork(nowNs);
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
    public boolean isDrained() {
        return member.shareCount() == 0;
    }

    @Override
    void carryOut(EngineOrder order) {
        switch (order) {
            case EngineOrder.Attach _ -> member.engineAttached(true);
            case EngineOrder.Watch _ -> { }   // from when it is seen
            case EngineOrder.Detach _ -> member.engineAttached(false);
            case EngineOrder.Lost _ -> member.engineLost();
            case EngineOrder.Room _ -> { }   // told to the leader, as all that bounds grants
            case EngineOrder.Take _ -> { }   // the leader's engine took it for all
            case EngineOrder.Decline decline -> member.decline(decline.handle());
            case EngineOrder.Release release -> member.release(release.handle());
            case EngineOrder.Drain _ -> member.drain();
            case EngineOrder.Shutdown _ -> member.shutdown();
            case EngineOrder.Want want -> port().onNotHere(want.handoff(), EndReason.NOT_KNOWN);
            case EngineOrder.Fetch fetch -> port().onFetched(new FetchEnd.Failed(fetch.ask().handoff(), EndReason.NOT_ALLOWED,
                "this process lends its memory to " + context.gangLeaderOrNull()));
            case EngineOrder.Connect connect -> connect.nodeId().completeExceptionally(
                new IllegalStateException("this process lends its memory to " + context.gangLeaderOrNull() + " and fetches nothing"));
            case EngineOrder.Cancel _ -> { }   // asked of the leader, as all that allocates
            case EngineOrder.Write write -> port().onNotWritable(write.ask(), WriteRefusal.NOT_KEPT);
            case EngineOrder.Prefetch prefetch -> port().onPrefetched(prefetch.ask(), 0);   // gangs keep nothing below
            case EngineOrder.Seal seal -> port().onWritten(seal.handle(), 0);
            case EngineOrder.Drop _ -> { }   // nothing was given
            case EngineOrder.NamePassage name -> port().onPassageNamed(name.ask(), 0);
            case EngineOrder.FindPassage find -> port().onPassage(PassageBlocks.none(find.tenant(), find.passage()));
            case EngineOrder.ReleasePassage _ -> { }   // nothing was given
            case EngineOrder.Reserve reserve -> port().onRefused(reserve.handoff(), RejectReason.NO_ENGINE, 0,
                "this process lends its memory to " + context.gangLeaderOrNull() + ": ask there");
        }
    }
}
