package dev.baton.sim.check;

import dev.baton.receiver.core.ReceiverCore;
import dev.baton.transport.session.Session;
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
import dev.baton.transport.wire.StaleDecoder;
import dev.baton.transport.wire.WantAckDecoder;

/** Hands each message to the part of the core that it is for. */
record CoreListener(ReceiverCore core) implements ReceiverMessageListener {
    @Override
    public void onReserve(Session session, ReserveDecoder message) {
        core.onReserve(session, message);
    }

    @Override
    public void onBind(Session session, BindDecoder message) {
        core.onBind(session, message);
    }

    @Override
    public void onChunk(Session session, ChunkDecoder message) {
        core.receiving().onChunk(session, message);
    }

    @Override
    public void onFin(Session session, FinDecoder message) {
        core.receiving().onFin(session, message);
    }

    @Override
    public void onDrained(Session session, DrainedDecoder message) {
        core.receiving().onDrained(session, message);
    }

    @Override
    public void onRenew(Session session, RenewDecoder message) {
        core.onRenew(session, message);
    }

    @Override
    public void onQuery(Session session, QueryDecoder message) {
        core.onQuery(session, message);
    }

    @Override
    public void onAbort(Session session, AbortDecoder message) {
        core.receiving().onAbort(session, message);
    }

    @Override
    public void onCancel(Session session, CancelDecoder message) {
        core.onCancel(session, message);
    }

    @Override
    public void onWantAck(Session session, WantAckDecoder message) {}

    @Override
    public void onNotHere(Session session, NotHereDecoder message) {}

    @Override
    public void onAbortAck(Session session, AbortAckDecoder message) {}

    @Override
    public void onStale(Session session, StaleDecoder message) {}

    @Override
    public void onDraining(Session session, DrainingDecoder message) {}
}
