package dev.baton.receiver.core;

import java.util.ArrayDeque;
import java.util.Arrays;

import org.agrona.collections.Long2ObjectHashMap;

import dev.baton.buffer.reserve.ExtentLedger;
import dev.baton.buffer.slab.SlabPool;
import dev.baton.buffer.tier.BlockStore;
import dev.baton.buffer.tier.StoreResult;
import dev.baton.kv.BlockKey;
import dev.baton.memory.RunList;

/**
 * Stores blocks that landed in the tier below, each or those that are asked for again ({@link TierAdmission}), from where it lies, in the order in which blocks became whole. What
 * waits pins nothing, and is dropped where it was evicted first; a block on its way is held, for its source must not
 * change (PROTOCOL.md, S16), until the last of its slices is answered. Bounded in both. Control agent's thread.
 */
final class WriteThrough implements BlockCache.Listener {
    private record Waiting(LandedBlocks of, int block, int groups) {}

    /** A block on its way, or what some layer groups keep of it. */
    private static final class Storing {
        final TenantKey key;
        final LandedBlocks of;
        final int block;
        final int groups;
        final SliceCursor cursor;
        RunList[] held;
        int underWay;
        boolean isNew;
        boolean isBroken;

        Storing(Waiting what, SlabPool pool) {
            of = what.of();
            block = what.block();
            groups = what.groups();
            key = of.name(block);
            cursor = new SliceCursor(of.map(), of.runs(), pool, block, groups);
        }
    }

    private static final long PART_STEP = 0x9E37_79B9_7F4A_7C15L;

    private final BlockStore store;
    private final TierLimits limits;
    private final SlabPool pool;
    private final ExtentLedger extents;
    private final SliceNames names;
    private final PassageLinks links;
    private final TierCounters counters;
    private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();
    private final Long2ObjectHashMap<Storing> underWay = new Long2ObjectHashMap<>();
    private final TouchedOnce touched = new TouchedOnce();
    /** Not all of its slices are begun. */
    private Storing current;
    private boolean isRefused;
    private long refusedSinceNs;
    private long tags;

    WriteThrough(BlockStore store, TierLimits limits, SlabPool pool, ExtentLedger extents, SliceNames names,
        PassageLinks links, TierCounters counters) {
        this.store = store;
        this.limits = limits;
        this.pool = pool;
        this.extents = extents;
        this.names = names;
        this.links = links;
        this.counters = counters;
    }

    /** It is whole, sealed, and new here. */
    @Override
    public void onLanded(LandedBlocks of, int block, int groups) {
        if (limits.admission() == TierAdmission.ALL || touched.touch(hash(of, block, groups))) {
            add(of, block, groups);
        }
    }

    /** A request that has landed found it here. */
    @Override
    public void onHit(LandedBlocks of, int block, int groups) {
        if (limits.admission() == TierAdmission.SECOND_TOUCH && !of.isDown(block, groups) && touched.touch(hash(of, block, groups))) {
            add(of, block, groups);
        }
    }

    /** Well mixed, and another for each part of a block. */
    private static long hash(LandedBlocks of, int block, int groups) {
        return of.name(block).hash() + Integer.numberOfTrailingZeros(groups) * PART_STEP;
    }

    @Override
    public void onNamed(LandedBlocks of, int block, BlockKey passageKey) {
        if (of.isDown(block, of.map().groups())) {
            links.add(of, block, passageKey);
        }
    }

    private void add(LandedBlocks of, int block, int groups) {
        of.down(block, groups);
        of.aliases(block).forEach(passageKey -> links.add(of, block, passageKey));
        if (waiting.size() == limits.waitingMax()) {
            counters.dropped();
        } else {
            waiting.add(new Waiting(of, block, groups));
            counters.waiting(1);
        }
    }

    int doWork(long nowNs) {
        int begun = 0;
        while (underWay.size() < limits.storesMax() && (current != null || nextOfThose())) {
            // Refused so far, it is held by nobody, and may have been evicted meanwhile.
            boolean isHere = current.held != null || current.block < current.of.endBlock();
            int result = isHere && current.cursor.isInARow() ? begin(current) : BlockStore.OFF;
            if (result == BlockStore.BACK_PRESSURED && !isRefusedTooLong(nowNs)) {
                break;
            }
            isRefused = false;
            if (result == BlockStore.ACCEPTED) {
                current.cursor.next();
                begun++;
            } else {
                current.isBroken = true;
            }
            if (current.isBroken || current.cursor.isAtEnd()) {
                Storing begunWhole = current;
                current = null;
                endIfOver(begunWhole);
            }
        }
        return begun;
    }

    void onStored(long tag, StoreResult result) {
        Storing storing = underWay.remove(tag);
        storing.underWay--;
        storing.isNew |= result == StoreResult.STORED;
        storing.isBroken |= result == StoreResult.FAILED;
        if (storing != current) {
            endIfOver(storing);
        }
    }

    private boolean isRefusedTooLong(long nowNs) {
        if (!isRefused) {
            isRefused = true;
            refusedSinceNs = nowNs;
        }
        return nowNs - refusedSinceNs >= limits.refusedNs();
    }

    private int begin(Storing storing) {
        SliceCursor at = storing.cursor;
        long tag = ++tags;
        int result = store.store(tag, names.of(storing.key, storing.of.map(), at.cell(), at.slice()), 0, at.address(),
            at.lengthBytes());
        if (result == BlockStore.ACCEPTED) {
            underWay.put(tag, storing);
            storing.underWay++;
            hold(storing);
        }
        return result;
    }

    private void hold(Storing storing) {
        if (storing.held == null) {
            storing.held = new RunList[storing.of.map().targetShardCount()];
            Arrays.setAll(storing.held, _ -> new RunList(4));
            storing.of.addRuns(storing.block, storing.block + 1, storing.groups, storing.held);
            for (RunList runs : storing.held) {
                for (int i = 0; i < runs.size(); i++) {
                    extents.hold(runs.run(i));
                }
            }
        }
    }

    private void endIfOver(Storing storing) {
        if (storing.underWay > 0) {
            return;
        }
        if (storing.isBroken) {
            counters.dropped();
        } else {
            counters.stored(storing.isNew);
        }
        if (storing.held != null) {
            for (RunList runs : storing.held) {
                for (int i = runs.size() - 1; i >= 0; i--) {
                    extents.drop(runs.run(i));
                }
            }
        }
        counters.waiting(-1);
    }

    /** The next that still lies where it landed is the current one; false if there is none. */
    private boolean nextOfThose() {
        for (Waiting next = waiting.poll(); next != null; next = waiting.poll()) {
            if (next.block() < next.of().endBlock()) {
                current = new Storing(next, pool);
                return true;
            }
            counters.dropped();
            counters.waiting(-1);
        }
        return false;
    }
}
