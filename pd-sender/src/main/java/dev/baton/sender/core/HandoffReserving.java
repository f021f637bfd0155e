package dev.baton.sender.core;

import java.util.List;
import java.util.concurrent.TimeUnit;

import dev.baton.buffer.reserve.RejectReason;
import dev.baton.kv.BlockKey;
import dev.baton.kv.CellMap;
import dev.baton.kv.KvLayout;
import dev.baton.platform.Canary;
import dev.baton.sender.core.SenderCounters.Kind;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.ReservationId;
import dev.baton.transport.wire.GrantDecoder;
import dev.baton.transport.wire.HandoffState;
import dev.baton.transport.wire.Order;
import dev.baton.transport.wire.ReserveEncoder;

/**
 * How handoffs come by their memory: parked until wanted, asked for, asked for again, held. Pure; control agent's
 * thread.
 */
final class HandoffReserving {
    /** In RESERVE's parts: the part sends for all source shards. */
    private static final int ALL_SHARDS = 0xFFFF;

    private static final long DRAINING_RETRY_MS = 1_000;

    /** A RESERVE without an answer is said again: it may have come before the HELLO_DONE that opens its session. */
    private static final long ASK_AGAIN_NS = TimeUnit.SECONDS.toNanos(3);

    private final OutboundContext context;
    private final HandoffEnding ending;

    HandoffReserving(OutboundContext context, HandoffEnding ending) {
        this.context = context;
        this.ending = ending;
    }

    /** Asks as soon as there is a session to ask on; {@code deadlineMs} 0 for the default. */
    void startReserving(OutboundHandoff handoff, long nowNs, long deadlineMs) {
        handoff.state(OutboundState.RESERVING);
        handoff.endAtNs = OutboundHandoff.NEVER;
        deadline(handoff, deadlineMs, nowNs);
    }

    private void deadline(OutboundHandoff handoff, long deadlineMs, long nowNs) {
        handoff.deadlineAtNs = nowNs + (deadlineMs > 0 ? TimeUnit.MILLISECONDS.toNanos(deadlineMs)
            : context.timeouts().deadlineNs());
        context.timers().wake(handoff);
    }

    /** Another rank reserves: what it is told comes from the engine, or does not. */
    void awaitGrant(OutboundHandoff handoff, long nowNs) {
        if (!handoff.spec.isSourceFirst()) {
            deadline(handoff, handoff.spec.deadlineMs(), nowNs);
        }
    }

    /** Asks on that session. */
    void bind(OutboundHandoff handoff, PeerSession session, long nowNs) {
        handoff.peer = session;
        handoff.endAtNs = OutboundHandoff.NEVER;
        handoff.firstAskedAtNs = OutboundHandoff.NEVER;
        if (session.pairing() == null) {
            // Refused here, before anything is asked: the receiver could only say the same.
            ending.fail(handoff, session.whyNotReason(), session.whyNot());
        } else {
            reserve(handoff, nowNs);
        }
    }

    /** Asks, for the first time or once more. */
    void reserve(OutboundHandoff handoff, long nowNs) {
        handoff.retryAtNs = OutboundHandoff.NEVER;
        if (handoff.spec.isJoining()) {
            join(handoff, nowNs);
            return;
        }
        if (handoff.peer.isDraining() && !handoff.isKnownTo(handoff.peer.session().peer())) {
            comeBack(handoff, RejectReason.DRAINING.code(), DRAINING_RETRY_MS, "the peer drains: peer="
                + handoff.peer.session().peer().nodeId(), nowNs);
            return;
        }
        if (!handoff.peer.window().enter(handoff)) {
            return;   // offered when another has landed or ended
        }
        String whyNot = mapCells(handoff, handoff.haveTokens);
        if (!whyNot.isEmpty()) {
            onReject(handoff, RejectReason.BAD_REQUEST.code(), 0, whyNot, nowNs);   // the receiver could only say the same
            return;
        }
        KvLayout layout = handoff.peer.pairing().sourceLayout();
        handoff.hasAsked = true;
        handoff.holder = handoff.peer.session().peer();
        if (handoff.firstAskedAtNs == OutboundHandoff.NEVER) {
            handoff.firstAskedAtNs = nowNs;
        }
        handoff.retryAtNs = nowNs + ASK_AGAIN_NS;
        long leftMs = Math.max(1, TimeUnit.NANOSECONDS.toMillis(handoff.deadlineAtNs - (Canary.WALL_CLOCK.isActive() ? 0 : nowNs)));
        long startWithinMs = handoff.spec.startWithinMs() > 0 ? handoff.spec.startWithinMs()
            : TimeUnit.NANOSECONDS.toMillis(context.timeouts().startWithinNs());
        ReserveEncoder message = context.proxy().reserveBegin(handoff.peer.session(), handoff.board.handle(),
            handoff.spec.id());
        message.order(orderOf(handoff.spec))
            .layoutFingerprint(layout.fingerprint()).planVersion(KvLayout.PLAN_VERSION)
            .tokens(handoff.spec.tokens()).growthTokens(handoff.spec.growthTokens()).haveTokens(handoff.haveTokens)
            .blockTokens(layout.blockTokens())
            .priority((short) handoff.spec.priority()).deadlineMs(leftMs).startWithinMs(startWithinMs)
            .dpRank((short) handoff.spec.dpRank())
            .prefillEstimateMs(handoff.spec.prefillEstimateMs());
        putParts(handoff, message);
        putKeys(handoff.spec.blockKeys(), message);
        message.tenantName(handoff.spec.tenantName());
        message.putLayout(new byte[0], 0, 0);
        context.proxy().reserveEnd();
        context.counters().add(Kind.RESERVES_SENT, 1);
        context.timers().wake(handoff);
    }

    private static Order orderOf(HandoffSpec spec) {
        if (spec.isFetched()) {
            return Order.FETCHED;
        }
        return spec.isSourceFirst() ? Order.SOURCE_FIRST : Order.DESTINATION_FIRST;
    }

    /** A block that is partial, or that nobody named, has no key. */
    private static void putKeys(List<BlockKey> keys, ReserveEncoder message) {
        ReserveEncoder.BlockKeysEncoder group = message.blockKeysCount(keys.size());
        for (BlockKey key : keys) {
            group.next().key().a(key.first()).b(key.second()).c(key.third()).d(key.fourth());
        }
    }

    /** Of several processes, each names the shards that it brings, one by one. */
    private static void putParts(OutboundHandoff handoff, ReserveEncoder message) {
        List<Rank> ranks = handoff.spec.ranks();
        long own = handoff.peer.session().localIncarnation();
        if (ranks.isEmpty()) {
            message.partsCount(1).next().part(0).incarnation(own).sourceShard(ALL_SHARDS)
                .bytes(handoff.cells.totalBytes());
            return;
        }
        long[] bytesOfShard = new long[handoff.cells.sourceShardCount()];
        for (int cell = 0; cell < handoff.cells.cellCount(); cell++) {
            bytesOfShard[handoff.cells.sourceShard(cell)] += handoff.cells.lengthBytes(cell);
        }
        ReserveEncoder.PartsEncoder parts = message.partsCount(bytesOfShard.length);
        for (int part = 0; part < ranks.size(); part++) {
            handoff.part = ranks.get(part).incarnation() == own ? part : handoff.part;
            for (int shard = ranks.get(part).shards().first(); shard <= ranks.get(part).shards().last(); shard++) {
                parts.next().part(part).incarnation(ranks.get(part).incarnation()).sourceShard(shard)
                    .bytes(bytesOfShard[shard]);
            }
        }
    }

    /** Returns why it has no cells: more of them, or of extents, than can be counted, or extents of no size; else empty. */
    private String mapCells(OutboundHandoff handoff, int have) {
        if (handoff.cells == null || handoff.cells.haveTokens() != have) {
            try {
                handoff.cells = CellMap.of(handoff.peer.pairing(), handoff.spec.tokens(), handoff.spec.growthTokens(), have,
                    handoff.peer.session().peer().extentBytes());
            } catch (IllegalArgumentException ex) {
                return ex.getMessage();
            }
            handoff.own = new PartCells(handoff.cells, context.shards());
        }
        return "";
    }

    /** End of a cycle: those go that a peer has room for again. */
    void offer(PeerSession peer, long nowNs) {
        OutboundHandoff next;
        while (peer.session().isOpen() && (next = peer.window().nextOrNull()) != null) {
            reserve(next, nowNs);
            if (!next.isInWindow && next.last == null) {
                return;   // those that are over as their turn comes leave it to the next
            }
        }
    }

    /** The decode side asks for it. */
    void want(OutboundHandoff handoff, PeerSession session, int wantedHaveTokens, long deadlineMs, long nowNs) {
        handoff.peer = session;
        handoff.wantedBy = session.session().peer().nodeId();
        context.book().unparked(handoff);
        handoff.haveTokens = Math.clamp(wantedHaveTokens, handoff.spec.haveTokens(), handoff.spec.tokens());
        if (handoff.state == OutboundState.PARKED) {
            startReserving(handoff, nowNs, deadlineMs);
            bind(handoff, session, nowNs);
        } else {
            handoff.wantedDeadlineMs = deadlineMs;
        }
    }

    /**
     * Source-first and prefilled whole: waits to be wanted. What is wanted already reserves, without a session where the one it was
     * wanted on is gone: on the next one with that node.
     */
    void park(OutboundHandoff handoff, long nowNs) {
        handoff.state(OutboundState.PARKED);
        if (handoff.wantedBy.isEmpty()) {
            handoff.endAtNs = nowNs + context.timeouts().parkedNs();
            context.timers().wake(handoff);
            return;
        }
        startReserving(handoff, nowNs, handoff.wantedDeadlineMs);
        if (handoff.peer != null && handoff.peer.session().isOpen()) {
            bind(handoff, handoff.peer, nowNs);
        } else {
            handoff.peer = null;
        }
    }

    void onQueued(OutboundHandoff handoff, int position, long estimateMs) {
        if (handoff.state == OutboundState.RESERVING) {
            handoff.retryAtNs = OutboundHandoff.NEVER;
            context.timers().wake(handoff);
            context.counters().add(Kind.QUEUED, 1);
            context.engine().tell(new EngineNotice.Queued(handoff.board.handle(), position, estimateMs));
        }
    }

    /**
     * Comes back after the receiver's time and as much again of jitter, doubling, so that refused senders spread out.
     */
    void onReject(OutboundHandoff handoff, int reasonCode, long retryAfterMs, String detail, long nowNs) {
        if (handoff.state != OutboundState.RESERVING) {
            return;
        }
        if (retryAfterMs == 0) {
            context.counters().add(Kind.REJECTED, 1);
            ending.finish(handoff, OutboundState.FAILED, new EngineNotice.Rejected(handoff.board.handle(), reasonCode,
                0, detail));
            return;
        }
        if (reasonCode == RejectReason.PEER_SUSPECT.code()) {
            handoff.peer.window().refused();
        }
        comeBack(handoff, reasonCode, retryAfterMs, detail, nowNs);
    }

    private void comeBack(OutboundHandoff handoff, int reasonCode, long retryAfterMs, String detail, long nowNs) {
        context.counters().add(Kind.RETRIED, 1);
        long afterNs = TimeUnit.MILLISECONDS.toNanos(retryAfterMs);
        long jitterNs = Math.min(afterNs << Math.min(handoff.refusals++, 10), context.timeouts().retryMaxNs());
        handoff.retryAtNs = nowNs + afterNs + context.jitter().below(jitterNs + 1);
        context.engine().tell(new EngineNotice.Rejected(handoff.board.handle(), reasonCode, retryAfterMs, detail));
        context.timers().wake(handoff);
    }

    /** Held, whole: asks for the addresses at once. */
    void onGrant(OutboundHandoff handoff, GrantDecoder message, ReservationId granted, long nowNs) {
        if (handoff.state != OutboundState.RESERVING || handoff.firstAskedAtNs == OutboundHandoff.NEVER) {
            return;   // told twice: the first stands; or nobody asked on this session
        }
        handoff.reservation = granted;
        handoff.peer.byReservation().put(granted.counter(), handoff);
        handoff.retryAtNs = OutboundHandoff.NEVER;
        // The receiver's lease runs since it said GRANT, and it had been asked by then. When it was asked first counts:
        // a RESERVE said again may be on its way still while this GRANT answers the one before it.
        handoff.leaseNs = TimeUnit.MILLISECONDS.toNanos(message.leaseMs());
        handoff.lease.begin(handoff.firstAskedAtNs, handoff.leaseNs, nowNs);
        int have = Math.clamp(message.heldTokens(), handoff.haveTokens, handoff.spec.tokens());
        String whyNot = mapCells(handoff, have);
        if (!whyNot.isEmpty()) {
            ending.abort(handoff, EndReason.PROTOCOL, whyNot);
            return;
        }
        handoff.state(OutboundState.GRANTED);
        context.counters().add(Kind.GRANTED, 1);
        handoff.tokenHigh = message.token().high();
        handoff.tokenLow = message.token().low();
        context.timers().wake(handoff);
        tellRanks(handoff, nowNs);
        bindParts(handoff, nowNs);
    }

    /** The engine hands on to each of the others what it needs to bind its own part. */
    private void tellRanks(OutboundHandoff handoff, long nowNs) {
        long leftMs = Math.max(1, TimeUnit.NANOSECONDS.toMillis(handoff.deadlineAtNs - nowNs));
        for (int part = 0; part < handoff.spec.ranks().size(); part++) {
            if (part != handoff.part) {
                context.engine().tell(new EngineNotice.PartGranted(handoff.board.handle(), new PartGrant(handoff.spec.id(),
                    part, handoff.reservation, handoff.tokenHigh, handoff.tokenLow, handoff.spec.tokens(),
                    handoff.spec.growthTokens(), handoff.cells.haveTokens(),
                    TimeUnit.NANOSECONDS.toMillis(handoff.leaseNs), leftMs)));
            }
        }
    }

    /**
     * Held, whole, by another rank's asking: this one binds its part. Where nothing came yet on that session, it asks how
     * the handoff stands, for the answer says that the receiver has the session and will not turn its lanes away.
     */
    private void join(OutboundHandoff handoff, long nowNs) {
        handoff.hasAsked = true;
        handoff.holder = handoff.peer.session().peer();
        if (handoff.peer.hasLanes()) {
            bindAsRank(handoff, nowNs);
        } else {
            handoff.retryAtNs = nowNs + ASK_AGAIN_NS;
            context.timers().wake(handoff);
            context.proxy().query(handoff.peer.session(), handoff.board.handle(), handoff.spec.id());
        }
    }

    /** How a handoff stands that another rank reserved. */
    void onStatus(OutboundHandoff handoff, HandoffState state, EndReason reason, long nowNs) {
        switch (state) {
            case GRANTED, RECEIVING -> bindAsRank(handoff, nowNs);
            case REVOKING, FENCING, QUARANTINED, FENCED, ABORTED, REJECTED -> ending.fail(handoff, reason,
                "the receiver's state is " + state);
            default -> ending.fail(handoff, EndReason.NOT_KNOWN, "the receiver holds nothing for it: state=" + state);
        }
    }

    private void bindAsRank(OutboundHandoff handoff, long nowNs) {
        PartGrant grant = handoff.board.grantOrNull();
        handoff.retryAtNs = OutboundHandoff.NEVER;
        handoff.part = grant.part();
        handoff.reservation = grant.reservation();
        handoff.tokenHigh = grant.tokenHigh();
        handoff.tokenLow = grant.tokenLow();
        handoff.leaseNs = TimeUnit.MILLISECONDS.toNanos(grant.leaseMs());
        handoff.peer.byReservation().put(handoff.reservation.counter(), handoff);
        String whyNot = mapCells(handoff, grant.haveTokens());
        if (!whyNot.isEmpty()) {
            ending.abort(handoff, EndReason.PROTOCOL, whyNot);
            return;
        }
        handoff.state(OutboundState.GRANTED);
        context.counters().add(Kind.GRANTED, 1);
        context.timers().wake(handoff);
        bindParts(handoff, nowNs);
    }

    /** Asks every process that holds some of it where the bytes go; once there is a session with each. */
    void bindParts(OutboundHandoff handoff, long nowNs) {
        if (handoff.state != OutboundState.GRANTED || handoff.targets != null || handoff.last != null) {
            return;
        }
        TargetPeers targets = context.gangs().targetsOrNull(handoff.peer, context.book().sessions());
        if (targets == null) {
            return;   // looked at again when a session opens
        }
        if (!targets.whyNot().isEmpty()) {
            ending.abort(handoff, targets.whyNotReason(), targets.whyNot());
            return;
        }
        handoff.targets = targets;
        for (int i = 0; i < targets.count(); i++) {
            PeerSession peer = targets.peer(i);
            peer.openLanesOnce(context.data());
            peer.byReservation().put(handoff.reservation.counter(), handoff);
            context.proxy().bind(peer.session(), handoff.board.handle(), handoff.reservation, handoff.part,
                handoff.tokenHigh, handoff.tokenLow, peer.scheme());
        }
        if (handoff.spec.isJoining()) {
            // Nothing here says when that lease began: posts wait for the answer to RENEW, which BIND goes before.
            handoff.lease.begin(nowNs - handoff.leaseNs, handoff.leaseNs, nowNs);
            context.timers().wake(handoff);
        }
    }
}
