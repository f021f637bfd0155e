package dev.baton.sender.core;

import dev.baton.sender.core.SenderCounters.Kind;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.HandoffId;
import dev.baton.transport.session.Session;
import dev.baton.transport.wire.AbortAckDecoder;
import dev.baton.transport.wire.AbortDecoder;
import dev.baton.transport.wire.AddressesDecoder;
import dev.baton.transport.wire.CancelDecoder;
import dev.baton.transport.wire.DrainingDecoder;
import dev.baton.transport.wire.GrantDecoder;
import dev.baton.transport.wire.NackDecoder;
import dev.baton.transport.wire.OutcomeDecoder;
import dev.baton.transport.wire.QueuedDecoder;
import dev.baton.transport.wire.ReadyDecoder;
import dev.baton.transport.wire.RejectDecoder;
import dev.baton.transport.wire.RenewAckDecoder;
import dev.baton.transport.wire.SenderMessageListener;
import dev.baton.transport.wire.StaleDecoder;
import dev.baton.transport.wire.StatusDecoder;
import dev.baton.transport.wire.WantDecoder;
import dev.baton.transport.wire.WireIds;

/**
 * What receivers say: finds the handoff that a message is about, which must be on that session. Pure; control agent's
 * thread.
 */
final class SenderMessages implements SenderMessageListener {
    private final OutboundContext context;
    private final OutboundBook book;
    private final HandoffReserving reserving;
    private final HandoffSending sending;
    private final HandoffEnding ending;

    SenderMessages(OutboundContext context, HandoffReserving reserving, HandoffSending sending, HandoffEnding ending) {
        this.context = context;
        this.book = context.book();
        this.reserving = reserving;
        this.sending = sending;
        this.ending = ending;
    }

    /** The handoff that an answer is about: by the number in the question, and it must be on that session. */
    private OutboundHandoff asked(Session session, long correlation) {
        OutboundHandoff handoff = book.ofHandleOrNull(HandoffBoard.handleOf(correlation));
        return current(session, handoff);
    }

    private OutboundHandoff named(Session session, HandoffId id) {
        return current(session, book.ofIdOrNull(id));
    }

    private OutboundHandoff reserved(Session session, long reservation) {
        PeerSession peer = book.sessions().get(session);
        return current(session, peer == null ? null : peer.byReservation().get(reservation));
    }

    private OutboundHandoff current(Session session, OutboundHandoff handoff) {
        if (handoff == null || handoff.peer == null || !handoff.peer.session().equals(session)) {
            context.counters().add(Kind.STRAY_MESSAGES, 1);
            return null;
        }
        return handoff;
    }

    @Override
    public void onGrant(Session session, GrantDecoder message) {
        OutboundHandoff handoff = book.ofIdOrNull(WireIds.handoff(message.handoff()));
        PeerSession peer = book.sessions().get(session);
        if (peer != null) {
            peer.openLanesOnce(context.data());
        }
        if (current(session, handoff) == null) {
            // Nobody here wants it any more: the receiver must not keep it until a timer ends it.
            context.proxy().abort(session, message.envelope().correlation(), WireIds.handoff(message.handoff()),
                WireIds.reservation(message.reservation()), Transfer.PART, EndReason.CANCELLED, "not wanted any more");
            return;
        }
        reserving.onGrant(handoff, message, WireIds.reservation(message.reservation()), book.nowNs());
    }

    @Override
    public void onQueued(Session session, QueuedDecoder message) {
        OutboundHandoff handoff = named(session, WireIds.handoff(message.handoff()));
        if (handoff != null) {
            reserving.onQueued(handoff, (int) message.position(), message.estimateMs(), book.nowNs());
        }
    }

    @Override
    public void onReject(Session session, RejectDecoder message) {
        OutboundHandoff handoff = named(session, WireIds.handoff(message.handoff()));
        if (handoff != null) {
            reserving.onReject(handoff, message.reason(), message.retryAfterMs(), message.detail(), book.nowNs());
        }
    }

    @Override
    public void onAddresses(Session session, AddressesDecoder message) {
        OutboundHandoff handoff = reserved(session, message.reservation().counter());
        if (handoff != null) {
            sending.onAddresses(handoff, message);
        }
    }

    @Override
    public void onNack(Session session, NackDecoder message) {
        OutboundHandoff handoff = reserved(session, message.reservation().counter());
        if (handoff != null) {
            sending.onNack(handoff, message, book.nowNs());
        }
    }

    @Override
    public void onReady(Session session, ReadyDecoder message) {
        OutboundHandoff handoff = named(session, WireIds.handoff(message.handoff()));
        if (handoff != null) {
            ending.onReady(handoff, message.consumeWithinMs(), book.nowNs());
        }
    }

    @Override
    public void onOutcome(Session session, OutcomeDecoder message) {
        OutboundHandoff handoff = named(session, WireIds.handoff(message.handoff()));
        if (handoff != null) {
            ending.onOutcome(handoff, message.kind(), EndReason.of(message.reason()), message.detail(), book.nowNs());
        }
    }

    @Override
    public void onAbort(Session session, AbortDecoder message) {
        OutboundHandoff handoff = named(session, WireIds.handoff(message.handoff()));
        if (handoff != null) {
            ending.onAbort(handoff, EndReason.of(message.reason()), message.detail());
        } else {
            context.proxy().abortAck(session, message.envelope().correlation(), WireIds.handoff(message.handoff()),
                WireIds.reservation(message.reservation()), message.part());
        }
    }

    @Override
    public void onCancel(Session session, CancelDecoder message) {
        OutboundHandoff handoff = book.ofIdOrNull(WireIds.handoff(message.handoff()));
        if (handoff != null && (handoff.isWantable() || current(session, handoff) != null)) {
            ending.onPeerCancel(handoff, EndReason.of(message.reason()));
        }
    }

    @Override
    public void onWant(Session session, WantDecoder message) {
        HandoffId id = WireIds.handoff(message.handoff());
        OutboundHandoff handoff = book.ofIdOrNull(id);
        PeerSession peer = book.sessions().get(session);
        if (peer == null || handoff == null || !handoff.isWantable()) {
            context.counters().add(Kind.NOT_HERE, 1);
            context.proxy().notHere(session, message.envelope().correlation(), id, EndReason.NOT_KNOWN);
            return;
        }
        context.counters().add(Kind.WANTED, 1);
        context.proxy().wantAck(session, message.envelope().correlation(), id, handoff.spec.tokens());
        reserving.want(handoff, peer, (int) message.haveTokens(), message.deadlineMs(), book.nowNs());
    }

    /** What this end holds is void at the peer: that handoff is over. A stale session ends by itself. */
    @Override
    public void onStale(Session session, StaleDecoder message) {
        OutboundHandoff handoff = asked(session, message.envelope().correlation());
        if (handoff != null) {
            ending.onStale(handoff, message.what());
        }
    }

    @Override
    public void onRenewAck(Session session, RenewAckDecoder message) {
        long correlation = message.envelope().correlation();
        OutboundHandoff handoff = asked(session, correlation);
        if (handoff != null) {
            sending.onRenewAck(handoff, HandoffBoard.questionOf(correlation), message.leaseMs());
        }
    }

    /** Only asked for by handoffs whose session was lost, which do not ask yet. */
    @Override
    public void onStatus(Session session, StatusDecoder message) {
        context.counters().add(Kind.STRAY_MESSAGES, 1);
    }

    /** The peer answers further RESERVEs with REJECT itself. */
    @Override
    public void onDraining(Session session, DrainingDecoder message) {
        context.counters().add(Kind.PEERS_DRAINING, 1);
    }

    @Override
    public void onAbortAck(Session session, AbortAckDecoder message) {
        context.counters().add(Kind.ABORTS_ANSWERED, 1);
    }
}
