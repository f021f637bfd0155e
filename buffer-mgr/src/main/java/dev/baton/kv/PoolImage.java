package dev.baton.kv;

import dev.baton.platform.Require;

/**
 * Where the blocks of one layer group lie in the pool of one engine rank. Immutable.
 * <pre>
 *   pool   [planes] of [poolBlocks] of [layersPerPlane] of one layer of a {@link BlockImage} of a full block
 *   plane  layers that lie together in one block: 1 (one tensor per layer) to all; the last plane may have fewer
 * </pre>
 * The pool keeps a sequence's blocks in order: block b of the sequence is block {@code b / cp} of the pool.
 */
public final class PoolImage {
    private final KvLayout layout;
    private final Sharding sharding;
    private final int shard;
    private final int groupIndex;
    private final int poolBlocks;
    private final int layersPerPlane;
    private final BlockImage image;

    private PoolImage(KvLayout layout, Sharding sharding, int shard, int groupIndex, int poolBlocks) {
        this.layout = layout;
        this.sharding = sharding;
        this.shard = shard;
        this.groupIndex = groupIndex;
        this.poolBlocks = poolBlocks;
        image = BlockImage.of(layout, sharding, shard, groupIndex, layout.blockTokens());
        int packed = layout.layersPerPlane();
        layersPerPlane = packed == KvLayout.ALL_LAYERS ? Math.max(1, image.layers()) : packed;
    }

    /**
     * The pool of one group on one shard.
     * @param poolBlocks blocks that the pool has room for, at least 1
     */
    public static PoolImage of(KvLayout layout, Sharding sharding, int shard, int group, int poolBlocks) {
        sharding.requireFits(layout);
        sharding.requireShard(shard);
        Require.between("group", group, 0, layout.groupCount() - 1);
        Require.atLeast("poolBlocks", poolBlocks, 1);
        return new PoolImage(layout, sharding, shard, group, poolBlocks);
    }

    public long lengthBytes() {
        return image.lengthBytes() * poolBlocks;
    }

    public int planeCount() {
        return (image.layers() + layersPerPlane - 1) / layersPerPlane;
    }

    /** First layer of a plane; the layer count for the plane behind the last. */
    int firstLayerOfPlane(int plane) {
        return Math.min(image.layers(), plane * layersPerPlane);
    }

    /** Offset in bytes of one row from the start of the pool; {@code block} counts in the sequence. */
    public long offset(int layer, int section, int block, int slot, int head) {
        int plane = layer / layersPerPlane;
        int firstLayer = plane * layersPerPlane;
        int planeLayers = firstLayerOfPlane(plane + 1) - firstLayer;
        long poolBlock = block / sharding.cp();
        long layerIndex = (long) firstLayer * poolBlocks + poolBlock * planeLayers + (layer - firstLayer);
        return layerIndex * image.layerStride() + image.offset(0, section, slot, head);
    }

    /** The image of one full block, whose strides hold inside each layer of the pool. */
    public BlockImage image() {
        return image;
    }

    KvLayout layout() {
        return layout;
    }

    Sharding sharding() {
        return sharding;
    }

    int shard() {
        return shard;
    }

    int groupIndex() {
        return groupIndex;
    }

    LayerGroup group() {
        return layout.group(groupIndex);
    }

    void requireRange(long fromToken, long toToken) {
        long tokensMax = (long) poolBlocks * sharding.cp() * layout.blockTokens();
        Require.between("toToken", toToken, 0, tokensMax);
        Require.between("fromToken", fromToken, 0, toToken);
        Require.that(fromToken % group().tokensPerSlot() == 0, "fromToken", fromToken,
            "a multiple of tokensPerSlot=" + group().tokensPerSlot());
    }
}
