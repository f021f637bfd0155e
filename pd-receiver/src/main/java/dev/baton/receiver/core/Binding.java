package dev.baton.receiver.core;

import dev.baton.buffer.reserve.ReservationLedger;
import dev.baton.buffer.reserve.ReservationState;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.Session;
import dev.baton.transport.session.StaleWhat;
import dev.baton.transport.wire.BindDecoder;
import java.util.function.LongSupplier;

/**
 * Which process brings a part: BIND, what must be true before an address is told, and which parts go with a session.
 * Pure; the control agent's.
 */
final class Binding {
    private final ReservationLedger ledger;
    private final LandingZone zone;
    private final FenceEvidence evidence;
    private final HandoffEnds ends;
    private final ReceiverAnswers answers;
    private final LongSupplier random;

    Binding(ReservationLedger ledger, LandingZone zone, FenceEvidence evidence, HandoffEnds ends, ReceiverAnswers answers,
        LongSupplier random) {
        this.ledger = ledger;
        this.zone = zone;
        this.evidence = evidence;
        this.ends = ends;
        this.answers = answers;
        this.random = random;
    }

    /** Granted, and a sender is there: data agents, and the members of a gang, may take bytes for it. */
    void open(InboundHandoff handoff) {
        long[] incarnations = new long[handoff.partCount()];
        for (int part = 0; part < incarnations.length; part++) {
            incarnations[part] = handoff.part(part).incarnation();
        }
        zone.gang().opening(handoff.handoffId(), handoff.tokenHigh(), handoff.tokenLow(), incarnations);
        if (zone.gang().isRevealedAtGrant()) {
            ledger.reveal(handoff.reservation());
        }
        zone.open(handoff.reservation().slot(), handoff.reservation().id(), handoff.reservation().generation(),
            handoff.map(), handoff.runs(), handoff.sources());
    }

    /** Null for a reservation that is not this run's, or not this session's to know. */
    void onBind(Session session, BindDecoder message, InboundHandoff handoff, long nowNs) {
        int index = message.part();
        // One comparison of all 128 bits: how long it takes tells nothing about where a guess went wrong.
        if (handoff == null || ((handoff.tokenHigh() ^ message.token().high())
            | (handoff.tokenLow() ^ message.token().low())) != 0) {
            answers.stale(session, message.envelope().correlation(), handoff == null ? StaleWhat.RESERVATION : StaleWhat.TOKEN,
                BindDecoder.TEMPLATE_ID);
            return;
        }
        ReservationState state = handoff.reservation().state();
        if ((state != ReservationState.GRANTED && state != ReservationState.RECEIVING) || index >= handoff.partCount()
            || handoff.part(index).incarnation() != session.peer().incarnation()) {
            answers.stale(session, message.envelope().correlation(), StaleWhat.RESERVATION, BindDecoder.TEMPLATE_ID);
            return;
        }
        InboundPart part = handoff.part(index);
        if (part.isBound() && part.session().id() != session.id()) {
            ends.revoke(handoff, EndReason.SESSION_LOST, "part=" + index + " came back on another session", nowNs);
            return;
        }
        if (!part.isBound() && !isLaidOutAsReserved(handoff, session)) {
            ends.revoke(handoff, EndReason.LAYOUT_MISMATCH, "part=" + index + " of nodeId=" + session.peer().nodeId() +
                " told another layout in HELLO than the one that was reserved for", nowNs);
            return;
        }
        if (!part.isBound() && isOneSided(message.scheme()) && !evidence.isProvable(session, message.scheme())) {
            ends.revoke(handoff, EndReason.PROTOCOL, "nothing is written one-sided on this session: its sender does not hold the lock" +
                " made for it, or this node could not make what it needs: scheme=" + message.scheme(), nowNs);
            return;
        }
        if (!part.isBound()) {
            part.bind(session, isOneSided(message.scheme()), random.getAsLong(), random.getAsLong());
            evidence.bound(part);
            ledger.reveal(handoff.reservation());
            zone.bind(handoff.reservation().id(), index, session.id(), part.tokenLow());
        }
        answers.addresses(handoff, part, message.envelope().correlation(), zone.gang());
    }

    /** Whether a part of it was bound on that session and not brought to its end, or its process has still to bind it. */
    static boolean endsWith(InboundHandoff handoff, Session lost) {
        boolean isLeader = handoff.session() != null && handoff.session().id() == lost.id();
        for (int i = 0; i < handoff.partCount(); i++) {
            InboundPart part = handoff.part(i);
            boolean isItsOwn = part.isBound() ? part.session().id() == lost.id()
                : isLeader && part.incarnation() == lost.peer().incarnation();
            if (isItsOwn && !part.isComplete()) {
                return true;
            }
        }
        return false;
    }

    /** Its leader said at RESERVE how all of them lay KV out; another process says so in its own HELLO (S10). */
    private static boolean isLaidOutAsReserved(InboundHandoff handoff, Session session) {
        if (handoff.session().peer().incarnation() == session.peer().incarnation()) {
            return true;
        }
        PeerLayout told = (PeerLayout) session.receiverState();
        return told.isUsable()
            && told.layout().layout().fingerprint() == handoff.map().pairing().sourceLayout().fingerprint()
            && told.layout().sharding().equals(handoff.map().pairing().sourceSharding());
    }

    static boolean isOneSided(String scheme) {
        return scheme.startsWith("shm") || scheme.startsWith("rdma");
    }

    /** Whether it is that session's to renew: it reserved it, or it brings a part that is not in yet. */
    static boolean isOn(InboundHandoff handoff, Session session) {
        if (handoff.session().id() == session.id()) {
            return true;
        }
        for (int i = 0; i < handoff.partCount(); i++) {
            if (handoff.part(i).isBound() && handoff.part(i).session().id() == session.id()
                && !handoff.part(i).hasFin()) {
                return true;
            }
        }
        return false;
    }
}
