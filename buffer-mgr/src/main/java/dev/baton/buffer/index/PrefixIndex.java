package dev.baton.buffer.index;

import static java.nio.ByteOrder.BIG_ENDIAN;

import dev.baton.buffer.slab.Tier;
import dev.baton.kv.BlockKey;
import dev.baton.platform.Require;
import org.agrona.DirectBuffer;

/**
 * Finds cached blocks by their keys; all 32 bytes are compared. A block has a slot, a number below the capacity, which
 * eviction policies know it by, and a generation, which grows when the slot gets another block. Blocks of a chain that came in one
 * behind the other are found one behind the other, mostly without the table. A pinned block is not
 * removed. Open addressing with linear probing, everything in two arrays made at construction; nothing is allocated
 * later. One owner, no locks.
 * <pre>
 *   table   long a place: upper 32 bits of the key's first 8 bytes | slot + 1; 0: empty.  At most 3/4 full
 *   entry   7 longs a slot: key (4) | groups held: 16 bits a tier (1) | place in memory (1) | generation, pins (1)
 * </pre>
 * So a block takes 56 bytes and 11 to 21 of table. Keys are hashes already: their bits choose the place.
 */
public final class PrefixIndex {
    public static final int NOT_FOUND = -1;
    /** Nothing was inserted: every slot is taken. */
    public static final int FULL = -2;
    /** What {@link #place} gives where none was told. */
    public static final long NO_PLACE = -1;

    private static final int BLOCKS_MAX = 1 << 28;
    private static final int ENTRY = 7;
    private static final int GROUPS = 4;
    private static final int PLACE = 5;
    private static final int STATE = 6;
    private static final int TIER_BITS = 16;
    private static final long TIER_MASK = (1L << TIER_BITS) - 1;
    private static final long PINS_MASK = 0xffffffffL;
    private static final long GENERATION_ONE = 1L << 32;
    /** Lookups whose first probes are issued together, so that their cache misses overlap. */
    private static final int BATCH = 16;

    private final int capacity;
    private final long[] table;
    private final int mask;
    private final long[] entries;
    private final long[] probes = new long[BATCH];
    /** What was read ahead; kept only so that reading is not left out. */
    @SuppressWarnings("UnusedVariable")   // nobody reads it: that it was written is what counts
    private long ahead;
    private int freeSlot = NOT_FOUND;
    private int usedSlots;
    private int size;

    /**
     * An empty index.
     *
     * @param capacity blocks that it can hold, over all tiers
     */
    public PrefixIndex(int capacity) {
        this.capacity = Require.between("capacity", capacity, 1, BLOCKS_MAX);
        long wanted = (capacity * 4L + 2) / 3 + 1;
        int length = (int) (Long.highestOneBit(Math.max(2, wanted) - 1) << 1);
        table = new long[length];
        mask = length - 1;
        entries = new long[Math.multiplyExact(capacity, ENTRY)];
    }

    /** Blocks that are in. */
    public int size() {
        return size;
    }

    public int capacity() {
        return capacity;
    }

    /** The slot of the block with this key, 32 bytes from {@code offset} on, or {@link #NOT_FOUND}. */
    public int find(DirectBuffer keys, int offset) {
        long first = keys.getLong(offset, BIG_ENDIAN);
        int home = (int) first & mask;
        return find(keys, offset, first, home, table[home]);
    }

    /**
     * Finds blocks one behind the other.
     *
     * @param keys      32 bytes a block, from {@code offset} on
     * @param slots     filled with the slot of each block, or {@link #NOT_FOUND}
     * @param stopAtGap end before the first that is not found
     * @return how many of {@code slots} were filled: {@code count}, or those before the gap
     */
    public int find(DirectBuffer keys, int offset, int count, int[] slots, boolean stopAtGap) {
        int guess = NOT_FOUND;
        int probedFrom = 0;
        int probedEnd = 0;
        for (int block = 0; block < count; block++) {
            int at = offset + block * BlockKey.LENGTH_BYTES;
            long first = keys.getLong(at, BIG_ENDIAN);
            int slot;
            // Blocks of a chain mostly came one behind the other: then the next slot has the next block.
            if (guess > 0 && guess < usedSlots && first != 0 && isKey(guess * ENTRY, first, keys, at)) {
                slot = guess;
            } else {
                if (block >= probedEnd) {
                    probedFrom = block;
                    probedEnd = Math.min(count, block + BATCH);
                    probe(keys, offset, probedFrom, probedEnd);
                }
                slot = find(keys, at, first, (int) first & mask, probes[block - probedFrom]);
                if (slot == NOT_FOUND && stopAtGap) {
                    return block;
                }
            }
            slots[block] = slot;
            guess = slot + 1;
        }
        return count;
    }

    /**
     * Takes a block in, held by no tier yet; one that is in already stays as it is.
     *
     * @return its slot, or {@link #FULL}
     */
    public int insert(DirectBuffer keys, int offset) {
        int known = find(keys, offset);
        if (known != NOT_FOUND) {
            return known;
        }
        int slot = takeSlot();
        if (slot == FULL) {
            return FULL;
        }
        int entry = slot * ENTRY;
        for (int word = 0; word < BlockKey.LENGTH_BYTES / Long.BYTES; word++) {
            entries[entry + word] = keys.getLong(offset + word * Long.BYTES, BIG_ENDIAN);
        }
        entries[entry + GROUPS] = 0;
        entries[entry + PLACE] = NO_PLACE;
        long first = entries[entry];
        int at = (int) first & mask;
        while (table[at] != 0) {
            at = (at + 1) & mask;
        }
        table[at] = (first & ~PINS_MASK) | (slot + 1);
        size++;
        return slot;
    }

    /**
     * Forgets a block in all tiers. Its handle is no longer current.
     *
     * @return false if it is pinned: then nothing happens
     */
    public boolean remove(int slot) {
        int entry = entry(slot);
        if ((entries[entry + STATE] & PINS_MASK) != 0) {
            return false;
        }
        int gap = (int) entries[entry] & mask;
        while ((int) (table[gap] & PINS_MASK) != slot + 1) {
            if (table[gap] == 0) {
                throw new IllegalStateException("no such block: slot=" + slot);
            }
            gap = (gap + 1) & mask;
        }
        // Entries behind the gap move up into it unless that would put them before their own place.
        for (int at = (gap + 1) & mask; table[at] != 0; at = (at + 1) & mask) {
            int home = (int) entries[((int) (table[at] & PINS_MASK) - 1) * ENTRY] & mask;
            if (((at - home) & mask) >= ((at - gap) & mask)) {
                table[gap] = table[at];
                gap = at;
            }
        }
        table[gap] = 0;
        entries[entry] = 0;                                  // nobody who guesses takes it for what it was
        entries[entry + STATE] += GENERATION_ONE;
        entries[entry + PLACE] = freeSlot;
        freeSlot = slot;
        size--;
        return true;
    }

    /** The block as one number, for those who come back later; see {@link #slotOfCurrent}. */
    public long handle(int slot) {
        return (entries[entry(slot) + STATE] & ~PINS_MASK) | slot;
    }

    /** The slot of a handle, or {@link #NOT_FOUND} where its block has been removed since. */
    public int slotOfCurrent(long handle) {
        int slot = (int) (handle & PINS_MASK);
        return (entries[entry(slot) + STATE] & ~PINS_MASK) == (handle & ~PINS_MASK) ? slot : NOT_FOUND;
    }

    /** A reader has begun: the block is not removed until it has ended. */
    public void pin(int slot) {
        int at = entry(slot) + STATE;
        if ((entries[at] & PINS_MASK) == PINS_MASK) {
            throw new IllegalStateException("too many readers: slot=" + slot);
        }
        entries[at]++;
    }

    /** A reader has ended. */
    public void unpin(int slot) {
        int at = entry(slot) + STATE;
        if ((entries[at] & PINS_MASK) == 0) {
            throw new IllegalStateException("not pinned: slot=" + slot);
        }
        entries[at]--;
    }

    public boolean isPinned(int slot) {
        return (entries[entry(slot) + STATE] & PINS_MASK) != 0;
    }

    /** Which layer groups of the block a tier holds: bit g for group g. */
    public int groups(int slot, Tier tier) {
        return (int) (entries[entry(slot) + GROUPS] >>> shift(tier) & TIER_MASK);
    }

    /** A tier holds these groups of the block, and no others. */
    public void groups(int slot, Tier tier, int groups) {
        Require.between("groups", groups, 0, (int) TIER_MASK);
        int at = entry(slot) + GROUPS;
        entries[at] = (entries[at] & ~(TIER_MASK << shift(tier))) | (long) groups << shift(tier);
    }

    /** Whether no tier holds anything of the block. */
    public boolean isNowhere(int slot) {
        return entries[entry(slot) + GROUPS] == 0;
    }

    /** Where it lies in memory, as whoever put it there says. */
    public long place(int slot) {
        return entries[entry(slot) + PLACE];
    }

    public void place(int slot, long place) {
        entries[entry(slot) + PLACE] = place;
    }

    /** 64 well-mixed bits of the block's key, as eviction policies want them. */
    public long keyHash(int slot) {
        return entries[entry(slot) + 1];
    }

    /** Bytes of heap that it takes, for any number of blocks. */
    public long bookkeepingBytes() {
        return 104 + 8L * (table.length + entries.length + probes.length);
    }

    /** Reads the first places of some blocks, and the entries they tell, all before any of them is compared. */
    private void probe(DirectBuffer keys, int offset, int from, int end) {
        for (int block = from; block < end; block++) {
            probes[block - from] = table[(int) keys.getLong(offset + block * BlockKey.LENGTH_BYTES, BIG_ENDIAN) & mask];
        }
        long sum = 0;
        for (int block = from; block < end; block++) {
            int entry = Math.max(0, (int) (probes[block - from] & PINS_MASK) - 1) * ENTRY;
            sum += entries[entry] + entries[entry + STATE];  // the two ends of it: it may lie in two lines of the cache
        }
        ahead = sum;
    }

    private boolean isKey(int entry, long first, DirectBuffer keys, int offset) {
        return entries[entry] == first && entries[entry + 1] == keys.getLong(offset + 8, BIG_ENDIAN) &&
            entries[entry + 2] == keys.getLong(offset + 16, BIG_ENDIAN) &&
            entries[entry + 3] == keys.getLong(offset + 24, BIG_ENDIAN);
    }

    private int find(DirectBuffer keys, int offset, long first, int home, long probe) {
        long here = probe;
        for (int at = home; here != 0; at = (at + 1) & mask, here = table[at]) {
            if ((here ^ first) >>> 32 == 0) {
                int slot = (int) (here & PINS_MASK) - 1;
                if (isKey(slot * ENTRY, first, keys, offset)) {
                    return slot;
                }
            }
        }
        return NOT_FOUND;
    }

    private int takeSlot() {
        if (freeSlot != NOT_FOUND) {
            int slot = freeSlot;
            freeSlot = (int) entries[slot * ENTRY + PLACE];
            return slot;
        }
        return usedSlots < capacity ? usedSlots++ : FULL;
    }

    private int entry(int slot) {
        if (slot < 0 || slot >= usedSlots) {
            throw new IllegalArgumentException("slot must be 0 to " + (usedSlots - 1) + ": slot=" + slot);
        }
        return slot * ENTRY;
    }

    @SuppressWarnings("EnumOrdinal")   // a place in memory, not a code that anyone stores
    private static int shift(Tier tier) {
        return tier.ordinal() * TIER_BITS;
    }
}
