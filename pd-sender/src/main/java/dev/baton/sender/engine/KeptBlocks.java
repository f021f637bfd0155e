package dev.baton.sender.engine;

import java.util.List;
import java.util.function.LongConsumer;

import dev.baton.buffer.index.BlockTable;
import dev.baton.buffer.index.HitRule;
import dev.baton.kv.BlockKey;
import dev.baton.memory.ExtentRun;

/**
 * The blocks that are kept in one share of staging, where they were staged: found by name once a receiver has verified
 * them, and given up at once when staging needs the room, but for those that somebody uses. Once warm nothing of it
 * allocates. Engine's thread; counts are for any.
 * <pre>
 *   staged ─▶ sent (may be evicted, not found yet) ─▶ sealed (found) ⇄ pinned ─▶ given back
 * </pre>
 */
final class KeptBlocks {
    /** Is handed each part of a block that is found. */
    interface Taker {
        void take(int block, int part, StagedBlock kept);
    }

    /** All of a share lies in one place: what is found is never of two. */
    private static final int TIER = 0;

    private final LongConsumer giveBack;
    private final KeptCounters counters;
    private final HitRule rule;
    private final BlockTable<StagedBlock> table;
    private int foundFirst;
    private int foundEnd;
    /** Of handoffs that are over: what was used longest ago goes first, of one handoff from its end. */
    private final BlockQueue settled = new BlockQueue();
    /** Of handoffs that go on, in the order they were sent: the last goes first, for it is worth nothing without the others. */
    private final BlockQueue underWay = new BlockQueue();
    private int extents;
    private int pinnedExtents;
    private int leasedExtents;

    /**
     * @param namesMax parts of blocks that can be found at once
     * @param giveBack takes the run of a block that is kept no longer
     */
    KeptBlocks(int namesMax, HitRule rule, LongConsumer giveBack, KeptCounters counters) {
        table = new BlockTable<>(namesMax, rule);
        this.rule = rule;
        this.giveBack = giveBack;
        this.counters = counters;
    }

    /**
     * How far a prompt, verified once, is still here from {@code firstBlock} on, by what all its layer groups agree on.
     *
     * @return behind the last block; {@code firstBlock} for none
     */
    int find(long tenant, List<BlockKey> keys, int firstBlock, int endMax) {
        foundFirst = firstBlock;
        foundEnd = table.find(StagedBlock.namespace(tenant), keys, firstBlock, endMax);
        return foundEnd;
    }

    /** What the last {@link #find} answered. */
    int foundEnd() {
        return foundEnd;
    }

    /**
     * What the last {@link #find} found, block after block: of each the parts that a prompt of so many tokens is handed off with.
     *
     * @param tenant as it was asked for, and {@code keys}
     */
    void takeFound(long tenant, List<BlockKey> keys, int tokens, Taker taker) {
        for (int block = foundFirst; block < foundEnd; block++) {
            for (int part = 0; part < rule.partCount(); part++) {
                if (rule.groups(part) != 0 && block >= rule.firstBlock(part, tokens)) {
                    taker.take(block, part, part == HitRule.FULL ? table.foundOwner(block - foundFirst)
                        : table.ownerOrNull(StagedBlock.namespace(tenant), part, keys.get(block)));
                }
            }
        }
    }

    /** Its handoff needs it no more, and is not over: it stays until the room is needed. */
    void sent(StagedBlock block) {
        extents += ExtentRun.extentCount(block.run);
        underWay.add(block);
    }

    /**
     * A receiver has verified it: it can be found. Where all that it has can be found already, it is given back.
     * Of one handoff from the last block to the first.
     */
    void seal(StagedBlock block) {
        if (!block.hasMemory()) {
            return;   // given up meanwhile
        }
        if (block.queue == null) {
            extents += ExtentRun.extentCount(block.run);
        } else {
            block.queue.remove(block);
        }
        if (name(block)) {
            block.isFindable = true;
            settled.add(block);
            counters.kept(1, bytesOf(block));
        } else {
            giveUp(block);
        }
    }

    /** Its handoff was not verified: nobody finds it. */
    void drop(StagedBlock block) {
        if (!block.hasMemory()) {
            return;
        }
        if (block.queue == null) {
            giveBack(block);
        } else {
            block.queue.remove(block);
            giveUp(block);
        }
    }

    /** Stays until it is unpinned as often. */
    void pin(StagedBlock block) {
        if (block.pins++ == 0) {
            block.queue.remove(block);
            pinnedExtents += ExtentRun.extentCount(block.run);
        }
    }

    /** Of a handoff that goes on, or that is over: {@code isOver}, then from the last block to the first. */
    void unpin(StagedBlock block, boolean isOver) {
        if (--block.pins > 0) {
            return;
        }
        pinnedExtents -= ExtentRun.extentCount(block.run);
        if (block.isDoomed) {
            giveUp(block);
        } else if (isOver) {
            settled.add(block);
        } else {
            underWay.add(block);
        }
    }

    /** Its handoff is over, which has unpinned it before. */
    void settle(StagedBlock block) {
        if (block.hasMemory() && block.queue == underWay) {
            underWay.remove(block);
            settled.add(block);
        }
    }

    /** Its bytes are in doubt: it is not found again, and goes when nobody uses it any more. */
    void doom(StagedBlock block) {
        if (!block.hasMemory() || block.isDoomed) {
            return;
        }
        hide(block);
        block.isDoomed = true;
        if (block.pins == 0) {
            block.queue.remove(block);
            giveUp(block);
        }
    }

    /** Gives up the block that is worth least; false if there is none that may go. */
    boolean evict() {
        StagedBlock block = settled.first() == null ? underWay.last() : settled.first();
        if (block == null) {
            return false;
        }
        block.queue.remove(block);
        counters.add(KeptCounters.Kind.EVICTED, block.isFindable ? 1 : 0);
        giveUp(block);
        return true;
    }

    /** Read by an engine's lease; negative when one ends. */
    void leased(int extentsMore) {
        leasedExtents += extentsMore;
    }

    int leasedExtents() {
        return leasedExtents;
    }

    /** Extents of all that is kept, pinned ones among them. */
    int extents() {
        return extents;
    }

    int pinnedExtents() {
        return pinnedExtents;
    }

    private boolean name(StagedBlock block) {
        boolean isNew = false;
        int owner = table.enter(block);
        for (int part = 0; part < rule.partCount(); part++) {
            if ((block.parts >>> part & 1) != 0) {
                isNew |= table.put(owner, block.tenant, part, block.key, TIER, block.index);
            }
        }
        table.leave(owner);
        return isNew;
    }

    private void hide(StagedBlock block) {
        if (block.isFindable) {
            block.isFindable = false;
            for (int part = rule.partCount() - 1; part >= 0; part--) {
                if ((block.parts >>> part & 1) != 0) {
                    table.remove(block, block.tenant, part, block.key);
                }
            }
            counters.kept(-1, -bytesOf(block));
        }
    }

    private void giveUp(StagedBlock block) {
        hide(block);
        extents -= ExtentRun.extentCount(block.run);
        giveBack(block);
    }

    private void giveBack(StagedBlock block) {
        long run = block.run;
        block.run = ExtentRun.NONE;
        giveBack.accept(run);
    }

    private static long bytesOf(StagedBlock block) {
        return ExtentRun.extentCount(block.run) * Staging.GRAIN_BYTES;
    }
}
