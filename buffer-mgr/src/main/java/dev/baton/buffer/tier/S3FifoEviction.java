package dev.baton.buffer.tier;

/**
 * S3-FIFO: a small queue of a tenth takes what is new, a main queue what was asked for more than once while it was
 * there or came back soon after it left. Both are first in, first out; the main queue gives each block another round
 * for each time it was asked for, three at most. Source: Yang et al., SOSP 2023, algorithm 1. 31 to 46 bytes a block, the
 * memory of departed keys included.
 */
final class S3FifoEviction implements EvictionPolicy {
    private static final int SMALL = 0;
    private static final int MAIN = 1;
    private static final int COUNT_MAX = 3;
    /** Asked for at least so often in the small queue, a block moves to the main one. */
    private static final int MOVE_COUNT = 2;
    private static final int COUNT_MASK = 3;
    private static final int IN_MAIN = 4;

    private final SlotLists lists;
    private final long[] hashes;
    private final byte[] states;
    private final GhostTable ghosts;
    private final int smallMax;
    private int smallCount;

    S3FifoEviction(int slotCount) {
        lists = new SlotLists(slotCount, 2);
        hashes = new long[slotCount];
        states = new byte[slotCount];
        smallMax = Math.max(1, slotCount / 10);
        ghosts = new GhostTable(slotCount - smallMax);
    }

    @Override
    public void onInsert(int slot, int parentSlot, long keyHash, int tokens) {
        hashes[slot] = keyHash;
        if (ghosts.take(keyHash)) {
            states[slot] = IN_MAIN;
            lists.addLast(MAIN, slot);
        } else {
            states[slot] = 0;
            lists.addLast(SMALL, slot);
            smallCount++;
        }
    }

    @Override
    public void onHit(int slot) {
        if ((states[slot] & COUNT_MASK) < COUNT_MAX) {
            states[slot]++;
        }
    }

    @Override
    public int nextVictim() {
        while (true) {
            int victim = smallCount >= smallMax || lists.isEmpty(MAIN) ? fromSmall() : fromMain();
            if (victim != SlotLists.NIL) {
                return victim;
            }
        }
    }

    @Override
    public void onPassedOver(int slot) {
        onHit(slot);
        lists.unlink(slot);
        lists.addLast((states[slot] & IN_MAIN) != 0 ? MAIN : SMALL, slot);
    }

    @Override
    public void onRemove(int slot) {
        lists.unlink(slot);
        if ((states[slot] & IN_MAIN) == 0) {
            smallCount--;
            ghosts.add(hashes[slot]);
        }
    }

    @Override
    public long bookkeepingBytes() {
        return lists.bookkeepingBytes() + 8L * hashes.length + states.length + ghosts.bookkeepingBytes();
    }

    /** The oldest of the small queue; those asked for again move to the main one on the way. NIL: none was left. */
    private int fromSmall() {
        int slot = lists.first(SMALL);
        while (slot != SlotLists.NIL && (states[slot] & COUNT_MASK) >= MOVE_COUNT) {
            lists.unlink(slot);
            lists.addLast(MAIN, slot);
            states[slot] = IN_MAIN;
            smallCount--;
            slot = lists.first(SMALL);
        }
        return slot;
    }

    /** The oldest of the main queue that has no round left. */
    private int fromMain() {
        int slot = lists.first(MAIN);
        while ((states[slot] & COUNT_MASK) > 0) {
            states[slot]--;
            lists.unlink(slot);
            lists.addLast(MAIN, slot);
            slot = lists.first(MAIN);
        }
        return slot;
    }
}
