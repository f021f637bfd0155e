package dev.baton.receiver.core;

import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.Session;
import dev.baton.transport.wire.GangBlocksDecoder;
import dev.baton.transport.wire.GangEventsDecoder;
import dev.baton.transport.wire.GangHeldDecoder;
import dev.baton.transport.wire.GangMessageListener;
import dev.baton.transport.wire.GangOpenDecoder;
import dev.baton.transport.wire.GangOrdersDecoder;
import dev.baton.transport.wire.LendDecoder;
import dev.baton.transport.wire.ReturnDecoder;

/** What members say to the leader of their gang; only from those that have lent is more than LEND heard. */
public final class LeaderMessages implements GangMessageListener {
    private final GangLeader leader;
    private final ReceiverCounters counters;

    public LeaderMessages(GangLeader leader, ReceiverCounters counters) {
        this.leader = leader;
        this.counters = counters;
    }

    @Override
    public void onLend(Session session, LendDecoder message) {
        leader.onLend(session, message);
    }

    @Override
    public void onReturn(Session session, ReturnDecoder message) {
        leader.onReturn(session);
    }

    @Override
    public void onGangEvents(Session session, GangEventsDecoder message) {
        GangSeat member = leader.roster().memberOrNull(session);
        if (member == null) {
            counters.staleOne();
            return;
        }
        for (GangEventsDecoder.RecordsDecoder record : message.records()) {
            if (MemberEngines.isOfThem(record.kind())) {
                leader.engines().on(member, record.kind());
            } else if (!leader.words().on(member, record.kind(), record.reservation(), record.a(), record.b(), record.c(),
                record.d())) {
                counters.protocolError();
                session.close(EndReason.PROTOCOL);
                return;
            }
        }
    }

    /** Two leaders: neither is the other's member. */
    @Override
    public void onGangOpen(Session session, GangOpenDecoder message) {
        counters.protocolError();
    }

    @Override
    public void onGangBlocks(Session session, GangBlocksDecoder message) {
        counters.protocolError();
    }

    @Override
    public void onGangHeld(Session session, GangHeldDecoder message) {
        counters.protocolError();
    }

    @Override
    public void onGangOrders(Session session, GangOrdersDecoder message) {
        counters.protocolError();
    }
}
