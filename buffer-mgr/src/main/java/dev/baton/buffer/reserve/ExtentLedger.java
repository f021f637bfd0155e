package dev.baton.buffer.reserve;

import dev.baton.buffer.slab.SlabPlan;
import dev.baton.memory.BitRanges;
import dev.baton.memory.ExtentAllocator;
import dev.baton.memory.ExtentRun;
import dev.baton.memory.RunList;

/**
 * Whose every extent is (PROTOCOL.md, S1), together with the allocators that hand out the free ones: nothing is free in
 * one and not in the other. Counted by bank: what a shard has in a tier ({@link SlabPlan}). One owner, no locks; other
 * threads may read {@link #counts()}. A step that is not legal for each extent of a run changes none of them and throws.
 * <pre>
 *   per index   1 bit for each state but FREE, which is the allocators' | holders: 1 int, good where SEALED
 *   owner       slot &lt;&lt; 32 | 32-bit generation, by {@link OwnerStamps}, where OWNED or QUARANTINED
 * </pre>
 */
public final class ExtentLedger {
    private final SlabPlan plan;
    private final ExtentIndex index;
    private final ExtentAllocator[] allocators;
    private ExtentEviction eviction;
    private final ExtentCounts counts;
    private final long[] owned;
    private final long[] sealed;
    private final long[] quarantined;
    private final HolderCounts holders;
    private final OwnerStamps stamps;

    public ExtentLedger(SlabPlan plan) {
        this.plan = plan;
        eviction = new OldestExtents(plan);
        index = new ExtentIndex(plan);
        allocators = new ExtentAllocator[plan.bankCount()];
        int[] bankExtents = new int[plan.bankCount()];
        for (int bank = 0; bank < allocators.length; bank++) {
            allocators[bank] = plan.newAllocator(bank);
            bankExtents[bank] = plan.extentCount(bank);
        }
        counts = new ExtentCounts(bankExtents);
        holders = new HolderCounts(index.indexCount());
        stamps = new OwnerStamps(index.indexCount());
        owned = new long[BitRanges.wordCount(index.indexCount())];
        sealed = new long[owned.length];
        quarantined = new long[owned.length];
    }

    /** What goes first from now on. Before anything is sealed here: what is idle now would be known to nobody. */
    public ExtentLedger evictBy(ExtentEviction order) {
        int at = BitRanges.nextSet(sealed, 0, index.indexCount());
        if (at < index.indexCount()) {
            throw new IllegalStateException("sealed before the order of eviction was chosen: " + describe(at));
        }
        eviction = order;
        return this;
    }

    public SlabPlan plan() {
        return plan;
    }

    /** Counts by state; may be read by other threads. */
    public ExtentCounts counts() {
        return counts;
    }

    /** An owner's stamp on its extents. */
    public static long owner(int slot, int generation) {
        return ((long) slot << 32) | (generation & 0xFFFF_FFFFL);
    }

    /** Extents that a grant could have now on this bank: the free and the evictable ones. */
    public int availableCount(int bank) {
        return counts.available(bank);
    }

    /** Extents that a grant could ever have on this bank, as things stand: all less the quarantined. */
    public int usableCount(int bank) {
        return plan.extentCount(bank) - (int) counts.count(bank, ExtentState.QUARANTINED);
    }

    /**
     * FREE to OWNED: takes extents of one bank, evicting idle ones if too few are free.
     *
     * @param owner {@link #owner(int, int)} of a reservation or a tier load
     * @param into  gets the runs appended; unchanged when the answer is false
     * @return false when fewer than {@code count} are available; nothing is changed then
     */
    public boolean take(int bank, int count, long owner, RunList into) {
        beginStep();
        try {
            return takeInStep(bank, count, owner, into);
        } finally {
            endStep();
        }
    }

    /** All that is taken and released up to {@link #endStep()} is one change to readers of {@link #counts()}: cheaper, and never seen in part. */
    void beginStep() {
        counts.begin();
    }

    void endStep() {
        counts.end();
    }

    boolean takeInStep(int bank, int count, long owner, RunList into) {
        ExtentAllocator allocator = allocators[bank];
        if (allocator.freeCount() < count) {
            if (availableCount(bank) < count) {
                return false;
            }
            evict(bank, count - allocator.freeCount());
        }
        int from = into.size();
        allocator.allocate(count, into);
        for (int i = from; i < into.size(); i++) {
            long run = into.run(i);
            int first = index.first(run);
            BitRanges.set(owned, first, ExtentRun.extentCount(run));
            stamps.stamp(first, owner);
        }
        counts.taken(bank, count);
        return true;
    }

    /** OWNED to FREE. The run is any part of what its owner took. */
    public void release(long run, long owner) {
        beginStep();
        try {
            releaseInStep(run, owner);
        } finally {
            endStep();
        }
    }

    void releaseInStep(long run, long owner) {
        int bank = bankOf(run);
        int first = index.first(run);
        int count = ExtentRun.extentCount(run);
        if (!isStamped(owned, first, count, owner)) {
            throw illegal(run, ExtentState.OWNED, ExtentState.FREE, owner);
        }
        allocators[bank].free(run);
        BitRanges.clear(owned, first, count);
        wipe(first, count);
        counts.released(bank, count);
    }

    /** OWNED to SEALED, with one holder: its owner. */
    public void seal(long run, long owner) {
        requireOwner(run, owner, ExtentState.OWNED, ExtentState.SEALED);
        move(bankOf(run), run, ExtentState.OWNED, ExtentState.SEALED);
        int first = index.first(run);
        wipe(first, ExtentRun.extentCount(run));
        holders.fill(first, first + ExtentRun.extentCount(run), 1);
    }

    /** OWNED to QUARANTINED: nobody may have it until {@link #recover(long, long)}. */
    public void quarantine(long run, long owner) {
        requireOwner(run, owner, ExtentState.OWNED, ExtentState.QUARANTINED);
        move(bankOf(run), run, ExtentState.OWNED, ExtentState.QUARANTINED);
    }

    /** QUARANTINED to OWNED, by the same owner: the evidence has come. */
    public void recover(long run, long owner) {
        requireOwner(run, owner, ExtentState.QUARANTINED, ExtentState.OWNED);
        move(bankOf(run), run, ExtentState.QUARANTINED, ExtentState.OWNED);
    }

    /** One holder more for each extent of a SEALED run. */
    public void hold(long run) {
        int bank = bankOf(run);
        requireSealed(run);
        int first = index.first(run);
        int end = first + ExtentRun.extentCount(run);
        for (int at = first; at < end; ) {
            int next = holders.samePopulation(at, end);
            if (holders.at(at) == 0) {
                eviction.onHeld(bank, index.run(at, next - at));
                counts.evictableChanged(bank, at - next);
            }
            holders.add(at, next, 1);
            at = next;
        }
    }

    /** One holder less for each extent of a SEALED run; those without any become evictable. */
    public void drop(long run) {
        int bank = bankOf(run);
        requireSealed(run);
        int first = index.first(run);
        int end = first + ExtentRun.extentCount(run);
        int idle = holders.nextIdle(first, end);
        if (idle < end) {
            throw new IllegalStateException("nobody holds it: " + describe(idle));
        }
        for (int at = first; at < end; ) {
            int next = holders.samePopulation(at, end);
            holders.add(at, next, -1);
            if (holders.at(at) == 0) {
                eviction.onIdle(bank, index.run(at, next - at));
                counts.evictableChanged(bank, next - at);
            }
            at = next;
        }
    }

    /** SEALED to FREE, at least {@code count} idle extents being there: in the policy's order. */
    public void evict(int bank, int count) {
        if (count > counts.evictable(bank)) {
            throw new IllegalStateException("too few are evictable: bank=" + bank + " count=" + count +
                " evictable=" + counts.evictable(bank));
        }
        int rest = count;
        while (rest > 0) {
            long run = eviction.nextVictims(bank, rest);
            int first = index.first(run);
            int length = ExtentRun.extentCount(run);
            requireSealed(run);
            int held = holders.nextHeld(first, first + length);
            if (held < first + length) {
                throw new IllegalStateException("evicted while held: " + describe(held));
            }
            BitRanges.clear(sealed, first, length);
            counts.evicted(bank, length);
            allocators[bank].free(run);
            rest -= length;
        }
    }

    /** Idle extents in a SEALED run: what would no longer be evictable if it were held. */
    public int idleCount(long run) {
        requireSealed(run);
        int first = index.first(run);
        return holders.idleCount(first, first + ExtentRun.extentCount(run));
    }

    public ExtentState state(int slabId, int extent) {
        return stateAt(index.of(slabId, extent));
    }

    /** Holders of a SEALED extent. */
    public int holderCount(int slabId, int extent) {
        int at = index.of(slabId, extent);
        return BitRanges.isSet(sealed, at) ? holders.at(at) : 0;
    }

    /** Whether the whole run is OWNED by this owner: the check before a byte is accepted by place alone. */
    public boolean isOwnedBy(long run, long owner) {
        return index.contains(run) && hasOwner(run, owner, ExtentState.OWNED);
    }

    /** The first part of a run whose extents are all in one state: packed, starting where the run starts. */
    long uniformPart(long run, ExtentState state) {
        int first = index.first(run);
        int end = first + ExtentRun.extentCount(run);
        int next = BitRanges.isSet(bits(state), first) ? BitRanges.nextClear(bits(state), first, end)
            : BitRanges.nextSet(bits(state), first, end);
        return index.run(first, next - first);
    }

    boolean isFirst(long run, ExtentState state) {
        return BitRanges.isSet(bits(state), index.first(run));
    }

    /** Extents of this bank that are free. */
    public int freeCount(int bank) {
        return allocators[bank].freeCount();
    }

    /** Contiguous runs that they lie in. */
    public int freeRunCount(int bank) {
        return allocators[bank].freeRunCount();
    }

    /** Bytes of heap for all extents: allocators, states, tags, counts, and the order of eviction. */
    public long bookkeepingBytes() {
        long bytes = counts.bookkeepingBytes() + index.bookkeepingBytes() + holders.bookkeepingBytes() +
            stamps.bookkeepingBytes() + 3 * (16 + 8L * owned.length);
        for (ExtentAllocator allocator : allocators) {
            bytes += allocator.bookkeepingBytes();
        }
        return bytes + eviction.bookkeepingBytes();
    }

    /**
     * Walks every extent; for tests and simulation.
     *
     * @throws IllegalStateException if an extent is in no state or in two, if counts do not add up, or if an allocator
     *                               says otherwise
     */
    public void checkInvariants() {
        LedgerCheck.check(this);
    }

    ExtentAllocator allocator(int bank) {
        return allocators[bank];
    }

    /** The bitmap of a state; FREE has none here, for the allocators know. */
    private long[] bits(ExtentState state) {
        return switch (state) {
            case OWNED -> owned;
            case SEALED -> sealed;
            case QUARANTINED -> quarantined;
            case FREE -> throw new IllegalStateException("free extents are the allocators' to know");
        };
    }

    private int bankOf(long run) {
        if (!index.contains(run)) {
            throw new IllegalStateException("not a run of this pool: " + ExtentRun.describe(run));
        }
        return index.bank(run);
    }

    private void move(int bank, long run, ExtentState from, ExtentState to) {
        int first = index.first(run);
        int count = ExtentRun.extentCount(run);
        BitRanges.clear(bits(from), first, count);
        BitRanges.set(bits(to), first, count);
        counts.move(bank, from, to, count);
    }

    private void requireSealed(long run) {
        bankOf(run);
        int first = index.first(run);
        int count = ExtentRun.extentCount(run);
        if (!BitRanges.isAllSet(sealed, first, count)) {
            int at = BitRanges.nextClear(sealed, first, first + count);
            throw new IllegalStateException("only SEALED extents are held, dropped and evicted: " + describe(at));
        }
    }

    private boolean hasOwner(long run, long owner, ExtentState state) {
        return isStamped(bits(state), index.first(run), ExtentRun.extentCount(run), owner);
    }

    private boolean isStamped(long[] stateBits, int first, int count, long owner) {
        if (!BitRanges.isAllSet(stateBits, first, count)) {
            return false;
        }
        return stamps.isAll(first, count, owner);
    }

    /** The extents lost their owner; what is left of its stretch behind them keeps it. */
    private void wipe(int first, int count) {
        int end = first + count;
        boolean goesOn = index.isSameSlab(first, end) && (BitRanges.isSet(owned, end) ||
            BitRanges.isSet(quarantined, end));
        stamps.wipe(first, count, goesOn);
    }

    private void requireOwner(long run, long owner, ExtentState from, ExtentState to) {
        bankOf(run);
        if (!from.mayBecome(to) || !hasOwner(run, owner, from)) {
            throw illegal(run, from, to, owner);
        }
    }

    private ExtentState stateAt(int at) {
        long run = index.run(at, 1);
        boolean free = allocators[index.bank(run)].isFree(ExtentRun.slabId(run), ExtentRun.firstExtent(run));
        int states = (free ? 1 : 0) + bit(owned, at) + bit(sealed, at) + bit(quarantined, at);
        if (states != 1) {
            throw new IllegalStateException("an extent is in one state: " + ExtentRun.describe(run) + " free=" + free +
                " owned=" + bit(owned, at) + " sealed=" + bit(sealed, at) + " quarantined=" + bit(quarantined, at));
        }
        return free ? ExtentState.FREE : bit(owned, at) == 1 ? ExtentState.OWNED
            : bit(sealed, at) == 1 ? ExtentState.SEALED : ExtentState.QUARANTINED;
    }

    private static int bit(long[] words, int at) {
        return BitRanges.isSet(words, at) ? 1 : 0;
    }

    private IllegalStateException illegal(long run, ExtentState from, ExtentState to, long owner) {
        int first = index.first(run);
        int end = first + ExtentRun.extentCount(run);
        int at = first;
        while (at < end - 1 && stateAt(at) == from && stamps.ownerOf(at) == owner) {
            at++;
        }
        return new IllegalStateException("illegal step of an extent: from=" + from + " to=" + to + " owner=0x" +
            Long.toHexString(owner) + " but " + describe(at));
    }

    private String describe(int at) {
        long run = index.run(at, 1);
        return "slab=" + ExtentRun.slabId(run) + " extent=" + ExtentRun.firstExtent(run) + " state=" + stateAt(at) + (
            BitRanges.isSet(owned, at) || BitRanges.isSet(quarantined, at)
                ? " owner=0x" + Long.toHexString(stamps.ownerOf(at)) : " holders=" + holders.at(at));
    }
}
