package dev.baton.sim.check;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import dev.baton.buffer.reserve.ReservationState;
import dev.baton.transport.session.EndReason;

/**
 * Two real cores, a sender's and a receiver's with its ledger, admission and codecs, and between them only what
 * a {@link Step} lets through: messages of a session are heard one by one in their order, and stores land, marks are
 * read and agents answer whenever they will, so data and control overtake each other; a session is lost at one end
 * and later at the other; each process may die, or stand still; time passes in few large steps.
 * <p>
 * Everything is made at the start, also the processes that come after a restart, so that a state is what
 * {@link HeapWalk} finds from here. Not thread-safe.
 */
final class PairWorld {
    private static final long UNIT_NS = TimeUnit.MILLISECONDS.toNanos(Words.UNIT_MS);
    private static final long MINTER = 77L << 24;
    private static final int SESSIONS_MAX = 7;
    /** All that there are. */
    static final int ALL = -1;

    final Scenario scenario;
    final Defect defect;
    final HandoffView[] views;
    private final CheckFence fence = new CheckFence();
    private final SenderEnd[] senders;
    private final ReceiverEnd[] receivers;
    /** To the receiver and to the sender, of each session. */
    private final Letters[][] letters = new Letters[SESSIONS_MAX + 1][2];
    private int senderLife;
    private int receiverLife;
    private int sessions;
    private long nowNs = TimeUnit.HOURS.toNanos(1);
    private boolean isPaused;
    private int ticks;
    private int losses;
    private int restarts;
    private int cancels;
    private int corruptions;
    private int repeats;
    private int pauses;
    /** No more faults, and time goes on for as long as it takes. */
    private boolean isHealing;

    PairWorld(Scenario scenario, Defect defect) {
        this.scenario = scenario;
        this.defect = defect;
        views = scenario.handoffs() == 1 ? new HandoffView[] {new HandoffView(0, 2)}
            : new HandoffView[] {new HandoffView(0, 2), new HandoffView(1, 1)};
        senders = new SenderEnd[1 + scenario.faults().restarts()];
        receivers = new ReceiverEnd[senders.length];
        for (int life = 0; life < senders.length; life++) {
            senders[life] = new SenderEnd(0x1000 + life, views, fence, scenario.isOneSided(), defect, nowNs);
            receivers[life] = new ReceiverEnd(0x7000 + life, views, fence, scenario.isOneSided(), nowNs);
        }
        for (Letters[] both : letters) {
            both[0] = new Letters();
            both[1] = new Letters();
        }
        connect();
    }

    /** Those whose objects nobody else reaches: all senders, then all receivers. */
    List<Object> ends() {
        List<Object> ends = new ArrayList<>(List.of(senders));
        ends.addAll(List.of(receivers));
        return ends;
    }

    /** Which of the ends a step touches that comes now, as bits from 1 on, and what both share. */
    int touched(byte packed) {
        Step step = Step.step(packed);
        if (step == Step.RESTART_SENDER || step == Step.RESTART_RECEIVER) {
            return ALL;
        }
        boolean isBoth = step == Step.TICK || step == Step.DIAL;
        int sender = isBoth || step.isSenders() ? 1 << (1 + senderLife) : 0;
        return isBoth || !step.isSenders() ? sender | 1 << (1 + senders.length + receiverLife) : sender;
    }

    static long sessionId(int number) {
        return MINTER | number;
    }

    static int number(long sessionId) {
        return (int) (sessionId & 0xFF_FFFF);
    }

    SenderEnd sender() {
        return senders[senderLife];
    }

    ReceiverEnd receiver() {
        return receivers[receiverLife];
    }

    private void connect() {
        long id = sessionId(++sessions);
        long through = defect == Defect.HELLO_LIES ? id - 1 : fence.drainedThrough(id - 1);
        letters[sessions - 1][0].clear();   // of the session before: nobody hears them any more
        letters[sessions - 1][1].clear();
        Letters toReceiver = letters[sessions][0];
        Letters toSender = letters[sessions][1];
        String scheme = scenario.isOneSided() ? "shm" : "tcp";
        receiver().opened(new CheckSession(id, receiver().incarnation, Words.sender(sender().incarnation), through,
            toReceiver, toSender));
        sender().opened(new CheckSession(id, sender().incarnation, Words.receiver(receiver().incarnation, scheme), 0,
            toSender, toReceiver));
    }

    /** Both ends speak on the same session. */
    private boolean isConnected() {
        return sender().isOpen() && receiver().isOpen()
            && sender().ownSession().id() == receiver().ownSession().id();
    }

    /** Writes the steps that may come next. */
    int next(byte[] into) {
        int count = 0;
        for (Step step : Step.ALL) {
            for (int handoff = 0; handoff < (step.isOfHandoff() ? views.length : 1); handoff++) {
                if (mayHappen(step, views[handoff])) {
                    into[count++] = step.of(handoff);
                }
            }
        }
        return count;
    }

    boolean mayHappen(Step step, HandoffView view) {
        if (step.isOfHandoff()) {
            return step.isSenders() ? !isPaused && maySend(step, view) : mayReceive(step, view);
        }
        Scenario.Faults faults = scenario.faults();
        return switch (step) {
            case RECEIVER_HEARS -> receiver().isOpen() && receiver().ownSession().hasLetter();
            case SENDER_HEARS -> !isPaused && sender().isOpen() && sender().ownSession().hasLetter();
            case RECEIVER_HEARS_TWICE -> mayFail(repeats, faults.repeats()) && mayHappen(Step.RECEIVER_HEARS, view);
            case SENDER_HEARS_TWICE -> mayFail(repeats, faults.repeats()) && mayHappen(Step.SENDER_HEARS, view);
            case TICK -> isHealing || ticks < scenario.ticks();
            case PAUSE -> mayFail(pauses, faults.pauses()) && !isPaused;
            case RESUME -> isPaused;
            case RECEIVER_LOSES -> mayFail(losses, faults.losses()) && receiver().isOpen();
            case SENDER_LOSES -> !isPaused && mayFail(losses, faults.losses()) && sender().isOpen();
            case RECEIVER_NOTICES -> receiver().isOpen() && !isConnected();
            case SENDER_NOTICES -> !isPaused && sender().isOpen() && !isConnected();
            case DIAL -> !isPaused && !sender().isOpen() && !receiver().isOpen() && sessions < SESSIONS_MAX;
            case QUIET -> !isPaused && sender().mayQuiet();
            case RESTART_SENDER -> mayFail(restarts, faults.restarts()) && senderLife < senders.length - 1;
            case RESTART_RECEIVER -> mayFail(restarts, faults.restarts()) && receiverLife < receivers.length - 1;
            default -> throw new IllegalStateException("no such step: " + step);
        };
    }

    private boolean mayFail(int done, int most) {
        return !isHealing && done < most;
    }

    private boolean maySend(Step step, HandoffView view) {
        boolean isEnded = view.senderSays != HandoffView.Verdict.NONE;
        boolean isSourceFirst = scenario.order() == Scenario.Order.SOURCE_FIRST;
        return switch (step) {
            case BEGIN -> view.board == null && senderLife == 0 && !isHealing
                && (scenario.order() != Scenario.Order.UNBOUND || view.isReserved || cancels > 0);
            case PREFILL -> view.board != null && !view.isPrefilled && !isEnded
                && (isSourceFirst || view.transfer != null);
            case POST -> view.board != null && sender().nextPost(view, nowNs) > SenderEnd.NOTHING;
            case LAND -> view.pending != 0;
            case STOPPED -> view.board != null && sender().mayStop(view);
            case SENDER_CANCELS -> view.board != null && !view.isSenderCancelled && !isEnded
                && mayFail(cancels, scenario.faults().cancels());
            default -> throw new IllegalStateException("no such step: " + step);
        };
    }

    private boolean mayReceive(Step step, HandoffView view) {
        return switch (step) {
            case RESERVE -> scenario.order() == Scenario.Order.UNBOUND && !view.isReserved && !isHealing;
            case WANT -> scenario.order() == Scenario.Order.SOURCE_FIRST && !view.isWanted && receiver().isOpen();
            case MARK -> receiver().mayMark(view, defect);
            case VERIFY -> receiver().nextJudged(view) >= 0;
            case CORRUPT -> mayFail(corruptions, scenario.faults().corrupt()) && receiver().nextJudged(view) >= 0;
            case REVOKED -> receiver().mayRevoke(view);
            case RECEIVER_CANCELS -> !view.isReceiverCancelled && mayFail(cancels, scenario.faults().cancels())
                && view.board != null;
            case TAKE -> receiver().isIn(view, ReservationState.READY);
            case RELEASE -> receiver().isIn(view, ReservationState.TAKEN);
            default -> throw new IllegalStateException("no such step: " + step);
        };
    }

    /** @throws Broken if an invariant does not hold then */
    void perform(byte packed) {
        Step step = Step.step(packed);
        HandoffView view = views[Step.handoff(packed)];
        try {
            if (step.isSenders()) {
                sender().now(nowNs);
                atSender(step, view);
                sender().endCycle();
            } else {
                atReceiver(step, view);
                receiver().work(nowNs);
            }
        } catch (IllegalStateException ex) {
            throw new Broken("S1", "a core refuses its own step: " + ex.getMessage());
        }
        receiver().check();
    }

    private void atSender(Step step, HandoffView view) {
        switch (step) {
            case SENDER_HEARS -> sender().hear(false);
            case SENDER_HEARS_TWICE -> {
                repeats++;
                sender().hear(true);
            }
            case RESUME -> isPaused = false;
            case SENDER_LOSES -> {
                losses++;
                sender().lose(EndReason.SESSION_LOST);
            }
            case SENDER_NOTICES -> sender().lose(EndReason.SESSION_LOST);
            case DIAL -> connect();
            case QUIET -> sender().quiet();
            case BEGIN -> sender().begin(view, scenario.order() == Scenario.Order.SOURCE_FIRST);
            case PREFILL -> sender().prefill(view);
            case POST -> sender().post(view, nowNs);
            case LAND -> land(view);
            case STOPPED -> sender().stopped(view);
            case SENDER_CANCELS -> {
                cancels++;
                sender().cancel(view);
            }
            default -> throw new IllegalStateException("no such step: " + step);
        }
    }

    private void atReceiver(Step step, HandoffView view) {
        switch (step) {
            case RECEIVER_HEARS -> receiver().hear(false);
            case RECEIVER_HEARS_TWICE -> {
                repeats++;
                receiver().hear(true);
            }
            case TICK -> tick();
            case PAUSE -> {
                pauses++;
                isPaused = true;
            }
            case RECEIVER_LOSES -> {
                losses++;
                receiver().lose(EndReason.SESSION_LOST);
            }
            case RECEIVER_NOTICES -> receiver().lose(EndReason.SESSION_LOST);
            case RESTART_SENDER -> restartSender();
            case RESTART_RECEIVER -> restartReceiver();
            case RESERVE -> receiver().reserve(view);
            case WANT -> receiver().want(view);
            case MARK -> receiver().mark(view);
            case VERIFY -> receiver().judge(view, true);
            case CORRUPT -> {
                corruptions++;
                receiver().judge(view, false);
            }
            case REVOKED -> receiver().revoked(view);
            case RECEIVER_CANCELS -> {
                cancels++;
                receiver().cancel(view);
            }
            case TAKE -> receiver().take(view);
            case RELEASE -> receiver().release(view);
            default -> throw new IllegalStateException("no such step: " + step);
        }
    }

    private void land(HandoffView view) {
        int cell = Integer.numberOfTrailingZeros(view.pending);
        view.pending &= view.pending - 1;
        if (view.target == receiver().incarnation) {
            receiver().land(view, cell, defect);
        }
        sender().landed(view, cell);
    }

    private void tick() {
        ticks = Math.min(ticks + 1, scenario.ticks());
        nowNs += UNIT_NS;
        if (defect == Defect.EVIDENCE_BY_TIMER) {
            for (HandoffView view : views) {
                receiver().pretend(view);
            }
        }
        if (!isPaused) {
            sender().now(nowNs);
            sender().endCycle();
        }
    }

    /** Its stores end with it, and its locks are free; what two-sided lanes carry may still arrive. */
    private void restartSender() {
        restarts++;
        isPaused = false;
        fence.releaseAll();
        senderLife++;
        for (HandoffView view : views) {
            view.pending = scenario.isOneSided() ? 0 : view.pending;
            view.senderGone();
        }
    }

    /** Its memory is another's name from now on: what still comes for it goes nowhere. */
    private void restartReceiver() {
        restarts++;
        receiverLife++;
        for (HandoffView view : views) {
            view.receiverGone();
        }
    }

    void heal() {
        isHealing = true;
        isPaused = false;
    }

    /** Everything is told and given back. */
    boolean isHealed() {
        for (HandoffView view : views) {
            boolean isTold = view.board == null || view.senderSays != HandoffView.Verdict.NONE;
            boolean isEngineTold = !view.wasGranted || view.receiverSays != HandoffView.Verdict.NONE;
            if (!isTold || !isEngineTold) {
                return false;
            }
        }
        return sender().isIdle() && receiver().isEmpty();
    }

    /** What is left, in words. */
    String unhealed() {
        StringBuilder left = new StringBuilder();
        for (HandoffView view : views) {
            left.append(" handoff=").append(view.index).append(" sender=").append(view.senderSays).append(" receiver=")
                .append(view.receiverSays).append(' ').append(receiver().find(view));
        }
        return left + " senderIdle=" + sender().isIdle() + " memoryBack=" + receiver().isEmpty();
    }
}
