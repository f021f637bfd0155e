package dev.baton.buffer.tier.remote;

import dev.baton.buffer.tier.log.RecordFormat;
import dev.baton.platform.Require;
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
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * One Redis or Valkey server (not a cluster). An object is a head under {@code PREFIX:1:NAME:h} and pieces of 1 MiB under
 * {@code PREFIX:1:NAME:0}, {@code :1} and so on; the head is written last, so that half an object is not found.
 */
final class RedisRemote implements RemoteClient {
    static final int PIECE_BYTES = 1 << 20;
    private static final int BATCH_MAX = 128;
    private static final int PORT = 6379;
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(1);
    /** One for each connection of a tier, so that none decodes another's bytes first. */
    private static final int EVENT_THREADS = 16;
    private static final int CLOSE_PATIENCE_MS = 1000;

    private final ClientResources resources;
    private final RedisClient client;
    private final RedisURI uri;
    private final String prefix;
    private final long ttlSeconds;

    private RedisRemote(RedisURI uri, String prefix, long ttlSeconds) {
        this.uri = uri;
        this.prefix = prefix;
        this.ttlSeconds = ttlSeconds;
        if (System.getProperty("slf4j.internal.verbosity") == null) {
            // Nothing here logs by it, and it says so to everybody at the first use.
            System.setProperty("slf4j.internal.verbosity", "ERROR");
        }
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

    /** As {@link RemoteClients#of} says. */
    static RedisRemote of(String address, Map<String, String> environment) {
        URI parsed = URI.create(address);
        String shown = RemoteClients.withoutSecret(address);
        Require.that(parsed.getHost() != null, "address", shown, "redis://host:port");
        RedisURI.Builder builder = RedisURI.builder().withHost(parsed.getHost())
            .withPort(parsed.getPort() < 0 ? PORT : parsed.getPort()).withSsl(parsed.getScheme().equals("rediss"))
            .withTimeout(CONNECT_TIMEOUT);
        String path = parsed.getPath() == null ? "" : parsed.getPath();
        Require.that(path.matches("(/[0-9]{0,4})?"), "address", shown, "redis://host:port/database, a number");
        if (path.length() > 1) {
            builder.withDatabase(Integer.parseInt(path.substring(1)));
        }
        String[] user = parsed.getUserInfo() == null ? new String[] {""} : parsed.getUserInfo().split(":", 2);
        String password = user.length == 2 ? user[1] : !user[0].isEmpty() && !environment.containsKey("BATON_REDIS_PASSWORD")
            ? user[0] : environment.getOrDefault("BATON_REDIS_PASSWORD", "");
        boolean hasUser = !user[0].isEmpty() && !user[0].equals(password);
        if (hasUser) {
            builder.withAuthentication(user[0], password.toCharArray());
        } else if (!password.isEmpty()) {
            builder.withPassword(password.toCharArray());
        }
        String prefix = "baton";
        long ttlSeconds = 0;
        for (String setting : parsed.getQuery() == null ? new String[0] : parsed.getQuery().split("&")) {
            if (setting.matches("ttl=[0-9]{1,9}")) {
                ttlSeconds = Long.parseLong(setting.substring("ttl=".length()));
            } else {
                Require.that(setting.matches("prefix=[A-Za-z0-9_.-]{1,64}"), "address", shown, "with ?ttl=SECONDS or ?prefix=TEXT");
                prefix = setting.substring("prefix=".length());
            }
        }
        return new RedisRemote(builder.build(), prefix, ttlSeconds);
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

    String prefix() {
        return prefix;
    }

    /** 0 for ever. */
    long ttlSeconds() {
        return ttlSeconds;
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
        return (uri.isSsl() ? "rediss://" : "redis://") + uri.getHost() + ":" + uri.getPort() + "/" + uri.getDatabase();
    }

    @Override
    public void close() {
        client.shutdown(0, CLOSE_PATIENCE_MS, TimeUnit.MILLISECONDS);
        resources.shutdown(0, CLOSE_PATIENCE_MS, TimeUnit.MILLISECONDS);
    }
}
