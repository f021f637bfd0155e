package dev.baton.buffer.codec;

import dev.baton.memory.Copier;

/** The image as it is. */
final class PlainCodec implements Codec {
    private final Copier copier = Copier.best();

    @Override
    public boolean accepts(ImageShape shape) {
        return true;
    }

    @Override
    public long encodedBytesMax(ImageShape shape) {
        return shape.lengthBytes();
    }

    @Override
    public long encode(ImageShape shape, long source, long target) {
        copier.copy(source, target, shape.lengthBytes());
        return shape.lengthBytes();
    }

    @Override
    public void decode(ImageShape shape, long source, long length, long target) {
        CodecException.require(length == shape.lengthBytes(), "lengthBytes", length);
        copier.copy(source, target, length);
    }
}
