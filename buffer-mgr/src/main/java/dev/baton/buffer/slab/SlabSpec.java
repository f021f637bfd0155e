package dev.baton.buffer.slab;

import dev.baton.memory.ExtentRun;
import dev.baton.platform.Require;

/**
 * What one slab is, apart from its memory. Immutable; safe to share.
 *
 * @param slabId      unique in its process, 0 to 32,767
 * @param shard       the shard whose extents it holds, from 0
 * @param lengthBytes whole extents, at most 1 GiB by default
 * @param tier        where its bytes lie
 */
public record SlabSpec(int slabId, int shard, long lengthBytes, Tier tier) {
    public SlabSpec {
        Require.between("slabId", slabId, 0, ExtentRun.SLAB_ID_MAX);
        Require.atLeast("shard", shard, 0);
        Require.atLeast("lengthBytes", lengthBytes, 1);
    }
}
