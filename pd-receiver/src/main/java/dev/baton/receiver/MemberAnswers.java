package dev.baton.receiver;

import dev.baton.receiver.core.GangMember;
import dev.baton.transport.session.Session;
import dev.baton.transport.session.StaleWhat;
import dev.baton.transport.wire.AbortAckDecoder;
import dev.baton.transport.wire.AbortDecoder;
import dev.baton.transport.wire.BindDecoder;
import dev.baton.transport.wire.CancelDecoder;
import dev.baton.transport.wire.ChunkDecoder;
import dev.baton.transport.wire.DrainedDecoder;
import dev.baton.transport.wire.DrainingDecoder;
import dev.baton.transport.wire.FinDecoder;
import dev.baton.transport.wire.NotHereDecoder;
import dev.baton.transport.wire.QueryDecoder;
import dev.baton.transport.wire.ReceiverMessageListener;
import dev.baton.transport.wire.RenewDecoder;
import dev.baton.transport.wire.ReserveDecoder;
import dev.baton.transport.wire.SenderProxy;
import dev.baton.transport.wire.StaleDecoder;
import dev.baton.transport.wire.WantAckDecoder;

/**
 * What senders say to a member of a gang. It answers BIND and hears DRAINED; everything else is the leader's, and STALE here.
 * Control agent's thread.
 */
final class MemberAnswers implements ReceiverMessageListener {
    private final GangMember member;
    private final SenderProxy proxy;

    MemberAnswers(GangMember member, SenderProxy proxy) {
        this.member = member;
        this.proxy = proxy;
    }

    @Override
    public void onBind(Session session, BindDecoder message) {
        member.onBind(session, message);
    }

    @Override
    public void onReserve(Session session, ReserveDecoder message) {
        stale(session, message.envelope().correlation(), ReserveDecoder.TEMPLATE_ID);
    }

    @Override
    public void onChunk(Session session, ChunkDecoder message) {
        stale(session, message.envelope().correlation(), ChunkDecoder.TEMPLATE_ID);
    }

    @Override
    public void onFin(Session session, FinDecoder message) {
        stale(session, message.envelope().correlation(), FinDecoder.TEMPLATE_ID);
    }

    @Override
    public void onDrained(Session session, DrainedDecoder message) {
        member.onDrained(session, message);
    }

    @Override
    public void onRenew(Session session, RenewDecoder message) {
        stale(session, message.envelope().correlation(), RenewDecoder.TEMPLATE_ID);
    }

    @Override
    public void onQuery(Session session, QueryDecoder message) {
        stale(session, message.envelope().correlation(), QueryDecoder.TEMPLATE_ID);
    }

    @Override
    public void onWantAck(Session session, WantAckDecoder message) {
        stale(session, message.envelope().correlation(), WantAckDecoder.TEMPLATE_ID);
    }

    @Override
    public void onNotHere(Session session, NotHereDecoder message) {
        stale(session, message.envelope().correlation(), NotHereDecoder.TEMPLATE_ID);
    }

    @Override
    public void onAbort(Session session, AbortDecoder message) {
        stale(session, message.envelope().correlation(), AbortDecoder.TEMPLATE_ID);
    }

    @Override
    public void onAbortAck(Session session, AbortAckDecoder message) {
        member.counters().abortAcknowledged();
    }

    @Override
    public void onCancel(Session session, CancelDecoder message) {
        stale(session, message.envelope().correlation(), CancelDecoder.TEMPLATE_ID);
    }

    @Override
    public void onStale(Session session, StaleDecoder message) {
        member.counters().toldStale();
    }

    @Override
    public void onDraining(Session session, DrainingDecoder message) {
        member.counters().peerDraining();
    }

    private void stale(Session session, long correlation, int templateId) {
        member.counters().staleOne();
        proxy.stale(session, correlation, StaleWhat.RESERVATION, templateId);
    }
}
