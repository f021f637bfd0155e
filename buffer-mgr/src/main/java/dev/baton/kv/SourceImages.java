package dev.baton.kv;

/**
 * What the source side of a handoff stages for each block: one unit, made of the block images that some target needs.
 * Images lie 64-byte aligned, dense, by layer group and source shard; a block image is whole even if only a part of it
 * is sent. Held blocks, blocks outside a window and replicas that nobody reads are not staged, nor shards
 * that another process sends. Immutable; no answer allocates.
 * <pre>
 *   byte of a cell's segment i = unit base + CellMap.sourceImageOffset(cell) + plan(cell).sourceOffset(i)
 * </pre>
 * Blocks count in the prompt, from the map's {@code firstBlock()} to {@code blockCount() - 1}; a block's images from 0.
 */
public final class SourceImages {
    private final CellMap map;
    private final BlockPhase[] phases;
    private final long stagingBytes;
    private final long unitBytesMax;

    SourceImages(CellMap map, BlockPhase[] phases) {
        this.map = map;
        this.phases = phases;
        long bytes = 0;
        long max = 0;
        for (BlockPhase phase : phases) {
            bytes += phase.stagingBytes();
            max = Math.max(max, phase.unitBytesMax());
        }
        stagingBytes = bytes;
        unitBytesMax = max;
    }

    private BlockPhase phase(int block) {
        return phases[map.phaseIndexOfBlock(block)];
    }

    /** Bytes of the block's unit, a multiple of 64; 0 if nothing of it is sent. */
    public long unitBytes(int block) {
        return phase(block).unitBytes(block);
    }

    /** Bytes of the largest unit. */
    public long unitBytesMax() {
        return unitBytesMax;
    }

    /** Bytes of all units: what staging the whole request takes. */
    public long stagingBytes() {
        return stagingBytes;
    }

    public int imageCount(int block) {
        return phase(block).imageCount(block);
    }

    public int group(int block, int image) {
        return phase(block).imageGroup(block, image);
    }

    public int sourceShard(int block, int image) {
        return phase(block).imageShard(block, image);
    }

    /** Offset of the image from the base of its block's unit. */
    public long imageOffset(int block, int image) {
        return phase(block).imageOffset(block, image);
    }

    /** Bytes of the image, without padding. */
    public long imageBytes(int block, int image) {
        return phase(block).imageBytes(block, image);
    }

    /** The image of that source shard and group among the block's; -1 if it is not staged. */
    public int imageIndex(int block, int sourceShard, int group) {
        return phase(block).imageIndex(block, sourceShard, group);
    }
}
