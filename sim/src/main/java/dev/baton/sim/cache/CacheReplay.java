package dev.baton.sim.cache;

import dev.baton.buffer.tier.EvictionPolicy;
import dev.baton.sim.trace.TraceRequest;
import java.util.Arrays;

/**
 * Plays a trace against one cache: a request hits its longest prefix of cached blocks, then all its blocks are touched
 * in their order, and inserted where they are missing. Tokens hit are those of the blocks hit, the request's at most.
 * Source of the definition: the LRU curves published beside Mooncake's traces. One thread.
 */
public final class CacheReplay {
    /** At this place in a prompt attention costs as much as all the rest of Llama-3.1-70B: 2 * 70.6e9 / (4 * 80 * 8192). */
    public static final int ATTENTION_TOKENS = 53_900;

    private static final int NOT_CACHED = -1;

    private final CacheTrace trace;
    private final EvictionPolicy policy;
    private final int[] slotOf;
    private final int[] blockAt;
    private final int[] freeSlots;
    private int freeCount;

    private CacheReplay(CacheTrace trace, EvictionPolicy policy, int capacityBlocks) {
        this.trace = trace;
        this.policy = policy;
        slotOf = new int[trace.uniqueBlocks()];
        blockAt = new int[capacityBlocks];
        freeSlots = new int[capacityBlocks];
        Arrays.fill(slotOf, NOT_CACHED);
        for (int slot = capacityBlocks - 1; slot >= 0; slot--) {
            freeSlots[freeCount++] = slot;
        }
    }

    /**
     * Shares of prompt tokens that were hit, 0 to 1.
     *
     * @param first  in the first half of the requests, on which policies are tuned
     * @param second in the second half, on which they are judged
     * @param whole  in all
     * @param blocks share of the blocks asked for, in all
     * @param cost   share of what it costs to compute the second half's prompts, attention included
     */
    public record Hits(double first, double second, double whole, double blocks, double cost) {}

    /** Plays the whole trace; the cache is empty at first. */
    public static Hits run(CacheTrace trace, EvictionPolicy policy, int capacityBlocks) {
        return new CacheReplay(trace, policy, capacityBlocks).run();
    }

    private Hits run() {
        int half = trace.requestCount() / 2;
        long[] tokens = new long[2];
        long[] hitTokens = new long[2];
        long blocks = 0;
        long hitBlocks = 0;
        double cost = 0;
        double hitCost = 0;
        for (int request = 0; request < trace.requestCount(); request++) {
            int hits = play(request);
            int part = request < half ? 0 : 1;
            long hit = Math.min(trace.promptTokens(request), (long) hits * TraceRequest.BLOCK_TOKENS);
            tokens[part] += trace.promptTokens(request);
            hitTokens[part] += hit;
            cost += part * cost(trace.promptTokens(request));
            hitCost += part * cost(hit);
            blocks += trace.blocks(request).length;
            hitBlocks += hits;
        }
        return new Hits((double) hitTokens[0] / Math.max(1, tokens[0]), (double) hitTokens[1] / Math.max(1, tokens[1]),
            (double) (hitTokens[0] + hitTokens[1]) / Math.max(1, tokens[0] + tokens[1]),
            (double) hitBlocks / Math.max(1, blocks), hitCost / Math.max(1, cost));
    }

    /** Of the first tokens of a prompt, in tokens without attention. */
    private static double cost(long tokens) {
        return tokens + (double) tokens * tokens / (2.0 * ATTENTION_TOKENS);
    }

    private int play(int request) {
        int[] blocks = trace.blocks(request);
        int hits = 0;
        while (hits < blocks.length && slotOf[blocks[hits]] != NOT_CACHED) {
            hits++;
        }
        policy.onRequest(blocks.length, hits);
        for (int at = 0; at < blocks.length; at++) {
            int slot = slotOf[blocks[at]];
            if (slot != NOT_CACHED) {
                policy.onHit(slot);
            } else {
                slot = takeSlot();
                int parent = at == 0 ? EvictionPolicy.NO_SLOT : slotOf[blocks[at - 1]];   // it may just have gone
                slotOf[blocks[at]] = slot;
                blockAt[slot] = blocks[at];
                policy.onInsert(slot, parent, keyHash(blocks[at]), trace.tokens(request, at));
            }
        }
        return hits;
    }

    private int takeSlot() {
        if (freeCount == 0) {
            int victim = policy.nextVictim();
            policy.onRemove(victim);
            slotOf[blockAt[victim]] = NOT_CACHED;
            freeSlots[freeCount++] = victim;
        }
        return freeSlots[--freeCount];
    }

    /** Well mixed, as a key's own bits are: the finalizer of SplitMix64 (Steele, Lea, Flood, OOPSLA 2014). */
    private static long keyHash(int block) {
        long mixed = block + 0x9e3779b97f4a7c15L;
        mixed = (mixed ^ (mixed >>> 30)) * 0xbf58476d1ce4e5b9L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94d049bb133111ebL;
        return mixed ^ (mixed >>> 31);
    }
}
