package dev.baton.receiver.landing;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

import dev.baton.transport.LandingListener;

/** What one data agent counts. One writer, its agent; any thread reads. */
public final class LandingCounters {
    private static final VarHandle CELLS = MethodHandles.arrayElementVarHandle(long[].class);
    private static final int LANDED = 8;
    private static final int VERIFIED = 9;
    private static final int REFUSED_BYTES = 10;
    private static final int REFUSED_FRAMES = 11;
    private static final int CORRUPT = 12;
    private static final int BAD_FRAMES = 13;
    private static final int VERIFIED_CELLS = 14;
    private static final int WRONG_TAGS = 15;
    private static final int REPLAYED = 16;
    private static final int REREAD = 17;
    /** Own cache lines on both sides. */
    private final long[] values = new long[32];

    public long landedBytes() {
        return read(LANDED);
    }

    public long verifiedBytes() {
        return read(VERIFIED);
    }

    public long verifiedCells() {
        return read(VERIFIED_CELLS);
    }

    /** Bytes that came for a reservation, place or session that was not current, and went nowhere. */
    public long refusedBytes() {
        return read(REFUSED_BYTES);
    }

    public long refusedFrames() {
        return read(REFUSED_FRAMES);
    }

    public long corruptCells() {
        return read(CORRUPT);
    }

    public long badFrames() {
        return read(BAD_FRAMES);
    }

    /** Bad frames of encrypted lanes that were not as their sender sealed them. */
    public long wrongTags() {
        return read(WRONG_TAGS);
    }

    /** Bad frames of encrypted lanes that came before, or too late. */
    public long replayedFrames() {
        return read(REPLAYED);
    }

    /** Bytes of failed handoffs that were read again before their blocks were kept. */
    public long rereadBytes() {
        return read(REREAD);
    }

    void reread(int bytes) {
        add(REREAD, bytes);
    }

    void landed(int bytes) {
        add(LANDED, bytes);
    }

    void verified(int bytes) {
        add(VERIFIED, bytes);
        add(VERIFIED_CELLS, 1);
    }

    void refused(int bytes) {
        add(REFUSED_BYTES, bytes);
        add(REFUSED_FRAMES, 1);
    }

    void corrupt() {
        add(CORRUPT, 1);
    }

    void badFrame(String reason) {
        add(BAD_FRAMES, 1);
        if (reason.equals(LandingListener.WRONG_TAG)) {
            add(WRONG_TAGS, 1);
        } else if (reason.equals(LandingListener.REPLAYED)) {
            add(REPLAYED, 1);
        }
    }

    private long read(int index) {
        return (long) CELLS.getOpaque(values, index);
    }

    private void add(int index, long amount) {
        CELLS.setOpaque(values, index, (long) CELLS.getOpaque(values, index) + amount);
    }
}
