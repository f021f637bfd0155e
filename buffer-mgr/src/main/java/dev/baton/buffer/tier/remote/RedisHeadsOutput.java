package dev.baton.buffer.tier.remote;

import io.lettuce.core.codec.RedisCodec;
import io.lettuce.core.output.CommandOutput;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** The heads that GET or MGET answers with, in the order in which they were asked for; null for what is not there. */
final class RedisHeadsOutput extends CommandOutput<byte[], RedisPiece, List<byte[]>> {
    RedisHeadsOutput(RedisCodec<byte[], RedisPiece> codec) {
        super(codec, new ArrayList<>());
    }

    @Override
    public void set(ByteBuffer bytes) {
        byte[] head = null;
        if (bytes != null) {
            head = new byte[Math.min(bytes.remaining(), RemoteHead.LENGTH_BYTES + 1)];
            bytes.get(head);
        }
        output.add(head);
    }

    @Override
    public void multi(int count) {
        // Each is told on its own.
    }
}
