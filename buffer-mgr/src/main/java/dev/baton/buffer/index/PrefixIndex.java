package dev.baton.buffer.index;

import dev.baton.kv.BlockKey;
import dev.baton.platform.Require;
import java.util.List;

/**
 * Where blocks lie, by their names: tenant, part and all 32 bytes of the key, each compared in full. Blocks of a chain that came in one
 * behind the other are found one behind the other, mostly without the table. Open addressing with linear probing, everything
 * in arrays made at construction; nothing is allocated later but by the first lookup. One owner, no locks.
 * <pre>
 *   table   long a place: upper 32 bits of the name's hash | slot + 1; 0: empty.  At most 3/4 full
 *   entry   6 longs a slot: key (4) | tenant (1) | part: 5 bits, then its place: 58 bits (1)
 * </pre>
 * So a name takes 48 bytes and 11 to 21 of table. Readers are not counted here: they hold what the place tells, and whoever
 * takes that away takes the name away first.
 */
final class PrefixIndex {
    static final int NOT_FOUND = -1;
    /** Nothing was inserted: every slot is taken. */
    static final int FULL = -2;
    /** The name was in already, and stays as it is. */
    static final int KNOWN = -3;
    static final long PLACE_MAX = (1L << 58) - 1;

    private static final int PART_SHIFT = 58;
    private static final int NAMES_MAX = 1 << 28;
    private static final int ENTRY = 6;
    private static final int TENANT = 4;
    private static final int PLACE = 5;
    private static final long SLOT_MASK = 0xffffffffL;
    /** Of a slot that has no name: no part is that. */
    private static final long NOBODY = -1L;
    /** Lookups whose first probes are issued together, so that their cache misses overlap. */
    private static final int BATCH = 32;

    private final int capacity;
    private final long[] table;
    private final int mask;
    private final long[] entries;
    /** Of the blocks that are looked up together; made with the first of them. */
    private long[] hashes;
    private long[] probes;
    /** What was read ahead; kept only so that reading is not left out. */
    @SuppressWarnings("UnusedVariable")   // nobody reads it: that it was written is what counts
    private long ahead;
    private int freeSlot = NOT_FOUND;
    private int usedSlots;
    private int size;

    /** @param capacity names that it can hold */
    PrefixIndex(int capacity) {
        this.capacity = Require.between("capacity", capacity, 1, NAMES_MAX);
        long wanted = (capacity * 4L + 2) / 3 + 1;
        int length = (int) (Long.highestOneBit(Math.max(2, wanted) - 1) << 1);
        table = new long[length];
        mask = length - 1;
        entries = new long[Math.multiplyExact(capacity, ENTRY)];
    }

    /** Names that are in. */
    int size() {
        return size;
    }

    /** The slot of that name, or {@link #NOT_FOUND}. */
    int find(long tenant, int part, BlockKey key) {
        long hash = hash(tenant, part, key);
        return find(tenant, part, key, hash, table[(int) hash & mask]);
    }

    /**
     * Finds blocks one behind the other, up to the first that is missing.
     *
     * @param slots filled with the slot of each, from 0 on
     * @return behind the last that was found
     */
    int find(long tenant, int part, List<BlockKey> keys, int first, int end, int[] slots) {
        if (hashes == null) {
            hashes = new long[BATCH];
            probes = new long[BATCH];
        }
        int guess = NOT_FOUND;
        int probedFrom = 0;
        int probedEnd = 0;
        for (int block = first; block < end; block++) {
            BlockKey key = keys.get(block);
            int slot;
            // Blocks of a chain mostly came one behind the other: then the next slot has the next block.
            if (guess > 0 && guess < usedSlots && isName(guess * ENTRY, tenant, part, key)) {
                slot = guess;
            } else {
                if (block >= probedEnd) {
                    probedFrom = block;
                    probedEnd = Math.min(end, block + BATCH);
                    probe(tenant, part, keys, probedFrom, probedEnd);
                }
                int at = block - probedFrom;
                slot = find(tenant, part, key, hashes[at], probes[at]);
                if (slot == NOT_FOUND) {
                    return block;
                }
            }
            slots[block - first] = slot;
            guess = slot + 1;
        }
        return end;
    }

    /**
     * Takes a name in.
     *
     * @param place 0 to {@link #PLACE_MAX}
     * @return its slot, {@link #FULL} or {@link #KNOWN}
     */
    int insert(long tenant, int part, BlockKey key, long place) {
        long hash = hash(tenant, part, key);
        int at = (int) hash & mask;
        if (find(tenant, part, key, hash, table[at]) != NOT_FOUND) {
            return KNOWN;
        }
        int slot = takeSlot();
        if (slot == FULL) {
            return FULL;
        }
        int entry = slot * ENTRY;
        entries[entry] = key.first();
        entries[entry + 1] = key.second();
        entries[entry + 2] = key.third();
        entries[entry + 3] = key.fourth();
        entries[entry + TENANT] = tenant;
        entries[entry + PLACE] = (long) part << PART_SHIFT | place;
        while (table[at] != 0) {
            at = (at + 1) & mask;
        }
        table[at] = (hash & ~SLOT_MASK) | (slot + 1);
        size++;
        return slot;
    }

    /** Forgets the name of a slot. Its place in memory is the next to be given out. */
    void remove(int slot) {
        int entry = slot * ENTRY;
        int gap = (int) hashOfEntry(entry) & mask;
        while ((int) (table[gap] & SLOT_MASK) != slot + 1) {
            if (table[gap] == 0) {
                throw new IllegalStateException("no such name: slot=" + slot);
            }
            gap = (gap + 1) & mask;
        }
        // Entries behind the gap move up into it unless that would put them before their own place.
        for (int at = (gap + 1) & mask; table[at] != 0; at = (at + 1) & mask) {
            int home = (int) hashOfEntry(((int) (table[at] & SLOT_MASK) - 1) * ENTRY) & mask;
            if (((at - home) & mask) >= ((at - gap) & mask)) {
                table[gap] = table[at];
                gap = at;
            }
        }
        table[gap] = 0;
        entries[entry] = freeSlot;
        entries[entry + PLACE] = NOBODY;                     // nobody who guesses takes it for what it was
        freeSlot = slot;
        size--;
    }

    /** Where it lies, as whoever put it in said. */
    long place(int slot) {
        return entries[slot * ENTRY + PLACE] & PLACE_MAX;
    }

    /** Bytes of heap that it takes, for any number of names. */
    long bookkeepingBytes() {
        return 112 + 8L * (table.length + entries.length + 2 * BATCH);
    }

    /** Reads the first places of some blocks, and the entries they tell, all before any of them is compared. */
    private void probe(long tenant, int part, List<BlockKey> keys, int from, int end) {
        for (int block = from; block < end; block++) {
            hashes[block - from] = hash(tenant, part, keys.get(block));
        }
        for (int at = 0; at < end - from; at++) {
            probes[at] = table[(int) hashes[at] & mask];
        }
        long sum = 0;
        for (int at = 0; at < end - from; at++) {
            int entry = Math.max(0, (int) (probes[at] & SLOT_MASK) - 1) * ENTRY;
            sum += entries[entry] + entries[entry + PLACE];  // the two ends of it: it may lie in two lines of the cache
        }
        ahead = sum;
    }

    private boolean isName(int entry, long tenant, int part, BlockKey key) {
        return entries[entry] == key.first() && entries[entry + 1] == key.second() && entries[entry + 2] == key.third() &&
            entries[entry + 3] == key.fourth() && entries[entry + TENANT] == tenant &&
            entries[entry + PLACE] >>> PART_SHIFT == part;
    }

    private int find(long tenant, int part, BlockKey key, long hash, long probe) {
        long here = probe;
        for (int at = (int) hash & mask; here != 0; at = (at + 1) & mask, here = table[at]) {
            if ((here ^ hash) >>> 32 == 0) {
                int slot = (int) (here & SLOT_MASK) - 1;
                if (isName(slot * ENTRY, tenant, part, key)) {
                    return slot;
                }
            }
        }
        return NOT_FOUND;
    }

    private int takeSlot() {
        if (freeSlot != NOT_FOUND) {
            int slot = freeSlot;
            freeSlot = (int) entries[slot * ENTRY];
            return slot;
        }
        return usedSlots < capacity ? usedSlots++ : FULL;
    }

    private long hashOfEntry(int entry) {
        return hash(entries[entry + TENANT], (int) (entries[entry + PLACE] >>> PART_SHIFT), entries[entry], entries[entry + 1],
            entries[entry + 2], entries[entry + 3]);
    }

    private static long hash(long tenant, int part, BlockKey key) {
        return hash(tenant, part, key.first(), key.second(), key.third(), key.fourth());
    }

    /** Keys are hashes, or small numbers that somebody chose: whichever they are, all bits of them choose the place. */
    private static long hash(long tenant, int part, long first, long second, long third, long fourth) {
        long sum = (tenant + part) * 0x9e3779b97f4a7c15L + first * 0xbf58476d1ce4e5b9L
            + second * 0x94d049bb133111ebL + third * 0xd6e8feb86659fd93L + fourth * 0x9fb21c651e98df25L;
        long mixed = (sum ^ sum >>> 32) * 0xd6e8feb86659fd93L;
        return mixed ^ mixed >>> 29;
    }
}
