package dev.baton.buffer.tier.log;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import dev.baton.buffer.tier.BlockName;
import dev.baton.platform.Require;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/**
 * Where each block lies: whole name to file, place and length. Names are compared in full; the hash only says where to
 * begin. Entries are numbers, made in chunks and used again; each hangs in the list of its file, so that a file's
 * entries go without a search. Takes 94 bytes an entry that was ever used at once, and 8 to 16 for each that there may
 * be. Pure; one owner; nothing is allocated but chunks.
 */
public final class RecordIndex {
    public static final int NONE = -1;
    private static final int WORDS = BlockName.LENGTH_BYTES / Long.BYTES;
    private static final int CHUNK_SHIFT = 12;
    private static final int CHUNK_MASK = (1 << CHUNK_SHIFT) - 1;
    private static final int TOUCHES_MAX = 3;

    private final int entriesMax;
    /** Open addressing: entry + 1, or 0. */
    private final int[] table;
    private final Chunk[] chunks;
    private int everUsed;
    private int firstFree = NONE;
    private int count;
    private long readyCount;
    private long readyBytes;

    /** @param entriesMax blocks at most, 1 to 2^28 */
    public RecordIndex(int entriesMax) {
        this.entriesMax = Require.between("entriesMax", entriesMax, 1, 1 << 28);
        table = new int[Integer.highestOneBit(Math.max(2, entriesMax * 2 - 1)) * 2];
        chunks = new Chunk[(entriesMax >>> CHUNK_SHIFT) + 1];
    }

    public boolean isFull() {
        return count == entriesMax;
    }

    /** Entries that can be found, and the bytes of their blocks. */
    public long readyCount() {
        return readyCount;
    }

    public long readyBytes() {
        return readyBytes;
    }

    /** The entry of that name, ready or not, or {@link #NONE}. */
    public int find(DirectBuffer name, int nameOffset) {
        for (int slot = hash(name, nameOffset); table[slot] != 0; slot = next(slot)) {
            if (isNamed(table[slot] - 1, name, nameOffset)) {
                return table[slot] - 1;
            }
        }
        return NONE;
    }

    /**
     * Adds an entry that is not ready yet. The name must not be there, and the index not full.
     * @param position    of the record in its file, in bytes, whole blocks of 4 KiB
     * @param lengthBytes of the payload
     * @param storedMs    when it was stored, on the clock of whoever asks {@link #storedMs}
     */
    public int add(DirectBuffer name, int nameOffset, LogFile file, long position, int lengthBytes, long storedMs) {
        Require.that(!isFull(), "count", count, "below " + entriesMax);
        int entry = firstFree;
        if (entry != NONE) {
            firstFree = chunk(entry).next[entry & CHUNK_MASK];
        } else {
            entry = everUsed++;
            if (chunks[entry >>> CHUNK_SHIFT] == null) {
                chunks[entry >>> CHUNK_SHIFT] = new Chunk();
            }
        }
        Chunk chunk = chunk(entry);
        int at = entry & CHUNK_MASK;
        for (int word = 0; word < WORDS; word++) {
            chunk.names[at * WORDS + word] = name.getLong(nameOffset + word * Long.BYTES, LITTLE_ENDIAN);
        }
        chunk.positions[at] = (int) (position >>> RecordFormat.BLOCK_SHIFT);
        chunk.lengths[at] = lengthBytes;
        chunk.storedMs[at] = storedMs;
        chunk.touches[at] = 0;
        chunk.ready[at] = false;
        chunk.previous[at] = NONE;
        moveToList(entry, file);
        int slot = hash(name, nameOffset);
        while (table[slot] != 0) {
            slot = next(slot);
        }
        table[slot] = entry + 1;
        count++;
        return entry;
    }

    /** The record is whole on its device: it can be found from now on. */
    public void ready(int entry) {
        Chunk chunk = chunk(entry);
        int at = entry & CHUNK_MASK;
        Require.that(!chunk.ready[at], "entry", entry, "not ready yet");
        chunk.ready[at] = true;
        readyCount++;
        readyBytes += chunk.lengths[at];
        chunk.files[at].liveBytes += chunk.lengths[at];
    }

    /** The block lies elsewhere now; it stays ready, and counts as never loaded since. */
    public void move(int entry, LogFile file, long position) {
        Chunk chunk = chunk(entry);
        int at = entry & CHUNK_MASK;
        unlink(entry);
        chunk.files[at].liveBytes -= chunk.lengths[at];
        file.liveBytes += chunk.lengths[at];
        chunk.positions[at] = (int) (position >>> RecordFormat.BLOCK_SHIFT);
        chunk.touches[at] = 0;
        moveToList(entry, file);
    }

    public void remove(int entry) {
        Chunk chunk = chunk(entry);
        int at = entry & CHUNK_MASK;
        if (chunk.ready[at]) {
            chunk.ready[at] = false;
            readyCount--;
            readyBytes -= chunk.lengths[at];
            chunk.files[at].liveBytes -= chunk.lengths[at];
        }
        removeFromTable(entry);
        unlink(entry);
        chunk.files[at] = null;
        chunk.next[at] = firstFree;
        firstFree = entry;
        count--;
    }

    public boolean isReady(int entry) {
        return chunk(entry).ready[entry & CHUNK_MASK];
    }

    /** Whether this entry can be found and is still the one of that place: entries are used again. */
    public boolean isAt(int entry, LogFile file, long position) {
        return file(entry) == file && isReady(entry) && position(entry) == position;
    }

    public LogFile file(int entry) {
        return chunk(entry).files[entry & CHUNK_MASK];
    }

    public long position(int entry) {
        return Integer.toUnsignedLong(chunk(entry).positions[entry & CHUNK_MASK]) << RecordFormat.BLOCK_SHIFT;
    }

    public int lengthBytes(int entry) {
        return chunk(entry).lengths[entry & CHUNK_MASK];
    }

    public long storedMs(int entry) {
        return chunk(entry).storedMs[entry & CHUNK_MASK];
    }

    /** Entries have numbers below this one; those that are not used now are not ready. */
    public int entryEnd() {
        return everUsed;
    }

    /** Loads since it was stored or moved, up to 3. */
    public int touches(int entry) {
        return chunk(entry).touches[entry & CHUNK_MASK];
    }

    public void touch(int entry) {
        Chunk chunk = chunk(entry);
        int at = entry & CHUNK_MASK;
        if (chunk.touches[at] < TOUCHES_MAX) {
            chunk.touches[at]++;
        }
    }

    /** The next entry of the same file, or {@link #NONE}; the first one hangs at the file. */
    public int nextInFile(int entry) {
        return chunk(entry).next[entry & CHUNK_MASK];
    }

    public void name(int entry, MutableDirectBuffer into, int offset) {
        Chunk chunk = chunk(entry);
        for (int word = 0; word < WORDS; word++) {
            into.putLong(offset + word * Long.BYTES, chunk.names[(entry & CHUNK_MASK) * WORDS + word], LITTLE_ENDIAN);
        }
    }

    private void moveToList(int entry, LogFile file) {
        Chunk chunk = chunk(entry);
        int at = entry & CHUNK_MASK;
        chunk.files[at] = file;
        chunk.next[at] = file.firstEntry;
        chunk.previous[at] = NONE;
        if (file.firstEntry != NONE) {
            chunk(file.firstEntry).previous[file.firstEntry & CHUNK_MASK] = entry;
        }
        file.firstEntry = entry;
    }

    private void unlink(int entry) {
        Chunk chunk = chunk(entry);
        int at = entry & CHUNK_MASK;
        int next = chunk.next[at];
        int previous = chunk.previous[at];
        if (previous == NONE) {
            chunk.files[at].firstEntry = next;
        } else {
            chunk(previous).next[previous & CHUNK_MASK] = next;
        }
        if (next != NONE) {
            chunk(next).previous[next & CHUNK_MASK] = previous;
        }
    }

    /** Closes the gap, so that whoever collided with this entry is found without it. */
    private void removeFromTable(int entry) {
        int slot = hash(entry);
        while (table[slot] != entry + 1) {
            slot = next(slot);
        }
        int gap = slot;
        for (int at = next(gap); table[at] != 0; at = next(at)) {
            int home = hash(table[at] - 1);
            boolean mayMove = gap <= at ? (home <= gap || home > at) : (home <= gap && home > at);
            if (mayMove) {
                table[gap] = table[at];
                gap = at;
            }
        }
        table[gap] = 0;
    }

    private boolean isNamed(int entry, DirectBuffer name, int nameOffset) {
        long[] names = chunk(entry).names;
        int base = (entry & CHUNK_MASK) * WORDS;
        for (int word = 0; word < WORDS; word++) {
            if (names[base + word] != name.getLong(nameOffset + word * Long.BYTES, LITTLE_ENDIAN)) {
                return false;
            }
        }
        return true;
    }

    private int hash(DirectBuffer name, int nameOffset) {
        long mixed = 0;
        for (int word = 0; word < WORDS; word++) {
            mixed = mix(mixed, name.getLong(nameOffset + word * Long.BYTES, LITTLE_ENDIAN));
        }
        return (int) (mixed >>> 32) & (table.length - 1);
    }

    private int hash(int entry) {
        long[] names = chunk(entry).names;
        long mixed = 0;
        for (int word = 0; word < WORDS; word++) {
            mixed = mix(mixed, names[(entry & CHUNK_MASK) * WORDS + word]);
        }
        return (int) (mixed >>> 32) & (table.length - 1);
    }

    private static long mix(long mixed, long word) {
        return (Long.rotateLeft(mixed, 29) ^ word) * 0x9e3779b97f4a7c15L;
    }

    private int next(int slot) {
        return (slot + 1) & (table.length - 1);
    }

    private Chunk chunk(int entry) {
        return chunks[entry >>> CHUNK_SHIFT];
    }

    /** Columns of 4,096 entries. */
    private static final class Chunk {
        final long[] names = new long[WORDS << CHUNK_SHIFT];
        final LogFile[] files = new LogFile[1 << CHUNK_SHIFT];
        final int[] positions = new int[1 << CHUNK_SHIFT];
        final int[] lengths = new int[1 << CHUNK_SHIFT];
        final long[] storedMs = new long[1 << CHUNK_SHIFT];
        final int[] next = new int[1 << CHUNK_SHIFT];
        final int[] previous = new int[1 << CHUNK_SHIFT];
        final byte[] touches = new byte[1 << CHUNK_SHIFT];
        final boolean[] ready = new boolean[1 << CHUNK_SHIFT];
    }
}
