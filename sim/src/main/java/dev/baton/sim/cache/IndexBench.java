package dev.baton.sim.cache;

import dev.baton.buffer.index.HitRule;
import dev.baton.buffer.index.PrefixIndex;
import dev.baton.buffer.slab.Tier;
import dev.baton.buffer.tier.Eviction;
import dev.baton.buffer.tier.EvictionPolicy;
import dev.baton.kv.BlockKey;
import dev.baton.kv.KvLayout;
import dev.baton.kv.ModelShapes;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The longest cached prefix of a request of 128 Ki tokens, 512 blocks of 256, in an index of millions of blocks: found,
 * judged by the rule of the model's groups, pinned and unpinned. Chains are asked for at random, so that hardly anything
 * is in the processor's caches. And what a touch and an eviction cost the policy for chains at that size. One thread, by
 * its CPU time, and for lookups by the wall clock too: there, what else the machine does is in the high percentiles.
 */
public final class IndexBench {
    /** Heap that a run takes at most, index and policy, while the garbage of the one before may still lie there. */
    public static final long BYTES_PER_BLOCK_MAX = 250;

    private static final int CHAIN_BLOCKS = 512;
    private static final int BLOCK_TOKENS = 256;
    /** A prime that divides no number of blocks: stepping by it visits each once. */
    private static final long SCATTER = 2_147_483_647L;
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private final int blocks;
    private final int chains;
    private final boolean isScattered;
    private final PrefixIndex index;
    private final UnsafeBuffer keys = new UnsafeBuffer(new byte[CHAIN_BLOCKS * BlockKey.LENGTH_BYTES]);
    private final int[] slots = new int[CHAIN_BLOCKS];
    private final HitRule rule;

    /**
     * What was measured.
     *
     * @param cpuUs         of a lookup of 512 blocks that are all there, CPU time
     * @param wallUs        the same by the wall clock
     * @param missUs        of a lookup of which nothing is there, CPU time
     * @param bytesPerBlock heap of the index
     * @param insertNs      mean of one block
     * @param touchNs       of the chain policy: mean of one block touched again
     * @param replaceNs     of the chain policy: mean of one block nominated, removed and another inserted
     * @param policyBytesPerBlock heap of the chain policy
     */
    public record Result(int blocks, Spread cpuUs, Spread wallUs, Spread missUs, double bytesPerBlock,
        double insertNs, double touchNs, double replaceNs, double policyBytesPerBlock) {}

    /** Of many values. */
    public record Spread(double p50, double p99, double max) {
        private static Spread of(double[] values) {
            double[] sorted = values.clone();
            Arrays.sort(sorted);
            return new Spread(sorted[sorted.length / 2],
                sorted[(int) Math.min(sorted.length - 1L, Math.round(0.99 * sorted.length))], sorted[sorted.length - 1]);
        }
    }

    /**
     * Makes an empty index.
     *
     * @param blocks      in the index, rounded down to whole chains; 512 at least
     * @param isScattered whether blocks come in an order in which no chain's are neighbours: the worst there is
     */
    public IndexBench(int blocks, boolean isScattered) {
        this.isScattered = isScattered;
        chains = Math.max(1, blocks / CHAIN_BLOCKS);
        this.blocks = chains * CHAIN_BLOCKS;
        index = new PrefixIndex(this.blocks);
        KvLayout layout = ModelShapes.layout("Llama-3.1-70B");
        rule = new HitRule(layout);
    }

    /**
     * Fills the index, then looks up.
     *
     * @throws IllegalStateException if a lookup finds anything but what is there
     */
    public Result run(int lookups, long seed) {
        long startNs = THREADS.getCurrentThreadCpuTime();
        for (int at = 0; at < blocks; at++) {
            int block = isScattered ? (int) (at * SCATTER % blocks) : at;
            makeKey(block, 0);
            index.groups(index.insert(keys, 0), Tier.DRAM, 1);
        }
        double insertNs = (double) (THREADS.getCurrentThreadCpuTime() - startNs) / blocks;
        SplittableRandom random = new SplittableRandom(seed);
        lookUp(random, lookups / 4 + 1, true);
        Spread[] hits = lookUp(random, lookups, true);
        Spread[] misses = lookUp(random, lookups, false);
        double bytesPerBlock = (double) index.bookkeepingBytes() / blocks;
        EvictionPolicy policy = Eviction.CHAIN.create(blocks, BLOCK_TOKENS);
        double[] policyNs = turnOver(policy, random);
        return new Result(blocks, hits[0], hits[1], misses[0], bytesPerBlock, insertNs,
             policyNs[0], policyNs[1], (double) policy.bookkeepingBytes() / blocks);
    }

    /** Microseconds of lookups: CPU time, and by the wall clock. */
    private Spread[] lookUp(SplittableRandom random, int lookups, boolean isThere) {
        double[] cpuUs = new double[lookups];
        double[] wallUs = new double[lookups];
        for (int i = 0; i < lookups; i++) {
            makeKeys(isThere ? random.nextInt(chains) : chains + i);
            long cpuNs = THREADS.getCurrentThreadCpuTime();
            long wallNs = System.nanoTime();
            int found = index.find(keys, 0, CHAIN_BLOCKS, slots, true);
            int hit = rule.hitBlocks(index, slots, found, Tier.DRAM);
            for (int block = 0; block < hit; block++) {
                index.pin(slots[block]);
            }
            wallUs[i] = (System.nanoTime() - wallNs) / 1e3;
            cpuUs[i] = (THREADS.getCurrentThreadCpuTime() - cpuNs) / 1e3;
            if (hit != (isThere ? CHAIN_BLOCKS : 0)) {
                throw new IllegalStateException("wrong hit: blocks=" + hit + " lookup=" + i);
            }
            for (int block = 0; block < hit; block++) {
                index.unpin(slots[block]);
            }
        }
        return new Spread[] {Spread.of(cpuUs), Spread.of(wallUs)};
    }

    /** Fills the policy, touches a tenth of its chains again, replaces a tenth of its blocks. */
    private double[] turnOver(EvictionPolicy policy, SplittableRandom random) {
        for (int slot = 0; slot < blocks; slot++) {
            insert(policy, slot, slot % CHAIN_BLOCKS == 0 ? EvictionPolicy.NO_SLOT : slot - 1, slot);
        }
        int turns = Math.max(1, chains / 10);
        long startNs = THREADS.getCurrentThreadCpuTime();
        for (int turn = 0; turn < turns; turn++) {
            int first = random.nextInt(chains) * CHAIN_BLOCKS;
            policy.onRequest(CHAIN_BLOCKS, CHAIN_BLOCKS);
            for (int slot = first; slot < first + CHAIN_BLOCKS; slot++) {
                policy.onHit(slot);
            }
        }
        long touchedNs = THREADS.getCurrentThreadCpuTime();
        for (int turn = 0; turn < turns; turn++) {
            int parent = EvictionPolicy.NO_SLOT;
            for (int block = 0; block < CHAIN_BLOCKS; block++) {
                int slot = policy.nextVictim();
                policy.onRemove(slot);
                insert(policy, slot, block == 0 ? EvictionPolicy.NO_SLOT : parent, blocks + turn * CHAIN_BLOCKS + block);
                parent = slot;
            }
        }
        double count = (double) turns * CHAIN_BLOCKS;
        return new double[] {(touchedNs - startNs) / count, (THREADS.getCurrentThreadCpuTime() - touchedNs) / count};
    }

    private static void insert(EvictionPolicy policy, int slot, int parent, long block) {
        if (parent == EvictionPolicy.NO_SLOT) {
            policy.onRequest(CHAIN_BLOCKS, 0);
        }
        policy.onInsert(slot, parent, mix(block), BLOCK_TOKENS);
    }

    /** Keys as well mixed as an HMAC's, made by arithmetic, so that the bench need not keep them. */
    private void makeKeys(int chain) {
        long block = (long) chain * CHAIN_BLOCKS;
        for (int at = 0; at < keys.capacity(); at += BlockKey.LENGTH_BYTES, block++) {
            makeKey(block, at);
        }
    }

    private void makeKey(long block, int offset) {
        for (int word = 0; word < 4; word++) {
            keys.putLong(offset + word * Long.BYTES, mix(block * 4 + word));
        }
    }

    /** The finalizer of SplitMix64 (Steele, Lea, Flood, OOPSLA 2014). */
    private static long mix(long value) {
        long mixed = value + 0x9e3779b97f4a7c15L;
        mixed = (mixed ^ (mixed >>> 30)) * 0xbf58476d1ce4e5b9L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94d049bb133111ebL;
        return mixed ^ (mixed >>> 31);
    }
}
