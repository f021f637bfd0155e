package dev.baton.buffer.tier.coded;

import org.agrona.DirectBuffer;

import dev.baton.buffer.codec.ImageShape;

/** Says what a record's bytes are of a block. On the thread that owns the store. */
@FunctionalInterface
public interface RecordShapes {
    /**
     * The same for the same name and length, always: what was encoded by one shape is decoded by it.
     *
     * @param lengthBytes of the record as it lies in memory, which is the shape's
     */
    ImageShape of(DirectBuffer name, int nameOffset, long lengthBytes);
}
