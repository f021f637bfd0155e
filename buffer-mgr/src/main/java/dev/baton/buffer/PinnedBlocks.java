package dev.baton.buffer;

/**
 * Sealed blocks that stay where they lie until they are let go. An image may lie in several pieces, for extents of one
 * reservation may be scattered. Any thread reads between; the control agent's lets go.
 */
public interface PinnedBlocks {
    /** Address of a byte of that layer group's image of the block, on that shard. */
    long address(int block, int shard, int group, long offset);

    /** Bytes of the image that lie in a row from there. */
    long contiguousBytes(int block, int shard, int group, long offset);

    /** Nobody reads them any more. Once. */
    void release();
}
