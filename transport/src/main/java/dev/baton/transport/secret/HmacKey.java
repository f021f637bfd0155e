package dev.baton.transport.secret;

import java.util.Arrays;

/**
 * A key of {@link Hmac}, as the two blocks that HMAC hashes first. Immutable; safe to share.
 *
 * <p>Says nothing of itself: keys end up in no log.
 */
public final class HmacKey {
    static final int BLOCK_BYTES = 64;

    final byte[] inner = new byte[BLOCK_BYTES];
    final byte[] outer = new byte[BLOCK_BYTES];

    /** Makes a key of these bytes: 16 to 64, copied. */
    public HmacKey(byte[] key) {
        if (key.length < 16 || key.length > BLOCK_BYTES) {
            throw new IllegalArgumentException("a key has 16 to 64 bytes: lengthBytes=" + key.length);
        }
        Arrays.fill(inner, (byte) 0x36);
        Arrays.fill(outer, (byte) 0x5c);
        for (int i = 0; i < key.length; i++) {
            inner[i] ^= key[i];
            outer[i] ^= key[i];
        }
    }
}
