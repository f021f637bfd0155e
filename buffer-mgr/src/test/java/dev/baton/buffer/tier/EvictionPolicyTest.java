package dev.baton.buffer.tier;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.platform.ThreadAllocation;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What every policy promises, under random chains; and what tells each from the others. */
class EvictionPolicyTest {
    private static final int BLOCK_TOKENS = 512;
    private static final long SEED = 20261121;

    /** A cache of chains: conversation c at length n asks for blocks (c, 0) to (c, n - 1). */
    private static final class Cache {
        final EvictionPolicy policy;
        final int[] slotOf;
        final int[] blockAt;
        final int capacity;
        int cached;

        Cache(Eviction eviction, int capacity, int blocks) {
            this.capacity = capacity;
            policy = eviction.create(capacity, BLOCK_TOKENS);
            slotOf = new int[blocks];
            blockAt = new int[capacity];
            Arrays.fill(slotOf, -1);
            Arrays.fill(blockAt, -1);
        }

        void request(int firstBlock, int count) {
            int hits = 0;
            while (hits < count && slotOf[firstBlock + hits] >= 0) {
                hits++;
            }
            policy.onRequest(count, hits);
            for (int block = firstBlock; block < firstBlock + count; block++) {
                if (slotOf[block] >= 0) {
                    policy.onHit(slotOf[block]);
                } else {
                    insert(block, block == firstBlock ? EvictionPolicy.NO_SLOT : slotOf[block - 1]);
                }
            }
        }

        private void insert(int block, int parentSlot) {
            int parent = parentSlot;
            int slot = cached < capacity ? cached++ : evict();
            if (parent == slot) {
                parent = EvictionPolicy.NO_SLOT;
            }
            slotOf[block] = slot;
            blockAt[slot] = block;
            policy.onInsert(slot, parent, block * 0x9e3779b97f4a7c15L, BLOCK_TOKENS);
        }

        int evict() {
            int victim = policy.nextVictim();
            assertTrue(victim >= 0 && victim < capacity && blockAt[victim] >= 0, "the victim is cached");
            slotOf[blockAt[victim]] = -1;
            blockAt[victim] = -1;
            policy.onRemove(victim);
            return victim;
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldNotNominateWhatWentBeforeItsChild(Eviction eviction) {
        EvictionPolicy policy = eviction.create(4, BLOCK_TOKENS);
        policy.onRequest(3, 0);
        policy.onInsert(0, EvictionPolicy.NO_SLOT, 71, BLOCK_TOKENS);
        policy.onInsert(1, 0, 72, BLOCK_TOKENS);
        policy.onInsert(2, 1, 73, BLOCK_TOKENS);
        policy.onRemove(1);
        policy.onRemove(2);
        policy.onRequest(1, 0);
        policy.onInsert(3, EvictionPolicy.NO_SLOT, 74, BLOCK_TOKENS);

        assertNotEquals(1, policy.nextVictim());
        policy.onRemove(0);
        assertEquals(3, policy.nextVictim());
    }

    @ParameterizedTest
    @EnumSource
    void shouldNominateOnlyWhatIsCachedUntilNothingIs(Eviction eviction) {
        SplittableRandom random = new SplittableRandom(SEED);
        Cache cache = new Cache(eviction, 50, 64 * 16);
        for (int i = 0; i < 3000; i++) {
            cache.request(random.nextInt(64) * 16, 1 + random.nextInt(16));
        }
        for (int left = 50; left > 0; left--) {
            cache.evict();
        }
        assertTrue(Arrays.stream(cache.slotOf).allMatch(slot -> slot == -1), () -> "seed=" + SEED);
    }

    @ParameterizedTest
    @EnumSource
    void shouldAllocateNothingOnceMade(Eviction eviction) {
        SplittableRandom random = new SplittableRandom(SEED);
        Cache cache = new Cache(eviction, 500, 512 * 16);
        for (int i = 0; i < 2000; i++) {
            cache.request(random.nextInt(512) * 16, 16);
        }
        // What the compiler removes once it has come to it: on a busy machine that may be late.
        long allocatedBytes = Long.MAX_VALUE;
        for (int round = 0; round < 50 && allocatedBytes != 0; round++) {
            long before = ThreadAllocation.currentThreadBytes();
            for (int i = 0; i < 20_000; i++) {
                cache.request(((i * 7) & 511) * 16, 1 + (i & 15));
            }
            allocatedBytes = ThreadAllocation.currentThreadBytes() - before;
        }
        assertEquals(0, allocatedBytes);
        assertTrue(cache.policy.bookkeepingBytes() > 500 * 8);
    }

    @Test
    void shouldLetGoWhatWasAskedForLongestAgo() {
        Cache cache = new Cache(Eviction.LRU, 3, 4);
        for (int block = 0; block < 3; block++) {
            cache.request(block, 1);
        }
        cache.request(0, 1);
        cache.request(3, 1);
        assertEquals(-1, cache.slotOf[1]);
    }

    @Test
    void shouldLetGoWhatCameFirst() {
        Cache cache = new Cache(Eviction.FIFO, 3, 4);
        for (int block = 0; block < 3; block++) {
            cache.request(block, 1);
        }
        cache.request(0, 1);
        cache.request(3, 1);
        assertEquals(-1, cache.slotOf[0]);
    }

    @Test
    void shouldLetGoWhatWasAskedForLeastOften() {
        Cache cache = new Cache(Eviction.LFU, 3, 4);
        for (int block = 0; block < 3; block++) {
            cache.request(block, 1);
        }
        cache.request(0, 1);
        cache.request(2, 1);
        cache.request(2, 1);
        cache.request(3, 1);
        assertEquals(-1, cache.slotOf[1]);
    }

    @ParameterizedTest
    @EnumSource(names = {"S3_FIFO", "W_TINYLFU"})
    void shouldKeepWhatIsAskedForAgainThroughAScan(Eviction eviction) {
        Cache cache = new Cache(eviction, 200, 10_000);
        for (int round = 0; round < 4; round++) {
            for (int block = 0; block < 50; block++) {
                cache.request(block, 1);
            }
        }
        for (int block = 1000; block < 3000; block++) {
            cache.request(block, 1);
        }
        for (int block = 0; block < 50; block++) {
            assertNotEquals(-1, cache.slotOf[block], "block=" + block);
        }
    }

    @Test
    void shouldTakeAChainFromItsEndOnly() {
        SplittableRandom random = new SplittableRandom(SEED);
        Cache cache = new Cache(Eviction.CHAIN, 60, 64 * 16);
        for (int i = 0; i < 5000; i++) {
            cache.request(random.nextInt(64) * 16, 1 + random.nextInt(16));
            for (int block = 0; block < cache.slotOf.length; block++) {
                assertTrue(block % 16 == 0 || cache.slotOf[block] < 0 || cache.slotOf[block - 1] >= 0,
                    "a block without the one before it: block=" + block + " request=" + i + " seed=" + SEED);
            }
        }
    }

    @Test
    void shouldNominateAnotherBlockOfAChainCacheWhenOneIsInUse() {
        Cache cache = new Cache(Eviction.CHAIN, 8, 16);
        for (int block = 0; block < 16; block += 2) {
            cache.request(block, 1);
        }
        int first = cache.policy.nextVictim();
        cache.policy.onPassedOver(first);
        int second = cache.policy.nextVictim();
        cache.policy.onPassedOver(second);

        assertNotEquals(first, second);
        assertTrue(cache.policy.nextVictim() != first && cache.policy.nextVictim() != second);
    }

    /** Half of the chains come back after a pause that LRU cannot bridge; the others never do. */
    @Test
    void shouldLearnWhoComesBack() {
        int[] hits = new int[2];
        for (Eviction eviction : new Eviction[] {Eviction.LRU, Eviction.CHAIN}) {
            Cache cache = new Cache(eviction, 400, 40_000 * 4);
            for (int i = 1000; i < 39_000; i++) {
                cache.request(i * 4, i % 2 == 0 ? 4 : 1);                     // odd ones: short, and never again
                int back = (i - 100) & ~1;
                if (i % 2 == 0 && cache.slotOf[back * 4] >= 0 && i > 10_000) {
                    hits[eviction == Eviction.LRU ? 0 : 1]++;
                }
                cache.request(back * 4, 4);
            }
        }
        assertTrue(hits[1] > hits[0], () -> "chain=" + hits[1] + " lru=" + hits[0]);
    }
}
