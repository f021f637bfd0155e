package dev.baton.buffer.tier;

/**
 * W-TinyLFU: new blocks live in a window of 1 %, least recently used first; what leaves it must have been asked for
 * more often than the next victim of the main part, or it goes itself. The main part is on probation until asked for
 * again, then protected, four fifths of it at most. Source: Einziger, Friedman, Manes, ACM TOS 2017, without Caffeine's
 * adaption of the window. 25 to 33 bytes a block, the sketch included.
 */
final class TinyLfuEviction implements EvictionPolicy {
    private static final int WINDOW = 0;
    private static final int PROBATION = 1;
    private static final int PROTECTED = 2;

    private final SlotLists lists;
    private final long[] hashes;
    private final byte[] parts;
    private final FrequencySketch sketch;
    private final int[] counts = new int[3];
    private final int windowMax;
    private final int protectedMax;
    /** Left the window last, and must still win against the main part's next victim. */
    private int candidate = SlotLists.NIL;

    TinyLfuEviction(int slotCount) {
        lists = new SlotLists(slotCount, 3);
        hashes = new long[slotCount];
        parts = new byte[slotCount];
        sketch = new FrequencySketch(slotCount);
        windowMax = Math.max(1, slotCount / 100);
        protectedMax = (int) ((slotCount - windowMax) * 4L / 5);
    }

    @Override
    public void onInsert(int slot, int parentSlot, long keyHash, int tokens) {
        hashes[slot] = keyHash;
        sketch.increment(keyHash);
        add(slot, WINDOW);
        if (counts[WINDOW] > windowMax) {
            candidate = lists.first(WINDOW);
            remove(candidate);
            add(candidate, PROBATION);
        }
    }

    @Override
    public void onHit(int slot) {
        sketch.increment(hashes[slot]);
        int part = parts[slot];
        remove(slot);
        add(slot, part == WINDOW ? WINDOW : PROTECTED);
        if (counts[PROTECTED] > protectedMax) {
            int demoted = lists.first(PROTECTED);
            remove(demoted);
            add(demoted, PROBATION);
        }
    }

    @Override
    public int nextVictim() {
        int part = !lists.isEmpty(PROBATION) ? PROBATION : !lists.isEmpty(PROTECTED) ? PROTECTED : WINDOW;
        int victim = lists.first(part);
        boolean isContested = candidate != SlotLists.NIL && parts[candidate] == PROBATION;
        return isContested && sketch.count(hashes[candidate]) <= sketch.count(hashes[victim]) ? candidate : victim;
    }

    @Override
    public void onPassedOver(int slot) {
        int part = parts[slot];
        remove(slot);
        add(slot, part);
        candidate = SlotLists.NIL;
    }

    @Override
    public void onRemove(int slot) {
        remove(slot);
        candidate = SlotLists.NIL;
    }

    @Override
    public long bookkeepingBytes() {
        return lists.bookkeepingBytes() + 8L * hashes.length + parts.length + sketch.bookkeepingBytes();
    }

    private void add(int slot, int part) {
        parts[slot] = (byte) part;
        counts[part]++;
        lists.addLast(part, slot);
    }

    private void remove(int slot) {
        counts[parts[slot]]--;
        lists.unlink(slot);
    }
}
