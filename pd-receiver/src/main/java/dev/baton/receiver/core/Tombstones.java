package dev.baton.receiver.core;

import java.util.Arrays;

import dev.baton.buffer.reserve.PlaceCount;
import dev.baton.platform.SplitMix;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.HandoffId;
import dev.baton.transport.wire.OutcomeKind;

/**
 * Handoffs that have ended, and those cancelled before they came: a late or repeated RESERVE finds its answer here
 * instead of memory (S8, S9). Bounded in number and time; when it is full of young ones, or of one asker's, new handoffs
 * are refused. Cells of five words around, in the order of their ages, and a table of open addresses over them: both grow with what is
 * remembered, 52 bytes each, and no cell is an object. Control agent's thread.
 */
final class Tombstones {
    /** How one ended. */
    record Tombstone(OutcomeKind kind, EndReason reason) {}

    private static final int CELLS_MIN = 16;
    private static final int EXPIRED_AT_ONCE = 64;
    private static final int WORDS = 5;
    private static final int HIGH = 1;
    private static final int LOW = 2;
    /** The attempt above, then the reason, then the kind; 0 in a cell that remembers nothing. */
    private static final int END = 3;
    private static final int UNTIL = 4;
    private static final int KIND_BITS = 8;
    /** What makes the word of an end differ from 0. */
    private static final long SOME = 1L << (2 * KIND_BITS);

    private final int countMax;
    private final long keptNs;
    private final long seed;
    /** From {@link #oldest} on {@link #used} cells, some of them of nothing any more; the oldest never is. */
    private long[] words = new long[CELLS_MIN * WORDS];
    private PlaceCount[] askers = new PlaceCount[CELLS_MIN];
    /** A cell and 1, or 0; twice as many as there are cells. */
    private int[] table = new int[2 * CELLS_MIN];
    private int oldest;
    private int used;
    private int count;

    /** @param seed keeps peers from choosing ids that all fall on one place */
    Tombstones(int countMax, long keptNs, long seed) {
        this.countMax = countMax;
        this.keptNs = keptNs;
        this.seed = seed;
    }

    /**
     * The first outcome of a handoff stands: there is no other.
     *
     * @param askerOrNull whose it is: {@link #isCrowding}
     */
    void add(HandoffId handoff, OutcomeKind kind, EndReason reason, PlaceCount askerOrNull, long nowNs) {
        expire(nowNs);
        if (slotOf(handoff) >= 0) {
            return;
        }
        if (count == countMax) {
            clear(slotOf(oldest));
        }
        if (used == askers.length) {
            makeRoom();
        }
        int cell = oldest + used++ & askers.length - 1;
        int at = cell * WORDS;
        words[at] = handoff.tenant();
        words[at + HIGH] = handoff.requestHigh();
        words[at + LOW] = handoff.requestLow();
        words[at + END] = (long) handoff.attempt() << Integer.SIZE | SOME | reason.code() << KIND_BITS | kind.value();
        words[at + UNTIL] = nowNs + keptNs;
        askers[cell] = askerOrNull;
        enter(cell);
        count++;
        if (askerOrNull != null) {
            askerOrNull.addEnded(1);
        }
    }

    Tombstone findOrNull(HandoffId handoff) {
        int slot = slotOf(handoff);
        if (slot < 0) {
            return null;
        }
        int end = (int) words[(table[slot] - 1) * WORDS + END];
        return new Tombstone(OutcomeKind.get((short) (end & 0xFF)), EndReason.of(end >>> KIND_BITS));
    }

    /** It may come, after all. */
    void remove(HandoffId handoff) {
        int slot = slotOf(handoff);
        if (slot >= 0) {
            clear(slot);
        }
    }

    boolean isFull(long nowNs) {
        expire(nowNs);
        return count == countMax;
    }

    /** Whether as many of that asker's are remembered as are left free for all. */
    boolean isCrowding(PlaceCount asker) {
        return asker.endedCount() > 0 && asker.endedCount() >= countMax - count;
    }

    int count() {
        return count;
    }

    int countMax() {
        return countMax;
    }

    private void expire(long nowNs) {
        for (int i = 0; i < EXPIRED_AT_ONCE && count > 0 && words[oldest * WORDS + UNTIL] - nowNs <= 0; i++) {
            clear(slotOf(oldest));
        }
    }

    /** Empties that slot and its cell, and moves up what would not be found behind it any more. */
    private void clear(int slot) {
        int cell = table[slot] - 1;
        if (askers[cell] != null) {
            askers[cell].addEnded(-1);
            askers[cell] = null;
        }
        int mask = table.length - 1;
        int gap = slot;
        table[gap] = 0;
        for (int next = gap + 1 & mask; table[next] != 0; next = next + 1 & mask) {
            if ((next - home(table[next] - 1) & mask) >= (next - gap & mask)) {
                table[gap] = table[next];
                table[next] = 0;
                gap = next;
            }
        }
        Arrays.fill(words, cell * WORDS, (cell + 1) * WORDS, 0);
        count--;
        while (used > 0 && words[oldest * WORDS + END] == 0) {
            oldest = oldest + 1 & askers.length - 1;
            used--;
        }
    }

    /** Those that are remembered, in their order, and at least a quarter as many free cells behind them. */
    private void makeRoom() {
        long[] oldWords = words;
        PlaceCount[] oldAskers = askers;
        int cells = Math.max(CELLS_MIN, 2 * Integer.highestOneBit(count + count / 4));
        words = new long[cells * WORDS];
        askers = new PlaceCount[cells];
        table = new int[2 * cells];
        int to = 0;
        for (int i = 0; i < used; i++) {
            int from = oldest + i & oldAskers.length - 1;
            if (oldWords[from * WORDS + END] != 0) {
                System.arraycopy(oldWords, from * WORDS, words, to * WORDS, WORDS);
                askers[to] = oldAskers[from];
                enter(to++);
            }
        }
        oldest = 0;
        used = to;
    }

    private void enter(int cell) {
        int at = home(cell);
        while (table[at] != 0) {
            at = at + 1 & table.length - 1;
        }
        table[at] = cell + 1;
    }

    private int slotOf(int cell) {
        int at = home(cell);
        while (table[at] != cell + 1) {
            at = at + 1 & table.length - 1;
        }
        return at;
    }

    /** Where in the table it stands; negative if nowhere. */
    private int slotOf(HandoffId id) {
        int at = home(id.tenant(), id.requestHigh(), id.requestLow(), id.attempt());
        for (; table[at] != 0; at = at + 1 & table.length - 1) {
            int cell = (table[at] - 1) * WORDS;
            if (words[cell + LOW] == id.requestLow() && words[cell + HIGH] == id.requestHigh() && words[cell] == id.tenant()
                && (int) (words[cell + END] >> Integer.SIZE) == id.attempt()) {
                return at;
            }
        }
        return -1;
    }

    private int home(int cell) {
        int at = cell * WORDS;
        return home(words[at], words[at + HIGH], words[at + LOW], (int) (words[at + END] >> Integer.SIZE));
    }

    private int home(long tenant, long high, long low, int attempt) {
        long hash = SplitMix.mix(seed ^ high ^ Long.rotateLeft(tenant, 32));
        return (int) SplitMix.mix(hash ^ low + attempt * 0x9E37_79B9_7F4A_7C15L) & table.length - 1;
    }
}
