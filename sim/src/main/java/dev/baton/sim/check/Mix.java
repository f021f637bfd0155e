package dev.baton.sim.check;

/** Folds a state into 64 bits. With n states two of them meet by chance with a probability of about n * n / 4e19. */
final class Mix {
    private static final long PHI = 0x9E37_79B9_7F4A_7C15L;
    private static final long PRIME = 0xD6E8_FEB8_6659_FD93L;

    private long hash = 0x1234_5678_9ABC_DEF1L;

    /** Four sums that depend on the order, so that none is waited for. */
    Mix add(long[] values, int count) {
        long a = hash;
        long b = count;
        long c = PHI;
        long d = PRIME;
        int i = 0;
        for (; i + 4 <= count; i += 4) {
            a = step(a, values[i]);
            b = step(b, values[i + 1]);
            c = step(c, values[i + 2]);
            d = step(d, values[i + 3]);
        }
        for (; i < count; i++) {
            a = step(a, values[i]);
        }
        return add(a).add(b).add(c).add(d);
    }

    private static long step(long sum, long value) {
        long mixed = (sum ^ value) * PHI;
        return mixed ^ mixed >>> 29;
    }

    Mix add(long value) {
        long mixed = (hash ^ value) * PHI;
        mixed ^= mixed >>> 32;
        mixed *= PRIME;
        hash = mixed ^ mixed >>> 29;
        return this;
    }

    /** Never 0. */
    long value() {
        return hash == 0 ? 1 : hash;
    }
}
