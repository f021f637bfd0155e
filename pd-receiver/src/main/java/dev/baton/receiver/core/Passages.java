package dev.baton.receiver.core;

import java.util.List;
import java.util.function.BooleanSupplier;

import org.agrona.collections.Long2ObjectHashMap;

import dev.baton.buffer.reserve.ExtentLedger;
import dev.baton.buffer.slab.SlabPlan;
import dev.baton.buffer.slab.SlabPool;
import dev.baton.kv.BlockKey;
import dev.baton.memory.ExtentRun;
import dev.baton.memory.RunList;

/**
 * Passages: blocks that the decode engine finds by names which do not depend on what stands before them. A name is put on blocks where they
 * lie; no byte is copied, and it goes when they go. What is being read is held until it is released, or its reader is
 * gone; all of it together has a quarter of each shard at most, and nobody begins to read while the pool drains for a request, so that
 * readers never stop grants. Pure; control agent's thread.
 */
public final class Passages {
    private static final int POOL_DIVISOR = 4;

    private final ExtentLedger extents;
    private final SlabPool pool;
    private final BlockCache cache;
    private final DecodeEvents engine;
    private final BooleanSupplier isPoolDraining;
    private final Long2ObjectHashMap<RunList[]> readers = new Long2ObjectHashMap<>();
    private final int[] extentsRead;
    private final boolean hasAllShards;
    private LowerTier below = LowerTier.NONE;
    private long lastHandle;

    /** @param hasAllShards whether an engine here reads whole blocks: where it does not, nothing is found */
    Passages(int shardCount, boolean hasAllShards, ExtentLedger extents, SlabPool pool, BlockCache cache, DecodeEvents engine,
        BooleanSupplier isPoolDraining) {
        this.hasAllShards = hasAllShards;
        this.extents = extents;
        this.pool = pool;
        this.cache = cache;
        this.engine = engine;
        this.isPoolDraining = isPoolDraining;
        extentsRead = new int[shardCount];
    }

    /** Answered by {@code onPassageNamed}: how many of its blocks, from the first on, are found as a passage now. */
    public void name(PassageAsk ask) {
        int found = hasAllShards ? cache.nameAs(ask.tenant(), ask.keys(), ask.firstBlock(), ask.passage()) : 0;
        engine.onPassageNamed(ask, found);
    }

    /** What lies there comes up for a passage that is not all here. */
    void below(LowerTier value) {
        below = value;
    }

    /**
     * Answered by {@code onPassage}: none where it is not here, where too much is being read, or while the pool drains for a request. At once where all of it is here, or nothing lies
     * below; else in the time that a request would wait for the tier below, at most.
     */
    public void find(long tenant, List<BlockKey> passage) {
        int here = here(tenant, passage).count();
        Kept kept = new Kept(tenant, passage);
        if (hasAllShards && here < passage.size() && below.find(tenant, passage, here, kept)) {
            kept.keep();
        } else {
            tell(tenant, passage);
        }
    }

    private HeldBlocks here(long tenant, List<BlockKey> passage) {
        return hasAllShards ? cache.findPassage(tenant, passage) : HeldBlocks.NONE;
    }

    private void tell(long tenant, List<BlockKey> passage) {
        HeldBlocks found = here(tenant, passage);
        long handle = pin(found);
        engine.onPassage(handle == 0 ? PassageBlocks.none(tenant, passage)
            : new PassageBlocks(handle, tenant, passage, found.ready(pool), found.blocks()));
    }

    /** 0 where there is nothing of it, or it may not be read now. */
    private long pin(HeldBlocks found) {
        RunList[] runs = found.runs(extentsRead.length);
        if (found.count() == 0 || isPoolDraining.getAsBoolean() || !isWithinShare(runs)) {
            return 0;
        }
        count(runs, 1);
        readers.put(++lastHandle, runs);
        return lastHandle;
    }

    /** What has come of a passage stays while the rest comes. */
    private final class Kept implements PassageFinds.Reader {
        private final long tenant;
        private final List<BlockKey> passage;
        private long handle;

        Kept(long tenant, List<BlockKey> passage) {
            this.tenant = tenant;
            this.passage = passage;
        }

        @Override
        public int keep() {
            HeldBlocks found = cache.findPassage(tenant, passage);
            release(handle);
            handle = pin(found);
            return found.count();
        }

        @Override
        public void over() {
            release(handle);
            tell(tenant, passage);
        }
    }

    /** Nobody reads them any more. Of a handle that is not there: no effect. */
    public void release(long handle) {
        RunList[] runs = readers.remove(handle);
        if (runs != null) {
            count(runs, -1);
        }
    }

    /** Its engine is gone, and reads no more. */
    void releaseAll() {
        below.noFinds();
        for (long handle : List.copyOf(readers.keySet())) {
            release(handle);
        }
    }

    /** Found, and released by nobody yet. */
    public int readerCount() {
        return readers.size();
    }

    private boolean isWithinShare(RunList[] perShard) {
        SlabPlan plan = extents.plan();
        for (int shard = 0; shard < extentsRead.length; shard++) {
            if ((long) POOL_DIVISOR * (extentsRead[shard] + countOf(perShard[shard])) > plan.extentCount(plan.bank(0, shard))) {
                return false;
            }
        }
        return true;
    }

    private static int countOf(RunList runs) {
        int count = 0;
        for (int i = 0; i < runs.size(); i++) {
            count += ExtentRun.extentCount(runs.run(i));
        }
        return count;
    }

    private void count(RunList[] perShard, int sign) {
        for (int shard = 0; shard < extentsRead.length; shard++) {
            extentsRead[shard] += sign * countOf(perShard[shard]);
            for (int i = 0; i < perShard[shard].size(); i++) {
                if (sign > 0) {
                    extents.hold(perShard[shard].run(i));
                } else {
                    extents.drop(perShard[shard].run(i));
                }
            }
        }
    }
}
