package dev.baton.transport.lane;

import java.nio.ByteOrder;
import java.security.SecureRandom;

import org.agrona.MutableDirectBuffer;

import dev.baton.memory.AesGcm;
import dev.baton.transport.LinkContext;
import dev.baton.transport.TransportContext;
import dev.baton.transport.secret.LaneKeys;
import dev.baton.transport.wire.MessageHeaderEncoder;
import dev.baton.transport.wire.SealEncoder;

/**
 * Encrypts what one link sends: each frame under the next number, in front of it a Seal. Every link has a key of its
 * own, since it draws the salt that the key is made with, so a number never comes twice under one key. Not thread-safe:
 * the link owns it. Allocates nothing but once in 2^20 frames, when the next key's time has come.
 * <pre>
 *   0   messageHeader   of the Seal
 *   8   tag, 16 bytes
 *   24  counter i64     from here to the end of the frame's header: the additional bytes
 *   32  the frame: LaneOpen, Mark, or Data and then its bytes, encrypted
 * </pre>
 */
public final class LaneSealer implements AutoCloseable {
    /** A Seal. */
    public static final int SEAL_BYTES = MessageHeaderEncoder.ENCODED_LENGTH + SealEncoder.BLOCK_LENGTH;
    static final int TAG_AT = MessageHeaderEncoder.ENCODED_LENGTH + SealEncoder.tagEncodingOffset();
    static final int COUNTER_AT = MessageHeaderEncoder.ENCODED_LENGTH + SealEncoder.counterEncodingOffset();
    /** Frames of one key: at most 2^34 blocks of 16 bytes, far from where GCM wears out. */
    static final int EPOCH_SHIFT = 20;

    private static final SecureRandom RANDOM = new SecureRandom();

    private final long saltHigh = RANDOM.nextLong();
    private final long saltLow = RANDOM.nextLong();
    private final LaneKeys keys;
    private final MessageHeaderEncoder header = new MessageHeaderEncoder();
    private final SealEncoder seal = new SealEncoder();
    private AesGcm cipher;
    private long counter;

    /** {@code firstCounter}: 0, but for those who cannot wait for 2^20 frames. */
    LaneSealer(LinkContext context, String scheme, long firstCounter) {
        keys = new LaneKeys(context.tokenHigh(), context.tokenLow(), saltHigh, saltLow, scheme, context.lane());
        counter = firstCounter;
        cipher = keys.cipher(counter >>> EPOCH_SHIFT);
    }

    /** For one link; null where this process's lanes are in the clear. */
    public static LaneSealer ofOrNull(TransportContext transport, LinkContext context, String scheme) {
        return transport.isEncrypting() ? new LaneSealer(context, scheme, 0) : null;
    }

    /**
     * Seals the frame that begins {@link #SEAL_BYTES} behind {@code offset}.
     *
     * @param buffer      outside the heap
     * @param headerBytes of the frame, without the bytes that follow it
     * @param source      where those lie; 0 for none
     * @param target      where they go encrypted; may be {@code source}
     */
    void seal(MutableDirectBuffer buffer, int offset, int headerBytes, long source, long target, int lengthBytes) {
        if ((counter & (1L << EPOCH_SHIFT) - 1) == 0 && counter != 0) {
            cipher.close();
            cipher = keys.cipher(counter >>> EPOCH_SHIFT);
        }
        seal.wrapAndApplyHeader(buffer, offset, header);
        buffer.putLong(offset + COUNTER_AT, counter, ByteOrder.LITTLE_ENDIAN);
        long address = buffer.addressOffset() + offset;
        cipher.seal(counter, address + COUNTER_AT, SEAL_BYTES - COUNTER_AT + headerBytes, source, target, lengthBytes,
            address + TAG_AT);
        counter++;
    }

    long saltHigh() {
        return saltHigh;
    }

    long saltLow() {
        return saltLow;
    }

    @Override
    public void close() {
        cipher.close();
    }
}
