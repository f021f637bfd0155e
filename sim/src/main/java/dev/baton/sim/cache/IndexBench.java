package dev.baton.sim.cache;

import dev.baton.buffer.index.BlockTable;
import dev.baton.buffer.index.HitRule;
import dev.baton.buffer.tier.Eviction;
import dev.baton.buffer.tier.EvictionPolicy;
import dev.baton.kv.BlockKey;
import dev.baton.kv.ModelShapes;
import dev.baton.platform.ThreadAllocation;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * The longest held prefix of a request of 128 Ki tokens among millions of blocks, through the table that a receiver asks at each grant: found in
 * its tenant's namespace, judged by the rule of the model's groups, and told who has each block. Chains are asked for at random, so that
 * hardly anything is in the processor's caches. And what a touch and an eviction cost the policy for chains at that size. One
 * thread, by its CPU time, and for lookups by the wall clock too: there, what else the machine does is in the high percentiles.
 */
public final class IndexBench {
    /** Heap that a run takes at most, table and policy, while the garbage of the one before may still lie there. */
    public static final long BYTES_PER_BLOCK_MAX = 250;

    private static final int PROMPT_TOKENS = 128 << 10;
    private static final int POLICY_CHAIN_BLOCKS = 512;
    private static final int POLICY_UNIT_TOKENS = 256;
    private static final long TENANT = 0xc0ffeeL;
    /** A prime that divides no number of blocks: stepping by it visits each once. */
    private static final long SCATTER = 2_147_483_647L;
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private final int chainBlocks;
    private final int blockTokens;
    private final int blocks;
    private final int chains;
    private final boolean isScattered;
    private final BlockTable<Integer> table;
    private final HitRule rule;

    /**
     * What was measured.
     *
     * @param cpuUs         of a lookup of a whole prompt that is all there, CPU time
     * @param wallUs        the same by the wall clock
     * @param missUs        of a lookup of which nothing is there, CPU time
     * @param allocating    lookups that allocated anything on the heap, of {@code lookups}
     * @param bytesPerBlock heap of the table
     * @param insertNs      mean of one block
     * @param touchNs       of the chain policy: mean of one block touched again; 0 where it was not asked for
     * @param replaceNs     of the chain policy: mean of one block nominated, removed and another inserted
     * @param policyBytesPerBlock heap of the chain policy
     */
    public record Result(int blocks, int blocksPerLookup, Spread cpuUs, Spread wallUs, Spread missUs, int lookups, int allocating,
        double bytesPerBlock, double insertNs, double touchNs, double replaceNs, double policyBytesPerBlock) {}

    /** Of many values. */
    public record Spread(double p50, double p99, double p999, double max) {
        private static Spread of(double[] values) {
            double[] sorted = values.clone();
            Arrays.sort(sorted);
            return new Spread(sorted[sorted.length / 2], at(sorted, 0.99), at(sorted, 0.999), sorted[sorted.length - 1]);
        }

        private static double at(double[] sorted, double share) {
            return sorted[(int) Math.min(sorted.length - 1L, Math.round(share * sorted.length))];
        }
    }

    /**
     * Makes an empty table.
     *
     * @param blocks      in the table, rounded down to whole chains; a chain at least
     * @param blockTokens of a block: the prompt has 128 Ki tokens
     * @param isScattered whether blocks come in an order in which no chain's are neighbours: the worst there is
     */
    public IndexBench(int blocks, int blockTokens, boolean isScattered) {
        this.blockTokens = blockTokens;
        this.isScattered = isScattered;
        chainBlocks = PROMPT_TOKENS / blockTokens;
        chains = Math.max(1, blocks / chainBlocks);
        this.blocks = chains * chainBlocks;
        rule = new HitRule(ModelShapes.layout("Llama-3.1-70B").withBlockTokens(blockTokens));
        table = new BlockTable<>(this.blocks, rule);
    }

    /**
     * Fills the table, then looks up.
     *
     * @param hasPolicy whether the policy for chains is measured, too
     * @throws IllegalStateException if a lookup finds anything but what is there
     */
    public Result run(int lookups, long seed, boolean hasPolicy) {
        int[] owners = new int[chains];
        Arrays.setAll(owners, chain -> table.enter(chain));
        long startNs = THREADS.getCurrentThreadCpuTime();
        for (int at = 0; at < blocks; at++) {
            int block = isScattered ? (int) (at * SCATTER % blocks) : at;
            table.put(owners[block / chainBlocks], TENANT, HitRule.FULL, key(block), 0, block % chainBlocks);
        }
        double insertNs = (double) (THREADS.getCurrentThreadCpuTime() - startNs) / blocks;
        SplittableRandom random = new SplittableRandom(seed);
        lookUp(random, lookups / 4 + 1, true);
        Lookups hits = lookUp(random, lookups, true);
        Lookups misses = lookUp(random, lookups, false);
        double bytesPerBlock = (double) table.bookkeepingBytes() / blocks;
        double[] policyNs = {0, 0};
        double policyBytes = 0;
        if (hasPolicy) {
            EvictionPolicy policy = Eviction.CHAIN.create(blocks, blockTokens);
            policyNs = turnOver(policy, random);
            policyBytes = (double) policy.bookkeepingBytes() / blocks;
        }
        return new Result(blocks, chainBlocks, hits.cpuUs(), hits.wallUs(), misses.cpuUs(), 2 * lookups,
            hits.allocating() + misses.allocating(),
            bytesPerBlock, insertNs, policyNs[0], policyNs[1], policyBytes);
    }

    private record Lookups(Spread cpuUs, Spread wallUs, int allocating) {}

    private Lookups lookUp(SplittableRandom random, int lookups, boolean isThere) {
        double[] cpuUs = new double[lookups];
        double[] wallUs = new double[lookups];
        BlockKey[] keys = new BlockKey[chainBlocks];
        List<BlockKey> asked = Arrays.asList(keys);
        int allocating = 0;
        for (int i = 0; i < lookups; i++) {
            int chain = isThere ? random.nextInt(chains) : chains + i;
            Arrays.setAll(keys, block -> key((long) chain * chainBlocks + block));
            long beforeBytes = ThreadAllocation.currentThreadBytes();
            long cpuNs = THREADS.getCurrentThreadCpuTime();
            long wallNs = System.nanoTime();
            int hit = table.find(TENANT, asked, 0, chainBlocks);
            int own = 0;
            for (int block = 0; block < hit; block++) {
                own += table.foundOwner(block) == chain ? 1 : 0;
            }
            wallUs[i] = (System.nanoTime() - wallNs) / 1e3;
            cpuUs[i] = (THREADS.getCurrentThreadCpuTime() - cpuNs) / 1e3;
            allocating += ThreadAllocation.currentThreadBytes() == beforeBytes ? 0 : 1;
            if (hit != (isThere ? chainBlocks : 0) || own != hit) {
                throw new IllegalStateException("wrong hit: blocks=" + hit + " own=" + own + " lookup=" + i);
            }
        }
        return new Lookups(Spread.of(cpuUs), Spread.of(wallUs), allocating);
    }

    /** Fills the policy, touches a tenth of its chains again, replaces a tenth of its blocks. */
    private double[] turnOver(EvictionPolicy policy, SplittableRandom random) {
        int policyChains = blocks / POLICY_CHAIN_BLOCKS;
        for (int slot = 0; slot < blocks; slot++) {
            insert(policy, slot, slot % POLICY_CHAIN_BLOCKS == 0 ? EvictionPolicy.NO_SLOT : slot - 1, slot);
        }
        int turns = Math.max(1, policyChains / 10);
        long startNs = THREADS.getCurrentThreadCpuTime();
        for (int turn = 0; turn < turns; turn++) {
            int first = random.nextInt(policyChains) * POLICY_CHAIN_BLOCKS;
            policy.onRequest(POLICY_CHAIN_BLOCKS, POLICY_CHAIN_BLOCKS);
            for (int slot = first; slot < first + POLICY_CHAIN_BLOCKS; slot++) {
                policy.onHit(slot);
            }
        }
        long touchedNs = THREADS.getCurrentThreadCpuTime();
        for (int turn = 0; turn < turns; turn++) {
            int parent = EvictionPolicy.NO_SLOT;
            for (int block = 0; block < POLICY_CHAIN_BLOCKS; block++) {
                int slot = policy.nextVictim();
                policy.onRemove(slot);
                insert(policy, slot, block == 0 ? EvictionPolicy.NO_SLOT : parent, blocks + turn * POLICY_CHAIN_BLOCKS + block);
                parent = slot;
            }
        }
        double count = (double) turns * POLICY_CHAIN_BLOCKS;
        return new double[] {(touchedNs - startNs) / count, (THREADS.getCurrentThreadCpuTime() - touchedNs) / count};
    }

    private static void insert(EvictionPolicy policy, int slot, int parent, long block) {
        if (parent == EvictionPolicy.NO_SLOT) {
            policy.onRequest(POLICY_CHAIN_BLOCKS, 0);
        }
        policy.onInsert(slot, parent, mix(block), POLICY_UNIT_TOKENS);
    }

    /** Keys as well mixed as an HMAC's, made by arithmetic, so that the bench need not keep them. */
    private static BlockKey key(long block) {
        return new BlockKey(mix(block * 4), mix(block * 4 + 1), mix(block * 4 + 2), mix(block * 4 + 3));
    }

    /** The finalizer of SplitMix64 (Steele, Lea, Flood, OOPSLA 2014). */
    private static long mix(long value) {
        long mixed = value + 0x9e3779b97f4a7c15L;
        mixed = (mixed ^ (mixed >>> 30)) * 0xbf58476d1ce4e5b9L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94d049bb133111ebL;
        return mixed ^ (mixed >>> 31);
    }
}
