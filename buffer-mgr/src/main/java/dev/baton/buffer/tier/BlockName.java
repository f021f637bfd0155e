package dev.baton.buffer.tier;

/**
 * How a block is named in a tier: 64 opaque bytes in a row. All of them are compared, always; two names that differ in
 * one bit are two blocks.
 * <pre>
 *   0   key     32 bytes: chained over the tokens, or whatever else the caller made by a cryptographic hash
 *   32  tenant  16 bytes: the namespace; nothing is found from another one
 *   48  layout  16 bytes: fingerprint of the KV layout, its shard and its group
 * </pre>
 */
public final class BlockName {
    public static final int KEY_BYTES = 32;
    public static final int TENANT_OFFSET = KEY_BYTES;
    public static final int TENANT_BYTES = 16;
    public static final int LAYOUT_OFFSET = TENANT_OFFSET + TENANT_BYTES;
    public static final int LAYOUT_BYTES = 16;
    public static final int LENGTH_BYTES = LAYOUT_OFFSET + LAYOUT_BYTES;

    private BlockName() {}
}
