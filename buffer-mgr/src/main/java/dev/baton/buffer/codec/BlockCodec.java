package dev.baton.buffer.codec;

import dev.baton.memory.Copier;
import dev.baton.platform.Require;
import java.util.Map;

/**
 * Encodes block images with one codec, each behind a {@link CodecHeader}, and decodes whatever its registry knows. One
 * thread. Allocates nothing once it has met the largest shape and each codec, but for
 * what the zstd library does. Addresses are not checked.
 *
 * <p>What the codec does not take, or would not bring back within its bound, is stored lossless; what does not become
 * smaller that way, as it is. Both are counted. So an encoded block is never longer than its image, the header and
 * {@link LosslessCodec}'s few lengths.
 */
public final class BlockCodec implements AutoCloseable {
    private final CodecRegistry registry;
    private final CodecProvider provider;
    private final Copier copier = Copier.best();
    /** Codecs by id; opened when first met, since opening may load a library. */
    private final Codec[] codecs = new Codec[256];
    private long blocksEncoded;
    private long blocksStoredLossless;
    private long blocksStoredPlain;

    private BlockCodec(CodecRegistry registry, CodecProvider provider, Codec codec) {
        this.registry = registry;
        this.provider = provider;
        codecs[provider.id()] = codec;
    }

    /**
     * Opens the codec that the spec names, for writing; every codec of the registry can be read.
     * @throws IllegalArgumentException naming what the registry, or the codec, does not know
     */
    public static BlockCodec open(CodecRegistry registry, CodecSpec spec) {
        CodecProvider provider = registry.ofName(spec.name());
        return new BlockCodec(registry, provider, provider.open(spec));
    }

    /** Room that {@link #encode} needs, header included. */
    public long encodedBytesMax(ImageShape shape) {
        long bytes = Math.max(codec(CodecRegistry.LOSSLESS).encodedBytesMax(shape), shape.lengthBytes());
        Codec codec = codec(provider);
        if (codec.accepts(shape)) {
            bytes = Math.max(bytes, codec.encodedBytesMax(shape));
        }
        return CodecHeader.LENGTH_BYTES + bytes;
    }

    /**
     * Encodes the image at {@code source}, which must not change meanwhile.
     * @param capacity bytes at {@code target}, at least {@link #encodedBytesMax}
     * @return bytes written, header included
     * @throws IllegalArgumentException if the capacity is less than that
     */
    public long encode(ImageShape shape, long source, long target, long capacity) {
        Require.atLeast("capacity", capacity, encodedBytesMax(shape));
        long body = target + CodecHeader.LENGTH_BYTES;
        blocksEncoded++;
        CodecProvider used = provider;
        long length = tryEncode(used, shape, source, body);
        if (length == Codec.NOT_ENCODED && used.id() != CodecRegistry.LOSSLESS.id() &&
            used.id() != CodecRegistry.NONE.id()) {
            blocksStoredLossless++;
            used = CodecRegistry.LOSSLESS;
            length = tryEncode(used, shape, source, body);
        }
        if (length == Codec.NOT_ENCODED) {
            blocksStoredPlain++;
            used = CodecRegistry.NONE;
            length = codec(used).encode(shape, source, body);
        }
        Codec codec = codec(used);
        int crc = codec.isLossless() ? copier.crc(source, shape.lengthBytes(), 0) : copier.crc(body, length, 0);
        CodecHeader.write(target, shape, used, codec, length, crc);
        CodecHeader.seal(target, copier.crc(target, CodecHeader.CHECKED_BYTES, 0));
        return CodecHeader.LENGTH_BYTES + length;
    }

    private long tryEncode(CodecProvider with, ImageShape shape, long source, long body) {
        Codec codec = codec(with);
        if (!codec.accepts(shape)) {
            return Codec.NOT_ENCODED;
        }
        long length = codec.encode(shape, source, body);
        return length < shape.lengthBytes() || with.id() == CodecRegistry.NONE.id() ? length : Codec.NOT_ENCODED;
    }

    /**
     * Decodes {@code length} bytes at {@code source}, which may be any bytes, into the whole image at {@code target}.
     * @throws CodecException naming what was wrong; the target then holds nothing that may be used
     */
    public void decode(ImageShape shape, long source, long length, long target) {
        if (length < CodecHeader.LENGTH_BYTES) {
            throw new CodecException("no encoded block", "lengthBytes=" + length);
        }
        CodecHeader.check(source, length, copier.crc(source, CodecHeader.CHECKED_BYTES, 0), shape);
        Codec codec = codecOf(source);
        long body = source + CodecHeader.LENGTH_BYTES;
        long bodyBytes = length - CodecHeader.LENGTH_BYTES;
        int wanted = CodecHeader.crc(source);
        if (!codec.isLossless()) {
            requireCrc(wanted, copier.crc(body, bodyBytes, 0));
        }
        codec.decode(shape, body, bodyBytes, target);
        if (codec.isLossless()) {
            requireCrc(wanted, copier.crc(target, shape.lengthBytes(), 0));
        }
    }

    private Codec codecOf(long source) {
        CodecProvider found = registry.ofIdOrNull(CodecHeader.codecId(source));
        if (found == null) {
            throw new CodecException("unknown codec", "codecId=" + CodecHeader.codecId(source));
        }
        if (found.version() != CodecHeader.codecVersion(source)) {
            throw new CodecException("codec of another version", "codec=" + found.name() + " version=" +
                CodecHeader.codecVersion(source) + " known=" + found.version());
        }
        return codec(found);
    }

    private static void requireCrc(int wanted, int actual) {
        if (wanted != actual) {
            throw new CodecException("block is damaged", "crcWritten=0x" + Integer.toHexString(wanted) + " crcRead=0x" +
                Integer.toHexString(actual));
        }
    }

    private Codec codec(CodecProvider of) {
        Codec codec = codecs[of.id()];
        if (codec == null) {
            codec = of.open(new CodecSpec(of.name(), Map.of()));
            codecs[of.id()] = codec;
        }
        return codec;
    }

    public long blocksEncoded() {
        return blocksEncoded;
    }

    /** Blocks that the codec did not take, or not within its bound: stored by {@code lossless} instead. */
    public long blocksStoredLossless() {
        return blocksStoredLossless;
    }

    /** Blocks that no codec made smaller: stored as they are. */
    public long blocksStoredPlain() {
        return blocksStoredPlain;
    }

    @Override
    public void close() {
        for (Codec codec : codecs) {
            if (codec != null) {
                codec.close();
            }
        }
    }
}
