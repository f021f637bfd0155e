package dev.baton.receiver.core;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

import dev.baton.buffer.slab.RunMap;
import dev.baton.transport.session.ReservationId;
import dev.baton.transport.session.Session;
import dev.baton.transport.session.StaleWhat;
import dev.baton.transport.wire.BindDecoder;
import dev.baton.transport.wire.DrainedDecoder;
import dev.baton.transport.wire.GangProxy;
import dev.baton.transport.wire.SenderProxy;

/**
 * BIND at a member: the only thing that makes it tell an address. A BIND may be quicker than the leader's word of the
 * grant that it is for; it waits for that a second. Pure; control agent's thread.
 */
final class MemberBinding {
    static final long EARLY_BIND_NS = TimeUnit.SECONDS.toNanos(1);
    private static final int EARLY_BINDS_MAX = 256;
    /** Between two ABORTs to a sender whose word is awaited, on a session that goes on. */
    private static final long ASK_AGAIN_NS = TimeUnit.SECONDS.toNanos(5);
    /** A session is ended whose sender has not said by then what its card may still write. */
    private static final long DRAIN_NS = TimeUnit.SECONDS.toNanos(1);

    private record Question(Session session, long correlation, ReservationId reservation, int part, long tokenHigh,
        long tokenLow, String scheme, long untilNs) {}

    private final LandingZone zone;
    private final FenceEvidence evidence;
    private final SenderProxy proxy;
    private final LongSupplier random;
    private final ReceiverCounters counters;
    private final MemberReports reports;
    private final List<Question> early = new ArrayList<>();
    private final List<MemberShare> revoking = new ArrayList<>();

    MemberBinding(LandingZone zone, FenceEvidence evidence, SenderProxy proxy, LongSupplier random,
        ReceiverCounters counters, MemberReports reports) {
        this.zone = zone;
        this.evidence = evidence;
        this.proxy = proxy;
        this.random = random;
        this.counters = counters;
        this.reports = reports;
    }

    /** @param isOfLeader the reservation may be one that the leader has yet to tell of */
    void onBind(Session session, BindDecoder message, MemberShare shareOrNull, boolean isOfLeader, long nowNs) {
        Question question = new Question(session, message.envelope().correlation(),
            new ReservationId(message.reservation().incarnation(), message.reservation().counter()), message.part(),
            message.token().high(), message.token().low(), message.scheme(), nowNs + EARLY_BIND_NS);
        if (shareOrNull != null && shareOrNull.reservation().equals(question.reservation)) {
            answer(shareOrNull, question);
        } else if (isOfLeader && early.size() < EARLY_BINDS_MAX) {
            early.add(question);
        } else {
            stale(question, StaleWhat.RESERVATION);
        }
    }

    void onOpen(MemberShare share) {
        for (Iterator<Question> i = early.iterator(); i.hasNext();) {
            Question question = i.next();
            if (question.reservation.equals(share.reservation())) {
                i.remove();
                answer(share, question);
            }
        }
    }

    /** That part's process says that it writes here no more, wherever its word to the leader went. False if it cannot say so. */
    boolean onDrained(Session session, DrainedDecoder message, MemberShare shareOrNull) {
        int index = message.part();
        InboundPart part = shareOrNull == null || index >= shareOrNull.partCount()
            || shareOrNull.reservation().incarnation() != message.reservation().incarnation() ? null : shareOrNull.part(index);
        if (part == null || !part.isBound() || part.session().id() != session.id()) {
            counters.staleOne();   // mostly of what has ended by then: nothing is answered
            return false;
        }
        FenceEvidence.drained(part, message, zone.ownLaneCount());
        return true;
    }

    void revoking(MemberShare share, long nowNs) {
        revoking.add(share);
        boolean isEndedHere = false;
        for (int i = 0; i < share.partCount(); i++) {
            isEndedHere |= evidence.isEndedHere(share.part(i));
        }
        share.askAtNs(nowNs + (isEndedHere ? DRAIN_NS : ASK_AGAIN_NS));
    }

    void closed(MemberShare share) {
        revoking.remove(share);
    }

    /** To those that were told an address and have not said that they write here no more, on a session that goes on: ABORT, every while, or its end. */
    void askAgain(long nowNs) {
        for (int i = 0; i < revoking.size(); i++) {
            MemberShare share = revoking.get(i);
            if (share.askAtNs() - nowNs <= 0) {
                share.askAtNs(nowNs + ASK_AGAIN_NS);
                ask(share);
            }
        }
    }

    private void ask(MemberShare share) {
        for (int i = 0; i < share.partCount(); i++) {
            InboundPart part = share.part(i);
            if (!part.isBound() || !part.session().isOpen()) {
                continue;
            }
            if (evidence.isEndedHere(part)) {
                evidence.endSession(part);
            } else if (evidence.isOwed(part)) {
                proxy.abort(part.session(), 0, share.handoff(), share.reservation(), i, share.endReason(), "");
            }
        }
    }

    void onSessionClosed(Session session) {
        early.removeIf(question -> question.session.id() == session.id());
    }

    void expire(long nowNs) {
        for (Iterator<Question> i = early.iterator(); i.hasNext();) {
            Question question = i.next();
            if (question.untilNs - nowNs <= 0) {
                i.remove();
                stale(question, StaleWhat.RESERVATION);
            }
        }
    }

    void refuseAll() {
        early.forEach(question -> stale(question, StaleWhat.RESERVATION));
        early.clear();
    }

    private void answer(MemberShare share, Question question) {
        if (!share.isToken(question.tokenHigh, question.tokenLow)) {
            stale(question, StaleWhat.TOKEN);
            return;
        }
        Session session = question.session;
        boolean isPart = question.part < share.partCount()
            && share.part(question.part).incarnation() == session.peer().incarnation();
        InboundPart part = isPart ? share.part(question.part) : null;
        if (part == null || share.isRevoked() || !session.isOpen()
            || (part.isBound() && part.session().id() != session.id())
            || (!part.isBound() && Binding.isOneSided(question.scheme)
                && !evidence.isProvable(session, question.scheme))) {
            stale(question, StaleWhat.RESERVATION);
            return;
        }
        if (!part.isBound()) {
            part.bind(session, Binding.isOneSided(question.scheme), random.getAsLong(), random.getAsLong());
            evidence.bound(part);
            if (part.isOneSided()) {
                reports.add(GangProxy.ONE_SIDED, share.reservation().counter(), question.part, 0, 0, 0);
            }
            zone.bind(share.reservation().counter(), question.part, session.id(), part.tokenLow());
        }
        proxy.addressesBegin(session, question.correlation, share.reservation(), question.part, part.tokenHigh(),
            part.tokenLow(), share.generation());
        RunMap runs = share.runs();
        for (int shard = 0; shard < runs.shardCount(); shard++) {
            boolean isTold = share.sources().isWriting(question.part, shard);
            for (int run = 0; isTold && run < runs.runCount(shard); run++) {
                proxy.addressesRun(shard, runs.slab(shard, run), runs.firstExtent(shard, run),
                    runs.extentCount(shard, run));
            }
        }
        proxy.addressesEnd();
    }

    private void stale(Question question, StaleWhat what) {
        counters.staleOne();
        proxy.stale(question.session, question.correlation, what, BindDecoder.TEMPLATE_ID);
    }
}
