package dev.baton.sim.check;

/** Folds a state into 64 bits. With n states two of them meet by chance with a probability of about n * n / 4e19. */
final class Mix {
    private long hash = 0x1234_5678_9ABC_DEF1L;

    /** Two sums that depend on the order, so that neither chain is waited for. */
    Mix add(long[] values, int count) {
        long a = hash;
        long b = count;
        for (int i = 0; i < count; i++) {
            a = (a ^ values[i]) * 0x9E37_79B9_7F4A_7C15L;
            a ^= a >>> 29;
            b = Long.rotateLeft(b, 5) * 0xD6E8_FEB8_6659_FD93L + values[i];
        }
        return add(a).add(b);
    }

    private Mix add(long value) {
        long mixed = (hash ^ value) * 0x9E37_79B9_7F4A_7C15L;
        mixed ^= mixed >>> 32;
        mixed *= 0xD6E8_FEB8_6659_FD93L;
        hash = mixed ^ mixed >>> 29;
        return this;
    }

    /** Never 0. */
    long value() {
        return hash == 0 ? 1 : hash;
    }
}
