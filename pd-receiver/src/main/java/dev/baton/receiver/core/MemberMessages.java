package dev.baton.receiver.core;

import dev.baton.transport.session.Session;
import dev.baton.transport.wire.GangBlocksDecoder;
import dev.baton.transport.wire.GangEventsDecoder;
import dev.baton.transport.wire.GangHeldDecoder;
import dev.baton.transport.wire.GangMessageListener;
import dev.baton.transport.wire.GangOpenDecoder;
import dev.baton.transport.wire.GangOrdersDecoder;
import dev.baton.transport.wire.LendDecoder;
import dev.baton.transport.wire.ReturnDecoder;

/** What the leader of a gang says to a member; what others say of the kind is counted and changes nothing. */
public final class MemberMessages implements GangMessageListener {
    private final GangMember member;

    public MemberMessages(GangMember member) {
        this.member = member;
    }

    @Override
    public void onReturn(Session session, ReturnDecoder message) {
        if (isLeader(session)) {
            member.onReturn();
        }
    }

    @Override
    public void onGangOpen(Session session, GangOpenDecoder message) {
        if (isLeader(session)) {
            member.onOpen(session, message);
        }
    }

    @Override
    public void onGangBlocks(Session session, GangBlocksDecoder message) {
        if (isLeader(session) && !member.shares().names(message)) {
            member.broken(session, member.shares().whyNot());
        }
    }

    @Override
    public void onGangHeld(Session session, GangHeldDecoder message) {
        if (isLeader(session) && !member.shares().held(message)) {
            member.broken(session, member.shares().whyNot());
        }
    }

    @Override
    public void onGangOrders(Session session, GangOrdersDecoder message) {
        if (!isLeader(session)) {
            return;
        }
        for (GangOrdersDecoder.RecordsDecoder record : message.records()) {
            if (!member.onOrder(record.kind(), record.reservation(), record.a(), record.b(), record.c(), record.d())) {
                member.broken(session, "order kind=" + record.kind() + " a=" + record.a() + " b=" + record.b());
                return;
            }
        }
    }

    /** A member has no members. */
    @Override
    public void onLend(Session session, LendDecoder message) {
        member.counters().protocolError();
    }

    @Override
    public void onGangEvents(Session session, GangEventsDecoder message) {
        member.counters().protocolError();
    }

    private boolean isLeader(Session session) {
        if (!member.isLeader(session)) {
            member.counters().staleOne();
            return false;
        }
        return true;
    }
}
