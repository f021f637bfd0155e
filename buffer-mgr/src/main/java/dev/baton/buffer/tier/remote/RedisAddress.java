package dev.baton.buffer.tier.remote;

import dev.baton.platform.Require;
import java.net.URI;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Where a Redis is, what it wants to hear first, and how blocks are kept there.
 *
 * @param user     empty for the default one; {@code password} likewise, where none is asked for
 * @param prefix   of all keys
 * @param ttlMs    after which the server expires blocks; 0 for never
 */
public record RedisAddress(String host, int port, boolean isTls, int database, String user, String password, String prefix,
    long ttlMs) {
    private static final int PORT = 6379;
    private static final String PASSWORD = "BATON_REDIS_PASSWORD";

    /** As {@link RemoteClients#of} says. */
    public static RedisAddress of(String address, Map<String, String> environment) {
        String shown = RemoteClients.withoutSecret(address);
        URI parsed = URI.create(address);
        Require.that(parsed.getHost() != null, "address", shown, "redis://host:port");
        String path = parsed.getPath() == null || parsed.getPath().isEmpty() ? "/" : parsed.getPath();
        Require.that(path.matches("/[0-9]{0,4}"), "address", shown, "redis://host:port/database, a number");
        String[] told = parsed.getUserInfo() == null ? new String[] {"", ""} : parsed.getUserInfo().split(":", 2);
        String password = told.length == 2 && !told[1].isEmpty() ? told[1] : environment.getOrDefault(PASSWORD, "");
        String prefix = "baton";
        long ttlMs = 0;
        for (String setting : parsed.getQuery() == null ? new String[0] : parsed.getQuery().split("&")) {
            if (setting.matches("ttl=[0-9]{1,9}")) {
                ttlMs = TimeUnit.SECONDS.toMillis(Long.parseLong(setting.substring("ttl=".length())));
            } else {
                Require.that(setting.matches("prefix=[A-Za-z0-9_.-]{1,64}"), "address", shown,
                    "with ?ttl=SECONDS or ?prefix=TEXT");
                prefix = setting.substring("prefix=".length());
            }
        }
        return new RedisAddress(parsed.getHost(), parsed.getPort() < 0 ? PORT : parsed.getPort(), parsed.getScheme().equals("rediss"),
            path.length() == 1 ? 0 : Integer.parseInt(path.substring(1)), told[0], password, prefix, ttlMs);
    }

    /** The same Redis, other keys. */
    public RedisAddress kept(String otherPrefix, long otherTtlMs) {
        return new RedisAddress(host, port, isTls, database, user, password, otherPrefix, otherTtlMs);
    }

    /** The same, kept no longer than that; 0 for as long as it says itself. */
    public RedisAddress keptAtMost(long otherTtlMs) {
        return kept(prefix, ttlMs == 0 || otherTtlMs == 0 ? Math.max(ttlMs, otherTtlMs) : Math.min(ttlMs, otherTtlMs));
    }

    /** For people, without secrets. */
    @Override
    public String toString() {
        return (isTls ? "rediss://" : "redis://") + host + ":" + port + "/" + database;
    }
}
