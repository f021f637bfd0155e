package dev.baton.receiver.core;

import java.util.Arrays;

import dev.baton.buffer.reserve.AdmissionQueue;
import dev.baton.buffer.reserve.RejectReason;
import dev.baton.buffer.reserve.ReservationState;
import dev.baton.kv.CellMap;
import dev.baton.transport.session.HandoffId;
import dev.baton.transport.session.Session;
import dev.baton.transport.wire.Order;
import dev.baton.transport.wire.ReserveDecoder;
import dev.baton.transport.wire.SenderProxy;

/**
 * Reservations that a scheduler asked for before a sender was chosen. Nobody is told an address of one, no data agent
 * knows of it and no session carries it, so time alone may free it; a sender's RESERVE of the same size claims it, and
 * from then on it is that sender's as any other. A sender that is granted nothing for now claims nothing either. Pure; control agent's thread.
 */
final class UnboundReservations {
    private final AdmissionQueue admission;
    private final LandingZone zone;
    private final SenderProxy proxy;
    private final HandoffBounds bounds;
    private final ReceiverAnswers answers;
    private final ReserveIntake intake;
    private final ReceiverCounters counters;
    private final Binding binding;
    private final PeerTrust trust;
    private final PlaceShares shares;

    UnboundReservations(AdmissionQueue admission, LandingZone zone, SenderProxy proxy, HandoffBounds bounds,
        ReceiverAnswers answers, ReserveIntake intake, ReceiverCounters counters,
        Binding binding, PeerTrust trust, PlaceShares shares) {
        this.admission = admission;
        this.zone = zone;
        this.proxy = proxy;
        this.bounds = bounds;
        this.answers = answers;
        this.intake = intake;
        this.counters = counters;
        this.binding = binding;
        this.trust = trust;
        this.shares = shares;
    }

    /** RESERVE for one that is alive, by a scheduler or for a scheduler's. Whatever is wrong with it, the grant stands. */
    void onReserve(InboundHandoff handoff, Session session, ReserveDecoder message, long nowNs) {
        long correlation = message.envelope().correlation();
        if (message.order() == Order.UNBOUND) {
            again(handoff, session, correlation, nowNs);
        } else if (!intake.read(session, message, zone.laneCount())) {
            counters.protocolError();
            reject(handoff, session, correlation, intake.refusal(), intake.refusalDetail());
        } else if (!isSameSize(handoff)) {
            CellMap own = handoff.map();
            reject(handoff, session, correlation, RejectReason.MISMATCH, "reserved for another size: tokens=" +
                own.tokens() + " growthTokens=" + own.growthTokens() + " haveTokens=" + own.haveTokens() + ", asked " +
                intake.map().tokens() + ", " + intake.map().growthTokens() + ", " + intake.map().haveTokens() +
                ", or another layout; the reservation stands");
        } else if (!trust.isRefused(session, correlation, handoff.handoffId(), nowNs)) {
            claim(handoff, session, correlation, nowNs);
        }
    }

    private void again(InboundHandoff handoff, Session session, long correlation, long nowNs) {
        if (!handoff.isOf(session)) {
            reject(handoff, session, correlation, RejectReason.MISMATCH,
                "another node has reserved this handoff; its reservation stands");
        } else if (!handoff.isUnbound()) {
            answers.status(handoff, session, correlation);
        } else {
            handoff.rebind(session, correlation);
            tell(handoff, session, correlation, nowNs);
        }
    }

    private void claim(InboundHandoff handoff, Session session, long correlation, long nowNs) {
        handoff.claimed(session, correlation, intake);
        shares.count(handoff.reservation(), session);
        if (handoff.reservation().state() == ReservationState.GRANTED) {
            binding.open(handoff);
            bounds.claimed(handoff, nowNs);
        }
        tell(handoff, session, correlation, nowNs);
    }

    private void tell(InboundHandoff handoff, Session session, long correlation, long nowNs) {
        if (handoff.reservation().state() == ReservationState.QUEUED) {
            proxy.queued(session, correlation, handoff.handoffId(), admission.position(handoff.reservation()), 0);
        } else if (handoff.reservation().state() == ReservationState.GRANTED) {
            answers.grant(handoff, correlation, bounds.leaseLeftMs(handoff, nowNs));
        } else {
            answers.status(handoff, session, correlation);
        }
    }

    private boolean isSameSize(InboundHandoff handoff) {
        CellMap own = handoff.map();
        CellMap asked = intake.map();
        return own.tokens() == asked.tokens() && own.growthTokens() == asked.growthTokens()
            && own.haveTokens() == asked.haveTokens()
            && own.pairing().sourceLayout().fingerprint() == asked.pairing().sourceLayout().fingerprint()
            && own.pairing().sourceSharding().equals(asked.pairing().sourceSharding())
            && Arrays.equals(extents(own), extents(asked));
    }

    private static int[] extents(CellMap map) {
        int[] counts = new int[map.targetShardCount()];
        Arrays.setAll(counts, map::extents);
        return counts;
    }

    private void reject(InboundHandoff handoff, Session session, long correlation, RejectReason reason, String detail) {
        HandoffId id = handoff.handoffId();
        answers.reject(session, correlation, id, reason, 0, 0, 0, detail);
    }
}
