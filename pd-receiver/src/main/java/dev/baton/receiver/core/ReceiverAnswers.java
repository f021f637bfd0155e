package dev.baton.receiver.core;

import dev.baton.buffer.reserve.Refusal;
import dev.baton.buffer.reserve.RejectReason;
import dev.baton.buffer.reserve.ReserveCounters;
import dev.baton.buffer.slab.RunMap;
import dev.baton.transport.session.HandoffId;
import dev.baton.transport.session.Session;
import dev.baton.transport.session.StaleWhat;
import dev.baton.transport.wire.HandoffState;
import dev.baton.transport.wire.SenderProxy;
import dev.baton.transport.wire.Tier;

/** What the receiver answers while nothing has landed yet, put into messages. Pure; control agent's thread. */
final class ReceiverAnswers {
    private static final int MS = 1_000_000;

    private final SenderProxy proxy;
    private final ReserveCounters reserveCounters;
    private final ReceiverCounters counters;
    private final DecodeEvents engine;

    ReceiverAnswers(SenderProxy proxy, ReserveCounters reserveCounters,
        ReceiverCounters counters, DecodeEvents engine) {
        this.proxy = proxy;
        this.reserveCounters = reserveCounters;
        this.counters = counters;
        this.engine = engine;
    }

    /** All of it is held; which memory, {@link #addresses} tells once a part is bound. */
    void grant(InboundHandoff handoff, long correlation, int leaseLeftMs) {
        if (handoff.session() == null) {
            engine.onReserved(handoff.handoffId());
            return;
        }
        if (!handoff.session().isOpen()) {
            return;   // a scheduler that went: what it reserved is there for a sender all the same
        }
        proxy.grantBegin(handoff.session(), correlation, handoff.handoffId(), handoff.reservationId())
            .generation(Integer.toUnsignedLong(handoff.reservation().generation())).dpRank((short) ReserveIntake.DP_RANK)
            .tier(Tier.valueOf(handoff.reservation().tierOrNull().name())).heldTokens(handoff.map().haveTokens()).leaseMs(leaseLeftMs)
            .startWithinMs(handoff.startWithinMs())
            .integrity((short) 1).token().high(handoff.tokenHigh()).low(handoff.tokenLow());
        proxy.grantEnd();
    }

    /** Every run of the shards here that it writes to, to the part that is bound; members of a gang tell theirs. */
    void addresses(InboundHandoff handoff, InboundPart part, long correlation, Gang gang) {
        proxy.addressesBegin(part.session(), correlation, handoff.reservationId(), part.part(), part.tokenHigh(),
            part.tokenLow(), handoff.reservation().generation());
        RunMap runs = handoff.runs();
        for (int shard = 0; shard < runs.shardCount(); shard++) {
            boolean isTold = gang.isOwn(shard) && handoff.sources().isWriting(part.part(), shard);
            for (int run = 0; isTold && run < runs.runCount(shard); run++) {
                proxy.addressesRun(shard, runs.slab(shard, run), runs.firstExtent(shard, run),
                    runs.extentCount(shard, run));
            }
        }
        proxy.addressesEnd();
    }

    /** Where it stands, whoever asks. */
    void status(InboundHandoff handoff, Session session, long correlation) {
        proxy.status(session, correlation, handoff.handoffId(), handoff.reservationId(),
            HandoffState.valueOf(handoff.reservation().state().name()), handoff.endReason());
    }

    /** Not admitted, and counted as such already. No session: this process's own scheduler asked. */
    void reject(Session session, long correlation, HandoffId id, Refusal refusal, String detail) {
        int retryAfterMs = refusal.retryAfterNs() < 0 ? 0 : (int) Math.max(1, refusal.retryAfterNs() / MS);
        if (session == null) {
            engine.onRefused(id, refusal.reason(), retryAfterMs, detail);
            return;
        }
        proxy.reject(session, correlation, id, refusal.reason().code(), retryAfterMs, refusal.neededBytes(),
            refusal.capacityBytes(), detail);
    }

    /** Not admitted, and counted as such already. Returns why it never can be; empty if it may come again. */
    String notAdmitted(Session session, long correlation, HandoffId id, Refusal refusal) {
        String detail = refusal.retryAfterNs() >= 0 ? "" : whyNever(refusal);
        reject(session, correlation, id, refusal, detail);
        return detail;
    }

    private static String whyNever(Refusal refusal) {
        String bytes = " neededBytes=" + refusal.neededBytes() + " capacityBytes=" + refusal.capacityBytes();
        return refusal.reason() == RejectReason.QUOTA ? "its tenant may never have so much:" + bytes
            : "the pool of a shard can never hold it: shard=" + refusal.shard() + bytes + "; give the receiver a larger pool";
    }

    /** Refused before it came to admission: counts it too. {@code retryAfterMs} 0 if asking again is no use. */
    void reject(Session session, long correlation, HandoffId id, RejectReason reason, int retryAfterMs,
        long neededBytes, long capacityBytes, String detail) {
        reserveCounters.rejected(reason);
        if (session == null) {
            engine.onRefused(id, reason, retryAfterMs, detail);
            return;
        }
        proxy.reject(session, correlation, id, reason.code(), retryAfterMs, neededBytes, capacityBytes, detail);
    }

    /** One that had waited, and was counted as refused when it was taken out of the queue. */
    void refuse(InboundHandoff handoff, RejectReason reason, int retryAfterMs, String detail) {
        if (handoff.session() == null) {
            engine.onRefused(handoff.handoffId(), reason, retryAfterMs, detail);
        } else if (handoff.session().isOpen()) {
            proxy.reject(handoff.session(), handoff.reserveCorrelation(), handoff.handoffId(), reason.code(),
                retryAfterMs, 0, 0, detail);
        }
    }

    /** {@code what} as in STALE: 3 the token, 4 the reservation. */
    void stale(Session session, long correlation, StaleWhat what, int templateId) {
        counters.staleOne();
        proxy.stale(session, correlation, what, templateId);
    }
}
