package dev.baton.platform;

/** The finaliser of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014): every bit of the value changes half of the bits of the result. */
public final class SplitMix {
    private SplitMix() {}

    /** Good for hashes; no two values have one result. */
    public static long mix(long value) {
        long z = (value ^ (value >>> 30)) * 0xBF58_476D_1CE4_E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D0_49BB_1331_11EBL;
        return z ^ (z >>> 31);
    }
}
