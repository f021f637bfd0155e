package dev.baton.buffer.tier.remote;

import io.lettuce.core.codec.RedisCodec;
import io.lettuce.core.output.CommandOutput;
import java.nio.ByteBuffer;

/** Copies the answer to GET into a piece of a block; gives its length, -1 where there is none. */
final class RedisPieceOutput extends CommandOutput<byte[], RedisPiece, Integer> {
    static final int TOO_LONG = -2;
    private final RedisPiece piece;

    RedisPieceOutput(RedisCodec<byte[], RedisPiece> codec, RedisPiece piece) {
        super(codec, -1);
        this.piece = piece;
    }

    @Override
    public void set(ByteBuffer bytes) {
        if (bytes != null) {
            int lengthBytes = bytes.remaining();
            boolean isTaken = lengthBytes <= piece.lengthBytes() && piece.memory().put(piece.offset(), bytes);
            output = isTaken ? lengthBytes : TOO_LONG;
        }
    }
}
