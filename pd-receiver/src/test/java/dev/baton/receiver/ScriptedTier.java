package dev.baton.receiver;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Queue;

import org.agrona.DirectBuffer;

import dev.baton.buffer.tier.BlockName;
import dev.baton.buffer.tier.BlockStore;
import dev.baton.buffer.tier.BlockStoreListener;
import dev.baton.buffer.tier.BlockStoreStats;
import dev.baton.buffer.tier.CircuitState;
import dev.baton.buffer.tier.LoadResult;
import dev.baton.buffer.tier.StoreResult;

/** A tier in the heap that does what the test says: late, full, off, forgetful. It copies bytes when its I/O is let go on, and not before. */
final class ScriptedTier implements BlockStore {
    private static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

    private static final class Io {
        long tag;
        String name;
        long address;
        long lengthBytes;
        long deadlineNs;
        boolean isAnswered;
    }

    final Map<String, byte[]> records = new HashMap<>();
    /** Whether I/O returns by itself, a cycle later. */
    boolean isFlowing = true;
    boolean isOff;
    boolean isFull;
    /** Names of whose records loads find nothing, though lookups do. */
    boolean losesAll;
    int storesBegun;
    int loadsBegun;
    int lookups;
    private final List<Io> stores = new ArrayList<>();
    private final List<Io> loads = new ArrayList<>();
    private final Queue<Io> found = new ArrayDeque<>();

    private static String text(DirectBuffer name, int offset) {
        byte[] bytes = new byte[BlockName.LENGTH_BYTES];
        name.getBytes(offset, bytes);
        return HexFormat.of().formatHex(bytes);
    }

    @Override
    public int store(long tag, DirectBuffer name, int nameOffset, long address, long lengthBytes) {
        if (isOff || isFull) {
            return isOff ? OFF : BACK_PRESSURED;
        }
        storesBegun++;
        stores.add(io(tag, text(name, nameOffset), address, lengthBytes, 0));
        return ACCEPTED;
    }

    @Override
    public int lookup(long tag, DirectBuffer name, int nameOffset) {
        if (isOff) {
            return OFF;
        }
        lookups++;
        found.add(io(tag, text(name, nameOffset), 0, 0, 0));
        return ACCEPTED;
    }

    @Override
    public int load(long tag, DirectBuffer name, int nameOffset, long address, long capacityBytes, long deadlineNs) {
        if (isOff || isFull) {
            return isOff ? OFF : BACK_PRESSURED;
        }
        loadsBegun++;
        loads.add(io(tag, text(name, nameOffset), address, capacityBytes, deadlineNs));
        return ACCEPTED;
    }

    private static Io io(long tag, String name, long address, long lengthBytes, long deadlineNs) {
        Io io = new Io();
        io.tag = tag;
        io.name = name;
        io.address = address;
        io.lengthBytes = lengthBytes;
        io.deadlineNs = deadlineNs;
        return io;
    }

    @Override
    public int poll(long nowNs, BlockStoreListener listener, int limit) {
        int told = 0;
        for (Io io = found.poll(); io != null; io = found.poll()) {
            listener.onFound(io.tag, records.containsKey(io.name) ? records.get(io.name).length : -1);
            told++;
        }
        if (isFlowing) {
            told += finish(listener);
        }
        for (Io io : loads) {
            if (!io.isAnswered && io.deadlineNs - nowNs <= 0) {
                io.isAnswered = true;
                listener.onLoaded(io.tag, LoadResult.LATE, 0);
                told++;
            }
        }
        return told;
    }

    private int finish(BlockStoreListener listener) {
        int told = stores.size() + loads.size();
        for (Io io : stores) {
            byte[] bytes = new byte[(int) io.lengthBytes];
            MemorySegment.copy(ALL, ValueLayout.JAVA_BYTE, io.address, bytes, 0, bytes.length);
            boolean isNew = records.put(io.name, bytes) == null;
            listener.onStored(io.tag, isNew ? StoreResult.STORED : StoreResult.PRESENT);
        }
        stores.clear();
        for (Io io : loads) {
            byte[] bytes = losesAll ? null : records.get(io.name);
            if (bytes != null && bytes.length <= io.lengthBytes) {
                // Late or not: a device writes where it was told to.
                MemorySegment.copy(bytes, 0, ALL, ValueLayout.JAVA_BYTE, io.address, bytes.length);
            }
            if (!io.isAnswered) {
                listener.onLoaded(io.tag, bytes == null ? LoadResult.MISS : LoadResult.HIT, bytes == null ? 0 : bytes.length);
            }
            listener.onReleased(io.tag);
        }
        loads.clear();
        return told;
    }

    int storesUnderWay() {
        return stores.size();
    }

    int loadsUnderWay() {
        return loads.size();
    }

    @Override
    public void readAhead(DirectBuffer names, int namesOffset, int count) {
        // a hint; not taken
    }

    @Override
    public long blockBytesMax() {
        return 1 << 20;
    }

    @Override
    public BlockStoreStats stats() {
        return new BlockStoreStats(records.size(), 0, 0, 0, 1000, isOff ? CircuitState.OFF : CircuitState.WORKING, loads.size(),
            stores.size(), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    }

    @Override
    public void close() {
        isOff = true;
    }
}
