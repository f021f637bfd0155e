package dev.baton.transport.secret;

import java.nio.ByteOrder;

import org.agrona.BitUtil;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import dev.baton.platform.Canary;

/**
 * Seals and checks messages by their last bytes. Not thread-safe: one agent owns it; allocates nothing per message once
 * it has seen the longest.
 * <pre>
 *   end-24   sequence i64     from 1 under a session's key; 0 under the handshake's
 *   end-16   first 16 bytes of HMAC-SHA256 over all bytes before
 * </pre>
 */
public final class Sealer {
    public static final int TRAILER_BYTES = 24;
    private static final int MAC_BYTES = 16;

    private final Hmac hmac = new Hmac();
    private static final int SCRATCH_BYTES_MIN = 1 << 10;

    private final int lengthMax;
    private byte[] scratch = new byte[0];
    private final UnsafeBuffer sealed = new UnsafeBuffer(scratch);
    private final byte[] mac = new byte[Hmac.LENGTH_BYTES];
    private final UnsafeBuffer macFields = new UnsafeBuffer(mac);

    /** For messages of at most so many bytes, trailer included. */
    public Sealer(int lengthMax) {
        this.lengthMax = lengthMax;
    }

    /** Copies a message and seals the copy; {@link #sealed()} holds it, from offset 0, until the next call. */
    public void seal(HmacKey key, long sequence, DirectBuffer message, int offset, int length) {
        ensureRoom(length);
        message.getBytes(offset, scratch, 0, length - TRAILER_BYTES);
        sealed.putLong(length - TRAILER_BYTES, sequence, ByteOrder.LITTLE_ENDIAN);
        hmac.begin(key).update(scratch, 0, length - MAC_BYTES).end(mac, 0);
        sealed.putBytes(length - MAC_BYTES, mac, 0, MAC_BYTES);
    }

    private void ensureRoom(int length) {
        if (length > scratch.length) {
            if (length > lengthMax) {
                throw new IllegalArgumentException("longer than any message: length=" + length + " max=" + lengthMax);
            }
            scratch = new byte[Math.min(lengthMax, Math.max(SCRATCH_BYTES_MIN, BitUtil.findNextPositivePowerOfTwo(length)))];
            sealed.wrap(scratch);
        }
    }

    public DirectBuffer sealed() {
        return sealed;
    }

    /** Whether that key sealed this message. Takes as long for any wrong one. */
    public boolean isSealed(HmacKey key, DirectBuffer message, int offset, int length) {
        ensureRoom(length);
        message.getBytes(offset, scratch, 0, length);
        hmac.begin(key).update(scratch, 0, length - MAC_BYTES).end(mac, 0);
        return Canary.SEAL_UNCHECKED.isActive() || ((sealed.getLong(length - MAC_BYTES) ^ macFields.getLong(0))
            | (sealed.getLong(length - Long.BYTES) ^ macFields.getLong(Long.BYTES))) == 0;
    }

    /** The number in a message's trailer; not to be believed before {@link #isSealed}. */
    public static long sequence(DirectBuffer message, int offset, int length) {
        return message.getLong(offset + length - TRAILER_BYTES, ByteOrder.LITTLE_ENDIAN);
    }

    /** Nobody sealed this: all zeros, as it is where no secret is set. */
    public static boolean isBlank(DirectBuffer message, int offset, int length) {
        int at = offset + length - TRAILER_BYTES;
        return (message.getLong(at) | message.getLong(at + Long.BYTES) | message.getLong(at + 2 * Long.BYTES)) == 0;
    }
}
