package dev.baton.buffer.tier.remote;

import io.lettuce.core.codec.RedisCodec;
import java.nio.ByteBuffer;

/**
 * Encodes pieces by one copy into memory of its own, which the connection copies from before it encodes the next. One a
 * connection: its event thread alone encodes.
 */
final class RedisPieceCodec implements RedisCodec<byte[], RedisPiece> {
    private byte[] copy = new byte[0];

    @Override
    public byte[] decodeKey(ByteBuffer bytes) {
        byte[] key = new byte[bytes.remaining()];
        bytes.get(key);
        return key;
    }

    @Override
    public RedisPiece decodeValue(ByteBuffer bytes) {
        throw new UnsupportedOperationException("pieces are taken by the output of their command");
    }

    @Override
    public ByteBuffer encodeKey(byte[] key) {
        return ByteBuffer.wrap(key);
    }

    /** Fails where the piece's operation has ended: its memory is somebody else's. */
    @Override
    public ByteBuffer encodeValue(RedisPiece piece) {
        if (copy.length < piece.lengthBytes()) {
            copy = new byte[piece.lengthBytes()];
        }
        if (!piece.memory().take(piece.offset(), piece.lengthBytes(), copy)) {
            throw new IllegalStateException("the store was given up before this piece was sent");
        }
        return ByteBuffer.wrap(copy, 0, piece.lengthBytes());
    }
}
