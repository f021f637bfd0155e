package dev.baton.transport.tcp;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import dev.baton.memory.RunCodec;
import java.nio.ByteBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The bytes of one Data frame as they go over a lane that encodes. What stands between the frame's header and them:
 * <pre>
 *   u32 bytes that follow | u8 kind, as {@link RunCodec} numbers them | 3 bytes 0
 * </pre>
 * Bytes that encoding makes no fewer follow as they are, of kind 0. Owned by its link or lane; allocates nothing.
 */
final class CodedFrame implements AutoCloseable {
    static final int PREFIX_BYTES = 8;

    private static final int KIND_OFFSET = 4;
    private static final int KIND_MASK = 0xff;

    private final RunCodec codec;
    private final UnsafeBuffer coded;
    private final UnsafeBuffer decoded;
    private int kind;
    private int followingBytes;

    /** @param isReceiving whether frames are decoded here too, apart from their place */
    CodedFrame(RunCodec.Provider provider, boolean isReceiving) {
        codec = provider.open();
        coded = new UnsafeBuffer(ByteBuffer.allocateDirect(codec.encodedBytesMax(codec.runBytesMax())));
        decoded = new UnsafeBuffer(ByteBuffer.allocateDirect(isReceiving ? codec.runBytesMax() : 0));
    }

    int frameBytesMax() {
        return codec.runBytesMax();
    }

    /** Whether the bytes that follow are encoded. */
    boolean isCoded() {
        return kind != RunCodec.PLAIN;
    }

    int followingBytes() {
        return followingBytes;
    }

    /** Where encoded bytes lie. */
    long address() {
        return coded.addressOffset();
    }

    /** Encodes a frame's bytes, where that makes them fewer, and writes what stands in front of them. */
    void encode(int wantedKind, long source, int lengthBytes, MutableDirectBuffer buffer, int offset) {
        int codedBytes = wantedKind == RunCodec.PLAIN ? 0 : codec.encode(wantedKind, source, lengthBytes, address());
        kind = codedBytes == 0 ? RunCodec.PLAIN : wantedKind;
        followingBytes = codedBytes == 0 ? lengthBytes : codedBytes;
        buffer.putInt(offset, followingBytes, LITTLE_ENDIAN);
        buffer.putInt(offset + KIND_OFFSET, kind, LITTLE_ENDIAN);
    }

    /** Reads what stands in front of a frame's bytes; false where no frame of this length is sent so. */
    boolean begin(MutableDirectBuffer buffer, int offset, int lengthBytes) {
        followingBytes = buffer.getInt(offset, LITTLE_ENDIAN);
        kind = buffer.getInt(offset + KIND_OFFSET, LITTLE_ENDIAN);
        return (kind & ~KIND_MASK) == 0 && kind <= RunCodec.EIGHTHS && (kind == RunCodec.PLAIN ? followingBytes == lengthBytes
            : lengthBytes <= frameBytesMax() && followingBytes > 0 && followingBytes < lengthBytes);
    }

    /** Address of the frame's own bytes, once all that encode them are here; 0 where they do not. */
    long decodeOrZero(int lengthBytes) {
        return codec.decode(kind, address(), followingBytes, decoded.addressOffset(), lengthBytes)
            ? decoded.addressOffset() : 0;
    }

    @Override
    public void close() {
        codec.close();
    }
}
