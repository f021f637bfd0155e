package dev.baton.buffer.tier.remote;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.buffer.tier.BlockStore;
import dev.baton.buffer.tier.CircuitState;
import dev.baton.buffer.tier.LoadResult;
import dev.baton.buffer.tier.StoreResult;
import dev.baton.buffer.tier.StoreRig;
import java.util.HexFormat;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** A remote store with real threads, whose time the test owns. */
final class RemoteRig extends StoreRig {
    static final int PLACE_BYTES = 20 << 20;
    private static final long POLL_NS = TimeUnit.MICROSECONDS.toNanos(50);
    final RemoteStore store;
    long nowNs = 1;

    RemoteRig(RemoteContext context) {
        super(3L * PLACE_BYTES);
        store = RemoteStore.open(context.ledger(ledger).conclude(), nowNs);
    }

    /** As the client knows it. */
    static String objectName(long block) {
        return HexFormat.of().formatHex(named(block).byteArray());
    }

    /** Begins to store; the tag, or one of the store's refusals. */
    long beginStore(long block, int lengthBytes) {
        memory.segment().asSlice(0, lengthBytes).copyFrom(java.lang.foreign.MemorySegment.ofArray(bytesOf(block, lengthBytes)));
        int result = store.store(++tag, named(block), 0, memory.address(), lengthBytes);
        return result == BlockStore.ACCEPTED ? tag : result;
    }

    StoreResult store(long block, int lengthBytes) {
        long mine = beginStore(block, lengthBytes);
        assertTrue(mine > 0, () -> "refused: " + mine + " " + store.stats());
        await("a store", () -> stored.containsKey(mine));
        return stored.get(mine);
    }

    /** Begins to load into one of two places, within that time on the rig's clock. */
    long beginLoad(long block, int lengthBytes, int place, long withinNs) {
        long offset = (long) place * PLACE_BYTES;
        makeStale(offset, lengthBytes);
        int result = store.load(++tag, named(block), 0, memory.address() + offset, lengthBytes, nowNs + withinNs);
        return result == BlockStore.ACCEPTED ? tag : result;
    }

    /** Loads; compares every byte of a hit, and that a miss left none. */
    LoadResult load(long block, int lengthBytes) {
        return load(block, lengthBytes, lengthBytes);
    }

    LoadResult load(long block, int lengthBytes, int capacityBytes) {
        long mine = beginLoad(block, capacityBytes, 1, 3600 * SECOND_NS);
        assertTrue(mine > 0, () -> "refused: " + mine + " " + store.stats());
        await("a load", () -> released.containsKey(mine));
        check(mine, block, lengthBytes, capacityBytes, PLACE_BYTES);
        return loaded.get(mine);
    }

    long beginLookup(long block) {
        int result = store.lookup(++tag, named(block), 0);
        return result == BlockStore.ACCEPTED ? tag : result;
    }

    long lookup(long block) {
        long mine = beginLookup(block);
        assertTrue(mine > 0, () -> "refused: " + mine + " " + store.stats());
        await("a lookup", () -> found.containsKey(mine));
        return found.get(mine);
    }

    CircuitState circuit() {
        return store.stats().circuit();
    }

    /** Lets that much time pass on the rig's clock, and polls. */
    void pass(long elapsedNs) {
        nowNs += elapsedNs;
        store.poll(nowNs, this, Integer.MAX_VALUE);
    }

    /** Real time passes, the rig's does not. */
    void await(String what, BooleanSupplier isDone) {
        await(what, 0, isDone);
    }

    /** The rig's time passes by so much each cycle. */
    void await(String what, long stepNs, BooleanSupplier isDone) {
        long beganNs = System.nanoTime();
        while (!isDone.getAsBoolean()) {
            nowNs += stepNs;
            if (store.poll(nowNs, this, Integer.MAX_VALUE) == 0) {
                assertFalse(System.nanoTime() - beganNs > PATIENCE_NS, () -> "waited for " + what + ": " + store.stats());
                LockSupport.parkNanos(POLL_NS);
            }
        }
    }

    @Override
    protected void closeStore() {
        store.close();
    }
}
