package dev.baton.receiver.core;

import java.util.concurrent.TimeUnit;

import org.agrona.DeadlineTimerWheel;
import org.agrona.collections.Long2ObjectHashMap;

import dev.baton.platform.Canary;

/**
 * One timer a handoff, in one wheel, on the clock that the caller hands in. Which bound the timer stands for is the
 * state's to say. Control agent's thread.
 */
final class HandoffTimers implements DeadlineTimerWheel.TimerHandler {
    /** Told when a handoff's timer is due; it is disarmed by then. */
    interface Listener {
        void onDue(InboundHandoff handoff);
    }

    /** About 8 ms: finer than any bound here. */
    private static final long TICK_NS = 1 << 23;
    private static final int TICKS_PER_WHEEL = 1 << 10;
    /** Timers of one tick before the wheel grows. */
    private static final int TIMERS_PER_TICK = 4;
    private static final int EXPIRIES_PER_CYCLE_MAX = 64;
    private static final int TICKS_PER_CYCLE_MAX = 4096;

    private final Long2ObjectHashMap<InboundHandoff> byTimer = new Long2ObjectHashMap<>();
    private final Listener listener;
    private DeadlineTimerWheel wheel;

    HandoffTimers(Listener listener) {
        this.listener = listener;
    }

    /** Replaces the handoff's timer. */
    void arm(InboundHandoff handoff, long deadlineNs) {
        disarm(handoff);
        if (wheel == null) {
            // Armed before the first cycle told the time: deadlines before the wheel's start wait in its first spoke.
            wheel = new DeadlineTimerWheel(TimeUnit.NANOSECONDS, deadlineNs, TICK_NS, TICKS_PER_WHEEL, TIMERS_PER_TICK);
        }
        long timerId = wheel.scheduleTimer(deadlineNs);
        handoff.timer(timerId, deadlineNs);
        byTimer.put(timerId, handoff);
    }

    void disarm(InboundHandoff handoff) {
        if (handoff.timerId() != InboundHandoff.NO_TIMER) {
            wheel.cancelTimer(handoff.timerId());
            byTimer.remove(handoff.timerId());
            handoff.timer(InboundHandoff.NO_TIMER, 0);
        }
    }

    int poll(long nowNs) {
        if (wheel == null) {
            wheel = new DeadlineTimerWheel(TimeUnit.NANOSECONDS, nowNs, TICK_NS, TICKS_PER_WHEEL, TIMERS_PER_TICK);
        }
        if (wheel.timerCount() == 0) {
            // With nothing armed the wheel need not be walked through the ticks that passed.
            wheel.currentTickTime(nowNs);
            return 0;
        }
        // A poll of the wheel is one tick; after a pause there are many, and bounds must not wait for as many cycles.
        int expired = 0;
        int ticksMax = Canary.ONE_TICK_A_CYCLE.isActive() ? 1 : TICKS_PER_CYCLE_MAX;
        for (int i = 0; i < ticksMax && expired < EXPIRIES_PER_CYCLE_MAX
            && wheel.currentTickTime() - nowNs <= 0; i++) {
            expired += wheel.poll(nowNs, this, EXPIRIES_PER_CYCLE_MAX - expired);
        }
        return expired;
    }

    @Override
    public boolean onTimerExpiry(TimeUnit timeUnit, long now, long timerId) {
        InboundHandoff due = byTimer.remove(timerId);
        if (due != null) {
            due.timer(InboundHandoff.NO_TIMER, 0);
            listener.onDue(due);
        }
        return true;
    }
}
