package dev.baton.sender.core;

import dev.baton.kv.SourceImages;

/**
 * Where the images of blocks lie that one handoff sends from where they were kept: each part of a block in a unit of some handoff
 * before, which carries the CRCs of its images along. Filled by the engine's thread before {@link HandoffBoard#prefilled(int)}
 * covers the blocks; read by any after that.
 */
public final class KeptImages {
    private final int firstBlock;
    private final int partCount;
    private final int[] partOfGroup;
    private final long[] addresses;
    private final SourceImages[] images;
    private final ImageCrcs[] crcs;
    private int endBlock;

    /**
     * @param blockCount  blocks from the first on, at most
     * @param partOfGroup for each layer group the part of a block that it belongs to
     */
    public KeptImages(int firstBlock, int blockCount, int partCount, int[] partOfGroup) {
        this.firstBlock = firstBlock;
        this.endBlock = firstBlock;
        this.partCount = partCount;
        this.partOfGroup = partOfGroup;
        addresses = new long[blockCount * partCount];
        images = new SourceImages[blockCount * partCount];
        crcs = new ImageCrcs[blockCount * partCount];
    }

    /** That part of the block lies there. */
    public void put(int block, int part, long address, SourceImages imagesOfUnit, ImageCrcs crcsOfUnit) {
        int at = (block - firstBlock) * partCount + part;
        addresses[at] = address;
        images[at] = imagesOfUnit;
        crcs[at] = crcsOfUnit;
    }

    /** All blocks before that one were put, as far as anything of them is sent. */
    public void endBlock(int block) {
        endBlock = block;
    }

    public boolean has(int block) {
        return block >= firstBlock && block < endBlock;
    }

    /** Address of that group's image of the block, of that source shard. */
    public long address(int block, int sourceShard, int group) {
        int at = at(block, group);
        return addresses[at] + images[at].imageOffset(block, images[at].imageIndex(block, sourceShard, group));
    }

    /** What lies where in the unit that has that group's images of the block. */
    SourceImages images(int block, int group) {
        return images[at(block, group)];
    }

    ImageCrcs crcs(int block, int group) {
        return crcs[at(block, group)];
    }

    private int at(int block, int group) {
        return (block - firstBlock) * partCount + partOfGroup[group];
    }
}
