package dev.baton.sim.time;

import dev.baton.platform.SplitMix;

/**
 * Seeded chance that is the same in every JVM: SplitMix64 (Steele, Lea and Flood, OOPSLA 2014). One for each purpose, so
 * that drawing more for one does not change what another draws. Not thread-safe.
 */
public final class Chance {
    private static final long PHI = 0x9E37_79B9_7F4A_7C15L;

    private long state;

    public Chance(long seed) {
        state = mix(seed + PHI);
    }

    /** Another chance that depends on this one's seed and the label, and on nothing that is drawn. */
    public static Chance of(long seed, String label) {
        long hash = seed;
        for (int i = 0; i < label.length(); i++) {
            hash = mix(hash ^ label.charAt(i) * PHI);
        }
        return new Chance(hash);
    }

    public long nextLong() {
        state += PHI;
        return mix(state);
    }

    /** 0 to {@code bound} - 1. */
    public int below(int bound) {
        return (int) ((nextLong() >>> 33) % bound);
    }

    /** {@code min} to {@code max}, both included. */
    public long between(long min, long max) {
        return min + Long.remainderUnsigned(nextLong() >>> 1, max - min + 1);
    }

    /** True with that probability. */
    public boolean happens(double probability) {
        return probability > 0 && (nextLong() >>> 11) * 0x1.0p-53 < probability;
    }

    /** 0 to 1. */
    public double fraction() {
        return (nextLong() >>> 11) * 0x1.0p-53;
    }

    /** Good for hashes too. */
    public static long mix(long value) {
        return SplitMix.mix(value);
    }
}
