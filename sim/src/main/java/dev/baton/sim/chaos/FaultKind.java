package dev.baton.sim.chaos;

import java.util.Locale;

/** What can go wrong on purpose. Each seed enables some of them. */
enum FaultKind {
    CRASH_SENDER(Way.EVENT),
    CRASH_RECEIVER(Way.EVENT),
    PAUSE_SENDER(Way.EVENT),
    PAUSE_RECEIVER(Way.EVENT),
    PARTITION(Way.EVENT),
    PARTITION_ONE_WAY(Way.EVENT),
    DRIVER_DEATH(Way.EVENT),
    ENGINE_GONE(Way.EVENT),
    LOSS(Way.ALL_ALONG),
    RAW_CONTROL(Way.ALL_ALONG),
    DELAY(Way.ALL_ALONG),
    BIT_FLIP(Way.ALL_ALONG),
    TRUNCATION(Way.ALL_ALONG),
    LANE_BREAK(Way.ALL_ALONG),
    LATE_WRITE(Way.ALL_ALONG),
    COMPLETION_LOST(Way.ALL_ALONG),
    ZOMBIE_WRITE(Way.ALL_ALONG),
    FENCE_FAILURE(Way.ALL_ALONG),
    CLOCK_RATE(Way.ALL_ALONG),
    SLOW_ENGINE(Way.ALL_ALONG),
    CANCEL(Way.ALL_ALONG),
    SLOW_AGENT(Way.ALL_ALONG),
    DISK_FULL(Way.DISK_EVENT),
    DISK_ERRORS(Way.DISK_EVENT),
    DISK_HANG(Way.DISK_EVENT),
    DISK_SLOW(Way.DISK_ALL_ALONG),
    TORN_WRITE(Way.DISK_ALL_ALONG),
    LOST_WRITE(Way.DISK_ALL_ALONG),
    MISDIRECTED_WRITE(Way.DISK_ALL_ALONG),
    ROTTEN_WRITE(Way.DISK_ALL_ALONG);

    private enum Way {
        EVENT, ALL_ALONG, DISK_EVENT, DISK_ALL_ALONG
    }

    private final Way way;

    FaultKind(Way way) {
        this.way = way;
    }

    /** Happens at a drawn time to a drawn node; the others all along, at drawn rates. */
    boolean isEvent() {
        return way == Way.EVENT || way == Way.DISK_EVENT;
    }

    /** Happens to a disk below a receiver, in those seeds that have any. */
    boolean isOfDisk() {
        return way == Way.DISK_EVENT || way == Way.DISK_ALL_ALONG;
    }

    String tag() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
