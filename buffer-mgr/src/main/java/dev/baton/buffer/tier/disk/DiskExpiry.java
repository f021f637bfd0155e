package dev.baton.buffer.tier.disk;

import java.util.List;
import java.util.concurrent.TimeUnit;

import org.agrona.DirectBuffer;

import dev.baton.buffer.tier.TimeToLive;
import dev.baton.buffer.tier.log.LogFile;
import dev.baton.buffer.tier.log.RecordIndex;

/**
 * What can be found in a disk tier, by its age too: a block that is too old goes when it is asked for, or when one of the passes
 * over the whole index comes to it; a file in which nothing is found any more goes with it. The store's thread.
 */
final class DiskExpiry {
    private static final int LOOKED_PER_CYCLE_MAX = 512;
    private static final int PASSES_PER_LIFE = 8;
    private static final long PAUSE_MS_MIN = 100;
    private static final long PAUSE_MS_MAX = 60_000;

    private final TimeToLive timeToLive;
    private final RecordIndex index;
    private final List<DiskDevice> devices;
    private final DiskCounters counters;
    private final long pauseNs;
    private boolean isPassing;
    private int cursor;
    private long passDueNs;

    DiskExpiry(TimeToLive timeToLive, RecordIndex index, List<DiskDevice> devices, DiskCounters counters, long nowNs) {
        this.timeToLive = timeToLive;
        this.index = index;
        this.devices = devices;
        this.counters = counters;
        pauseNs = TimeUnit.MILLISECONDS.toNanos(Math.clamp(timeToLive.ms() / PASSES_PER_LIFE, PAUSE_MS_MIN, PAUSE_MS_MAX));
        passDueNs = nowNs + pauseNs;
    }

    /** For a block that is stored now. */
    long nowMs() {
        return timeToLive.nowMs().getAsLong();
    }

    /** The entry of that name, ready or not, or {@link RecordIndex#NONE}: what is about to go, or too old, is not there. */
    int find(DirectBuffer name, int nameOffset) {
        int entry = index.find(name, nameOffset);
        return entry == RecordIndex.NONE || index.file(entry).state() == LogFile.State.DYING || isGone(entry, nowMsIfAsked())
            ? RecordIndex.NONE : entry;
    }

    /** The same of what can be loaded now. */
    int findReadable(DirectBuffer name, int nameOffset) {
        int entry = find(name, nameOffset);
        return entry != RecordIndex.NONE && index.isReady(entry) && devices.get(index.file(entry).device).circuit.mayRead()
            ? entry : RecordIndex.NONE;
    }

    /** A bounded piece of a pass, if one is due. True when a pass has just ended. */
    boolean isPassOver(long nowNs) {
        isPassing |= timeToLive.isLimited() && passDueNs - nowNs <= 0;
        if (!isPassing) {
            return false;
        }
        long timeMs = nowMs();
        int end = Math.min(index.entryEnd(), cursor + LOOKED_PER_CYCLE_MAX);
        for (; cursor < end; cursor++) {
            isGone(cursor, timeMs);
        }
        if (cursor < index.entryEnd()) {
            return false;
        }
        cursor = 0;
        isPassing = false;
        passDueNs = nowNs + pauseNs;
        return true;
    }

    private long nowMsIfAsked() {
        return timeToLive.isLimited() ? nowMs() : 0;
    }

    private boolean isGone(int entry, long timeMs) {
        boolean isOver = index.isReady(entry) && timeToLive.isOver(index.storedMs(entry), timeMs);
        if (isOver) {
            index.remove(entry);
            counters.expired++;
        }
        return isOver;
    }
}
