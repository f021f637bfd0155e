package dev.baton.buffer.tier.disk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.buffer.tier.BlockStore;
import dev.baton.buffer.tier.BlockStoreStats;
import dev.baton.buffer.tier.LoadResult;
import dev.baton.buffer.tier.StoreResult;
import dev.baton.buffer.tier.StoreRig;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.BooleanSupplier;
import org.agrona.concurrent.UnsafeBuffer;

/** A disk store that is stepped by hand or has threads. */
final class TierRig extends StoreRig {
    final DiskStore store;
    private final boolean isStepped;
    /** The rig's own time where it steps; the system's where the store has threads. */
    long nowNs = 1;

    TierRig(DiskContext context) {
        this(context, 16 << 20);
    }

    TierRig(DiskContext context, long memoryBytes) {
        super(memoryBytes);
        store = DiskStore.open(context.ledger(ledger).conclude(), context.isStepped() ? 1 : System.nanoTime());
        isStepped = context.isStepped();
        await("a file to write to", () -> store.stats().spaceBytes() > 0);
    }

    /** As most tests want it: stepped, one thread of each kind, files of 1 MiB. */
    static DiskContext stepped(DiskIo io, java.nio.file.Path directory) {
        return new DiskContext().directories(java.util.List.of(directory)).io(io).isStepped(true).readers(1).writers(1)
            .fileBytes(1 << 20).spaceBytesMax(8 << 20).entriesMax(4096);
    }

    /** Begins to store that block from the rig's memory; the tag, or one of the store's refusals. */
    long begin(long block, int lengthBytes, long memoryOffset) {
        MemorySegment.copy(bytesOf(block, lengthBytes), 0, memory.segment(), ValueLayout.JAVA_BYTE, memoryOffset, lengthBytes);
        int result = store.store(++tag, named(block), 0, memory.address() + memoryOffset, lengthBytes);
        return result == BlockStore.ACCEPTED ? tag : result;
    }

    StoreResult store(long block, int lengthBytes) {
        long[] begun = new long[1];
        await("room for block " + block, () -> (begun[0] = begin(block, lengthBytes, 0)) != BlockStore.BACK_PRESSURED);
        assertTrue(begun[0] > 0, "refused: " + begun[0]);
        await("block " + block + " to be stored", () -> stored.containsKey(begun[0]));
        return stored.get(begun[0]);
    }

    LoadResult load(long block, int lengthBytes) {
        return load(named(block), block, lengthBytes, 0);
    }

    /** Loads and, on a hit, compares every byte; on a miss, that none of the block's is to be seen. */
    LoadResult load(UnsafeBuffer asked, long block, int lengthBytes, long memoryOffset) {
        long mine = beginLoad(asked, lengthBytes, memoryOffset, Long.MAX_VALUE);
        await("block " + block + " to be loaded", () -> released.containsKey(mine));
        check(mine, block, lengthBytes, lengthBytes, memoryOffset);
        return loaded.get(mine);
    }

    /** Begins to load into the rig's memory; the tag, or one of the store's refusals. */
    long beginLoad(UnsafeBuffer asked, int lengthBytes, long memoryOffset, long deadlineInNs) {
        makeStale(memoryOffset, lengthBytes);
        long deadlineNs = deadlineInNs == Long.MAX_VALUE ? timeNs() + Long.MAX_VALUE / 2 : timeNs() + deadlineInNs;
        int result = store.load(++tag, asked, 0, memory.address() + memoryOffset, lengthBytes, deadlineNs);
        return result == BlockStore.ACCEPTED ? tag : result;
    }

    long lookup(long block) {
        assertEquals(BlockStore.ACCEPTED, store.lookup(++tag, named(block), 0));
        await("an answer", () -> found.containsKey(tag));
        return found.get(tag);
    }

    void awaitScanned() {
        await("the index", () -> store.stats().scannedPermille() == 1000);
    }

    BlockStoreStats stats() {
        return store.stats();
    }

    /** One cycle without I/O. */
    int poll() {
        return store.poll(timeNs(), this, Integer.MAX_VALUE);
    }

    /** Runs until nothing is left to do. */
    void settle() {
        int workCount;
        do {
            workCount = poll() + store.stepIo();
        } while (workCount > 0);
    }

    void await(String what, BooleanSupplier isDone) {
        long beganNs = System.nanoTime();
        while (!isDone.getAsBoolean()) {
            int workCount = poll() + (isStepped ? store.stepIo() : 0);
            if (workCount == 0) {
                assertFalse(System.nanoTime() - beganNs > (isStepped ? SECOND_NS : PATIENCE_NS), "waited for " + what + ": " + stats());
                Thread.onSpinWait();
            }
        }
    }

    long timeNs() {
        return isStepped ? nowNs : System.nanoTime();
    }

    @Override
    protected void closeStore() {
        store.close();
    }
}
