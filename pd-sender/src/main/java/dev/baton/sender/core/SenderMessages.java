package dev.baton.sender.core;

import dev.baton.sender.core.SenderCounters.Kind;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.HandoffId;
import dev.baton.transport.session.Session;
import dev.baton.transport.session.StaleWhat;
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
    private final HandoffAsking asking;
    private final PeerFetches fetches;

    SenderMessages(OutboundContext context, HandoffReserving reserving, HandoffSending sending, HandoffEnding ending,
        HandoffAsking asking, PeerFetches fetches) {
        this.context = context;
        this.book = context.book();
        this.reserving = reserving;
        this.sending = sending;
        this.ending = ending;
        this.asking = asking;
        this.fetches = fetches;
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
                WireIds.reservation(message.reservation()), 0, EndReason.CANCELLED, "not wanted any more");
            return;
        }
        reserving.onGrant(handoff, message, WireIds.reservation(message.reservation()), book.nowNs());
    }

    @Override
    public void onQueued(Session session, QueuedDecoder message) {
        OutboundHandoff handoff = named(session, WireIds.handoff(message.handoff()));
        if (handoff != null) {
            reserving.onQueued(handoff, (int) message.position(), message.estimateMs());
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
        PeerSession peer = book.sessions().get(session);
        OutboundHandoff handoff = peer == null ? null : peer.byReservation().get(message.reservation().counter());
        if (handoff == null) {
            context.counters().add(Kind.STRAY_MESSAGES, 1);
        } else {
            sending.onAddresses(handoff, session, message);
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
            PeerSession peer = book.sessions().get(session);
            if (peer != null) {
                peer.drained().sayAgain(context.proxy(), session, WireIds.reservation(message.reservation()));
            }
        }
    }

    @Override
    public void onCancel(Session session, CancelDecoder message) {
        HandoffId id = WireIds.handoff(message.handoff());
        OutboundHandoff handoff = book.ofIdOrNull(id);
        fetches.cancel(session, id);
        if (handoff != null && (mayUnwant(handoff, session.peer().nodeId()) || handoff.spec.fetchedBy().equals(session.peer().nodeId())
            || current(session, handoff) != null)) {
            ending.onPeerCancel(handoff, EndReason.of(message.reason()));
        }
    }

    /** What nobody has asked for yet is anybody's to give up; then only that node's. */
    private static boolean mayUnwant(OutboundHandoff handoff, String nodeId) {
        return handoff.isWantable() && (handoff.wantedBy.isEmpty() || handoff.wantedBy.equals(nodeId));
    }

    @Override
    public void onWant(Session session, WantDecoder message) {
        if (fetches.onWant(session, message)) {
            return;
        }
        HandoffId id = WireIds.handoff(message.handoff());
        OutboundHandoff handoff = book.ofIdOrNull(id);
        PeerSession peer = book.sessions().get(session);
        EndReason whyNot = peer == null ? EndReason.NOT_KNOWN : whyNotHere(handoff, id, peer);
        if (whyNot != EndReason.NONE) {
            context.counters().add(Kind.NOT_HERE, 1);
            context.proxy().notHere(session, message.envelope().correlation(), id, whyNot);
            return;
        }
        context.counters().add(Kind.WANTED, 1);
        context.proxy().wantAck(session, message.envelope().correlation(), id, handoff.spec.tokens());
        if (handoff.isWantable()) {
            reserving.want(handoff, peer, (int) message.haveTokens(), message.deadlineMs(), book.nowNs());
        } else if (handoff.isUnbound()) {
            reserving.bind(handoff, peer, book.nowNs());
        }
    }

    /** NONE if that node may have it: it is the first that wants it, or says so again, and there is a way. */
    private EndReason whyNotHere(OutboundHandoff handoff, HandoffId id, PeerSession peer) {
        if (handoff == null || !handoff.spec.isSourceFirst() || handoff.spec.isJoining()) {
            return book.endOfSourceFirst(id);
        }
        if (handoff.last instanceof EngineNotice.Failed failed) {
            return failed.reason();
        }
        if (!handoff.wantedBy.isEmpty() && !handoff.wantedBy.equals(peer.session().peer().nodeId())) {
            return EndReason.WANTED_ELSEWHERE;
        }
        return peer.pairing() == null ? peer.whyNotReason() : EndReason.NONE;   // it stays for a node that it could go to
    }

    /** What this end holds is void at the peer: that handoff is over. A stale session ends by itself. */
    @Override
    public void onStale(Session session, StaleDecoder message) {
        OutboundHandoff handoff = book.ofHandleOrNull(HandoffBoard.handleOf(message.envelope().correlation()));
        if (handoff != null && handoff.targets != null && handoff.peer != null
            && !handoff.peer.session().equals(session) && handoff.targets.indexOf(session) >= 0) {
            ending.onMemberLost(handoff, "a member of the gang does not know it: member=" + session.peer().nodeId() +
                " what=" + StaleWhat.of(message.what()));
        } else if (current(session, handoff) != null) {
            ending.onStale(handoff, StaleWhat.of(message.what()));
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

    @Override
    public void onStatus(Session session, StatusDecoder message) {
        OutboundHandoff handoff = named(session, WireIds.handoff(message.handoff()));
        if (handoff != null && handoff.state == OutboundState.RESERVING && handoff.spec.isJoining()) {
            reserving.onStatus(handoff, message.state(), EndReason.of(message.reason()), book.nowNs());
        } else if (handoff != null) {
            asking.onStatus(handoff, message.state(), EndReason.of(message.reason()), book.nowNs());
        }
    }

    @Override
    public void onDraining(Session session, DrainingDecoder message) {
        context.counters().add(Kind.PEERS_DRAINING, 1);
        PeerSession peer = book.sessions().get(session);
        if (peer != null) {
            peer.draining();
        }
    }

    @Override
    public void onAbortAck(Session session, AbortAckDecoder message) {
        context.counters().add(Kind.ABORTS_ANSWERED, 1);
    }
}
