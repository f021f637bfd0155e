package dev.baton.buffer.codec;

import dev.baton.kv.BlockImage;
import dev.baton.kv.DimensionOrder;
import dev.baton.kv.ElementType;
import dev.baton.kv.KvLayout;
import dev.baton.kv.LayerGroup;
import dev.baton.kv.Sharding;
import dev.baton.platform.Require;

/**
 * What a codec knows of one block image: its dense bytes and what they mean. Immutable; safe to share.
 * <pre>
 *   image    [layers] of [K section][V section]
 *   section  matrices of [slots][columns] elements: NHD one of heads * headDim columns, HND one for each head
 * </pre>
 * A section index is 0 for K, latents and states, 1 for V. See {@link BlockImage}.
 *
 * @param valueRowBytes 0 where there is no V section
 * @param isMixed       rows hold scales or elements of several types: bytes, and nothing more, to a codec
 */
public record ImageShape(ElementType elements, DimensionOrder order, int layers, int slots, int heads, int keyRowBytes,
    int valueRowBytes, boolean isMixed) {

    public ImageShape {
        Require.between("layers", layers, 0, 1 << 16);
        Require.atLeast("slots", slots, 0);
        Require.atLeast("heads", heads, 0);
        Require.atLeast("keyRowBytes", keyRowBytes, 1);
        Require.atLeast("valueRowBytes", valueRowBytes, 0);
    }

    /** The shape of a block with {@code tokens} tokens of that group on that shard. */
    public static ImageShape of(KvLayout layout, Sharding sharding, int shard, int group, int tokens) {
        LayerGroup of = layout.group(group);
        BlockImage image = BlockImage.of(layout, sharding, shard, group, tokens);
        boolean isMixed = of.keyScaleBytes() > 0 || of.valueScaleBytes() > 0 ||
            of.elements() == ElementType.FP8_DS_MLA || of.isState();
        return new ImageShape(of.elements(), layout.order(), image.layers(), image.slots(), image.heads(),
            of.keyRowBytes(), of.valueRowBytes(), isMixed);
    }

    public long lengthBytes() {
        return layers * (sectionBytes(0) + sectionBytes(1));
    }

    int sections() {
        return valueRowBytes > 0 ? 2 : 1;
    }

    long sectionBytes(int section) {
        return (long) slots * heads * rowBytes(section);
    }

    /** Offset of that section from the start of the image. */
    long sectionOffset(int layer, int section) {
        return layer * (sectionBytes(0) + sectionBytes(1)) + section * sectionBytes(0);
    }

    private int rowBytes(int section) {
        return section == 0 ? keyRowBytes : valueRowBytes;
    }

    /** Matrices of {@link #slots} rows in one section. */
    int matrices() {
        return order == DimensionOrder.NHD ? 1 : heads;
    }

    /** Elements of 16 bits in one row of a matrix. */
    int columns(int section) {
        return (order == DimensionOrder.NHD ? heads : 1) * (rowBytes(section) / 2);
    }

    /** Whether every row is a whole number of elements of 16 bits, and nothing else. */
    boolean isOfHalves() {
        return !isMixed && elements.bits() == 16 && keyRowBytes % 2 == 0 && valueRowBytes % 2 == 0;
    }
}
