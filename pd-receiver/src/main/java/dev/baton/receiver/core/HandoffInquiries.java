package dev.baton.receiver.core;

import dev.baton.buffer.reserve.AdmissionQueue;
import dev.baton.buffer.reserve.RejectReason;
import dev.baton.buffer.reserve.Reservation;
import dev.baton.buffer.reserve.ReservationLedger;
import dev.baton.buffer.reserve.ReservationState;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.HandoffId;
import dev.baton.transport.session.ReservationId;
import dev.baton.transport.session.Session;
import dev.baton.transport.session.StaleWhat;
import dev.baton.transport.wire.CancelDecoder;
import dev.baton.transport.wire.HandoffState;
import dev.baton.transport.wire.OutcomeKind;
import dev.baton.transport.wire.QueryDecoder;
import dev.baton.transport.wire.RenewDecoder;
import dev.baton.transport.wire.SenderProxy;
import dev.baton.transport.wire.WireIds;

/**
 * What is asked about handoffs that the receiver knows already, or that are over: RESERVE again, QUERY, CANCEL. A node
 * that neither reserved a handoff nor has a part in it changes nothing of it. Pure; control agent's thread.
 */
final class HandoffInquiries implements Fetches.Cancelling {
    private final ReservationLedger ledger;
    private final AdmissionQueue admission;
    private final SenderProxy proxy;
    private final HandoffTimers timers;
    private final HandoffBounds bounds;
    private final HandoffEnds ends;
    private final ReceiverAnswers answers;
    private final Tombstones ended;
    private final Tombstones refused;
    private final ReceiverCounters counters;

    /** @param refused handoffs that never were: cancelled before they came, or refused for good */
    HandoffInquiries(ReservationLedger ledger, AdmissionQueue admission, SenderProxy proxy,
        HandoffTimers timers, HandoffBounds bounds, HandoffEnds ends, ReceiverAnswers answers, Tombstones ended,
        Tombstones refused, ReceiverCounters counters) {
        this.ledger = ledger;
        this.admission = admission;
        this.proxy = proxy;
        this.timers = timers;
        this.bounds = bounds;
        this.ends = ends;
        this.answers = answers;
        this.ended = ended;
        this.refused = refused;
        this.counters = counters;
    }

    /**
     * RESERVE of one that is alive. The same session hears the stored answer; a newer one of the same process may go
     * on.
     */
    void reserveAgain(InboundHandoff handoff, Session session, long correlation, long nowNs) {
        if (!handoff.isOf(session)) {
            answers.reject(session, correlation, handoff.handoffId(), RejectReason.MISMATCH, 0, 0, 0,
                "another node has reserved this handoff; its reservation stands");
            return;
        }
        ReservationState state = handoff.reservation().state();
        if (handoff.session().id() != session.id()) {
            boolean isUntold = state == ReservationState.QUEUED
                || (state == ReservationState.GRANTED && handoff.isLost());
            if (isUntold && isSameProcess(handoff, session)) {
                handoff.rebind(session, correlation);
                timers.disarm(handoff);
                if (state == ReservationState.GRANTED) {
                    bounds.granted(handoff, nowNs);
                }
            } else if (isUntold || state == ReservationState.GRANTED || state == ReservationState.RECEIVING) {
                // A grant dies with its session, and a part may be bound by the old one alone.
                handoff.tellOn(session);
                proxy.abort(session, correlation, handoff.handoffId(), handoff.reservationId(), 0,
                    EndReason.SESSION_LOST, "reserved again on a newer session");
                end(handoff, EndReason.SESSION_LOST, "reserved again on a newer session", nowNs);
                return;
            }
        }
        switch (state) {
            case QUEUED -> proxy.queued(session, correlation, handoff.handoffId(),
                admission.position(handoff.reservation()), 0);
            case GRANTED, RECEIVING -> answers.grant(handoff, correlation, bounds.leaseLeftMs(handoff, nowNs));
            default -> answers.status(handoff, session, correlation);
        }
    }

    /** RESERVE of one that is over, or never was: refused for good. False if nothing is known of it. */
    boolean refuseEnded(Session session, long correlation, HandoffId id) {
        Tombstones.Tombstone stone = findOrNull(id);
        if (stone == null) {
            return false;
        }
        RejectReason reason = switch (stone.reason()) {
            case CANCELLED -> RejectReason.CANCELLED;
            case LAYOUT_MISMATCH -> RejectReason.LAYOUT_MISMATCH;
            case REJECTED -> RejectReason.REQUEST_TOO_BIG;
            case SESSION_LOST -> RejectReason.SESSION_LOST;   // its GRANT may have gone with that: nothing is wrong with it
            default -> RejectReason.MISMATCH;
        };
        answers.reject(session, correlation, id, reason, 0, 0, 0, "this attempt has ended already: outcome=" +
            stone.kind() + " reason=" + stone.reason().tag() + "; use attempt + 1");
        return true;
    }

    /** Prefill goes on: a longer lease, of the session that it was granted on. */
    void onRenew(Session session, RenewDecoder message, InboundHandoff handoffOrNull, long nowNs) {
        if (handoffOrNull == null || handoffOrNull.isUnbound() || !Binding.isOn(handoffOrNull, session)) {
            answers.stale(session, message.envelope().correlation(), StaleWhat.RESERVATION, RenewDecoder.TEMPLATE_ID);
            return;
        }
        int leftMs = bounds.renew(handoffOrNull, message.prefilledTokens(), nowNs);
        proxy.renewAck(session, message.envelope().correlation(), handoffOrNull.reservationId(), leftMs);
    }

    /** This process's own scheduler asks for what is reserved, or has ended: told so. False if it is neither. */
    boolean refuseReserved(HandoffId id) {
        boolean isLive = ledger.findOrNull(id.tenant(), id.requestHigh(), id.requestLow(), id.attempt()) != null;
        if (!isLive && findOrNull(id) == null) {
            return false;
        }
        answers.reject(null, 0, id, RejectReason.MISMATCH, 0, 0, 0,
            isLive ? "this handoff is reserved already" : "this attempt has ended; use attempt + 1");
        return true;
    }

    /** Where it stands, and its outcome if there is one: what a sender asks that lost its session after FIN. */
    void onQuery(Session session, QueryDecoder message) {
        HandoffId id = WireIds.handoff(message.handoff());
        long correlation = message.envelope().correlation();
        Reservation live = ledger.findOrNull(id.tenant(), id.requestHigh(), id.requestLow(), id.attempt());
        if (live != null) {
            InboundHandoff handoff = (InboundHandoff) live.attachment();
            answers.status(handoff, session, correlation);
            if (handoff.isOf(session)) {
                tellFromNowOn(handoff, session);
                if (handoff.outcomeOrNull() != null) {
                    proxy.outcome(session, id, handoff.reservationId(), handoff.outcomeOrNull(), handoff.endReason(),
                        handoff.endDetail());
                }
            }
            return;
        }
        Tombstones.Tombstone stone = findOrNull(id);
        if (stone == null) {
            proxy.status(session, correlation, id, ReservationId.NONE, HandoffState.NOT_KNOWN, EndReason.NONE);
            return;
        }
        HandoffState state = switch (stone.kind()) {
            case DELIVERED -> HandoffState.RELEASED;
            case REJECTED -> HandoffState.REJECTED;
            default -> HandoffState.ABORTED;
        };
        proxy.status(session, correlation, id, ReservationId.NONE, state, stone.reason());
        proxy.outcome(session, id, ReservationId.NONE, stone.kind(), stone.reason(), "");
    }

    void onCancel(Session session, CancelDecoder message, long nowNs) {
        HandoffId id = WireIds.handoff(message.handoff());
        Reservation live = ledger.findOrNull(id.tenant(), id.requestHigh(), id.requestLow(), id.attempt());
        if (live != null && !((InboundHandoff) live.attachment()).isOf(session)) {
            answers.stale(session, message.envelope().correlation(), StaleWhat.RESERVATION, CancelDecoder.TEMPLATE_ID);
            return;
        }
        cancel(id, EndReason.CANCELLED, nowNs);
    }

    /** No longer wanted, by whichever side; overtakes everything. */
    @Override
    public void cancel(HandoffId id, EndReason reason, long nowNs) {
        Reservation live = ledger.findOrNull(id.tenant(), id.requestHigh(), id.requestLow(), id.attempt());
        if (live == null) {
            if (ended.findOrNull(id) == null) {
                refused.add(id, OutcomeKind.REJECTED, EndReason.CANCELLED, null, nowNs);
            }
            return;
        }
        InboundHandoff handoff = (InboundHandoff) live.attachment();
        switch (live.state()) {
            case QUEUED, GRANTED, RECEIVING, VERIFYING -> end(handoff, reason, "", nowNs);
            case READY -> {
                ends.notConsumed(handoff, reason, nowNs);
                if (live.state() == ReservationState.TAKEN) {
                    ends.cancelled(handoff);   // the engine's word of that is on its way
                }
            }
            case TAKEN -> ends.cancelled(handoff);
            default -> counters.cancelledLate();
        }
    }

    /** From any state before READY; one that waits has pinned nothing and leaves at once. */
    void end(InboundHandoff handoff, EndReason reason, String detail, long nowNs) {
        if (handoff.reservation().state() == ReservationState.QUEUED) {
            admission.cancel(handoff.reservation(),
                reason == EndReason.CANCELLED ? RejectReason.CANCELLED : RejectReason.SESSION_LOST);
            ends.rejected(handoff, reason, detail, nowNs);
        } else {
            ends.revoke(handoff, reason, detail, nowNs);
        }
    }

    @Override
    public boolean isLive(HandoffId id) {
        return ledger.findOrNull(id.tenant(), id.requestHigh(), id.requestLow(), id.attempt()) != null;
    }

    @Override
    public boolean hasEnded(HandoffId id) {
        return findOrNull(id) != null;
    }

    /** Whether a sender has come with it. */
    boolean isComing(HandoffId id) {
        Reservation live = ledger.findOrNull(id.tenant(), id.requestHigh(), id.requestLow(), id.attempt());
        return live != null && !((InboundHandoff) live.attachment()).isUnbound();
    }

    /** Whether it is in the queue. */
    boolean isWaiting(HandoffId id) {
        Reservation live = ledger.findOrNull(id.tenant(), id.requestHigh(), id.requestLow(), id.attempt());
        return live != null && live.state() == ReservationState.QUEUED;
    }

    /** Whether its end here is known, and was told. */
    boolean hasOutcome(HandoffId id) {
        return ended.findOrNull(id) != null;
    }

    boolean wasDelivered(HandoffId id) {
        Tombstones.Tombstone stone = ended.findOrNull(id);
        return stone != null && stone.kind() == OutcomeKind.DELIVERED;
    }

    /** Why what never had its memory has none; NONE where it may come. */
    EndReason whyRefused(HandoffId id) {
        Tombstones.Tombstone stone = refused.findOrNull(id);
        return stone == null ? EndReason.NONE : stone.reason();
    }

    /** It was wanted, and did not come: it is refused from now on. */
    void notAwaited(HandoffId id, EndReason reason, long nowNs) {
        refused.add(id, OutcomeKind.REJECTED, reason, null, nowNs);
    }

    /** NONE where it may come, or why not. What did not come because its node was away may come now. */
    EndReason wantedAgain(HandoffId id) {
        if (whyRefused(id) == EndReason.PEER_LOST) {
            refused.remove(id);
        }
        Tombstones.Tombstone stone = findOrNull(id);
        return stone == null ? EndReason.NONE : stone.reason();
    }

    Tombstones.Tombstone findOrNull(HandoffId id) {
        Tombstones.Tombstone stone = ended.findOrNull(id);
        return stone == null ? refused.findOrNull(id) : stone;
    }

    /** The session that it was on is gone: what is still to be told goes where it was asked. */
    private static void tellFromNowOn(InboundHandoff handoff, Session session) {
        switch (handoff.reservation().state()) {
            case QUEUED, GRANTED, RECEIVING -> { }   // nothing is told there: they end with their session, or rebind
            default -> {
                if (handoff.session() != null && !handoff.session().isOpen()
                    && handoff.session().peer().nodeId().equals(session.peer().nodeId())) {
                    handoff.tellOn(session);
                }
                for (int i = 0; i < handoff.partCount(); i++) {
                    InboundPart part = handoff.part(i);
                    if (part.isBound() && !part.toldOn().isOpen()
                        && part.incarnation() == session.peer().incarnation()) {
                        part.tellOn(session);
                    }
                }
            }
        }
    }

    private static boolean isSameProcess(InboundHandoff handoff, Session session) {
        return handoff.session().peer().incarnation() == session.peer().incarnation();
    }
}
