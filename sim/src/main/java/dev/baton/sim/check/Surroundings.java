package dev.baton.sim.check;

import dev.baton.buffer.reserve.RejectReason;
import dev.baton.buffer.reserve.Reservation;
import dev.baton.buffer.reserve.ReservationLedger;
import dev.baton.buffer.slab.RunMap;
import dev.baton.kv.CellMap;
import dev.baton.memory.ExtentRun;
import dev.baton.receiver.core.DecodeEvents;
import dev.baton.receiver.core.LandingZone;
import dev.baton.receiver.core.ReadyHandoff;
import dev.baton.receiver.core.SourceParts;
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
import dev.baton.transport.wire.OutcomeKind;
import dev.baton.transport.wire.QueuedDecoder;
import dev.baton.transport.wire.ReadyDecoder;
import dev.baton.transport.wire.RejectDecoder;
import dev.baton.transport.wire.RenewAckDecoder;
import dev.baton.transport.wire.SenderMessageListener;
import dev.baton.transport.wire.StaleDecoder;
import dev.baton.transport.wire.StatusDecoder;
import dev.baton.transport.wire.WantDecoder;

/** Takes what the core orders and says, writes it down by handoff, and judges it against the invariants. */
final class Surroundings implements LandingZone, DecodeEvents, SenderMessageListener {
    private final ReservationLedger ledger;
    private final HandoffView[] views;
    private final boolean isOneSided;
    private final CheckFence fence = new CheckFence();
    private long firstRequest;

    Surroundings(ReservationLedger ledger, HandoffView[] views, boolean isOneSided) {
        this.ledger = ledger;
        this.views = views;
        this.isOneSided = isOneSided;
    }

    /** From now the handoffs have these request ids: this one and those after it. */
    void begin(long request) {
        firstRequest = request;
    }

    private HandoffView of(long request) {
        long index = request - firstRequest;
        if (index < 0 || index >= views.length) {
            throw new Broken("S7", "the core speaks of a handoff of another run: request=" + request);
        }
        return views[(int) index];
    }

    private HandoffView byReservation(long reservation) {
        for (HandoffView view : views) {
            if (view.reservation == reservation) {
                return view;
            }
        }
        throw new Broken("S7", "the core speaks of an unknown reservation: reservation=" + reservation);
    }

    @Override
    public CheckFence fence() {
        return fence;
    }

    @Override
    public int laneCount() {
        return 1;
    }

    @Override
    public boolean hasRoom() {
        return true;
    }

    @Override
    public void openSession(long sessionId, long tokenHigh, long tokenLow) {}

    @Override
    public void closeSession(long sessionId) {}

    @Override
    public void open(int slot, long reservation, int generation, CellMap map, RunMap runs, SourceParts parts) {
        Reservation granted = ledger.findOrNull(reservation);
        HandoffView view = of(granted.requestLow());
        if (view.slot >= 0) {
            throw new Broken("S8", "a second grant of one attempt: " + granted);
        }
        view.reservation = reservation;
        view.slot = slot;
        view.generation = generation;
        for (int cell = 0; cell < view.cellCount; cell++) {
            long at = granted.locate(0, cell);
            view.slab = ExtentRun.slabId(at);
            view.extents[cell] = ExtentRun.firstExtent(at);
        }
    }

    @Override
    public void bind(long reservation, int part, long sessionId, long token) {}

    @Override
    public void line(long reservation, int part, int lane, int cell, int crc, int seq, boolean oneSided) {
        byReservation(reservation).lined |= 1 << cell;
    }

    @Override
    public void seal(long reservation) {}

    @Override
    public void reopen(long reservation, int cell) {
        HandoffView view = byReservation(reservation);
        view.landed &= ~(1 << cell);
        view.judged &= ~(1 << cell);
        view.lined &= ~(1 << cell);
    }

    @Override
    public void revoke(long reservation) {
        byReservation(reservation).isRevoked = true;
    }

    /** S3: after a grant whose addresses were told, an unclean end has its evidence. */
    @Override
    public void close(int slot, long reservation) {
        HandoffView view = byReservation(reservation);
        boolean hasEvidence = view.isStopped
            && (!isOneSided || view.saidDrained || (view.boundOn != null && fence.isProved(view.boundOn.id())));
        if (view.readyCount == 0 && view.hasAddresses && !hasEvidence) {
            throw new Broken("S3", "extents leave without evidence: handoff=" + view.index + " stopped=" +
                view.isStopped + " drained=" + view.saidDrained);
        }
    }

    /** S4: every line, byte, mark and FIN is in, and nothing is under way. */
    @Override
    public void onReady(ReadyHandoff handoff) {
        HandoffView view = of(handoff.handoffId().requestLow());
        boolean isWhole = view.landed == view.all() && view.verified == view.all() && view.pending == 0
            && view.hasMark && view.hasFin;
        if (!isWhole || ++view.readyCount > 1 || view.outcomes > 0) {
            throw new Broken(isWhole ? "S8" : "S4", "READY: handoff=" + view.index + " landed=" + view.landed +
                " verified=" + view.verified + " pending=" + view.pending + " mark=" + view.hasMark + " fin=" +
                view.hasFin + " readyCount=" + view.readyCount);
        }
    }

    @Override
    public void onEnded(HandoffId handoff, EndReason reason, String detail) {
        HandoffView view = of(handoff.requestLow());
        if (++view.engineEndings > 1) {
            throw new Broken("S9", "the engine is told twice of an end: handoff=" + view.index + " reason=" + reason);
        }
    }

    @Override
    public void onNotHere(HandoffId handoff, EndReason reason) {}

    @Override
    public void onReleaseLate(HandoffId handoff) {}

    @Override
    public void onReserved(HandoffId handoff) {}

    @Override
    public void onRefused(HandoffId handoff, RejectReason reason, int retryAfterMs, String detail) {}

    @Override
    public void onGrant(Session session, GrantDecoder message) {
        HandoffView view = of(message.handoff().requestLow());
        view.grantedOn = ((CheckSession) session).number();
        view.tokenHigh = message.token().high();
        view.tokenLow = message.token().low();
    }

    /** S6: addresses are told of memory that is wholly held. */
    @Override
    public void onAddresses(Session session, AddressesDecoder message) {
        HandoffView view = byReservation(message.reservation().counter());
        view.hasAddresses = true;
        int extents = 0;
        for (AddressesDecoder.RunsDecoder run : message.runs()) {
            extents += (int) run.extentCount();
        }
        if (extents != view.cellCount) {
            throw new Broken("S6", "addresses of a part of the request: handoff=" + view.index + " extents=" + extents);
        }
    }

    @Override
    public void onNack(Session session, NackDecoder message) {
        HandoffView view = byReservation(message.reservation().counter());
        if (message.round() != view.round || isOneSided) {
            throw new Broken("S5", "NACK: handoff=" + view.index + " round=" + message.round());
        }
        for (NackDecoder.CellsDecoder cell : message.cells()) {
            view.nacked |= 1 << (int) cell.cell();
        }
    }

    /** S9: one outcome, and DELIVERED only if the engine took it. */
    @Override
    public void onOutcome(Session session, OutcomeDecoder message) {
        HandoffView view = of(message.handoff().requestLow());
        boolean isDelivered = message.kind() == OutcomeKind.DELIVERED;
        if (++view.outcomes > 1 || isDelivered != view.isTaken) {
            throw new Broken("S9", "outcome: handoff=" + view.index + " kind=" + message.kind() + " before=" +
                view.outcome + " taken=" + view.isTaken);
        }
        view.outcome = message.kind();
    }

    @Override
    public void onAbort(Session session, AbortDecoder message) {
        of(message.handoff().requestLow()).isAborting = true;
    }

    @Override
    public void onReady(Session session, ReadyDecoder message) {}

    @Override
    public void onQueued(Session session, QueuedDecoder message) {}

    @Override
    public void onReject(Session session, RejectDecoder message) {}

    @Override
    public void onRenewAck(Session session, RenewAckDecoder message) {}

    @Override
    public void onStatus(Session session, StatusDecoder message) {}

    @Override
    public void onWant(Session session, WantDecoder message) {}

    @Override
    public void onAbortAck(Session session, AbortAckDecoder message) {}

    @Override
    public void onCancel(Session session, CancelDecoder message) {}

    @Override
    public void onStale(Session session, StaleDecoder message) {}

    @Override
    public void onDraining(Session session, DrainingDecoder message) {}
}
