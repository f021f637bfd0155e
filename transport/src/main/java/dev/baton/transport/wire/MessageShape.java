package dev.baton.transport.wire;

import java.nio.ByteOrder;

import org.agrona.DirectBuffer;
import org.agrona.collections.IntArrayList;

import dev.baton.transport.WireMaxima;

/**
 * What one template's bytes must look like: its fixed block, then groups, then data, and which bytes are enums. Walks a
 * message within its bounds before any decoder touches it: SBE's own decoders trust lengths and throw on unknown enum
 * values. Immutable.
 */
final class MessageShape {
    private static final int DATA_OF_SHORT_LENGTH = -2;
    private static final int DATA_OF_INT_LENGTH = -4;

    final int templateId;
    final int blockLength;
    final IntArrayList tail = new IntArrayList();          // a group's block length, or one of the two above
    final IntArrayList maxima = new IntArrayList();        // for each of the tail: most entries, or most bytes
    private final IntArrayList enumOffsets = new IntArrayList();   // pairs: offset in the block, how many values
    // Triples: index in tail, offset in the entry, how many values.
    private final IntArrayList groupEnums = new IntArrayList();

    MessageShape(int templateId, int blockLength) {
        this.templateId = templateId;
        this.blockLength = blockLength;
    }

    MessageShape group(int entryLength, int countMax) {
        tail.addInt(entryLength);
        maxima.addInt(countMax);
        return this;
    }

    /** Data whose length is 16 bits: a string. */
    MessageShape text() {
        tail.addInt(DATA_OF_SHORT_LENGTH);
        maxima.addInt(WireMaxima.TEXT_LENGTH_MAX);
        return this;
    }

    /** Data whose length is 32 bits. */
    MessageShape data(int lengthMax) {
        tail.addInt(DATA_OF_INT_LENGTH);
        maxima.addInt(lengthMax);
        return this;
    }

    MessageShape enumByte(int offset, int valueCount) {
        enumOffsets.addInt(offset);
        enumOffsets.addInt(valueCount);
        return this;
    }

    /** An enum in the entries of the group added last. */
    MessageShape groupEnumByte(int offset, int valueCount) {
        groupEnums.addInt(tail.size() - 1);
        groupEnums.addInt(offset);
        groupEnums.addInt(valueCount);
        return this;
    }

    /**
     * Whether the body fits exactly. A newer version may have longer blocks and more behind what this version knows.
     *
     * @param offset of the body in {@code buffer}
     * @param end    of the body: where the trailer begins
     */
    boolean fits(DirectBuffer buffer, int offset, int end, int actingBlockLength, int version) {
        if (actingBlockLength < blockLength || actingBlockLength > WireMaxima.BLOCK_LENGTH_MAX || actingBlockLength > end - offset
            || !hasKnownEnums(buffer, offset)) {
            return false;
        }
        long position = (long) offset + actingBlockLength;
        for (int i = 0; i < tail.size(); i++) {
            int part = tail.getInt(i);
            position = part > 0 ? endOfGroup(buffer, position, end, part, i) 
                : endOfData(buffer, position, end, -part, maxima.getInt(i));
            if (position < 0) {
                return false;
            }
        }
        return version <= MessageHeaderEncoder.SCHEMA_VERSION ? position == end : position <= end;
    }

    private boolean hasKnownEnums(DirectBuffer buffer, int offset) {
        for (int i = 0; i < enumOffsets.size(); i += 2) {
            if ((buffer.getByte(offset + enumOffsets.getInt(i)) & 0xFF) >= enumOffsets.getInt(i + 1)) {
                return false;
            }
        }
        return true;
    }

    private long endOfGroup(DirectBuffer buffer, long position, int end, int entryLength, int tailIndex) {
        if (end - position < GroupSizeEncodingEncoder.ENCODED_LENGTH) {
            return -1;
        }
        int at = (int) position;
        int actingLength = buffer.getShort(at, ByteOrder.LITTLE_ENDIAN) & 0xFFFF;
        int count = buffer.getShort(at + 2, ByteOrder.LITTLE_ENDIAN) & 0xFFFF;
        long first = position + GroupSizeEncodingEncoder.ENCODED_LENGTH;
        long groupEnd = first + (long) actingLength * count;
        if (actingLength < entryLength || actingLength > WireMaxima.BLOCK_LENGTH_MAX || count > maxima.getInt(tailIndex)
            || groupEnd > end) {
            return -1;
        }
        for (int i = 0; i < groupEnums.size(); i += 3) {
            if (groupEnums.getInt(i) == tailIndex) {
                for (long entry = first; entry < groupEnd; entry += actingLength) {
                    if ((buffer.getByte((int) entry + groupEnums.getInt(i + 1)) & 0xFF) >= groupEnums.getInt(i + 2)) {
                        return -1;
                    }
                }
            }
        }
        return groupEnd;
    }

    private static long endOfData(DirectBuffer buffer, long position, int end, int lengthBytes, int lengthMax) {
        if (end - position < lengthBytes) {
            return -1;
        }
        int at = (int) position;
        long length = lengthBytes == Short.BYTES ? buffer.getShort(at, ByteOrder.LITTLE_ENDIAN) & 0xFFFF
            : buffer.getInt(at, ByteOrder.LITTLE_ENDIAN) & 0xFFFF_FFFFL;
        long dataEnd = position + lengthBytes + length;
        return length > lengthMax || dataEnd > end ? -1 : dataEnd;
    }
}
