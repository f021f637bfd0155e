package dev.baton.buffer.tier;

/** The block that nobody asked for the longest goes first. Eight bytes a block. */
final class LruEviction implements EvictionPolicy {
    private final SlotLists lists;

    LruEviction(int slotCount) {
        lists = new SlotLists(slotCount, 1);
    }

    @Override
    public void onInsert(int slot, int parentSlot, long keyHash, int tokens) {
        lists.addLast(0, slot);
    }

    @Override
    public void onHit(int slot) {
        lists.unlink(slot);
        lists.addLast(0, slot);
    }

    @Override
    public int nextVictim() {
        return lists.first(0);
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
        return lists.bookkeepingBytes();
    }
}
