package dev.baton.sender.core;

import java.util.concurrent.TimeUnit;

import org.agrona.DeadlineTimerWheel;
import org.agrona.collections.Long2ObjectHashMap;

/** One wheel for the timers of all handoffs, at most one each. Pure; control agent's thread. */
final class OutboundTimers {
    private static final long TICK_NS = 1L << 23;
    private static final int TICKS_PER_WHEEL = 1024;
    /** Timers of one tick before the wheel grows. */
    private static final int TIMERS_PER_TICK = 4;
    private static final int TICKS_PER_CYCLE_MAX = 4096;

    private final DeadlineTimerWheel wheel;
    private final Long2ObjectHashMap<OutboundHandoff> byTimer = new Long2ObjectHashMap<>();

    OutboundTimers(long startNs) {
        wheel = new DeadlineTimerWheel(TimeUnit.NANOSECONDS, startNs, TICK_NS, TICKS_PER_WHEEL, TIMERS_PER_TICK);
    }

    /** Its next timer is what {@link OutboundHandoff#nextTimerNs()} says now, and not what it said before. */
    void wake(OutboundHandoff handoff) {
        if (handoff.timerId != DeadlineTimerWheel.NULL_DEADLINE) {
            wheel.cancelTimer(handoff.timerId);
            byTimer.remove(handoff.timerId);
            handoff.timerId = DeadlineTimerWheel.NULL_DEADLINE;
        }
        long timeNs = handoff.nextTimerNs();
        if (timeNs != OutboundHandoff.NEVER) {
            handoff.timerId = wheel.scheduleTimer(timeNs);
            byTimer.put(handoff.timerId, handoff);
        }
    }

    /** Tells {@code expiry} of the timers that are due. Returns how many. */
    int poll(long nowNs, DeadlineTimerWheel.TimerHandler expiry) {
        if (wheel.timerCount() == 0) {
            wheel.currentTickTime(nowNs);
            return 0;
        }
        int expired = 0;
        for (int i = 0; i < TICKS_PER_CYCLE_MAX && wheel.currentTickTime() - nowNs <= 0; i++) {
            expired += wheel.poll(nowNs, expiry, Integer.MAX_VALUE);
        }
        return expired;
    }

    /** Whose timer expired; it has none from here. Null where it was cancelled meanwhile. */
    OutboundHandoff expiredOrNull(long timerId) {
        OutboundHandoff handoff = byTimer.remove(timerId);
        if (handoff != null) {
            handoff.timerId = DeadlineTimerWheel.NULL_DEADLINE;
        }
        return handoff;
    }
}
