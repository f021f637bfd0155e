package dev.baton.buffer.tier;

/** The block that came first goes first, whoever asked for it meanwhile. Eight bytes a block. */
final class FifoEviction implements EvictionPolicy {
    private final SlotLists lists;

    FifoEviction(int slotCount) {
        lists = new SlotLists(slotCount, 1);
    }

    @Override
    public void onInsert(int slot, int parentSlot, long keyHash, int tokens) {
        lists.addLast(0, slot);
    }

    @Override
    public void onHit(int slot) {}

    @Override
    public int nextVictim() {
        return lists.first(0);
    }

    @Override
    public void onPassedOver(int slot) {
        lists.unlink(slot);
        lists.addLast(0, slot);
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
