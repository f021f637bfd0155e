package dev.baton.sender.core;

import java.util.concurrent.TimeUnit;

import dev.baton.buffer.reserve.RejectReason;
import dev.baton.platform.Canary;
import dev.baton.sender.core.SenderCounters.Kind;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.ReservationId;
import dev.baton.transport.session.Session;
import dev.baton.transport.session.StaleWhat;
import dev.baton.transport.wire.FailedWrites;
import dev.baton.transport.wire.OutcomeKind;

/**
 * How handoffs end: posts stop at once, the peer is told, and the engine hears of it only when no agent reads its
 * memory any more. Pure; control agent's thread.
 */
final class HandoffEnding {
    static final String ENGINE_GONE = "the prefill engine's process is gone, or another came in its place";

    private final OutboundContext context;
    private HandoffAsking asking;

    HandoffEnding(OutboundContext context) {
        this.context = context;
    }

    /** Both need each other: a lost session ends some handoffs and makes others ask, and answers end them. */
    void asking(HandoffAsking value) {
        asking = value;
    }

    /** Verified at the receiver: the sources may go, only the outcome is awaited. */
    void onReady(OutboundHandoff handoff, long consumeWithinMs, long nowNs) {
        if (handoff.last != null
            || (handoff.state != OutboundState.FIN_SENT && handoff.state != OutboundState.UNKNOWN)) {
            return;
        }
        handoff.state(OutboundState.LANDED);
        handoff.deadlineAtNs = OutboundHandoff.NEVER;
        handoff.lease.stop();
        handoff.endAtNs = nowNs + TimeUnit.MILLISECONDS.toNanos(consumeWithinMs) + context.timeouts().outcomeNs();
        if (handoff.peer != null) {
            handoff.peer.window().landed(handoff);
            context.book().offerLater(handoff.peer);
        }
        context.counters().add(Kind.LANDED, 1);
        context.counters().add(Kind.FETCHED, handoff.spec.isFetched() ? 1 : 0);
        context.engine().tell(new EngineNotice.Landed(handoff.board.handle()));
        stopAgents(handoff);
        context.timers().wake(handoff);
    }

    /** The receiver says how it ended. */
    void onOutcome(OutboundHandoff handoff, OutcomeKind kind, EndReason reason, String detail, long nowNs) {
        if (handoff.last != null) {
            return;
        }
        if (kind == OutcomeKind.DELIVERED
            && (handoff.state == OutboundState.FIN_SENT || handoff.state == OutboundState.UNKNOWN)) {
            onReady(handoff, 0, nowNs);
        }
        if (handoff.state == OutboundState.LANDED) {
            if (kind == OutcomeKind.DELIVERED) {
                context.counters().add(Kind.DELIVERED, 1);
            }
            finish(handoff, OutboundState.DONE, new EngineNotice.Outcome(handoff.board.handle(), kind, reason));
        } else if (kind == OutcomeKind.DELIVERED && handoff.state == OutboundState.RESERVING) {
            sendCancel(handoff, EndReason.PROTOCOL);
            fail(handoff, EndReason.PROTOCOL, "delivered before anything was sent");
        } else if (kind == OutcomeKind.DELIVERED && handoff.state.isHeldByPeer()) {
            abort(handoff, EndReason.PROTOCOL, "delivered before all was sent: state=" + handoff.state);
        } else {
            fail(handoff, reason, detail);
        }
    }

    /** The receiver cannot go on: it gets its answer now and DRAINED once nothing of ours moves any more. */
    void onAbort(OutboundHandoff handoff, EndReason reason, String detail) {
        context.proxy().abortAck(handoff.peer.session(), 0, handoff.spec.id(), handoff.reservation, handoff.part);
        if (handoff.last == null && handoff.state != OutboundState.LANDED) {   // then its outcome says how it ended
            fail(handoff, reason, detail);
        }
    }

    /** The decode side does not want it any more. */
    void onPeerCancel(OutboundHandoff handoff, EndReason reason) {
        if (handoff.last == null && !handoff.isReceiversToEnd()) {
            fail(handoff, reason == EndReason.NONE ? EndReason.CANCELLED : reason, "cancelled by the decode side");
        }
    }

    /**
     * What ends a session ends its handoffs there. Once FIN is said it may answer a word from before, as a BIND that came
     * twice, while READY is on its way: only the receiver says how it ended.
     */
    void onStale(OutboundHandoff handoff, StaleWhat what) {
        if (handoff.last != null || what.endsSession()) {
            return;
        }
        if (handoff.state == OutboundState.FIN_SENT) {
            asking.query(handoff, context.book().nowNs());
        } else if (handoff.state.isHeldByPeer()) {
            fail(handoff, EndReason.NOT_KNOWN, "the receiver does not know it any more: what=" + what);
        }
    }

    /** One data agent does no more for it. */
    void onStopped(OutboundHandoff handoff, int failures, long failedProcesses) {
        handoff.stoppedAgents++;
        handoff.failedCompletions += failures;
        handoff.failedProcesses |= failedProcesses;
        endIfQuiet(handoff);
    }

    /** What was not granted yet may ask on a new session; the rest ends with its session. */
    void onSessionLost(OutboundHandoff handoff, EndReason reason) {
        if (handoff.last != null) {
            return;   // it ends as it was about to, once no agent works for it
        }
        handoff.isInWindow = false;   // the next session has a window of its own
        handoff.isInLine = false;
        String detail = "session lost: reason=" + reason + " peer=" + handoff.peer.session().peer().nodeId();
        if (handoff.state == OutboundState.RESERVING) {
            // The receiver keeps its place in the queue for a while, and its next incarnation has room for all.
            handoff.peer = null;
            handoff.hasAsked = false;
            handoff.retryAtNs = OutboundHandoff.NEVER;
            context.timers().wake(handoff);
        } else if (handoff.state == OutboundState.NEW) {
            handoff.peer = null;
        } else if (handoff.isReceiversToEnd()
            && !(Canary.UNKNOWN_TAKEN_FOR_FAILED.isActive() && handoff.state == OutboundState.FIN_SENT)) {
            asking.sessionLost(handoff);
        } else {
            boolean isToldAsItIs = reason == EndReason.STALLED || handoff.peer.isGone();
            fail(handoff, isToldAsItIs ? reason : EndReason.SESSION_LOST, detail);
        }
    }

    /** The session with that process is lost, where some of its shards lie. */
    void onMemberLost(OutboundHandoff handoff, PeerSession lost, EndReason reason) {
        if (handoff.targets != null && handoff.targets.has(lost)) {
            onMemberLost(handoff, "a member of the gang is not to be reached: member=" +
                lost.session().peer().nodeId() + " reason=" + reason);
        }
    }

    /** A process that holds some of its shards is not to be reached: no more can be sent there. */
    void onMemberLost(OutboundHandoff handoff, String detail) {
        if (handoff.last == null
            && (handoff.state == OutboundState.GRANTED || handoff.state == OutboundState.STREAMING)) {
            abort(handoff, EndReason.MEMBER_LOST, detail);
        }
    }

    /** Ends it here and now, with the peer told. Of what was sent whole only the receiver knows the outcome. */
    void shutdown(OutboundHandoff handoff) {
        if (handoff.last == null && !Canary.HANDOFFS_LEFT.isActive()) {
            if (handoff.state == OutboundState.FIN_SENT) {
                sayAbort(handoff, EndReason.SHUTDOWN, "the sender goes down");
                fail(handoff, EndReason.OUTCOME_UNKNOWN, "the sender goes down");
            } else if (handoff.state == OutboundState.UNKNOWN) {
                fail(handoff, EndReason.OUTCOME_UNKNOWN, "the sender goes down");
            } else if (handoff.state.isHeldByPeer()) {
                abort(handoff, EndReason.SHUTDOWN, "the sender goes down");
            } else if (handoff.state == OutboundState.LANDED) {
                outcomeUnknown(handoff);
            } else {
                sendCancel(handoff, EndReason.SHUTDOWN);
                fail(handoff, EndReason.SHUTDOWN, "the sender goes down");
            }
        }
    }

    /** Nobody fills the rest of it any more. What is prefilled goes on: its bytes are this process's. */
    void engineLost(OutboundHandoff handoff) {
        if (handoff.last != null || handoff.board.isFinished()) {
            return;
        }
        if (handoff.state.isHeldByPeer()) {
            abort(handoff, EndReason.ENGINE_LOST, ENGINE_GONE);
        } else {
            sendCancel(handoff, EndReason.ENGINE_LOST);
            fail(handoff, EndReason.ENGINE_LOST, ENGINE_GONE);
        }
    }

    /** Landed, and nobody will ever say what became of it. */
    void outcomeUnknown(OutboundHandoff handoff) {
        finish(handoff, OutboundState.DONE,
            new EngineNotice.Outcome(handoff.board.handle(), OutcomeKind.NULL_VAL, EndReason.OUTCOME_UNKNOWN));
    }

    /** The engine wants it no more: at once, or, after FIN, as the receiver decides. */
    void cancel(OutboundHandoff handoff) {
        if (handoff.board.cancelReason() == EndReason.EVICTED && handoff.state.isHeldByPeer()
            && handoff.state != OutboundState.FIN_SENT) {
            abort(handoff, EndReason.EVICTED, "blocks that were asked for are not here any more");
            return;
        }
        sendCancel(handoff, handoff.board.cancelReason());
        if (!handoff.isReceiversToEnd()) {
            fail(handoff, handoff.board.cancelReason(), "cancelled by the engine");
        }
    }

    /** Where the peer knows of it; on the next session if there is none now. */
    void sendCancel(OutboundHandoff handoff, EndReason reason) {
        handoff.isCancelSent = true;
        Session session = handoff.peer == null ? null : handoff.peer.session();
        if (session != null && session.isOpen() && handoff.isAwaitedByPeer()) {
            context.proxy().cancel(session, handoff.board.handle(), handoff.spec.id(), reason);
        } else if (handoff.holder != null) {
            asking.oweCancel(handoff.holder, handoff.spec.id(), reason);
        }
    }

    /** The receiver holds memory for it: told why, and DRAINED when nothing of ours moves any more. */
    void abort(OutboundHandoff handoff, EndReason reason, String detail) {
        sayAbort(handoff, reason, detail);
        fail(handoff, reason, detail);
    }

    private void sayAbort(OutboundHandoff handoff, EndReason reason, String detail) {
        context.proxy().abort(handoff.peer.session(), handoff.board.handle(), handoff.spec.id(), handoff.reservation,
            handoff.part, reason, detail);
    }

    /** Ends it with no word to the peer but DRAINED, which is owed wherever a write of ours may have been posted. */
    void fail(OutboundHandoff handoff, EndReason reason, String detail) {
        if (handoff.state.isHeldByPeer()) {
            handoff.isDrainedDue = true;   // whoever told this end, an ABORT or an OUTCOME: the other may be lost
            handoff.state(OutboundState.CANCELLING);
        } else if (handoff.state == OutboundState.UNKNOWN) {
            handoff.isDrainedDue = true;   // to members whose sessions went on when the leader's was lost
        }
        finish(handoff, OutboundState.FAILED, new EngineNotice.Failed(handoff.board.handle(), reason, detail));
    }

    /** Ends it: {@code notice} is told, and {@code endState} entered, once all agents have stopped. */
    void finish(OutboundHandoff handoff, OutboundState endState, EngineNotice notice) {
        handoff.lastState = endState;
        handoff.last = notice;
        handoff.deadlineAtNs = OutboundHandoff.NEVER;
        handoff.retryAtNs = OutboundHandoff.NEVER;
        handoff.endAtNs = OutboundHandoff.NEVER;
        handoff.lease.stop();
        context.timers().wake(handoff);
        stopAgents(handoff);
        endIfQuiet(handoff);
    }

    void stopAgents(OutboundHandoff handoff) {
        if (handoff.transfer != null && !handoff.transfer.isStopped()) {
            handoff.transfer.stop();
            context.data().look(handoff.transfer);
        }
    }

    /** Whether it went wrong between the two ends, rather than by the wish of one. */
    private static boolean isTrouble(OutboundHandoff handoff, EndReason reason) {
        return !handoff.reservation.equals(ReservationId.NONE) && reason != EndReason.CANCELLED && reason != EndReason.SHUTDOWN
            && reason != EndReason.NOT_WANTED;
    }

    private static EndReason reason(EngineNotice last) {
        return switch (last) {
            case EngineNotice.Failed failed -> failed.reason();
            case EngineNotice.Outcome outcome -> outcome.reason();
            default -> EndReason.REJECTED;
        };
    }

    private void log(OutboundHandoff handoff) {
        String detail = "";
        String reason;
        switch (handoff.last) {
            case EngineNotice.Failed failed -> {
                reason = failed.reason().tag();
                detail = failed.detail();
            }
            case EngineNotice.Rejected rejected -> {
                reason = RejectReason.of(rejected.reasonCode()).tag();
                detail = rejected.detail();
            }
            case EngineNotice.Outcome outcome when outcome.kind() != OutcomeKind.DELIVERED ->
                reason = outcome.reason().tag();
            default -> {
                return;   // delivered
            }
        }
        context.log().ended(handoff.spec.id(), handoff.holder == null ? "" : handoff.holder.nodeId(), handoff.state,
            reason, detail, context.book().nowNs());
    }

    /** To each process that addresses came from: one's session may be lost, and the others' memory is not to wait for it. */
    private void sayDrained(OutboundHandoff handoff) {
        boolean isAnotherSession = handoff.targets != null && (handoff.peer == null || !handoff.targets.has(handoff.peer));
        if (!isAnotherSession) {
            sayDrained(handoff, handoff.peer);
        }
        for (int i = 0; handoff.targets != null && i < handoff.targets.count(); i++) {
            if (handoff.targets.peer(i) != handoff.peer) {
                sayDrained(handoff, handoff.targets.peer(i));
            }
        }
    }

    private void sayDrained(OutboundHandoff handoff, PeerSession peer) {
        if (peer.session().isOpen()) {
            peer.drained().say(context.proxy(), peer.session(), handoff.reservation, handoff.part, failedWrites(handoff, peer),
                lastSeqs(handoff, peer));
        }
    }

    /** Of each lane to that process, by its number of the handoff: the newest mark, 0 where none went. */
    private static int[] lastSeqs(OutboundHandoff handoff, PeerSession peer) {
        if (handoff.sent == null) {
            return new int[0];
        }
        int[] lastSeqs = new int[handoff.laneCount()];
        int first = handoff.targets.indexOf(peer.session()) * peer.laneCount();
        for (int lane = first; lane < first + peer.laneCount(); lane++) {
            lastSeqs[lane] = handoff.sent.lastSeq(lane);
        }
        return lastSeqs;
    }

    /** One process's lanes that failed leave nothing in doubt at another, whose session goes on. */
    private static int failedWrites(OutboundHandoff handoff, PeerSession peer) {
        long here = handoff.targets == null ? handoff.failedProcesses : handoff.failedProcesses & 1L << handoff.targets.indexOf(peer.session());
        return FailedWrites.of(here == 0 ? 0 : handoff.failedCompletions, here != handoff.failedProcesses);
    }

    /**
     * Sources are not reused before their completion, so the engine hears of an end only when no agent works for it.
     */
    private void endIfQuiet(OutboundHandoff handoff) {
        if (handoff.last == null || (handoff.transfer != null && handoff.stoppedAgents < context.data().agentCount())) {
            return;
        }
        if (handoff.isDrainedDue) {
            sayDrained(handoff);
        }
        log(handoff);
        handoff.state(handoff.lastState);
        if (handoff.last instanceof EngineNotice.Failed failed) {
            context.counters().add(Kind.FAILED, 1);
            context.counters().ended(failed.reason());
        }
        if (handoff.peer != null) {
            handoff.leavePeers();
            if (handoff.last instanceof EngineNotice.Failed failed && isTrouble(handoff, failed.reason())) {
                handoff.peer.window().failed();
            }
            handoff.peer.window().left(handoff);
            context.book().offerLater(handoff.peer);
        }
        context.book().remove(handoff, reason(handoff.last));
        context.engine().tell(handoff.last);
    }
}
