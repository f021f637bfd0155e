package dev.baton.kv;

/** Which pattern a request's KV follows, where both ends must know it without telling: see {@link KvPattern}. */
public final class PatternSeed {
    private PatternSeed() {}

    /** The seed of one request: equal for equal arguments, unlike for any other request of the same run. */
    public static long of(long seed, long requestHigh, long requestLow) {
        return seed ^ mix(mix(requestHigh) + requestLow);
    }

    /** Finaliser of SplitMix64: Steele, Lea, Flood, OOPSLA 2014. */
    private static long mix(long value) {
        long x = value + 0x9e3779b97f4a7c15L;
        x = (x ^ (x >>> 30)) * 0xbf58476d1ce4e5b9L;
        x = (x ^ (x >>> 27)) * 0x94d049bb133111ebL;
        return x ^ (x >>> 31);
    }
}
