package dev.baton.receiver.core;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

import org.agrona.collections.Long2LongHashMap;
import org.agrona.collections.Long2ObjectHashMap;

import dev.baton.transport.WriterFence;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.Role;
import dev.baton.transport.session.Session;
import dev.baton.transport.wire.DrainedDecoder;
import dev.baton.transport.wire.FailedWrites;

/**
 * What proves that nobody writes a revoked reservation's extents any more (PROTOCOL, section 5). Two-sided lanes: every
 * data agent has acknowledged the revocation, which is asked of all. One-sided lanes, for each bound part: DRAINED
 * without a failed completion on the session that bound it, and, where a card places what went, the marks that it names read here; or a
 * later HELLO of the same incarnation that covers that session, where the lanes are such that the sender can know; or that session's lock is
 * free, though it was seen held. Elapsed time proves nothing. Pure but for the probe of locks; control agent's thread.
 */
final class FenceEvidence {
    private static final long PROBE_EVERY_NS = TimeUnit.MILLISECONDS.toNanos(10);
    /** A session's id is 40 bits of who minted it and a counter of 24: only ids of one minter are in order. */
    private static final long MINTER_MASK = -1L << 24;
    private static final int NOT_WATCHED = -1;
    private static final long LOOK_EVERY_NS = TimeUnit.MILLISECONDS.toNanos(50);

    private final WriterFence fence;
    private final FenceCounters counters;
    /** Newest session of each peer process that has one. */
    private final Long2ObjectHashMap<Session> newestByIncarnation = new Long2ObjectHashMap<>();
    /** Those with other processes of the gang, which hold no lock of a session. */
    private final List<Session> ofGang = new ArrayList<>();
    /** Watched sessions: how many live parts are bound to each, and 1 while it is open. Watched while that is not 0. */
    private final Long2LongHashMap usesBySession = new Long2LongHashMap(NOT_WATCHED);
    private final List<Fenced> waiting = new ArrayList<>();
    private long nextProbeNs;
    private boolean hasProbed;
    private long nextLookNs;
    private boolean hasLooked;

    FenceEvidence(WriterFence fence, FenceCounters counters) {
        this.fence = fence;
        this.counters = counters;
    }

    /** Makes what its sender is to hold, before it is told anything; hears what its HELLO says of earlier ones. */
    void onSessionOpened(Session session) {
        if (session.peer().hasRole(Role.PREFILL)) {
            newestByIncarnation.put(session.peer().incarnation(), session);
            usesBySession.put(session.id(), 1);
            fence.watch(session.id());
        } else if (session.peer().hasRole(Role.DECODE)) {
            ofGang.add(session);
        }
    }

    void onSessionClosed(Session session) {
        long incarnation = session.peer().incarnation();
        if (ofGang.remove(session)) {
            fence.forgetProcess(incarnation);
            return;
        }
        if (session.equals(newestByIncarnation.get(incarnation))) {
            newestByIncarnation.remove(incarnation);
        }
        use(session.id(), -1);
    }

    /** Whether addresses may be told on this session to a sender that says it uses lanes of this one-sided scheme. */
    boolean isProvable(Session session, String scheme) {
        return fence.lanes(session.id(), scheme) && fence.isHeld(session.id());
    }

    /** A part may write to slabs from now on. */
    void bound(InboundPart part) {
        if (part.isOneSided()) {
            use(part.session().id(), 1);
            part.byCard(!fence.isWordProof(part.session().id()));
        }
    }

    /**
     * DRAINED came for that part, with the newest mark of each of its lanes. They have their numbers of the handoff, in which each process
     * of a gang has as many.
     *
     * @param laneCount of this process
     */
    static void drained(InboundPart part, DrainedDecoder message, int laneCount) {
        part.drained(FailedWrites.here(message.failedCompletions()));
        for (DrainedDecoder.LanesDecoder lane : message.lanes()) {
            part.drainedBefore(lane.lane() % laneCount, (int) lane.lastSeq());
        }
    }

    /** Revoked: from here on proof is looked for. */
    void await(Fenced handoff) {
        for (int i = 0; i < handoff.partCount(); i++) {
            if (handoff.part(i).isBound() && handoff.part(i).isOneSided()) {
                waiting.add(handoff);
                return;
            }
        }
    }

    /** Whether the writers of every bound part are proved to have ended, and every data agent has acknowledged. */
    boolean isProved(Fenced handoff) {
        if (!handoff.isRevokedEverywhere()) {
            return false;
        }
        for (int i = 0; i < handoff.partCount(); i++) {
            InboundPart part = handoff.part(i);
            if (isOwed(part)) {
                return false;
            }
        }
        return true;
    }

    /** Whether that part was told an address, and nothing proves yet that it writes there no more. */
    boolean isOwed(InboundPart part) {
        return part.isBound() && part.isOneSided() && !part.isFenceEvidence() && !part.isWriterGone();
    }

    /** Whether that part's writers are ended from here, by closing the session that bound it. */
    boolean isEndedHere(InboundPart part) {
        return isOwed(part) && fence.isEndedHere(part.session().id());
    }

    /** DRAINED is late: the session goes, and with it what else its sender had under way. That it is gone is seen as for any other. */
    void endSession(InboundPart part) {
        counters.sessionEndedOne();
        part.session().close(EndReason.SILENT);
    }

    /** It has ended, one way or the other; nothing of it is looked for any more. */
    void closed(Fenced handoff) {
        boolean wasRevoked = waiting.remove(handoff);
        for (int i = 0; i < handoff.partCount(); i++) {
            InboundPart part = handoff.part(i);
            if (part.isBound() && part.isOneSided()) {
                if (wasRevoked && !part.isWriterGone()) {
                    counters.drainedOne();
                }
                use(part.session().id(), -1);
            }
        }
    }

    /** What had been QUARANTINED is proved after all. */
    void cameLate() {
        counters.freedLateOne();
    }

    /** Looks for proof, every few milliseconds while something waits; tells of each handoff that has some more. */
    int poll(long nowNs, Consumer<Fenced> proved) {
        if (waiting.isEmpty() || (hasProbed && nextProbeNs - nowNs > 0)) {
            return 0;
        }
        hasProbed = true;
        nextProbeNs = nowNs + PROBE_EVERY_NS;
        int found = 0;
        for (int i = waiting.size() - 1; i >= 0; i--) {
            Fenced handoff = waiting.get(i);
            if (probe(handoff)) {
                found++;
                proved.accept(handoff);
            }
        }
        return found;
    }

    /**
     * A sender that let go while its session is open has died, and so has a process of the gang whose own lock is free: that
     * is known long before it is silent for too long.
     */
    void lookForDead(long nowNs) {
        if (hasLooked && nextLookNs - nowNs > 0) {
            return;
        }
        hasLooked = true;
        nextLookNs = nowNs + LOOK_EVERY_NS;
        for (Session session : newestByIncarnation.values()) {
            if (session.isOpen() && fence.isGone(session.id())) {
                session.close(EndReason.PEER_LOST);
            }
        }
        for (int i = 0; i < ofGang.size(); i++) {
            Session session = ofGang.get(i);
            if (session.isOpen() && fence.isProcessGone(session.peer().incarnation())) {
                session.close(EndReason.PEER_LOST);
            }
        }
    }

    private boolean probe(Fenced handoff) {
        boolean isNew = false;
        for (int i = 0; i < handoff.partCount(); i++) {
            InboundPart part = handoff.part(i);
            if (!part.isBound() || !part.isOneSided() || part.isWriterGone()) {
                continue;
            }
            if (fence.isWordProof(part.session().id()) && isCoveredByHello(part)) {
                counters.drainedThroughOne();
            } else if (fence.isGone(part.session().id())) {
                counters.writerGoneOne();
            } else {
                continue;
            }
            part.writerGone();
            isNew = true;
        }
        return isNew;
    }

    private boolean isCoveredByHello(InboundPart part) {
        Session newest = newestByIncarnation.get(part.session().peer().incarnation());
        long bound = part.session().id();
        if (newest == null || newest.id() == bound) {
            return false;   // what a session's own HELLO says is about those before it
        }
        long through = newest.peerDrainedThrough();
        return (through & MINTER_MASK) == (bound & MINTER_MASK) && bound <= through;
    }

    private void use(long sessionId, int change) {
        long uses = usesBySession.get(sessionId);
        if (uses == NOT_WATCHED) {
            return;
        }
        usesBySession.put(sessionId, uses + change);
        if (uses + change == 0) {
            usesBySession.remove(sessionId);
            fence.forget(sessionId);
        }
    }
}
