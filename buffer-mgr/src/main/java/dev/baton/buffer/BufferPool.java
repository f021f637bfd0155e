package dev.baton.buffer;

import dev.baton.buffer.reserve.ExtentLedger;
import dev.baton.buffer.reserve.ReservationLedger;
import dev.baton.buffer.slab.SlabPlan;
import dev.baton.buffer.slab.SlabPool;
import dev.baton.memory.MemoryLedger;
import java.nio.file.Path;

/**
 * A receiver's pool: its memory and who has reserved what of it. {@link #reservations()} belongs to the one thread that
 * grants; addresses and {@link #stats()} are for any. Whoever opened it closes it.
 */
public final class BufferPool implements AutoCloseable {
    private final SlabPool slabs;
    private final ReservationLedger reservations;

    private BufferPool(SlabPool slabs, ReservationLedger reservations) {
        this.slabs = slabs;
        this.reservations = reservations;
    }

    /**
     * Opens all memory of the plan, touched, and a ledger in which all of it is free.
     *
     * @param owner           name under which the memory ledger counts it
     * @param directoryOrNull of the slab files; null for anonymous memory
     * @param reservationsMax most live reservations, queued ones included
     * @throws IllegalStateException if there is too little space; the message says how much is needed, is there, and
     *                               what to do
     */
    public static BufferPool open(MemoryLedger ledger, String owner, SlabPlan plan, Path directoryOrNull,
        long incarnation, int reservationsMax) {
        ReservationLedger reservations = new ReservationLedger(new ExtentLedger(plan), incarnation, reservationsMax);
        return new BufferPool(SlabPool.open(ledger, owner, plan, directoryOrNull, incarnation), reservations);
    }

    public SlabPool slabs() {
        return slabs;
    }

    public ReservationLedger reservations() {
        return reservations;
    }

    public PoolStats stats() {
        return PoolStats.of(reservations);
    }

    @Override
    public void close() {
        slabs.close();
    }
}
