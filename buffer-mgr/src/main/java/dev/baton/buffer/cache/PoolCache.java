package dev.baton.buffer.cache;

import dev.baton.buffer.reserve.ExtentEviction;
import dev.baton.buffer.slab.SlabPlan;
import dev.baton.buffer.tier.EvictionPolicy;

/**
 * Which cached blocks of a pool go when a grant needs their extents: what {@link EvictionPolicy} says, from the end of its
 * chain on. Its slots are <em>units</em>: neighbouring blocks that landed together, the first of which is the first in an extent. So a unit
 * has extents of its own, and their going costs no block before it. What nothing can be found in goes before all else.
 *
 * <p>A unit that somebody holds stays. Where the policy nominates only such, what has been idle longest goes: a grant never
 * waits while there is an idle extent. Nothing here allocates once it was made. One owner, no locks.
 *
 * @param <T> what landed together, as its owner knows it
 */
public final class PoolCache<T> implements ExtentEviction {
    /** Told that blocks cannot be found any more, before their extents go to another. */
    public interface GoneListener<T> {
        /** Of what landed together, everything from that block on. */
        void onGone(T of, int firstBlock);
    }

    public static final int NONE = UnitTree.NONE;
    /** To policies units are alike, whatever their blocks have of tokens. */
    private static final int UNIT_TOKENS = 512;
    private static final int NOMINATIONS_MAX = 64;

    private final SlabPlan plan;
    private final GoneListener<T> listener;
    private final EvictionPolicy[] policies;
    /** Of each tier the number of its first unit. */
    private final int[] bases;
    private final int[][] free;
    private final int[] freeCounts;
    private final int[] firstBlocks;
    private final Object[] owners;
    private final UnitTree tree;
    private final UnitExtents extents;
    private final TenantShares shares;
    private final PoolCacheCounters counters;

    public PoolCache(SlabPlan plan, CacheLimits limits, GoneListener<T> listener, PoolCacheCounters counters) {
        this.plan = plan;
        this.listener = listener;
        this.counters = counters;
        policies = new EvictionPolicy[plan.tierCount()];
        bases = new int[plan.tierCount() + 1];
        free = new int[plan.tierCount()][];
        freeCounts = new int[plan.tierCount()];
        for (int tier = 0; tier < policies.length; tier++) {
            int count = 0;
            for (int shard = 0; shard < plan.shardCount(); shard++) {
                count += plan.extentCount(plan.bank(tier, shard));
            }
            bases[tier + 1] = bases[tier] + count;
            policies[tier] = limits.eviction().create(count, UNIT_TOKENS);
            free[tier] = new int[count];
            for (int unit = bases[tier + 1] - 1; unit >= bases[tier]; unit--) {
                free[tier][freeCounts[tier]++] = unit;
            }
        }
        int unitCount = bases[policies.length];
        firstBlocks = new int[unitCount];
        owners = new Object[unitCount];
        tree = new UnitTree(unitCount);
        extents = new UnitExtents(plan, unitCount);
        shares = new TenantShares(limits, plan.extentBytes(), unitCount);
    }

    /**
     * A request begins, all of it in one tier. Told are then, in order, its units that were there by {@link #hit}, and its
     * new ones by {@link #add}.
     */
    public void request(int tierIndex, int unitCount, int hitCount) {
        policies[tierIndex].onRequest(unitCount, hitCount);
    }

    public void hit(int unit) {
        policies[tierIndex(unit)].onHit(unit - bases[tierIndex(unit)]);
        shares.touch(unit);
    }

    /**
     * A unit that is sealed and can be found; its extents follow.
     *
     * @param parent  with the block before, or {@link #NONE}
     * @param tenant  whose share it takes from
     * @param keyHash well-mixed bits of its first block's key
     * @return its number, until it is gone
     */
    public int add(int tierIndex, T of, int firstBlock, int parent, long tenant, long keyHash) {
        int unit = free[tierIndex][--freeCounts[tierIndex]];
        boolean isChild = parent != NONE && tierIndex(parent) == tierIndex;
        owners[unit] = of;
        firstBlocks[unit] = firstBlock;
        tree.add(unit, isChild ? parent : NONE, isChild && owners[parent].equals(of));
        int base = bases[tierIndex];
        policies[tierIndex].onInsert(unit - base, isChild ? parent - base : EvictionPolicy.NO_SLOT, keyHash, UNIT_TOKENS);
        shares.add(unit, tenant);
        counters.units(1);
        return unit;
    }

    /** An extent in which that unit's first block is the first. */
    public void extent(int unit, int slabId, int extent) {
        extents.add(unit, slabId, extent);
        shares.extent(unit);
    }

    /** Nothing is found any more, whoever holds it; what is idle, now or later, goes before all else. */
    public void forget() {
        for (int unit = 0; unit < owners.length; unit++) {
            while (owners[unit] != null) {
                remove(tree.leafOf(unit));
            }
        }
    }

    @Override
    public void onIdle(int bank, long run) {
        extents.onIdle(run);
    }

    @Override
    public void onHeld(int bank, long run) {
        extents.onHeld(run);
    }

    @Override
    public long nextVictims(int bank, int countMax) {
        if (extents.deadCount(bank) == 0) {
            makeRoom(bank, countMax);
        } else {
            counters.deadRunOne();
        }
        return extents.takeDead(bank, countMax);
    }

    @Override
    public long bookkeepingBytes() {
        long bytes = tree.bookkeepingBytes() + extents.bookkeepingBytes() + shares.bookkeepingBytes();
        for (EvictionPolicy policy : policies) {
            bytes += policy.bookkeepingBytes();
        }
        return bytes + 12L * firstBlocks.length;
    }

    /** At least one extent of that bank is of no unit afterwards, and so many where the same chain has them. */
    private void makeRoom(int bank, int countMax) {
        int tier = plan.tierIndexOfBank(bank);
        while (extents.deadCount(bank) == 0 && removeOfOver(tier)) {
            counters.evictedOverShareOne();
        }
        if (extents.deadCount(bank) > 0) {
            return;
        }
        EvictionPolicy policy = policies[tier];
        int passedOver = 0;
        while (freeCounts[tier] < free[tier].length && passedOver < NOMINATIONS_MAX) {
            int nominee = bases[tier] + policy.nextVictim();
            int unit = tree.leafOf(nominee);
            if (!extents.isIdle(unit)) {
                policy.onPassedOver(nominee - bases[tier]);
                passedOver++;
                continue;
            }
            boolean isNomineeGone = false;
            while (!isNomineeGone && tree.isLeaf(unit) && extents.isIdle(unit) && extents.deadCount(bank) < countMax) {
                int parent = tree.parent(unit);
                isNomineeGone = unit == nominee;
                remove(unit);
                counters.evictedOne();
                unit = parent;
            }
            if (extents.deadCount(bank) > 0) {
                return;
            }
        }
        int oldest = extents.oldestUnit(bank);
        if (oldest == NONE) {
            throw new IllegalStateException("nothing is idle: bank=" + bank + " countMax=" + countMax);
        }
        counters.evictedAsOldestOne();
        cut(oldest);
    }

    /** An end of what a tenant has beyond its share, that which was touched longest ago; false if there is none that nobody holds. */
    private boolean removeOfOver(int tier) {
        int passedOver = 0;
        for (int unit = shares.oldestOver(); unit != NONE && passedOver < NOMINATIONS_MAX; unit = shares.younger(unit)) {
            int leaf = tree.leafOf(unit);
            if (tierIndex(leaf) == tier && extents.isIdle(leaf)) {
                remove(leaf);
                return true;
            }
            passedOver++;
        }
        return false;
    }

    /** With what landed behind it: that is found through it alone, or hardly ever. */
    private void cut(int unit) {
        int last = unit;
        while (tree.follower(last) != NONE) {
            last = tree.follower(last);
        }
        while (last != unit) {
            int before = tree.parent(last);
            remove(last);
            last = before;
        }
        remove(unit);
    }

    private void remove(int unit) {
        int tier = tierIndex(unit);
        @SuppressWarnings("unchecked")
        T of = (T) owners[unit];
        policies[tier].onRemove(unit - bases[tier]);
        tree.remove(unit);
        extents.leave(unit);
        shares.remove(unit);
        owners[unit] = null;
        free[tier][freeCounts[tier]++] = unit;
        counters.units(-1);
        listener.onGone(of, firstBlocks[unit]);
    }

    /** The pool's tier that it lies in. */
    public int tierIndex(int unit) {
        int tier = 0;
        while (unit >= bases[tier + 1]) {
            tier++;
        }
        return tier;
    }
}
