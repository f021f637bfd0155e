package dev.baton.buffer.tier;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.memory.MemoryLedger;
import dev.baton.memory.Region;
import dev.baton.memory.Regions;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * What tests of block stores stand on: memory to store from and load into, what the store answered, and blocks whose names
 * and bytes follow from their numbers, so that anybody can tell whether what was found is what was stored.
 */
public abstract class StoreRig implements BlockStoreListener, AutoCloseable {
    public static final long SECOND_NS = TimeUnit.SECONDS.toNanos(1);
    protected static final long PATIENCE_NS = 30 * SECOND_NS;
    private static final byte STALE = 0x5a;

    public final MemoryLedger ledger = new MemoryLedger();
    public final Map<Long, StoreResult> stored = new HashMap<>();
    public final Map<Long, LoadResult> loaded = new HashMap<>();
    public final Map<Long, Long> found = new HashMap<>();
    public final Map<Long, Integer> released = new HashMap<>();
    public final Region memory;
    protected long tag;

    protected StoreRig(long memoryBytes) {
        memory = Regions.anonymous(ledger, "test", memoryBytes);
    }

    public static UnsafeBuffer named(long block) {
        UnsafeBuffer name = new UnsafeBuffer(new byte[BlockName.LENGTH_BYTES]);
        SplittableRandom random = new SplittableRandom(block);
        for (int at = 0; at < BlockName.KEY_BYTES; at += Long.BYTES) {
            name.putLong(at, random.nextLong());
        }
        name.putLong(BlockName.TENANT_OFFSET, 77);
        name.putLong(BlockName.LAYOUT_OFFSET, 88);
        return name;
    }

    public static byte[] bytesOf(long block, int lengthBytes) {
        byte[] bytes = new byte[lengthBytes];
        new SplittableRandom(~block).nextBytes(bytes);
        return bytes;
    }

    /** As memory is before a load: what is left of it shows. */
    protected final void makeStale(long offset, int lengthBytes) {
        memory.segment().asSlice(offset, lengthBytes).fill(STALE);
    }

    /** Released once; every byte of a hit compared; a miss has left none. */
    public final void check(long mine, long block, int lengthBytes, int capacityBytes, long offset) {
        assertEquals(1, released.get(mine));
        byte[] is = memory.segment().asSlice(offset, capacityBytes).toArray(ValueLayout.JAVA_BYTE);
        if (loaded.get(mine).isHit()) {
            assertArrayEquals(bytesOf(block, lengthBytes), Arrays.copyOf(is, lengthBytes), "wrong bytes of block " + block);
        } else {
            for (byte each : is) {
                assertTrue(each == STALE || each == 0, "bytes were left by a load that was a miss");
            }
        }
    }

    @Override
    public final void onStored(long tag, StoreResult result) {
        assertFalse(stored.containsKey(tag), "answered twice");
        stored.put(tag, result);
    }

    @Override
    public final void onFound(long tag, long lengthBytes) {
        assertFalse(found.containsKey(tag), "answered twice");
        found.put(tag, lengthBytes);
    }

    @Override
    public final void onLoaded(long tag, LoadResult result, long lengthBytes) {
        assertFalse(loaded.containsKey(tag), "answered twice");
        loaded.put(tag, result);
    }

    @Override
    public final void onReleased(long tag) {
        assertTrue(loaded.containsKey(tag), "released before it was answered");
        released.merge(tag, 1, Integer::sum);
    }

    protected abstract void closeStore();

    @Override
    public final void close() {
        closeStore();
        memory.close();
        assertTrue(ledger.isEmpty(), ledger::toString);
    }
}
