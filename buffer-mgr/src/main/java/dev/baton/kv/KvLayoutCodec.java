package dev.baton.kv;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import dev.baton.platform.Require;
import java.util.ArrayList;
import java.util.List;
import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.MutableDirectBuffer;

/**
 * A layout in bytes, little-endian, without padding. Names are ASCII with one byte of length before them.
 * <pre>
 *   u16 plan version | u8 order | u8 groups | i32 blockTokens | i32 layersPerPlane | name model
 *   per group: u8 kind | u8 element type | name | i32 layers | i32 kvHeads | i32 keyRowBytes | i32 valueRowBytes
 *              | i32 keyScaleBytes | i32 valueScaleBytes | i32 tokensPerSlot | i32 windowTokens
 * </pre>
 */
final class KvLayoutCodec {
    private static final int HEADER_LENGTH = 12;
    private static final int GROUP_FIXED_LENGTH = 34;
    private static final GroupKind[] KINDS = GroupKind.values();
    private static final ElementType[] ELEMENTS = ElementType.values();
    private static final DimensionOrder[] ORDERS = DimensionOrder.values();

    private KvLayoutCodec() {}

    static int encodedLength(KvLayout layout) {
        int length = HEADER_LENGTH + 1 + layout.model().length();
        for (LayerGroup group : layout.groups()) {
            length += GROUP_FIXED_LENGTH + 1 + group.name().length();
        }
        return length;
    }

    @SuppressWarnings("EnumOrdinal")   // the enums promise that their ordinal is their code on the wire
    static int encode(KvLayout layout, MutableDirectBuffer buffer, int offset) {
        buffer.putShort(offset, (short) KvLayout.PLAN_VERSION, LITTLE_ENDIAN);
        buffer.putByte(offset + 2, (byte) layout.order().ordinal());
        buffer.putByte(offset + 3, (byte) layout.groupCount());
        buffer.putInt(offset + 4, layout.blockTokens(), LITTLE_ENDIAN);
        buffer.putInt(offset + 8, layout.layersPerPlane(), LITTLE_ENDIAN);
        int at = putName(buffer, offset + HEADER_LENGTH, layout.model());
        for (LayerGroup group : layout.groups()) {
            buffer.putByte(at, (byte) group.kind().ordinal());
            buffer.putByte(at + 1, (byte) group.elements().ordinal());
            at = putName(buffer, at + 2, group.name());
            at = putInt(buffer, at, group.layers());
            at = putInt(buffer, at, group.kvHeads());
            at = putInt(buffer, at, group.keyRowBytes());
            at = putInt(buffer, at, group.valueRowBytes());
            at = putInt(buffer, at, group.keyScaleBytes());
            at = putInt(buffer, at, group.valueScaleBytes());
            at = putInt(buffer, at, group.tokensPerSlot());
            at = putInt(buffer, at, group.windowTokens());
        }
        return at - offset;
    }

    static KvLayout decode(DirectBuffer buffer, int offset, int length) {
        Require.that(offset >= 0 && length >= 0 && (long) offset + length <= buffer.capacity(),
            "layout length", length, "inside its buffer, from offset=" + offset + " capacity=" + buffer.capacity());
        Reader in = new Reader(buffer, offset, offset + length);
        int version = in.readU16("layout planVersion");
        Require.that(version == KvLayout.PLAN_VERSION, "layout planVersion", version, "" + KvLayout.PLAN_VERSION);
        DimensionOrder order = ORDERS[Require.between("layout order", in.readU8("layout order"), 0, ORDERS.length - 1)];
        int groupCount = Require.between("groupCount", in.readU8("groupCount"), 1, KvLayout.GROUPS_MAX);
        int blockTokens = in.readInt("blockTokens");
        int layersPerPlane = in.readInt("layersPerPlane");
        String model = in.readName("model");
        List<LayerGroup> groups = new ArrayList<>(groupCount);
        for (int i = 0; i < groupCount; i++) {
            groups.add(readGroup(in, i));
        }
        Require.that(in.at == in.end, "layout length", length, "used up by its groups, left=" + (in.end - in.at));
        return new KvLayout(model, order, layersPerPlane, blockTokens, groups);
    }

    private static LayerGroup readGroup(Reader in, int index) {
        try {
            GroupKind kind = KINDS[Require.between("kind", in.readU8("kind"), 0, KINDS.length - 1)];
            ElementType elements = ELEMENTS[Require.between("dtype", in.readU8("dtype"), 0, ELEMENTS.length - 1)];
            String name = in.readName("group name");
            return new LayerGroup(name, kind, elements, in.readInt("layers"), in.readInt("kvHeads"),
                in.readInt("keyRowBytes"), in.readInt("valueRowBytes"), in.readInt("keyScaleBytes"),
                in.readInt("valueScaleBytes"), in.readInt("tokensPerSlot"), in.readInt("windowTokens"));
        } catch (IllegalArgumentException ex) {
            throw new IllegalArgumentException("group " + index + ": " + ex.getMessage(), ex);
        }
    }

    static long fingerprint(KvLayout layout) {
        ExpandableArrayBuffer buffer = new ExpandableArrayBuffer(512);
        int length = encode(layout, buffer, 0);
        long hash = 0xcbf29ce484222325L;
        for (int i = 0; i < length; i++) {
            hash = (hash ^ (buffer.getByte(i) & 0xff)) * 0x100000001b3L;
        }
        hash ^= hash >>> 32;
        hash *= 0x9e3779b97f4a7c15L;
        return hash ^ (hash >>> 29);
    }

    private static int putInt(MutableDirectBuffer buffer, int at, int value) {
        buffer.putInt(at, value, LITTLE_ENDIAN);
        return at + Integer.BYTES;
    }

    private static int putName(MutableDirectBuffer buffer, int at, String name) {
        buffer.putByte(at, (byte) name.length());
        return at + 1 + buffer.putStringWithoutLengthAscii(at + 1, name);
    }

    /** Reads on, and refuses by name whatever would pass the end. */
    private static final class Reader {
        private final DirectBuffer buffer;
        private final int end;
        private int at;

        Reader(DirectBuffer buffer, int at, int end) {
            this.buffer = buffer;
            this.at = at;
            this.end = end;
        }

        private int take(String field, int length) {
            Require.that(end - at >= length, field, "truncated", length + " bytes long, left=" + (end - at));
            int from = at;
            at += length;
            return from;
        }

        int readU8(String field) {
            return buffer.getByte(take(field, 1)) & 0xff;
        }

        int readU16(String field) {
            return buffer.getShort(take(field, 2), LITTLE_ENDIAN) & 0xffff;
        }

        int readInt(String field) {
            return buffer.getInt(take(field, 4), LITTLE_ENDIAN);
        }

        String readName(String field) {
            int length = Require.between(field + " length", readU8(field + " length"), 1, KvLayout.MODEL_LENGTH_MAX);
            return buffer.getStringWithoutLengthAscii(take(field, length), length);
        }
    }
}
