package dev.baton.buffer.reserve;

import dev.baton.buffer.slab.SlabPlan;

/** The oldest goes first, and somebody is told. */
final class ToldEviction implements ExtentEviction {
    interface Told {
        void onEvicted(int bank, long run);
    }

    private final OldestExtents order;
    private final Told told;

    ToldEviction(SlabPlan plan, Told told) {
        order = new OldestExtents(plan);
        this.told = told;
    }

    @Override
    public void onIdle(int bank, long run) {
        order.onIdle(bank, run);
    }

    @Override
    public void onHeld(int bank, long run) {
        order.onHeld(bank, run);
    }

    @Override
    public long nextVictims(int bank, int countMax) {
        long run = order.nextVictims(bank, countMax);
        told.onEvicted(bank, run);
        return run;
    }

    @Override
    public long bookkeepingBytes() {
        return order.bookkeepingBytes();
    }
}
