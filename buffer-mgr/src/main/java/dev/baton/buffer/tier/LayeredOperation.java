package dev.baton.buffer.tier;

import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/** One store, lookup or load of a {@link LayeredStore} on its way through its stores; used again and again. */
final class LayeredOperation {
    final int number;
    final UnsafeBuffer name = new UnsafeBuffer(new byte[BlockName.LENGTH_BYTES]);
    long tag;
    long address;
    long lengthBytes;
    long deadlineNs;
    int underWay;
    /** A bit for each store that has to be asked again. */
    int refusedBy;
    long refusedSinceNs;
    StoreResult stored;
    LoadResult result;
    long loadedBytes;
    /** The load's answer was given. */
    boolean isTold;
    /** Loaded, and on its way to the nearest store. */
    boolean isPromoting;

    LayeredOperation(int number) {
        this.number = number;
    }

    void begin(long newTag, DirectBuffer newName, int nameOffset, long newAddress, long newLengthBytes, long newDeadlineNs) {
        tag = newTag;
        name.putBytes(0, newName, nameOffset, BlockName.LENGTH_BYTES);
        address = newAddress;
        lengthBytes = newLengthBytes;
        deadlineNs = newDeadlineNs;
        underWay = 0;
        refusedBy = 0;
        refusedSinceNs = 0;
        stored = StoreResult.FAILED;
        result = null;
        loadedBytes = -1;
        isTold = false;
        isPromoting = false;
    }

    /** What is new in one store is stored; else it is there, if any has it. */
    void stored(StoreResult of) {
        if (of == StoreResult.STORED || stored == StoreResult.FAILED) {
            stored = of;
        }
    }
}
