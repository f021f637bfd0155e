package dev.baton.sim.soak;

import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Draws what happens to one datagram, or to what one read of a connection gave, and counts it. Each path of a relay has a
 * source of its own; the counts are shared and safe to read from any thread.
 */
final class RelayFaults {
    /** What can happen; at most one of these at a time. */
    enum Kind {
        NONE(0),
        DELAYED(50),
        DUPLICATED(60),
        REORDERED(60),
        FLIPPED(1_500),
        CUT(1_000);

        private final int oneOf;

        Kind(int oneOf) {
            this.oneOf = oneOf;
        }

        /** A connection's bytes cannot be sent twice or out of order, and a datagram's path cannot be cut. */
        private boolean fits(boolean isDatagram) {
            return this == DELAYED || this == FLIPPED || (this == CUT ? !isDatagram : this != NONE && isDatagram);
        }

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private static final int DELAY_MS_MAX = 30;

    private final AtomicLongArray counts;
    private final SplittableRandom random;

    private RelayFaults(AtomicLongArray counts, SplittableRandom random) {
        this.counts = counts;
        this.random = random;
    }

    static RelayFaults of(long seed) {
        return new RelayFaults(new AtomicLongArray(Kind.values().length), new SplittableRandom(seed));
    }

    /** For one more path: draws of its own, the same counts. */
    synchronized RelayFaults split() {
        return new RelayFaults(counts, random.split());
    }

    /** What happens to the next piece; not counted yet, since it may turn out not to happen. */
    Kind next(boolean isDatagram) {
        for (Kind kind : Kind.values()) {
            if (kind.fits(isDatagram) && random.nextInt(kind.oneOf) == 0) {
                return kind;
            }
        }
        return Kind.NONE;
    }

    void count(Kind kind) {
        counts.incrementAndGet(index(kind));
    }

    long count(String kind) {
        return counts.get(index(Kind.valueOf(kind.toUpperCase(Locale.ROOT))));
    }

    int delayMs() {
        return random.nextInt(1, DELAY_MS_MAX);
    }

    void flipOneBit(byte[] bytes, int length) {
        bytes[random.nextInt(length)] ^= (byte) (1 << random.nextInt(8));
    }

    @SuppressWarnings("EnumOrdinal")   // an index into this process's own counters, never stored or sent
    private static int index(Kind kind) {
        return kind.ordinal();
    }
}
