package dev.baton.transport.rdma.shared;

import dev.baton.memory.Region;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * One end's half of a queue pair, in a file that both ends map: its owner says how many receives stand ready, the peer
 * which of them it took. Whoever writes first says that it is at it, and then looks whether it may: so the owner, which
 * first says that it is over, and then waits for nobody to be at it, knows that nothing comes after.
 * <pre>
 *     0  int   READY, or OVER for good             either end, once
 *     4  int   arrivals that fit                   the owner, once
 *     8  long  receives ever made ready            the owner
 *    64  int   1 while a write is carried out      the peer
 *    72  long  arrivals ever                       the peer
 *   128  arrivals, each: int immediate value | int bytes written
 * </pre>
 * Numbers are in this machine's byte order, for both ends are on it.
 */
final class PairBlock {
    private static final int READY = 1;
    private static final int OVER = 2;
    private static final int CAPACITY_OFFSET = 4;
    private static final int READY_COUNT_OFFSET = 8;
    private static final int BUSY_OFFSET = 64;
    private static final int ARRIVED_OFFSET = 72;
    private static final int ARRIVALS_OFFSET = 128;
    private static final int ARRIVAL_BYTES = 8;

    private final UnsafeBuffer block;
    private final int capacity;

    private PairBlock(UnsafeBuffer block, int capacity) {
        this.block = block;
        this.capacity = capacity;
    }

    static int lengthBytes(int receivesMax) {
        return ARRIVALS_OFFSET + Math.max(1, receivesMax) * ARRIVAL_BYTES;
    }

    /** A new one, in memory of zeros. */
    static PairBlock make(Region region, int receivesMax) {
        UnsafeBuffer block = new UnsafeBuffer(region.address(), (int) region.lengthBytes());
        block.putInt(CAPACITY_OFFSET, Math.max(1, receivesMax));
        block.putIntVolatile(0, READY);
        return new PairBlock(block, Math.max(1, receivesMax));
    }

    /** The peer's; what it says of itself is checked against the length of the file. */
    static PairBlock of(Region region) {
        UnsafeBuffer block = new UnsafeBuffer(region.address(), (int) region.lengthBytes());
        int fits = (int) (region.lengthBytes() - ARRIVALS_OFFSET) / ARRIVAL_BYTES;
        int told = block.getInt(CAPACITY_OFFSET);
        if (told < 1 || told > fits) {
            throw new IllegalArgumentException("no queue pair: capacity=" + told + " fits=" + fits);
        }
        return new PairBlock(block, told);
    }

    boolean isReady() {
        return block.getIntVolatile(0) == READY;
    }

    void over() {
        block.putIntVolatile(0, OVER);
    }

    /** Owner: one more receive stands ready. */
    void ready() {
        block.putLongVolatile(READY_COUNT_OFFSET, block.getLong(READY_COUNT_OFFSET) + 1);
    }

    /** Owner: whether the peer is in the middle of a write. */
    boolean isBusy() {
        return block.getIntVolatile(BUSY_OFFSET) != 0;
    }

    /** Owner. */
    long arrived() {
        return block.getLongVolatile(ARRIVED_OFFSET);
    }

    int immediate(long arrival) {
        return block.getInt(at(arrival));
    }

    int lengthBytes(long arrival) {
        return block.getInt(at(arrival) + Integer.BYTES);
    }

    /** Peer: from here to {@link #leave} the owner waits, should it want this to be over. */
    void enter() {
        block.putIntVolatile(BUSY_OFFSET, 1);
    }

    void leave() {
        block.putIntVolatile(BUSY_OFFSET, 0);
    }

    /** Peer: whether a receive stands ready. */
    boolean hasReceive() {
        return block.getLong(ARRIVED_OFFSET) < block.getLongVolatile(READY_COUNT_OFFSET);
    }

    /** Peer: takes a receive. What was written before is seen by whoever sees this. */
    void arrive(int immediate, int lengthBytes) {
        long arrival = block.getLong(ARRIVED_OFFSET);
        block.putInt(at(arrival), immediate);
        block.putInt(at(arrival) + Integer.BYTES, lengthBytes);
        block.putLongVolatile(ARRIVED_OFFSET, arrival + 1);
    }

    private int at(long arrival) {
        return ARRIVALS_OFFSET + (int) (arrival % capacity) * ARRIVAL_BYTES;
    }
}
