package dev.baton.sim.chaos;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.IntStream;

import org.agrona.DirectBuffer;
import org.agrona.collections.Long2LongHashMap;
import org.agrona.collections.Long2ObjectHashMap;
import org.agrona.collections.LongHashSet;

import dev.baton.buffer.reserve.ExtentLedger;
import dev.baton.buffer.reserve.ExtentState;
import dev.baton.buffer.reserve.Reservation;
import dev.baton.buffer.reserve.ReservationState;
import dev.baton.buffer.slab.SlabPlan;
import dev.baton.buffer.tier.BlockName;
import dev.baton.buffer.tier.BlockStoreListener;
import dev.baton.buffer.tier.LoadResult;
import dev.baton.buffer.tier.StoreResult;
import dev.baton.kv.BlockKey;
import dev.baton.sim.time.Chance;

/**
 * Holds the tier below one receiver to what it promises (PROTOCOL.md, S1, S11 to S13, S16, S18, L10), over all lives of that
 * receiver. It knows what was ever stored under which name, and which memory is the tier's: what it loads into, and what it
 * stores from, until it says that it is done.
 */
final class TierOracle {
    /** What a load's target is filled with: whatever else is found there later was written since. */
    private static final int GROUP_SHIFT = 56;
    private static final byte STALE = 0x5a;
    /** Clocks drift by one. */
    private static final int CLOCK_PERCENT = 102;
    private static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

    /** All 64 bytes of a name. */
    record Name(BlockKey key, long tenant, long tenantRest, long layout, long place) {
        static Name of(DirectBuffer name, int offset) {
            return new Name(BlockKey.of(name, offset), word(name, offset + BlockName.TENANT_OFFSET),
                word(name, offset + BlockName.TENANT_OFFSET + Long.BYTES), word(name, offset + BlockName.LAYOUT_OFFSET),
                word(name, offset + BlockName.LAYOUT_OFFSET + Long.BYTES));
        }

        int group() {
            return (int) (place >>> GROUP_SHIFT);
        }

        private static long word(DirectBuffer name, int offset) {
            return name.getLong(offset, ByteOrder.LITTLE_ENDIAN);
        }
    }

    /** Memory that is the tier's for a while. */
    private static final class Loan {
        final Name name;
        final long address;
        final long lengthBytes;
        final long deadlineNs;
        final long sourceHash;
        boolean isAnswered;

        Loan(Name name, long address, long lengthBytes, long deadlineNs, long sourceHash) {
            this.name = name;
            this.address = address;
            this.lengthBytes = lengthBytes;
            this.deadlineNs = deadlineNs;
            this.sourceHash = sourceHash;
        }

        boolean holds(long from, long length) {
            return from >= address && from + length <= address + lengthBytes;
        }

        @Override
        public String toString() {
            return name + " bytes=" + lengthBytes;
        }
    }

    private final ReceiverMember receiver;
    private final Map<Name, LongHashSet> stored = new HashMap<>();
    private final Long2ObjectHashMap<Loan> loads = new Long2ObjectHashMap<>();
    private final Long2ObjectHashMap<Loan> stores = new Long2ObjectHashMap<>();
    private final Long2LongHashMap heldBackSinceNs = new Long2LongHashMap(-1);
    private final LongHashSet overdue = new LongHashSet();
    private final LongHashSet heldBackEver = new LongHashSet();
    /** Thrown where a tier's own I/O saw it: a worker takes any exception for a failed job. */
    private Violation seen;

    TierOracle(ReceiverMember receiver) {
        this.receiver = receiver;
    }

    /** The process died, and its memory with it; what it stored is there as far as the disk has it. */
    void died() {
        heldBackSinceNs.clear();
        heldBackEver.clear();
        overdue.clear();
        loads.clear();
        stores.clear();
    }

    /** Nothing of the receiver's memory is the tier's. */
    boolean isIdle() {
        return loads.isEmpty() && stores.isEmpty();
    }

    /**
     * Of each shard's memory its I/O has not all. A load that is late keeps all that was taken for it until its last I/O is
     * over, so while there is one, what else there is counts alone.
     */
    boolean leavesRoom() {
        SlabPlan plan = receiver.ledger().extents().plan();
        if (!loads.isEmpty() && IntStream.range(0, plan.bankCount()).anyMatch(bank -> receiver.ledger().extents().availableCount(bank) == 0)) {
            return false;
        }
        LongHashSet[] kept = new LongHashSet[plan.bankCount()];
        Arrays.setAll(kept, _ -> new LongHashSet());
        Consumer<Loan> each = loan -> {
            long place = receiver.process.placeOf(loan.address);
            if (place < 0) {
                return;
            }
            long offset = place & (1L << 40) - 1;
            int slab = (int) (place >>> 40);
            for (long extent = offset / Plan.EXTENT_BYTES; extent <= (offset + loan.lengthBytes - 1) / Plan.EXTENT_BYTES; extent++) {
                kept[plan.bank(slab)].add((long) slab << 32 | extent);
            }
        };
        loads.values().forEach(each);
        stores.values().forEach(each);
        return IntStream.range(0, kept.length).allMatch(bank -> kept[bank].size() < plan.extentCount(bank));
    }

    void beginStore(long tag, DirectBuffer name, int nameOffset, long address, long lengthBytes) {
        Name named = Name.of(name, nameOffset);
        long hash = hash(address, lengthBytes);
        stored.computeIfAbsent(named, _ -> new LongHashSet()).add(hash);
        stores.put(tag, new Loan(named, address, lengthBytes, 0, hash));
    }

    /** The memory is about to be the tier's: it must be this load's alone. */
    void beforeLoad(long address, long lengthBytes) {
        requireUnderLoad(address, lengthBytes, "a load begins");
        for (Loan other : loads.values()) {
            if (address < other.address + other.lengthBytes && other.address < address + lengthBytes) {
                throw new Violation("S1", "two loads into the same memory: " + other);
            }
        }
        ALL.asSlice(address, lengthBytes).fill(STALE);
    }

    void beginLoad(long tag, DirectBuffer name, int nameOffset, long address, long lengthBytes, long deadlineNs) {
        loads.put(tag, new Loan(Name.of(name, nameOffset), address, lengthBytes, deadlineNs, 0));
    }

    /** Wraps who is told by the tier. */
    BlockStoreListener telling(BlockStoreListener told) {
        return new BlockStoreListener() {
            @Override
            public void onStored(long tag, StoreResult result) {
                stored(tag, result);
                told.onStored(tag, result);
            }

            @Override
            public void onFound(long tag, long lengthBytes) {
                told.onFound(tag, lengthBytes);
            }

            @Override
            public void onLoaded(long tag, LoadResult result, long lengthBytes) {
                loaded(tag, result, lengthBytes);
                told.onLoaded(tag, result, lengthBytes);
            }

            @Override
            public void onReleased(long tag) {
                Loan load = loads.remove(tag);
                if (load == null || !load.isAnswered) {
                    throw new Violation("L10", "memory comes back from a load that is not answered: " + load);
                }
                told.onReleased(tag);
            }
        };
    }

    private void stored(long tag, StoreResult result) {
        Loan store = stores.remove(tag);
        if (hash(store.address, store.lengthBytes) != store.sourceHash) {
            throw new Violation("S16", "a block changed while it was stored: " + store);
        }
        receiver.tierEvent("stored " + result.name(), store.lengthBytes);
    }

    private void loaded(long tag, LoadResult result, long lengthBytes) {
        Loan load = loads.get(tag);
        if (load == null || load.isAnswered) {
            throw new Violation("L10", "a load is answered that was not begun, or twice: " + load);
        }
        load.isAnswered = true;
        receiver.tierEvent("loaded " + result.name() + (load.name.group() == 0 ? "" : " of a window or a state"), load.lengthBytes);
        if (result.isHit()) {
            requireStored(load, lengthBytes);
        } else if (result != LoadResult.LATE && !isBlank(load)) {
            throw new Violation("S11", "a load that is " + result + " leaves bytes: " + load);
        }
    }

    /** A hit has the bytes that were stored under its whole name. */
    private void requireStored(Loan load, long lengthBytes) {
        long hash = hash(load.address, lengthBytes);
        LongHashSet right = stored.get(load.name);
        if (right != null && right.contains(hash)) {
            return;
        }
        for (Map.Entry<Name, LongHashSet> other : stored.entrySet()) {
            if (other.getValue().contains(hash)) {
                boolean isSameKey = other.getKey().key().equals(load.name.key());
                throw new Violation(isSameKey && other.getKey().tenant() != load.name.tenant() ? "S18" : "S12",
                    "a hit has the bytes of another name: asked=" + load + " found=" + other.getKey());
            }
        }
        throw new Violation("S13", "a hit has bytes that were never stored: " + load);
    }

    /** After each of its cycles: whoever waits for a tier waits no longer than it said. */
    void requireAnswered(long nowNs) {
        if (loads.isEmpty()) {
            return;
        }
        for (Iterator<Loan> all = loads.values().iterator(); all.hasNext(); ) {
            Loan load = all.next();
            if (!load.isAnswered && load.deadlineNs - nowNs <= 0) {
                throw new Violation("L10", "a load is not answered in its time: " + load + " lateNs=" +
                    (nowNs - load.deadlineNs));
            }
        }
    }

    /** Now, or when it was looked at before. */
    boolean isHeldBack(Reservation waiting) {
        return waiting.isHeldBack() || heldBackSinceNs.containsKey(waiting.id());
    }

    boolean wasHeldBack(Reservation waiting) {
        return heldBackEver.contains(waiting.id());
    }

    /**
     * After each cycle: nobody waits for this tier longer than its bound, by whatever clock, and one more cycle in which it takes
     * what came last.
     */
    void checkWaits(long nowNs) {
        long boundNs = receiver.cluster.plan().tierLimits.waitNs() * CLOCK_PERCENT / 100;
        receiver.ledger().forEachLive(reservation -> {
            if (!reservation.isHeldBack() || reservation.state() != ReservationState.QUEUED) {
                heldBackSinceNs.remove(reservation.id());
            } else if (!heldBackSinceNs.containsKey(reservation.id())) {
                heldBackSinceNs.put(reservation.id(), nowNs);
                heldBackEver.add(reservation.id());
            } else if (nowNs - heldBackSinceNs.get(reservation.id()) > boundNs && !overdue.add(reservation.id())) {
                throw new Violation("L10", "a request waits for the tier longer than it may: " + reservation + " waitedMs=" +
                    (nowNs - heldBackSinceNs.get(reservation.id())) / 1_000_000);
            }
        });
    }

    /** What loads go to belongs to nobody else for as long as they take. */
    void checkLoads() {
        if (loads.isEmpty()) {
            return;
        }
        for (Iterator<Loan> all = loads.values().iterator(); all.hasNext(); ) {
            Loan load = all.next();
            requireUnderLoad(load.address, load.lengthBytes, "a load goes on");
        }
    }

    private void requireUnderLoad(long address, long lengthBytes, String what) {
        long place = receiver.process.placeOf(address);
        if (place < 0) {
            return;   // a link of a passage, in memory of its own
        }
        ExtentLedger extents = receiver.ledger().extents();
        int slab = (int) (place >>> 40);
        long offset = place & (1L << 40) - 1;
        for (long extent = offset / Plan.EXTENT_BYTES; extent <= (offset + lengthBytes - 1) / Plan.EXTENT_BYTES; extent++) {
            ExtentState state = extents.state(slab, (int) extent);
            if (state != ExtentState.OWNED && state != ExtentState.QUARANTINED) {
                throw new Violation("S1", what + " in memory that is not its own: slab=" + slab + " extent=" + extent +
                    " state=" + state);
            }
            requireNobodyElse(slab, (int) extent, what);
        }
    }

    private void requireNobodyElse(int slab, int extent, String what) {
        receiver.ledger().forEachLive(reservation -> {
            if (Landings.isAmong(reservation, slab, extent)) {
                throw new Violation("S1", what + " in memory of a reservation: slab=" + slab + " extent=" + extent + " " +
                    reservation);
            }
        });
    }

    /** The tier's I/O writes to memory, whenever it comes to it. */
    void onWrite(long address, long lengthBytes) {
        if (seen != null || receiver.process.placeOf(address) < 0) {
            return;   // its own
        }
        try {
            for (Iterator<Loan> all = loads.values().iterator(); all.hasNext(); ) {
                if (all.next().holds(address, lengthBytes)) {
                    requireUnderLoad(address, lengthBytes, "a load lands");
                    return;
                }
            }
            throw new Violation("L10", "the tier writes to memory that it has given back: bytes=" + lengthBytes);
        } catch (Violation ex) {
            seen = ex;
        }
    }

    /** The tier's I/O reads from memory, whenever it comes to it. */
    void onRead(long address, long lengthBytes) {
        long place = receiver.process.placeOf(address);
        if (seen != null || place < 0) {
            return;
        }
        boolean isLent = false;
        for (Iterator<Loan> all = stores.values().iterator(); all.hasNext() && !isLent; ) {
            isLent = all.next().holds(address, lengthBytes);
        }
        for (Iterator<Loan> all = loads.values().iterator(); all.hasNext() && !isLent; ) {
            if (all.next().holds(address, lengthBytes)) {
                return;   // what came from a farther store goes to the nearer one from where it was loaded to
            }
        }
        int extent = (int) ((place & (1L << 40) - 1) / Plan.EXTENT_BYTES);
        int holders = receiver.ledger().extents().holderCount((int) (place >>> 40), extent);
        if (!isLent || holders == 0) {
            seen = new Violation("S16", "the tier stores from memory that is not kept for it: isLent=" + isLent +
                " holders=" + holders);
        }
    }

    void throwSeen() {
        if (seen != null) {
            throw seen;
        }
    }

    /** Wiped, or never written to. */
    private static boolean isBlank(Loan load) {
        for (long at = 0; at < load.lengthBytes; at++) {
            byte found = ALL.get(ValueLayout.JAVA_BYTE, load.address + at);
            if (found != 0 && found != STALE) {
                return false;
            }
        }
        return true;
    }

    private static long hash(long address, long lengthBytes) {
        long hash = lengthBytes;
        long at = 0;
        for (; at + Long.BYTES <= lengthBytes; at += Long.BYTES) {
            hash = (hash ^ ALL.get(ValueLayout.JAVA_LONG_UNALIGNED, address + at)) * 0x9E37_79B9_7F4A_7C15L;
            hash ^= hash >>> 29;
        }
        for (; at < lengthBytes; at++) {
            hash = Chance.mix(hash + ALL.get(ValueLayout.JAVA_BYTE, address + at));
        }
        return hash;
    }
}
