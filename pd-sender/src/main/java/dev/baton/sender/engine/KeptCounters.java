package dev.baton.sender.engine;

import java.util.Locale;
import java.util.concurrent.atomic.AtomicLongArray;

/** What became of blocks that a sender keeps. Written by the engine's thread, read by any. */
public final class KeptCounters {
    /** One number each; the tag is what metrics say. The first two rise and fall, the others only rise. */
    public enum Kind {
        BLOCKS, BYTES, BLOCKS_NAMED, BLOCKS_HIT, BYTES_HIT, EVICTED, LEASES, LEASES_LATE;

        private final String tag = "kept." + name().toLowerCase(Locale.ROOT).replace('_', '.');

        public String tag() {
            return tag;
        }

        public boolean isGauge() {
            return this == BLOCKS || this == BYTES;
        }
    }

    private final AtomicLongArray values = new AtomicLongArray(Kind.values().length);

    public long count(Kind kind) {
        return values.get(index(kind));
    }

    void kept(int blocks, long bytes) {
        add(Kind.BLOCKS, blocks);
        add(Kind.BYTES, bytes);
    }

    /** A handoff named so many blocks that it needs, and found so many bytes of so many of them. */
    void lookedUp(int named, int hit, long hitBytes) {
        add(Kind.BLOCKS_NAMED, named);
        add(Kind.BLOCKS_HIT, hit);
        add(Kind.BYTES_HIT, hitBytes);
    }

    void add(Kind kind, long amount) {
        int index = index(kind);
        values.lazySet(index, values.get(index) + amount);   // one writer: no read-modify-write needed
    }

    @SuppressWarnings("EnumOrdinal")   // a dense index that nothing outside this object ever sees
    private static int index(Kind kind) {
        return kind.ordinal();
    }
}
