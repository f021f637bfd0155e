package dev.baton.sim.chaos;

import java.util.HashMap;
import java.util.Map;

import dev.baton.buffer.reserve.RejectReason;
import dev.baton.receiver.DecodeReceiver;
import dev.baton.receiver.core.UnboundAsk;
import dev.baton.transport.session.HandoffId;

/**
 * The scheduler beside one decode node, in its engine's place: what it holds memory for before a sender is chosen has one answer, and whatever was
 * answered with memory goes to the engine or ends.
 */
final class Scheduling {
    /** A process wakes for its timers every 400 ms, and its clock may be slow. */
    private static final long SLACK_NS = 1_000_000_000;
    private static final int LOOKS = 2;

    private enum Step { ASKED, HELD, OF_THE_ONE_BEFORE }

    private final ReceiverMember member;
    private final Map<HandoffId, Step> early = new HashMap<>();
    private final Map<HandoffId, EarlyPlan> plans = new HashMap<>();

    Scheduling(ReceiverMember member) {
        this.member = member;
    }

    void reserve(DecodeReceiver receiver, Attempt attempt, EarlyPlan plan) {
        member.cluster.note(member.name(), () -> "holds memory for " + attempt + " tokens=" + plan.tokens() + " startWithinMs=" + plan.startWithinMs());
        early.put(attempt.id, Step.ASKED);
        plans.put(attempt.id, plan);
        receiver.reserve(attempt.id, new UnboundAsk(member.cluster.plan().layoutOf(plan.of().sender()), plan.tokens(), plan.of().growthTokens(), 0, 0,
            plan.of().deadlineMs(), plan.startWithinMs()));
    }

    void cancel(DecodeReceiver receiver, Attempt attempt) {
        member.cluster.note(member.name(), () -> "gives up " + attempt);
        seen("early-given-up", attempt);
        receiver.cancel(attempt.id);
    }

    void onReserved(Attempt attempt) {
        member.cluster.note(member.name(), () -> "memory is held for " + attempt);
        Step step = early.get(attempt.id);
        if (step == Step.ASKED) {
            early.put(attempt.id, Step.HELD);
        } else if (step != Step.OF_THE_ONE_BEFORE) {
            throw new Violation("S9", "memory is held that nobody asked for, or told twice: " + attempt);
        }
        seen("early-held", attempt);
        if (!plans.get(attempt.id).isSent()) {
            requireEnd(attempt, member.life, member.agenda.nowNs() + plans.get(attempt.id).startWithinMs() * 1_000_000, 0);
        }
    }

    /** Nobody claims it, so that its memory is back a little after then, unless its process began anew. One that stood still is looked at again. */
    private void requireEnd(Attempt attempt, int life, long byNs, int seen) {
        member.agenda.at(byNs + SLACK_NS, () -> {
            if (member.life != life || !member.isUp() || !member.hasLive(attempt.id)) {
                return;
            }
            if (seen == LOOKS) {
                throw new Violation("L1", "memory is held that nobody claims, past its bound: " + attempt + " " + plans.get(attempt.id));
            }
            requireEnd(attempt, life, byNs + SLACK_NS, member.isRunning() ? seen + 1 : 0);
        });
    }

    void onRefused(Attempt attempt, RejectReason reason, String detail) {
        member.cluster.note(member.name(), () -> "no memory is held for " + attempt + ": " + reason + " " + detail);
        Step step = early.remove(attempt.id);
        if (step != Step.ASKED && step != Step.OF_THE_ONE_BEFORE) {
            throw new Violation("S9", "memory is refused that nobody asked for, or told twice: " + attempt);
        }
        seen(reason == RejectReason.LAYOUT_MISMATCH ? "misfit-early-refused" : "early-refused", attempt);
    }

    /** It goes to the engine. */
    void onReady(Attempt attempt) {
        if (early.remove(attempt.id) != null) {
            seen("early-ready", attempt);
        }
    }

    void onEnded(Attempt attempt) {
        Step step = early.remove(attempt.id);
        if (step != null) {
            seen(step == Step.HELD ? "early-ended" : "early-ended-queued", attempt);
        }
    }

    /** Who asked is gone with its engine; what is told of it goes to the next one, or to nobody. */
    void askerGone() {
        early.replaceAll((_, _) -> Step.OF_THE_ONE_BEFORE);
    }

    /** The process died, and all that it held. */
    void clear() {
        early.clear();
    }

    private void seen(String what, Attempt attempt) {
        member.cluster.oracle().seen(member.node, what, attempt.request.index());
    }
}
