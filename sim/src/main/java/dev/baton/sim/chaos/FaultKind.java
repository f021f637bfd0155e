package dev.baton.sim.chaos;

import java.util.Locale;

/** What can go wrong on purpose. Each seed enables some of them. */
enum FaultKind {
    CRASH_SENDER(true),
    CRASH_RECEIVER(true),
    PAUSE_SENDER(true),
    PAUSE_RECEIVER(true),
    PARTITION(true),
    PARTITION_ONE_WAY(true),
    DRIVER_DEATH(true),
    ENGINE_GONE(true),
    LOSS(false),
    RAW_CONTROL(false),
    DELAY(false),
    BIT_FLIP(false),
    TRUNCATION(false),
    LANE_BREAK(false),
    LATE_WRITE(false),
    COMPLETION_LOST(false),
    ZOMBIE_WRITE(false),
    FENCE_FAILURE(false),
    CLOCK_RATE(false),
    SLOW_ENGINE(false),
    CANCEL(false),
    SLOW_AGENT(false);

    private final boolean isEvent;

    FaultKind(boolean isEvent) {
        this.isEvent = isEvent;
    }

    /** Happens at a drawn time to a drawn node; the others all along, at drawn rates. */
    boolean isEvent() {
        return isEvent;
    }

    String tag() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
