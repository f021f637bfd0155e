package dev.baton.buffer.tier;

/**
 * The block that was asked for least often since it came goes first; among equals, the one asked for longest ago. One
 * list a count, up to {@value #COUNT_MAX}. Nine bytes a block.
 */
final class LfuEviction implements EvictionPolicy {
    private static final int COUNT_MAX = 255;

    private final SlotLists lists;
    private final byte[] counts;
    private int lowest;

    LfuEviction(int slotCount) {
        lists = new SlotLists(slotCount, COUNT_MAX + 1);
        counts = new byte[slotCount];
    }

    @Override
    public void onInsert(int slot, int parentSlot, long keyHash, int tokens) {
        counts[slot] = 0;
        lists.addLast(0, slot);
        lowest = 0;
    }

    @Override
    public void onHit(int slot) {
        int count = Math.min(COUNT_MAX, (counts[slot] & 0xff) + 1);
        counts[slot] = (byte) count;
        lists.unlink(slot);
        lists.addLast(count, slot);
    }

    @Override
    public int nextVictim() {
        while (lists.isEmpty(lowest)) {
            lowest++;                                        // stops: a block is cached, and no list below has one
        }
        return lists.first(lowest);
    }

    @Override
    public void onPassedOver(int slot) {
        onHit(slot);
    }

    @Override
    public void onRemove(int slot) {
        lists.unlink(slot);
    }

    @Override
    public long bookkeepingBytes() {
        return lists.bookkeepingBytes() + counts.length;
    }
}
