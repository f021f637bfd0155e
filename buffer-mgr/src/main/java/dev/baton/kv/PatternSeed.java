package dev.baton.kv;

import java.util.ArrayList;
import java.util.List;

/** Which pattern a request's KV follows, where both ends must know it without telling: see {@link KvPattern}. */
public final class PatternSeed {
    private PatternSeed() {}

    /** The seed of one request: equal for equal arguments, unlike for any other request of the same run. */
    public static long of(long seed, long requestHigh, long requestLow) {
        return seed ^ mix(mix(requestHigh) + requestLow);
    }

    /**
     * The seed of one block's KV: of a block that has a name the same in every request that names it so, else its
     * request's.
     */
    public static long ofBlock(long seed, List<BlockKey> keys, int block, long requestSeed) {
        return block < keys.size() ? of(seed, keys.get(block).first() + mix(keys.get(block).second()),
            keys.get(block).third() + mix(keys.get(block).fourth())) : requestSeed;
    }

    /** Names for the leading blocks of a prompt of that seed: whoever knows it can ask for them. */
    public static List<BlockKey> names(long seed, int blockCount) {
        List<BlockKey> names = new ArrayList<>(blockCount);
        for (int block = 0; block < blockCount; block++) {
            names.add(new BlockKey(mix(seed), block, mix(block), seed));
        }
        return names;
    }

    /** Finaliser of SplitMix64: Steele, Lea, Flood, OOPSLA 2014. */
    private static long mix(long value) {
        long x = value + 0x9e3779b97f4a7c15L;
        x = (x ^ (x >>> 30)) * 0xbf58476d1ce4e5b9L;
        x = (x ^ (x >>> 27)) * 0x94d049bb133111ebL;
        return x ^ (x >>> 31);
    }
}
