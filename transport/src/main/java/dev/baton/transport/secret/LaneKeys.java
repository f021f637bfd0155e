package dev.baton.transport.secret;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

import dev.baton.memory.AesGcm;

/**
 * Makes the keys of one encrypted lane. Its root is the lane token, which both ends make of the session's key, each
 * direction its own, and which never travels where lanes are encrypted. Immutable. Its text says nothing.
 * <pre>
 *   32 bytes = HKDF-SHA256(lane token; salt = 16 random bytes of the link; "lane aes-128-gcm 1", epoch, lane, scheme)
 *   key = the first 16, salt of the nonces = the next 4
 * </pre>
 */
public final class LaneKeys {
    private static final int CONTEXT_BYTES = Long.BYTES + Integer.BYTES;

    private final byte[] root = new byte[2 * Long.BYTES];
    private final byte[] salt = new byte[2 * Long.BYTES];
    private final byte[] scheme;
    private final int lane;

    public LaneKeys(long tokenHigh, long tokenLow, long saltHigh, long saltLow, String scheme, int lane) {
        put(root, tokenHigh, tokenLow);
        put(salt, saltHigh, saltLow);
        this.scheme = scheme.getBytes(StandardCharsets.US_ASCII);
        this.lane = lane;
    }

    /** The lane's cipher while its counter is in this epoch; the caller closes it. Allocates. */
    public AesGcm cipher(long epoch) {
        byte[] context = ByteBuffer.allocate(CONTEXT_BYTES + scheme.length).order(ByteOrder.LITTLE_ENDIAN)
            .putLong(epoch).putInt(lane).put(scheme).array();
        byte[] bytes = SharedSecret.derive(root, salt, "lane aes-128-gcm 1", context);
        byte[] key = Arrays.copyOf(bytes, AesGcm.KEY_BYTES);
        try {
            return AesGcm.best(key, ByteBuffer.wrap(bytes).getInt(AesGcm.KEY_BYTES));
        } finally {
            Arrays.fill(bytes, (byte) 0);
            Arrays.fill(key, (byte) 0);
        }
    }

    private static void put(byte[] into, long high, long low) {
        ByteBuffer.wrap(into).order(ByteOrder.LITTLE_ENDIAN).putLong(high).putLong(low);
    }

    @Override
    public String toString() {
        return "LaneKeys";
    }
}
