package dev.baton.kv;

/**
 * Where the bytes of one block of one layer group lie on one shard. Dense: a partial block has the strides of its own
 * token count. Immutable.
 * <pre>
 *   image   [layers] of [K section][V section]
 *   section NHD [slots][heads] rows, HND [heads][slots] rows; rows of keyRowBytes or valueRowBytes
 *   offset  = layer * layerStride + (V: valueStart) + slot * slotStride + head * headStride
 * </pre>
 * Layers, heads and slots count from 0 inside the image. A section index is 0 for K, latents and states, 1 for V.
 */
public final class BlockImage {
    private final DimensionOrder order;
    private final int layers;
    private final int heads;
    private final int slots;
    private final int keyRowBytes;
    private final int valueRowBytes;

    BlockImage(DimensionOrder order, LayerGroup group, int layers, int heads, int tokens) {
        this.order = order;
        this.layers = layers;
        this.heads = heads;
        slots = group.slots(tokens);
        keyRowBytes = group.keyRowBytes();
        valueRowBytes = group.valueRowBytes();
    }

    /** The image of a block with {@code tokens} tokens of that group on that shard. */
    public static BlockImage of(KvLayout layout, Sharding sharding, int shard, int group, int tokens) {
        sharding.requireShard(shard);
        LayerGroup layerGroup = layout.group(group);
        return new BlockImage(layout.order(), layerGroup,
            sharding.layerCount(layerGroup, shard), sharding.headCount(layerGroup, shard), tokens);
    }

    public int layers() {
        return layers;
    }

    public int heads() {
        return heads;
    }

    public int slots() {
        return slots;
    }

    /** 2 where K and V are kept apart, else 1. */
    public int sections() {
        return valueRowBytes > 0 ? 2 : 1;
    }

    public int rowBytes(int section) {
        return section == 0 ? keyRowBytes : valueRowBytes;
    }

    public long lengthBytes() {
        return layers * layerStride();
    }

    public long layerStride() {
        return (long) slots * heads * (keyRowBytes + valueRowBytes);
    }

    /** Offset of the V section from the start of its layer. */
    public long valueStart() {
        return (long) slots * heads * keyRowBytes;
    }

    public long slotStride(int section) {
        return order == DimensionOrder.NHD ? (long) heads * rowBytes(section) : rowBytes(section);
    }

    public long headStride(int section) {
        return order == DimensionOrder.NHD ? rowBytes(section) : (long) slots * rowBytes(section);
    }

    /** Offset in bytes of one row from the start of the image. */
    public long offset(int layer, int section, int slot, int head) {
        return layer * layerStride() + section * valueStart() + slot * slotStride(section) + head * headStride(section);
    }

    DimensionOrder order() {
        return order;
    }
}
