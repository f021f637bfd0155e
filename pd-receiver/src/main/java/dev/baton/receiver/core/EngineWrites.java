package dev.baton.receiver.core;

import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;

import org.agrona.collections.Long2ObjectHashMap;

import dev.baton.buffer.reserve.ExtentLedger;
import dev.baton.buffer.slab.SlabPlan;
import dev.baton.buffer.slab.SlabPool;
import dev.baton.kv.CellMap;
import dev.baton.kv.ShardPairing;
import dev.baton.kv.ShardedLayout;
import dev.baton.memory.ExtentRun;
import dev.baton.memory.RunList;

/**
 * Blocks that the decode engine makes, kept for the next turn: they are written to extents of their own, and sealed as
 * cache like those that landed. All writes together have a quarter of each shard's fast tier at most, and none begins while the pool
 * drains for a request; what is being written is its writer's until it says otherwise, or is gone. Pure; control agent's thread.
 */
public final class EngineWrites {
    private static final int POOL_DIVISOR = 4;
    /** Owners of writes have a slot that neither reservations nor loads have. */
    private static final int OWNER_SLOT = LoadStretch.OWNER_SLOT + 1;

    private record Write(WriteAsk ask, LoadStretch stretch) {}

    private final ShardPairing self;
    private final ExtentLedger extents;
    private final SlabPool pool;
    private final BlockCache cache;
    private final Gang gang;
    private final DecodeEvents engine;
    private final ReceiverCounters counters;
    private final BooleanSupplier isPoolDraining;
    private final Long2ObjectHashMap<Write> underWay = new Long2ObjectHashMap<>();
    private final int[] extentsTaken;
    private final Passages passages;
    private long lastHandle;

    /** @param isPoolDraining whether a request waits for all memory that is let go */
    EngineWrites(ShardedLayout local, ExtentLedger extents, SlabPool pool, BlockCache cache, Gang gang, DecodeEvents engine,
        ReceiverCounters counters, BooleanSupplier isPoolDraining) {
        self = ShardPairing.of(local.layout(), local.sharding(), local.layout(), local.sharding());
        this.extents = extents;
        this.pool = pool;
        this.cache = cache;
        this.gang = gang;
        this.engine = engine;
        this.counters = counters;
        this.isPoolDraining = isPoolDraining;
        extentsTaken = new int[local.sharding().count()];
        passages = new Passages(extentsTaken.length, gang.hasAll(extentsTaken.length), extents, pool, cache, engine, isPoolDraining);
    }

    /** Answered by {@code onWritable} or {@code onNotWritable}, at once. */
    public void ask(WriteAsk ask) {
        int first = firstMissing(ask);
        int blockTokens = self.targetLayout().blockTokens();
        if (first == ask.keys().size()) {
            engine.onNotWritable(ask, WriteRefusal.HERE);
            return;
        }
        CellMap map = CellMap.ofTarget(self, ask.keys().size() * blockTokens, 0, first * blockTokens,
            (int) extents.plan().extentBytes());
        HeldBlocks before = cache.find(ask.tenant(), ask.keys(), 0, first);
        RunList[] held = before.runs(extentsTaken.length);
        if (!gang.hasAll(extentsTaken.length) || !isInFastTier(held)) {
            engine.onNotWritable(ask, WriteRefusal.NOT_KEPT);
            return;
        }
        // What it takes must not push out what it goes on from.
        forEach(held, extents::hold);
        LoadStretch stretch = !isPoolDraining.getAsBoolean() && isWithinShare(map)
            ? LoadStretch.takeOrNull(map, extents, pool, ExtentLedger.owner(OWNER_SLOT, (int) ++lastHandle)) : null;
        forEach(held, extents::drop);
        if (stretch == null) {
            engine.onNotWritable(ask, WriteRefusal.FULL);
            return;
        }
        count(stretch, 1);
        underWay.put(lastHandle, new Write(ask, stretch));
        engine.onWritable(new WritableBlocks(lastHandle, ask, stretch.ready()));
    }

    /**
     * The first block that is to be written. Where layer groups keep different blocks, those that a state or a window of the whole needs lie
     * among blocks that are here already: all that was asked for is written, unless all groups agree on all of it.
     */
    private int firstMissing(WriteAsk ask) {
        int end = ask.keys().size();
        if (!cache.isPlain()) {
            return cache.find(ask.tenant(), ask.keys(), 0, end).endBlock() == end ? end : ask.firstBlock();
        }
        int first = ask.firstBlock();
        while (first < end && cache.has(TenantKey.of(ask.tenant(), ask.keys().get(first)))) {
            first++;
        }
        return first;
    }

    /** They are whole: found from now on, but for those that somebody else brought meanwhile. {@code onWritten} tells. */
    public void seal(long handle) {
        Write write = underWay.remove(handle);
        if (write == null) {
            engine.onWritten(handle, 0);
            return;
        }
        LoadStretch stretch = write.stretch();
        TenantKey[] names = new TenantKey[stretch.end - stretch.first];
        for (int i = 0; i < names.length; i++) {
            names[i] = TenantKey.of(write.ask().tenant(), write.ask().keys().get(stretch.first + i));
        }
        TenantKey before = stretch.first == 0 ? null : TenantKey.of(write.ask().tenant(), write.ask().keys().get(stretch.first - 1));
        count(stretch, -1);
        int found = stretch.seal(names, blocks -> cache.written(blocks, before));
        counters.written(found);
        stretch.free();
        engine.onWritten(handle, found);
    }

    /** They will not be whole; their memory is free. Of one that is not there: no effect. */
    public void drop(long handle) {
        Write write = underWay.remove(handle);
        if (write != null) {
            count(write.stretch(), -1);
            write.stretch().free();
        }
    }

    /** What the engine finds by names that do not depend on what stands before. */
    public Passages passages() {
        return passages;
    }

    /** Its engine is gone, and neither writes nor reads any more. */
    void dropAll() {
        passages.releaseAll();
        for (long handle : List.copyOf(underWay.keySet())) {
            drop(handle);
        }
    }

    /** Sealed or dropped by nobody yet. */
    public int underWayCount() {
        return underWay.size();
    }

    private void count(LoadStretch stretch, int sign) {
        for (int shard = 0; shard < extentsTaken.length; shard++) {
            extentsTaken[shard] += sign * stretch.restCount(shard);
        }
    }

    private boolean isWithinShare(CellMap map) {
        SlabPlan plan = extents.plan();
        for (int shard = 0; shard < extentsTaken.length; shard++) {
            if ((long) POOL_DIVISOR * (extentsTaken[shard] + map.extents(shard)) > plan.extentCount(plan.bank(0, shard))) {
                return false;
            }
        }
        return true;
    }

    /** A beginning in the spill tier is not found together with what follows it here. */
    private boolean isInFastTier(RunList[] held) {
        SlabPlan plan = extents.plan();
        return held[0].isEmpty() || plan.tierIndexOfBank(plan.bank(ExtentRun.slabId(held[0].run(0)))) == 0;
    }

    private static void forEach(RunList[] perShard, LongConsumer step) {
        for (RunList runs : perShard) {
            for (int i = runs.size() - 1; i >= 0; i--) {
                step.accept(runs.run(i));
            }
        }
    }
}
