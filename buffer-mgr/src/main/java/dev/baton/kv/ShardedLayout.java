package dev.baton.kv;

import java.nio.ByteOrder;

import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * A layout and how a node's ranks split it: what HELLO tells a peer. Immutable.
 * <pre>
 *   offset 0  tp  uint16   offset 2  pp  uint16   offset 4  cp  uint16   offset 6  the layout, as it encodes itself
 * </pre>
 * Little-endian.
 */
public record ShardedLayout(KvLayout layout, Sharding sharding) {
    private static final int LAYOUT_OFFSET = 6;

    public ShardedLayout {
        sharding.requireFits(layout);
    }

    public byte[] encode() {
        byte[] bytes = new byte[LAYOUT_OFFSET + layout.encodedLength()];
        UnsafeBuffer buffer = new UnsafeBuffer(bytes);
        buffer.putShort(0, (short) sharding.tp(), ByteOrder.LITTLE_ENDIAN);
        buffer.putShort(2, (short) sharding.pp(), ByteOrder.LITTLE_ENDIAN);
        buffer.putShort(4, (short) sharding.cp(), ByteOrder.LITTLE_ENDIAN);
        layout.encode(buffer, LAYOUT_OFFSET);
        return bytes;
    }

    /**
     * Reads what {@link #encode} wrote, from bytes that nobody has checked.
     * @throws IllegalArgumentException naming the first field that is out of range or does not fit
     */
    public static ShardedLayout decode(DirectBuffer buffer, int offset, int length) {
        if (length < LAYOUT_OFFSET) {
            throw new IllegalArgumentException("layout is cut short: lengthBytes=" + length);
        }
        Sharding sharding = new Sharding(
            buffer.getShort(offset, ByteOrder.LITTLE_ENDIAN) & 0xFFFF,
            buffer.getShort(offset + 2, ByteOrder.LITTLE_ENDIAN) & 0xFFFF,
            buffer.getShort(offset + 4, ByteOrder.LITTLE_ENDIAN) & 0xFFFF);
        return new ShardedLayout(KvLayout.decode(buffer, offset + LAYOUT_OFFSET, length - LAYOUT_OFFSET), sharding);
    }

    /** For mismatch messages: the model, order and sharding in one line. */
    public String describe() {
        return layout.model() + " " + layout.order() + " tp=" + sharding.tp() + " pp=" + sharding.pp() + " cp="
            + sharding.cp();
    }
}
