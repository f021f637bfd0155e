package dev.baton.sender.core;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import dev.baton.kv.BlockKey;
import dev.baton.sender.core.SenderCounters.Kind;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.HandoffId;
import dev.baton.transport.session.Session;
import dev.baton.transport.wire.ProofDecoder;
import dev.baton.transport.wire.WantDecoder;

/**
 * Other nodes that ask for blocks that lie here, by their names: each is answered once it is known what of them there is,
 * and what there is goes as a handoff like any other, of which no engine knows. Asked twice it begins once. Bounded: so
 * many of a node, so many in all, and none for longer than it takes a live engine to look. Pure; control agent's thread.
 */
final class PeerFetches {
    /** That wait for the engine's thread, in all. */
    static final int WAITING_MAX = 64;
    /** Of one node, those under way among them. */
    static final int OF_NODE_MAX = 8;
    private static final long LOOK_WITHIN_NS = TimeUnit.SECONDS.toNanos(2);
    private static final long DEADLINE_MAX_MS = TimeUnit.MINUTES.toMillis(10);

    /**
     * Asked, and not begun yet.
     *
     * @param want   what the engine's thread looks for: more than lies in the share for reservations
     * @param inPool so many blocks lie there; they go if the engine's thread finds no more. 0 if the asker has as many
     */
    private record Waiting(PrefixWant want, Session session, long correlation, int inPool, long untilNs) {}

    private final OutboundContext context;
    private final PoolFetches pool;
    private final boolean hasEveryShard;
    private final int blockTokens;
    private final List<Waiting> waiting = new ArrayList<>();
    private FetchTenants tenants = FetchTenants.ALL;
    private boolean isDraining;

    /** @param hasEveryShard of the layout: blocks of some shards alone are no use to anybody */
    PeerFetches(OutboundContext context, PoolFetches pool, boolean hasEveryShard, int blockTokens) {
        this.context = context;
        this.pool = pool;
        this.hasEveryShard = hasEveryShard;
        this.blockTokens = blockTokens;
    }

    void tenants(FetchTenants value) {
        tenants = value;
    }

    /** Nothing new is given away. */
    void drain() {
        isDraining = true;
    }

    /** Whether it names blocks, rather than a parked prefill; if so it is answered, now or soon. */
    boolean onWant(Session session, WantDecoder message) {
        long correlation = message.envelope().correlation();
        HandoffId id = new HandoffId(message.handoff().tenant(), message.handoff().requestHigh(), message.handoff().requestLow(),
            (int) message.handoff().attempt());
        int haveTokens = (int) Math.min(message.haveTokens(), Integer.MAX_VALUE);
        long deadlineMs = Math.clamp(message.deadlineMs(), 1, DEADLINE_MAX_MS);
        WantDecoder.BlockKeysDecoder group = message.blockKeys();
        if (group.count() == 0) {
            return false;
        }
        List<BlockKey> keys = new ArrayList<>(group.count());
        while (group.hasNext()) {
            ProofDecoder key = group.next().key();
            keys.add(new BlockKey(key.a(), key.b(), key.c(), key.d()));
        }
        context.counters().add(Kind.FETCHES_ASKED, 1);
        answer(session, correlation, new PrefixWant(id, session.peer().nodeId(), keys, haveTokens, 0, deadlineMs));
        return true;
    }

    private void answer(Session session, long correlation, PrefixWant want) {
        OutboundHandoff begun = context.book().ofIdOrNull(want.id());
        if (begun != null && begun.spec.fetchedBy().equals(want.nodeId())) {
            context.proxy().wantAck(session, correlation, want.id(), begun.spec.tokens());
            return;
        }
        for (Waiting asked : waiting) {
            if (asked.want().id().equals(want.id()) && asked.session().equals(session)) {
                return;   // its answer is on its way
            }
        }
        EndReason whyNot = whyNot(session, want, begun);
        if (whyNot != EndReason.NONE) {
            refuse(session, correlation, want.id(), whyNot);
            return;
        }
        int pooled = pool.blockCount(want.id().tenant(), want.keys());
        int inPool = pooled * blockTokens > want.haveTokens() ? pooled : 0;
        PrefixWant more = want.having(Math.max(want.haveTokens(), inPool * blockTokens), pooled);
        Waiting asked = new Waiting(more, session, correlation, inPool, context.book().nowNs() + LOOK_WITHIN_NS);
        waiting.add(asked);
        if (inPool == want.keys().size() || !context.engine().lookFor(more)) {
            sendFromPool(asked, EndReason.OVERLOADED);
        }
    }

    /** What lies in the share for reservations, if there is any; else it is refused. */
    private void sendFromPool(Waiting asked, EndReason whyNot) {
        waiting.remove(asked);
        if (asked.inPool() == 0) {
            refuse(asked.session(), asked.correlation(), asked.want().id(), whyNot);
        } else if (pool.begin(asked.want(), asked.inPool())) {
            waiting.add(new Waiting(asked.want().having(0, 0), asked.session(), asked.correlation(), 0, asked.untilNs()));
        } else {
            refuse(asked.session(), asked.correlation(), asked.want().id(), EndReason.OVERLOADED);
        }
    }

    private EndReason whyNot(Session session, PrefixWant want, OutboundHandoff begun) {
        PeerSession peer = context.book().sessions().get(session);
        if (peer == null || begun != null || !hasEveryShard || context.book().hasEnded(want.id())) {
            return EndReason.NOT_KNOWN;
        }
        if (isDraining) {
            return EndReason.SHUTDOWN;
        }
        if (!tenants.has(want.id().tenant())) {
            return EndReason.NOT_ALLOWED;
        }
        if (peer.pairing() == null) {
            return peer.whyNotReason();
        }
        int ofNode = context.book().fetchCount(want.nodeId());
        for (Waiting asked : waiting) {
            ofNode += asked.want().nodeId().equals(want.nodeId()) ? 1 : 0;
        }
        return waiting.size() >= WAITING_MAX || ofNode >= OF_NODE_MAX ? EndReason.OVERLOADED : EndReason.NONE;
    }

    private void refuse(Session session, long correlation, HandoffId id, EndReason reason) {
        context.counters().add(Kind.FETCHES_REFUSED, 1);
        context.proxy().notHere(session, correlation, id, reason);
    }

    /** The engine's thread has found some of it and begun: the asker hears so. False if it is not awaited any more. */
    boolean begin(HandoffSpec spec) {
        for (int i = 0; i < waiting.size(); i++) {
            Waiting asked = waiting.get(i);
            if (asked.want().id().equals(spec.id()) && asked.want().nodeId().equals(spec.fetchedBy())) {
                waiting.remove(i);
                context.proxy().wantAck(asked.session(), asked.correlation(), spec.id(), spec.tokens());
                return true;
            }
        }
        return false;
    }

    /** Each cycle: tells those that were refused, and those for which nobody looked. */
    void poll() {
        for (int i = waiting.size() - 1; i >= 0; i--) {
            Waiting asked = waiting.get(i);
            EndReason refusal = asked.want().refusal();
            if (refusal == EndReason.NONE && asked.untilNs() - context.book().nowNs() <= 0) {
                refusal = EndReason.ENGINE_LOST;
            }
            if (refusal != EndReason.NONE) {
                sendFromPool(asked, refusal);
            }
        }
    }

    /** Not wanted any more; what the engine begins of it later goes no further. */
    void cancel(Session session, HandoffId id) {
        waiting.removeIf(asked -> asked.session().equals(session) && asked.want().id().equals(id));
    }

    void sessionClosed(Session session) {
        waiting.removeIf(asked -> asked.session().equals(session));
    }
}
