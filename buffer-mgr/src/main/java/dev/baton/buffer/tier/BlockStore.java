package dev.baton.buffer.tier;

import java.util.Collections;
import java.util.List;
import org.agrona.DirectBuffer;

/**
 * Blocks kept in one tier below memory, found by their whole name ({@link BlockName}). It promises the right bytes or a
 * miss, never durability. Nothing waits: what is begun here is answered by {@link #poll}, and what cannot be begun says
 * so at once. One thread owns a store and makes all calls; a store's own threads do its I/O.
 *
 * <p>Memory is named by absolute address and not checked. It belongs to the store from the call that was
 * {@link #ACCEPTED} until {@link BlockStoreListener#onStored} or {@link BlockStoreListener#onReleased}, however long a
 * device takes: a miss may be told much earlier.
 */
public interface BlockStore extends AutoCloseable {
    /** Begun; its answer comes by {@link #poll}. */
    int ACCEPTED = 1;
    /** Nothing was begun: as much as may be under way is under way. */
    int BACK_PRESSURED = -1;
    /** Nothing was begun: the tier's circuit is open, or it is closed. As good as a miss. */
    int OFF = -2;

    /**
     * Begins to store a block. The source must not change until {@link BlockStoreListener#onStored}.
     * @param tag         the caller's number, given back unread
     * @param name        holds the block's name from {@code nameOffset}; copied
     * @param lengthBytes 1 to {@link #blockBytesMax()}
     */
    int store(long tag, DirectBuffer name, int nameOffset, long address, long lengthBytes);

    /** Begins to ask whether a block is there; {@link BlockStoreListener#onFound} answers. A hint, not a promise. */
    int lookup(long tag, DirectBuffer name, int nameOffset);

    /**
     * Begins to load a block. The target's bytes mean nothing unless the answer is {@link LoadResult#HIT}.
     * @param capacityBytes of the target; a longer block is {@link LoadResult#MISS}
     * @param deadlineNs    on the clock of {@link #poll}: when it has passed, the answer is {@link LoadResult#LATE}
     */
    int load(long tag, DirectBuffer name, int nameOffset, long address, long capacityBytes, long deadlineNs);

    /**
     * Says that these blocks will be loaded soon, in this order: a chain of a prompt. The store may read ahead; it need
     * not, and it tells nothing.
     * @param names whole names in a row
     */
    void readAhead(DirectBuffer names, int namesOffset, int count);

    /**
     * One bounded cycle: takes in what I/O has done, answers at most {@code limit} calls, looks after deadlines and
     * housekeeping. A listener may begin new work of this store.
     * @param nowNs monotonic time
     * @return what was done; 0 lets the caller rest
     */
    int poll(long nowNs, BlockStoreListener listener, int limit);

    /** The longest block that can be stored, in bytes. */
    long blockBytesMax();

    /** What it holds and what it did, as of the last {@link #poll}; one object for each call. */
    BlockStoreStats stats();

    /** The same of each store that this one is made of, nearest first; of itself, where it is one. */
    default List<BlockStoreStats> statsByTier() {
        return Collections.singletonList(stats());
    }

    /** How many stores this one is made of. */
    default int tierCount() {
        return 1;
    }

    /** Ends I/O, within seconds even where a device hangs. What was not answered never will be. */
    @Override
    void close();
}
