package dev.baton.receiver.core;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import dev.baton.buffer.tier.BlockName;
import dev.baton.kv.CellMap;
import dev.baton.kv.ShardPairing;
import dev.baton.kv.Sharding;
import dev.baton.platform.Canary;

/**
 * Names slices for the tiers below the pool ({@link BlockName}). The layout's part says of which bytes of the block a
 * record is, so that nothing is found that was cut in another way: another sharding at either end, another extent.
 * <pre>
 *   0   key     of the block
 *   32  tenant  8 bytes of its hash, 8 zeros
 *   48  layout  8 bytes of SHA-256 over the target layout's fingerprint, both shardings and the extent's bytes
 *   56          group u8 | source shard u16 | target shard u16 | slice u24, as one number
 * </pre>
 * Each layer group of a block has slices of its own, so that a window's or a state's are found, or not, apart from the rest. A {@link PassageLink} has
 * the passage's key, the layout's part of a receiver with itself, and -1 for the place.
 * One buffer, good until the next call. Control agent's thread.
 */
final class SliceNames {
    static final int GROUP_SHIFT = 56;
    /** In place of a layer group, and of all that follows: no layout has so many. */
    static final long LINK_PLACE = -1;
    static final int TARGET_SHARD_SHIFT = 24;
    private static final int PLACE_OFFSET = BlockName.LAYOUT_OFFSET + Long.BYTES;

    private final UnsafeBuffer name = new UnsafeBuffer(new byte[BlockName.LENGTH_BYTES]);
    /** Of the cut that was asked for last: nearly all handoffs are cut alike. */
    private ShardPairing lastPairing;
    private long lastCut;

    DirectBuffer of(TenantKey key, CellMap map, int cell, int slice) {
        put(key, map.pairing(), map.extentBytes());
        long group = Canary.SLICE_GROUP_IGNORED.isActive() ? 0 : map.group(cell);
        name.putLong(PLACE_OFFSET, group << GROUP_SHIFT | (long) map.sourceShard(cell) << 40
            | (long) map.targetShard(cell) << TARGET_SHARD_SHIFT | slice);
        return name;
    }

    /** The link of a passage's block, which says where its bytes are. */
    DirectBuffer ofLink(TenantKey passageKey, ShardPairing self, int extentBytes) {
        put(passageKey, self, extentBytes);
        name.putLong(PLACE_OFFSET, LINK_PLACE);
        return name;
    }

    private void put(TenantKey key, ShardPairing pairing, int extentBytes) {
        key.key().encode(name, 0);
        name.putLong(BlockName.TENANT_OFFSET, Canary.SLICE_TENANT_IGNORED.isActive() ? 0 : key.tenant());
        if (Canary.SLICE_KEY_TRUNCATED.isActive()) {
            name.putLong(BlockName.KEY_BYTES - Long.BYTES, 0);
        }
        if (pairing != lastPairing) {
            lastPairing = pairing;
            lastCut = cut(pairing, extentBytes);
        }
        name.putLong(BlockName.LAYOUT_OFFSET, lastCut);
    }

    private static long cut(ShardPairing pairing, int extentBytes) {
        ByteBuffer facts = ByteBuffer.allocate(2 * Long.BYTES + 6 * Integer.BYTES)
            .putLong(pairing.targetLayout().fingerprint()).putLong(extentBytes);
        put(facts, pairing.sourceSharding());
        put(facts, pairing.targetSharding());
        try {
            return ByteBuffer.wrap(MessageDigest.getInstance("SHA-256").digest(facts.array())).getLong();
        } catch (NoSuchAlgorithmException ex) {
            throw new IllegalStateException("every Java has SHA-256", ex);
        }
    }

    private static void put(ByteBuffer facts, Sharding sharding) {
        facts.putInt(sharding.tp()).putInt(sharding.pp()).putInt(sharding.cp());
    }
}
