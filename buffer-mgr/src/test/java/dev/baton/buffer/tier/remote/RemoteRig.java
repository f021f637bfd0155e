package dev.baton.buffer.tier.remote;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.buffer.tier.BlockName;
import dev.baton.buffer.tier.BlockStore;
import dev.baton.buffer.tier.BlockStoreListener;
import dev.baton.buffer.tier.CircuitState;
import dev.baton.buffer.tier.LoadResult;
import dev.baton.buffer.tier.StoreResult;
import dev.baton.memory.MemoryLedger;
import dev.baton.memory.Region;
import dev.baton.memory.Regions;
import java.lang.foreign.ValueLayout;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.agrona.concurrent.UnsafeBuffer;

/** A remote store with real threads, whose time the test owns, and memory to store from and load into. Block i's bytes follow from i. */
final class RemoteRig implements BlockStoreListener, AutoCloseable {
    static final long SECOND_NS = TimeUnit.SECONDS.toNanos(1);
    static final int PLACE_BYTES = 20 << 20;
    private static final long PATIENCE_NS = 30 * SECOND_NS;
    private static final long POLL_NS = TimeUnit.MICROSECONDS.toNanos(50);
    private static final byte STALE = 0x5a;

    final MemoryLedger ledger = new MemoryLedger();
    final Map<Long, StoreResult> stored = new HashMap<>();
    final Map<Long, LoadResult> loaded = new HashMap<>();
    final Map<Long, Long> found = new HashMap<>();
    final Map<Long, Integer> released = new HashMap<>();
    final Region memory;
    final RemoteStore store;
    long nowNs = 1;
    private long tag;

    RemoteRig(RemoteContext context) {
        memory = Regions.anonymous(ledger, "test", 3L * PLACE_BYTES);
        store = RemoteStore.open(context.ledger(ledger).conclude(), nowNs);
    }

    static UnsafeBuffer named(long block) {
        UnsafeBuffer name = new UnsafeBuffer(new byte[BlockName.LENGTH_BYTES]);
        SplittableRandom random = new SplittableRandom(block);
        for (int at = 0; at < BlockName.KEY_BYTES; at += Long.BYTES) {
            name.putLong(at, random.nextLong());
        }
        name.putLong(BlockName.TENANT_OFFSET, 77);
        name.putLong(BlockName.LAYOUT_OFFSET, 88);
        return name;
    }

    /** As the client knows it. */
    static String objectName(long block) {
        return HexFormat.of().formatHex(named(block).byteArray());
    }

    static byte[] bytesOf(long block, int lengthBytes) {
        byte[] bytes = new byte[lengthBytes];
        new SplittableRandom(~block).nextBytes(bytes);
        return bytes;
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
        memory.segment().asSlice(offset, lengthBytes).fill(STALE);
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
        check(mine, block, lengthBytes, capacityBytes, 1);
        return loaded.get(mine);
    }

    void check(long mine, long block, int lengthBytes, int capacityBytes, int place) {
        assertEquals(1, released.get(mine));
        byte[] is = memory.segment().asSlice((long) place * PLACE_BYTES, capacityBytes).toArray(ValueLayout.JAVA_BYTE);
        if (loaded.get(mine).isHit()) {
            assertArrayEquals(bytesOf(block, lengthBytes), java.util.Arrays.copyOf(is, lengthBytes), "wrong bytes of block " + block);
        } else {
            for (byte each : is) {
                assertTrue(each == STALE || each == 0, "bytes were left by a load that was a miss");
            }
        }
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
    public void onStored(long tag, StoreResult result) {
        assertFalse(stored.containsKey(tag), "answered twice");
        stored.put(tag, result);
    }

    @Override
    public void onFound(long tag, long lengthBytes) {
        assertFalse(found.containsKey(tag), "answered twice");
        found.put(tag, lengthBytes);
    }

    @Override
    public void onLoaded(long tag, LoadResult result, long lengthBytes) {
        assertFalse(loaded.containsKey(tag), "answered twice");
        loaded.put(tag, result);
    }

    @Override
    public void onReleased(long tag) {
        assertTrue(loaded.containsKey(tag), "released before it was answered");
        released.merge(tag, 1, Integer::sum);
    }

    @Override
    public void close() {
        store.close();
        memory.close();
        assertTrue(ledger.isEmpty(), ledger::toString);
    }
}
