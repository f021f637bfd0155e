package dev.baton.receiver.core;

import java.util.Arrays;
import java.util.BitSet;
import java.util.function.Consumer;
import java.util.function.LongConsumer;

import dev.baton.buffer.reserve.ExtentLedger;
import dev.baton.buffer.slab.RunMap;
import dev.baton.buffer.slab.SlabPlan;
import dev.baton.buffer.slab.SlabPool;
import dev.baton.kv.CellMap;
import dev.baton.memory.ExtentRun;
import dev.baton.memory.RunList;

/**
 * Neighbouring blocks that are loaded from the tier below, or written by the engine, into extents of their own: OWNED by the load until its I/O has
 * returned, whatever was answered meanwhile; then SEALED as far as they came whole, the rest FREE. Nobody else has an
 * extent that a late load may still write to. Control agent's thread.
 */
final class LoadStretch {
    /** Owners of loads have slots that no reservation has. */
    static final int OWNER_SLOT = 1 << 21;

    final CellMap map;
    final int first;
    final int end;
    /** Whole blocks end here, for all that is known. */
    int firstBad;
    int unanswered;
    int unreleased;
    long givenUpNs;
    private final ExtentLedger extents;
    private final SlabPool pool;
    private final long owner;
    private final RunMap runs;
    private final BitSet[] rest;
    private int nextBlock;
    private SliceCursor cursor;
    private boolean isQuarantined;
    /** Null where all of its extents may be under I/O at once. */
    private BusyExtents busy;

    private LoadStretch(CellMap map, ExtentLedger extents, SlabPool pool, long owner, RunList[] taken) {
        this.map = map;
        this.extents = extents;
        this.pool = pool;
        this.owner = owner;
        first = map.firstBlock();
        end = map.blockCount();
        firstBad = end;
        nextBlock = first;
        runs = new RunMap(taken.length, map.extentBytes());
        rest = new BitSet[taken.length];
        for (int shard = 0; shard < taken.length; shard++) {
            rest[shard] = new BitSet();
            rest[shard].set(0, map.extents(shard));
            for (int i = 0; i < taken[shard].size(); i++) {
                long run = taken[shard].run(i);
                runs.add(shard, ExtentRun.slabId(run), ExtentRun.firstExtent(run),
                    ExtentRun.extentCount(run));
            }
        }
    }

    /**
     * Takes extents of the fast tier for all cells of that map, evicting what is idle.
     *
     * @param owner of this load; no other has it
     * @return null, and nothing taken, where too few are free or idle
     */
    static LoadStretch takeOrNull(CellMap map, ExtentLedger extents, SlabPool pool, long owner) {
        SlabPlan plan = extents.plan();
        for (int shard = 0; shard < map.targetShardCount(); shard++) {
            if (extents.availableCount(plan.bank(0, shard)) < map.extents(shard)) {
                return null;
            }
        }
        RunList[] taken = new RunList[map.targetShardCount()];
        for (int shard = 0; shard < taken.length; shard++) {
            taken[shard] = new RunList(4);
            if (map.extents(shard) > 0) {
                extents.take(plan.bank(0, shard), map.extents(shard), owner, taken[shard]);
            }
        }
        return new LoadStretch(map, extents, pool, owner, taken);
    }

    /** The next slice that is to be loaded; null when all were begun that are worth it. */
    SliceCursor nextOrNull() {
        while (cursor == null || cursor.isAtEnd()) {
            if (nextBlock >= firstBad) {
                return null;
            }
            cursor = new SliceCursor(map, runs, pool, nextBlock++, CellMap.ALL_GROUPS);
        }
        return block() < firstBad ? cursor : null;
    }

    /** Of the slice that is next. */
    int block() {
        return nextBlock - 1;
    }

    /** From now on I/O may be under way in so many extents of each shard at most. */
    void bound(int[] extentsMax) {
        busy = new BusyExtents(map, extentsMax);
    }

    /** Whether that slice's load may begin now. */
    boolean hasRoom(SliceCursor at) {
        return busy == null || busy.hasRoom(at.shard(), at.firstExtent(), at.lastExtent());
    }

    void begun(SliceCursor at) {
        unanswered++;
        unreleased++;
        if (busy != null) {
            busy.begun(at.shard(), at.firstExtent(), at.lastExtent());
        }
    }

    /** I/O of a slice there has returned. */
    void returned(int shard, int firstExtent, int lastExtent) {
        unreleased--;
        if (busy != null) {
            busy.returned(shard, firstExtent, lastExtent);
        }
    }

    void bad(int block) {
        firstBad = Math.min(firstBad, block);
    }

    /** Every slice that was begun is answered, and no further one will be. */
    boolean isAnswered() {
        return unanswered == 0 && nextOrNull() == null;
    }

    /** Where all of them go. */
    ReadyBlocks ready() {
        return new ReadyBlocks(map, runs, pool, first, end);
    }

    /**
     * What came whole becomes cache, found under these names. Where I/O of what did not come goes on, a block that shares an
     * extent with it is given up, too.
     *
     * @param names of its blocks, from the first on
     * @param adder puts them into the cache once they are sealed
     * @return how many blocks
     */
    int seal(TenantKey[] names, Consumer<LandedBlocks> adder) {
        BitSet[] good = LandedBlocks.touched(map, first, firstBad);
        while (unreleased > 0 && firstBad > first && isShared(good)) {
            good = LandedBlocks.touched(map, first, --firstBad);
        }
        if (firstBad == first) {
            return 0;
        }
        RunList[] sealed = new RunList[good.length];
        for (int shard = 0; shard < good.length; shard++) {
            sealed[shard] = new RunList(4);
            LandedBlocks.addRuns(runs, map.extentBytes(), shard, good[shard], sealed[shard]);
            for (int i = 0; i < sealed[shard].size(); i++) {
                extents.seal(sealed[shard].run(i), owner);
            }
            rest[shard].andNot(good[shard]);
        }
        adder.accept(new LandedBlocks(map, runs, first, Arrays.copyOf(names, firstBad - first)));
        for (RunList each : sealed) {
            for (int i = each.size() - 1; i >= 0; i--) {
                extents.drop(each.run(i));
            }
        }
        return firstBad - first;
    }

    private boolean isShared(BitSet[] good) {
        BitSet[] others = LandedBlocks.touched(map, firstBad, end);
        for (int shard = 0; shard < good.length; shard++) {
            if (good[shard].intersects(others[shard])) {
                return true;
            }
        }
        return false;
    }

    /** Extents of one shard that are still its own; of a bounded one no more than I/O may be under way in. */
    int restCount(int shard) {
        return busy == null ? rest[shard].cardinality() : Math.min(busy.countMax(shard), rest[shard].cardinality());
    }

    /** No further load begins: of a bounded one, what no I/O can write to any more is free at once. */
    void freeIdle() {
        for (int shard = 0; busy != null && shard < rest.length; shard++) {
            BitSet idle = new BitSet();
            for (int extent = rest[shard].nextSetBit(0); extent >= 0; extent = rest[shard].nextSetBit(extent + 1)) {
                idle.set(extent, !busy.isBusy(shard, extent));
            }
            forEach(shard, idle, run -> extents.release(run, owner));
            rest[shard].andNot(idle);
        }
    }

    int restCount() {
        int count = 0;
        for (BitSet shard : rest) {
            count += shard.cardinality();
        }
        return count;
    }

    /** Its I/O may take for ever: until it returns, nothing that waits for memory counts on these extents. */
    void quarantine() {
        if (!isQuarantined) {
            isQuarantined = true;
            forRest(run -> extents.quarantine(run, owner));
        }
    }

    /** All its I/O has returned. */
    void free() {
        if (isQuarantined) {
            forRest(run -> extents.recover(run, owner));
        }
        forRest(run -> extents.release(run, owner));
        for (BitSet shard : rest) {
            shard.clear();
        }
    }

    private void forRest(LongConsumer step) {
        for (int shard = 0; shard < rest.length; shard++) {
            forEach(shard, rest[shard], step);
        }
    }

    private void forEach(int shard, BitSet which, LongConsumer step) {
        RunList of = new RunList(4);
        LandedBlocks.addRuns(runs, map.extentBytes(), shard, which, of);
        for (int i = 0; i < of.size(); i++) {
            step.accept(of.run(i));
        }
    }
}
