package dev.baton.sender.core;

import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.concurrent.TimeUnit;

import dev.baton.sender.core.SenderCounters.Kind;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.HandoffId;
import dev.baton.transport.session.NodeIdentity;
import dev.baton.transport.wire.HandoffState;
import dev.baton.transport.wire.OutcomeKind;

/**
 * What is left to say to a process whose session was lost: which outcome had handoffs that were sent whole, and which
 * are no longer wanted. Said on the next session with the same process; another incarnation of that node knows nothing
 * of either. Pure; control agent's thread.
 */
final class HandoffAsking {
    private static final long AGAIN_MIN_NS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final int DOUBLINGS_MAX = 4;
    /** What receivers give their engines by default: STATUS says that a handoff is ready, and not for how long. */
    private static final long CONSUME_WITHIN_MS = 60_000;
    private static final int CANCELS_MAX = 4096;

    /** Not wanted any more, and that process may still have it in its queue. */
    private record OwedCancel(NodeIdentity to, HandoffId handoff, EndReason reason, long untilNs) {}

    private final OutboundContext context;
    private final HandoffEnding ending;
    private final ArrayDeque<OwedCancel> cancels = new ArrayDeque<>();

    HandoffAsking(OutboundContext context, HandoffEnding ending) {
        this.context = context;
        this.ending = ending;
    }

    /** Its session went after FIN: only the receiver knows what becomes of it. */
    void sessionLost(OutboundHandoff handoff) {
        if (handoff.state == OutboundState.FIN_SENT) {
            handoff.state(OutboundState.UNKNOWN);
            if (handoff.deadlineAtNs != OutboundHandoff.NEVER) {   // else it is past, and the wait for the outcome goes on
                handoff.endAtNs = handoff.deadlineAtNs + context.timeouts().outcomeNs();
                handoff.deadlineAtNs = OutboundHandoff.NEVER;
            }
            context.counters().add(Kind.UNKNOWN, 1);
            ending.stopAgents(handoff);
        }
        handoff.leavePeers();
        boolean isPeerGone = handoff.peer.isGone();
        handoff.peer = null;
        handoff.retryAtNs = OutboundHandoff.NEVER;
        context.timers().wake(handoff);
        if (isPeerGone) {
            notKnown(handoff, "the receiver's process is gone: peer=" + handoff.holder.nodeId());
        }
    }

    /** It could not be told at once; for as long as the queue of a lost session is kept, it will be. */
    void oweCancel(NodeIdentity to, HandoffId handoff, EndReason reason) {
        if (cancels.size() == CANCELS_MAX) {
            cancels.remove();   // the receiver's timers end it
        }
        cancels.add(new OwedCancel(to, handoff, reason, context.book().nowNs() + context.timeouts().outcomeNs()));
    }

    void onSessionOpened(PeerSession peer, long nowNs) {
        NodeIdentity node = peer.session().peer();
        for (Iterator<OwedCancel> i = cancels.iterator(); i.hasNext();) {
            OwedCancel owed = i.next();
            boolean isOver = owed.untilNs - nowNs <= 0;
            if (isOver || owed.to.nodeId().equals(node.nodeId())) {
                i.remove();
                if (!isOver && owed.to.incarnation() == node.incarnation()) {
                    context.proxy().cancel(peer.session(), 0, owed.handoff, owed.reason);
                }
            }
        }
        for (OutboundHandoff handoff : context.book().handoffs()) {
            if (handoff.peer == null && handoff.last == null && handoff.isReceiversToEnd()
                && handoff.holder.nodeId().equals(node.nodeId())) {
                resume(handoff, peer, nowNs);
            }
        }
    }

    private void resume(OutboundHandoff handoff, PeerSession peer, long nowNs) {
        if (handoff.holder.incarnation() != peer.session().peer().incarnation()) {
            notKnown(handoff, "the receiver began anew: peer=" + handoff.holder.nodeId());
            return;
        }
        handoff.peer = peer;
        handoff.questions = 0;
        query(handoff, nowNs);
    }

    /** Asks, and will ask again: an answer may be that it is not decided yet. */
    void query(OutboundHandoff handoff, long nowNs) {
        context.counters().add(Kind.QUERIES_SENT, 1);
        context.proxy().query(handoff.peer.session(), handoff.board.handle(), handoff.spec.id());
        long againNs = AGAIN_MIN_NS << Math.min(handoff.questions++, DOUBLINGS_MAX);
        handoff.retryAtNs = nowNs + againNs + context.jitter().below(againNs);
        context.timers().wake(handoff);
    }

    /** The answer to a question, or to a RESERVE that came too late. */
    void onStatus(OutboundHandoff handoff, HandoffState state, EndReason reason, long nowNs) {
        if (handoff.last != null) {
            return;
        }
        boolean isAsking = handoff.isReceiversToEnd();
        switch (state) {
            case REVOKING, FENCING, QUARANTINED, FENCED, ABORTED, REJECTED -> {
                if (isAsking || handoff.state == OutboundState.RESERVING) {
                    ending.onOutcome(handoff, state == HandoffState.REJECTED ? OutcomeKind.REJECTED
                        : OutcomeKind.ABORTED, reason, "the receiver's state is " + state, nowNs);
                }
            }
            case READY -> {
                if (isAsking) {
                    ending.onReady(handoff, CONSUME_WITHIN_MS, nowNs);
                }
            }
            case TAKEN, RELEASED -> {
                if (isAsking) {
                    ending.onReady(handoff, CONSUME_WITHIN_MS, nowNs);
                    ending.onOutcome(handoff, reason == EndReason.NONE ? OutcomeKind.DELIVERED : OutcomeKind.ABORTED,
                        reason, "", nowNs);
                }
            }
            case NOT_KNOWN -> {
                if (isAsking) {
                    notKnown(handoff, "the receiver does not know it any more");
                }
            }
            case QUEUED, GRANTED, RECEIVING, VERIFYING, NULL_VAL -> {
                // Not decided: asked again.
            }
        }
    }

    /** Nobody will ever say what became of it. */
    void notKnown(OutboundHandoff handoff, String detail) {
        if (handoff.state == OutboundState.LANDED) {
            ending.outcomeUnknown(handoff);
        } else {
            ending.fail(handoff, EndReason.OUTCOME_UNKNOWN, detail);
        }
    }
}
