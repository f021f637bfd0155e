package dev.baton.transport.secret;

import java.security.DigestException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * HMAC-SHA256 (RFC 2104) under any number of keys. Unlike {@code javax.crypto.Mac} it allocates nothing per message and
 * changes keys at no cost. Not thread-safe: one agent owns it.
 */
public final class Hmac {
    public static final int LENGTH_BYTES = 32;

    private final MessageDigest sha = sha256();
    private final byte[] digest = new byte[LENGTH_BYTES];
    private HmacKey key;

    /** Begins a message; what was begun before is dropped. */
    public Hmac begin(HmacKey withKey) {
        key = withKey;
        sha.reset();
        sha.update(withKey.inner, 0, HmacKey.BLOCK_BYTES);
        return this;
    }

    public Hmac update(byte[] bytes, int offset, int length) {
        sha.update(bytes, offset, length);
        return this;
    }

    /** Ends the message: puts {@link #LENGTH_BYTES} bytes there. */
    public void end(byte[] into, int offset) {
        try {
            sha.digest(digest, 0, LENGTH_BYTES);
            sha.update(key.outer, 0, HmacKey.BLOCK_BYTES);
            sha.update(digest, 0, LENGTH_BYTES);
            sha.digest(into, offset, LENGTH_BYTES);
        } catch (DigestException ex) {
            throw new IllegalStateException("SHA-256 gives 32 bytes: offset=" + offset + " room=" + into.length, ex);
        }
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException ex) {
            throw new IllegalStateException("every Java has SHA-256", ex);
        }
    }
}
