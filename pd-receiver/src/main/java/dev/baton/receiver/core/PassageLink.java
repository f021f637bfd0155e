package dev.baton.receiver.core;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

import dev.baton.kv.BlockKey;
import dev.baton.kv.CellMap;
import dev.baton.kv.Sharding;

/**
 * Which prompt's block a passage's block is, as it lies below the pool under the passage's name: the bytes of KV lie there once, under the prompt's.
 * Immutable.
 * <pre>
 *   0   magic        "BTNLINK1"
 *   8   key          32 bytes, of the prompt's block
 *   40  block        of the prompt, u32
 *   44  tp, pp, cp   u32 each, of the sender that it came from: its slices are cut so
 *   56  length       of this record, u64: 64
 * </pre>
 * Little-endian but for the key.
 */
record PassageLink(BlockKey key, int block, Sharding source) {
    static final int LENGTH_BYTES = 64;
    private static final long MAGIC = 0x314B_4E49_4C4E_5442L;
    private static final int KEY_OFFSET = 8;
    private static final int BLOCK_OFFSET = 40;
    private static final int SHARDING_OFFSET = 44;
    private static final int LENGTH_OFFSET = 56;

    void encode(MutableDirectBuffer buffer, int offset) {
        buffer.putLong(offset, MAGIC);
        key.encode(buffer, offset + KEY_OFFSET);
        buffer.putInt(offset + BLOCK_OFFSET, block);
        buffer.putInt(offset + SHARDING_OFFSET, source.tp());
        buffer.putInt(offset + SHARDING_OFFSET + 4, source.pp());
        buffer.putInt(offset + SHARDING_OFFSET + 8, source.cp());
        buffer.putLong(offset + LENGTH_OFFSET, LENGTH_BYTES);
    }

    /** Null if it is none that a receiver of this layout could have written. */
    static PassageLink decodeOrNull(DirectBuffer buffer, int offset, int blockTokens) {
        int block = buffer.getInt(offset + BLOCK_OFFSET);
        boolean isWhole = buffer.getLong(offset) == MAGIC && buffer.getLong(offset + LENGTH_OFFSET) == LENGTH_BYTES
            && block >= 0 && block < CellMap.TOKENS_MAX / blockTokens;
        try {
            return isWhole ? new PassageLink(BlockKey.of(buffer, offset + KEY_OFFSET), block, new Sharding(buffer.getInt(offset + SHARDING_OFFSET),
                buffer.getInt(offset + SHARDING_OFFSET + 4), buffer.getInt(offset + SHARDING_OFFSET + 8))) : null;
        } catch (IllegalArgumentException _) {
            return null;   // a sharding that cannot be is no link of anybody's
        }
    }
}
