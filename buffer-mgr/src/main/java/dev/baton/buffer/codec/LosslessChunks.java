package dev.baton.buffer.codec;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import com.github.luben.zstd.ZstdDecompressCtx;
import com.github.luben.zstd.ZstdException;

/**
 * Chunks of bytes as planes through zstd, which begins new tables of frequencies every 256 KiB anyway. Little-endian:
 * <pre>
 *   u32 exponent plane's bytes | u32 mantissa plane's bytes (none without that plane) | planes
 *   the top bit of a length says: as it is, not compressed
 * </pre>
 * Owned by one thread.
 */
final class LosslessChunks implements AutoCloseable {
    static final int CHUNK_BYTES = 256 << 10;
    /** What a chunk may take more than it has: both lengths, and an odd length of fp8 has a byte more in its planes. */
    static final int OVERHEAD_BYTES = 9;
    /** Of so many chunks one tries whether the mantissa plane pays, and those after it go on while it does. */
    static final int TRY_EVERY = 16;

    private static final int PLAIN = 1 << 31;
    /** A plane that zstd makes less than 3 % smaller costs more time to read than its bytes are worth. */
    private static final double WORTH = 0.97;

    private final ZstdCompressCtx compressor;
    private final ZstdDecompressCtx decompressor;
    private final Plane raw = new Plane(CHUNK_BYTES);
    private final Plane exponents = new Plane(CHUNK_BYTES);
    private final Plane mantissas = new Plane(CHUNK_BYTES);
    private final Plane compressed = new Plane((int) Zstd.compressBound(CHUNK_BYTES));
    private boolean isMantissaPaying;

    LosslessChunks(int level) {
        compressor = new ZstdCompressCtx().setLevel(level).setChecksum(false).setContentSize(false);
        decompressor = new ZstdDecompressCtx();
    }

    /** Returns the address behind what was written. */
    long encode(BytePlanes planes, long source, int length, long out, boolean isTried) {
        raw.read(source, length);
        int planeBytes = planes.split(raw, length, exponents, mantissas);
        if (!planes.hasMantissas()) {
            return putPlane(exponents, planeBytes, true, out, out + 4);
        }
        long end = putPlane(exponents, planeBytes, true, out, out + 8);
        boolean isCompressing = isTried || isMantissaPaying;
        long mantissaEnd = putPlane(mantissas, planeBytes, isCompressing, out + 4, end);
        isMantissaPaying = isCompressing && mantissaEnd - end < planeBytes;
        return mantissaEnd;
    }

    private long putPlane(Plane plane, int length, boolean isCompressing, long lengthAt, long at) {
        int bytes = !isCompressing ? length
            : compressor.compressByteArray(compressed.bytes, 0, compressed.bytes.length, plane.bytes, 0, length);
        boolean isPlain = bytes >= length * WORTH;
        raw.writeWord(lengthAt, isPlain ? length | PLAIN : bytes);
        if (isPlain) {
            plane.write(at, length);
            return at + length;
        }
        compressed.write(at, bytes);
        return at + bytes;
    }

    /**
     * Returns the address behind what was read.
     * @throws CodecException if that is no chunk of this length
     */
    long decode(BytePlanes planes, long in, long inEnd, long target, int length) {
        int planeBytes = planes.planeBytes(length);
        int lengths = planes.hasMantissas() ? 8 : 4;
        CodecException.require(inEnd - in >= lengths, "bytesLeft", inEnd - in);
        long next = takePlane(in, in + lengths, inEnd, exponents, planeBytes);
        if (planes.hasMantissas()) {
            next = takePlane(in + 4, next, inEnd, mantissas, planeBytes);
        }
        planes.join(exponents, mantissas, length, raw);
        raw.write(target, length);
        return next;
    }

    private long takePlane(long lengthAt, long at, long end, Plane plane, int planeBytes) {
        int word = raw.readWord(lengthAt);
        int bytes = word & ~PLAIN;
        CodecException.require(bytes <= end - at && bytes <= compressed.bytes.length, "planeBytes", bytes);
        if (word != bytes) {
            CodecException.require(bytes == planeBytes, "planeBytes", bytes);
            plane.read(at, bytes);
            return at + bytes;
        }
        compressed.read(at, bytes);
        try {
            int got = decompressor.decompressByteArray(plane.bytes, 0, planeBytes, compressed.bytes, 0, bytes);
            CodecException.require(got == planeBytes, "planeBytes", got);
        } catch (ZstdException ex) {
            throw new CodecException("encoded block is damaged", "zstd=" + ex.getMessage(), ex);
        }
        return at + bytes;
    }

    @Override
    public void close() {
        compressor.close();
        decompressor.close();
    }
}
