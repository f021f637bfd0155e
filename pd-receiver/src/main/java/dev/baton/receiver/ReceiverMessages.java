package dev.baton.receiver;

import dev.baton.receiver.core.ReceiverCore;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.HandoffId;
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
import dev.baton.transport.wire.WireIds;

/** Hands each message to the part of the core that it is for. Control agent's thread. */
public final class ReceiverMessages implements ReceiverMessageListener {
    private final ReceiverCore core;

    public ReceiverMessages(ReceiverCore core) {
        this.core = core;
    }

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
    public void onWantAck(Session session, WantAckDecoder message) {
        HandoffId id = WireIds.handoff(message.handoff());
        if (!core.fetches().onWantAck(session, id)) {
            core.counters().wantAcknowledged();
            core.wants().onWantAck(session, id);
        }
    }

    @Override
    public void onNotHere(Session session, NotHereDecoder message) {
        HandoffId id = WireIds.handoff(message.handoff());
        EndReason reason = EndReason.of(message.reason());
        if (!core.fetches().onNotHere(session, id, reason)) {
            core.wants().onNotHere(session, id, message.envelope().correlation(), reason);
        }
    }

    @Override
    public void onAbort(Session session, AbortDecoder message) {
        core.receiving().onAbort(session, message);
    }

    /** What counts as evidence is DRAINED; the acknowledgement only says that the ABORT was read. */
    @Override
    public void onAbortAck(Session session, AbortAckDecoder message) {
        core.counters().abortAcknowledged();
    }

    @Override
    public void onCancel(Session session, CancelDecoder message) {
        core.onCancel(session, message);
    }

    @Override
    public void onStale(Session session, StaleDecoder message) {
        core.counters().toldStale();
    }

    /** A sender that drains sends nothing new by itself; what is in flight goes on. */
    @Override
    public void onDraining(Session session, DrainingDecoder message) {
        core.counters().peerDraining();
    }
}
