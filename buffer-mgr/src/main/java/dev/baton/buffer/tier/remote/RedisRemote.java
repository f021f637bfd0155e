package dev.baton.buffer.tier.remote;

import dev.baton.buffer.tier.log.RecordFormat;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisException;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SocketOptions;
import io.lettuce.core.TimeoutOptions;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.codec.RedisCodec;
import io.lettuce.core.protocol.ProtocolVersion;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.DefaultClientResources;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * One Redis or Valkey server (not a cluster). An object is a head under {@code PREFIX:1:NAME:h} and pieces of 1 MiB under
 * {@code PREFIX:1:NAME:0}, {@code :1} and so on; the head is written last, so that half an object is not found.
 */
final class RedisRemote implements RemoteClient {
    static final int PIECE_BYTES = 1 << 20;
    private static final int BATCH_MAX = 128;
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(1);
    /** One for each connection of a tier, so that none decodes another's bytes first. */
    private static final int EVENT_THREADS = 16;
    private static final int CLOSE_PATIENCE_MS = 1000;

    private final ClientResources resources;
    private final RedisClient client;
    private final RedisURI uri;
    private final RedisAddress address;

    RedisRemote(RedisAddress address) {
        this.address = address;
        uri = uri(address);
        resources = DefaultClientResources.builder().ioThreadPoolSize(EVENT_THREADS).build();
        client = RedisClient.create(resources, uri);
        client.setOptions(ClientOptions.builder()
            .autoReconnect(false)
            .disconnectedBehavior(ClientOptions.DisconnectedBehavior.REJECT_COMMANDS)
            .protocolVersion(ProtocolVersion.RESP2)
            .pingBeforeActivateConnection(false)
            .socketOptions(SocketOptions.builder().connectTimeout(CONNECT_TIMEOUT).tcpNoDelay(true).build())
            .timeoutOptions(TimeoutOptions.builder().timeoutCommands(false).build())
            .build());
    }

    private static RedisURI uri(RedisAddress address) {
        RedisURI.Builder builder = RedisURI.builder().withHost(address.host()).withPort(address.port()).withSsl(address.isTls())
            .withDatabase(address.database()).withTimeout(CONNECT_TIMEOUT);
        if (!address.user().isEmpty()) {
            builder.withAuthentication(address.user(), address.password().toCharArray());
        } else if (!address.password().isEmpty()) {
            builder.withPassword(address.password().toCharArray());
        }
        return builder.build();
    }

    @Override
    public RemoteConnection connection() {
        return new RedisConnection(this);
    }

    /** Blocks, for a second at most. */
    StatefulRedisConnection<byte[], RedisPiece> connect(RedisCodec<byte[], RedisPiece> codec) throws RemoteException {
        try {
            return client.connect(codec, uri);
        } catch (RedisException | IllegalStateException ex) {
            throw new RemoteException("redis cannot be reached: at=" + describe(), false, ex);
        }
    }

    RedisAddress address() {
        return address;
    }

    @Override
    public int lookupBatchMax() {
        return BATCH_MAX;
    }

    @Override
    public long payloadBytesMax() {
        return RecordFormat.PAYLOAD_BYTES_MAX;
    }

    @Override
    public String describe() {
        return address.toString();
    }

    /** Threads of the library end in the background; nobody asks how. */
    @Override
    @SuppressWarnings("FutureReturnValueIgnored")
    public void close() {
        client.shutdown(0, CLOSE_PATIENCE_MS, TimeUnit.MILLISECONDS);
        resources.shutdown(0, CLOSE_PATIENCE_MS, TimeUnit.MILLISECONDS);
    }
}
