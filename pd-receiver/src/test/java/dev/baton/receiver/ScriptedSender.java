package dev.baton.receiver;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.HandoffId;
import dev.baton.transport.session.ReservationId;
import dev.baton.transport.session.Session;
import dev.baton.transport.session.SessionListener;
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
import dev.baton.transport.wire.Tier;
import dev.baton.transport.wire.WantDecoder;
import dev.baton.transport.wire.WireIds;

/** What one sending process heard, as lines of text in order, and the grants it got. It answers nothing by itself. */
final class ScriptedSender implements SenderMessageListener, SessionListener {
    /** What a GRANT said. */
    record Grant(HandoffId handoff, ReservationId reservation, long tokenHigh, long tokenLow, long generation, Tier tier, long heldTokens) {}

    final List<String> heard = new ArrayList<>();
    final List<Long> correlations = new ArrayList<>();
    final Map<HandoffId, Grant> grants = new HashMap<>();
    Session session;
    long leaseMs;
    final List<EndReason> nackReasons = new ArrayList<>();
    final List<Integer> shardsTold = new ArrayList<>();
    long partTokenHigh;
    long partTokenLow;
    int nackPart;

    /** What was heard since the last call. */
    List<String> take() {
        List<String> taken = List.copyOf(heard);
        heard.clear();
        correlations.clear();
        return taken;
    }

    private void hear(long correlation, String what) {
        heard.add(what);
        correlations.add(correlation);
    }

    @Override
    public void onSessionOpened(Session opened) {
        session = opened;
    }

    @Override
    public void onSessionClosed(Session closed, EndReason reason) {
        heard.add("CLOSED " + reason);
    }

    @Override
    public void onGrant(Session from, GrantDecoder message) {
        HandoffId handoff = WireIds.handoff(message.handoff());
        Grant grant = new Grant(handoff, WireIds.reservation(message.reservation()), message.token().high(), message.token().low(),
            message.generation(), message.tier(), message.heldTokens());
        grants.put(handoff, grant);
        leaseMs = message.leaseMs();
        hear(message.envelope().correlation(), "GRANT " + handoff.requestLow());
    }

    @Override
    public void onQueued(Session from, QueuedDecoder message) {
        hear(message.envelope().correlation(), "QUEUED " + WireIds.handoff(message.handoff()).requestLow() + " position="
            + message.position());
    }

    @Override
    public void onReject(Session from, RejectDecoder message) {
        byte[] detail = new byte[message.detailLength()];
        message.getDetail(detail, 0, detail.length);
        hear(message.envelope().correlation(), "REJECT " + WireIds.handoff(message.handoff()).requestLow() + " "
            + dev.baton.buffer.reserve.RejectReason.of(message.reason()) + " retryAfterMs=" + message.retryAfterMs() + " neededBytes="
            + message.neededBytes() + " capacityBytes=" + message.capacityBytes() + " "
            + new String(detail, java.nio.charset.StandardCharsets.UTF_8));
    }

    @Override
    public void onAddresses(Session from, AddressesDecoder message) {
        long extents = 0;
        int part = message.part();
        partTokenHigh = message.token().high();
        partTokenLow = message.token().low();
        for (AddressesDecoder.RunsDecoder run : message.runs()) {
            extents += run.extentCount();
            shardsTold.add(run.shard());
        }
        hear(message.envelope().correlation(), "ADDRESSES part=" + part + " extents=" + extents);
    }

    @Override
    public void onNack(Session from, NackDecoder message) {
        StringBuilder cells = new StringBuilder();
        int round = message.round();
        nackPart = message.part();
        for (NackDecoder.CellsDecoder cell : message.cells()) {
            cells.append(' ').append(cell.cell());
            nackReasons.add(EndReason.of(cell.reason()));
        }
        hear(0, "NACK round=" + round + " cells" + cells);
    }

    @Override
    public void onReady(Session from, ReadyDecoder message) {
        hear(0, "READY " + WireIds.handoff(message.handoff()).requestLow());
    }

    @Override
    public void onOutcome(Session from, OutcomeDecoder message) {
        hear(0, "OUTCOME " + WireIds.handoff(message.handoff()).requestLow() + " " + message.kind() + " "
            + EndReason.of(message.reason()));
    }

    @Override
    public void onRenewAck(Session from, RenewAckDecoder message) {
        leaseMs = message.leaseMs();
        hear(message.envelope().correlation(), "RENEW_ACK");
    }

    @Override
    public void onStatus(Session from, StatusDecoder message) {
        hear(message.envelope().correlation(), "STATUS " + WireIds.handoff(message.handoff()).requestLow() + " " + message.state()
            + " " + EndReason.of(message.reason()));
    }

    @Override
    public void onWant(Session from, WantDecoder message) {
        hear(0, "WANT");
    }

    @Override
    public void onAbort(Session from, AbortDecoder message) {
        hear(0, "ABORT " + WireIds.handoff(message.handoff()).requestLow() + " " + EndReason.of(message.reason()));
    }

    @Override
    public void onAbortAck(Session from, AbortAckDecoder message) {
        hear(message.envelope().correlation(), "ABORT_ACK " + WireIds.handoff(message.handoff()).requestLow());
    }

    @Override
    public void onCancel(Session from, CancelDecoder message) {
        hear(0, "CANCEL");
    }

    @Override
    public void onStale(Session from, StaleDecoder message) {
        hear(message.envelope().correlation(), "STALE what=" + StaleWhat.of(message.what()) + " template=" + message.templateId());
    }

    @Override
    public void onDraining(Session from, DrainingDecoder message) {
        hear(0, "DRAINING");
    }
}
