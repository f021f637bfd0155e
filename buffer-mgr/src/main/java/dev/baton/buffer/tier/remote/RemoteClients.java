package dev.baton.buffer.tier.remote;

import dev.baton.platform.Require;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** Makes clients of remote stores by address. A library is loaded only for an address that needs it. */
public final class RemoteClients {
    private RemoteClients() {}

    /** Whether the address names a remote store, well or badly. */
    public static boolean isAddress(String address) {
        return address.startsWith("file:") || address.startsWith("redis:") || address.startsWith("rediss:") ||
            address.startsWith("s3:");
    }

    /**
     * A client; nothing is connected to yet.
     * <pre>
     *   file:/path[?space=BYTES]
     *   redis://[[user:]password@]host[:port][/database][?ttl=SECONDS][&amp;prefix=TEXT]      rediss: for TLS
     *   s3://bucket[/prefix][?endpoint=http://host:port][&amp;region=NAME]
     * </pre>
     * @param environment may have {@code BATON_REDIS_PASSWORD}, which keeps it out of the address, and AWS's own variables
     * @throws IllegalArgumentException if the address is none of these
     */
    public static RemoteClient of(String address, Map<String, String> environment) {
        return of(address, environment, 0);
    }

    /**
     * The same.
     * @param ttlMs how long its blocks are kept, for stores that can be told; 0 for as long as the address says
     */
    public static RemoteClient of(String address, Map<String, String> environment, long ttlMs) {
        Require.that(isAddress(address), "address", withoutSecret(address), "file:/path, redis://host:port or s3://bucket");
        if (address.startsWith("s3:")) {
            keepQuiet();
            return new S3Remote(address, environment);
        }
        return address.startsWith("file:") ? file(address) : redis(RedisAddress.of(address, environment).keptAtMost(ttlMs));
    }

    /** A client of that Redis. */
    public static RemoteClient redis(RedisAddress address) {
        keepQuiet();
        return new RedisRemote(address);
    }

    /** Nothing here logs by SLF4J, which the libraries use, and it says so to everybody at its first use. */
    private static void keepQuiet() {
        if (System.getProperty("slf4j.internal.verbosity") == null) {
            System.setProperty("slf4j.internal.verbosity", "ERROR");
        }
    }

    /** The address for people: what stands before the @ is left out. */
    public static String withoutSecret(String address) {
        return address.replaceFirst("//[^/]*@", "//");
    }

    private static RemoteClient file(String address) {
        String[] parts = address.substring("file:".length()).split("\\?", 2);
        Path path = Path.of(parts[0].startsWith("//") ? parts[0].substring(2) : parts[0]);
        Require.that(path.isAbsolute() && Files.isDirectory(path), "address", address, "file:/path, of a folder that is there");
        long spaceBytes = 0;
        if (parts.length == 2) {
            Require.that(parts[1].matches("space=[0-9]{1,18}"), "address", address, "file:/path?space=BYTES");
            spaceBytes = Long.parseLong(parts[1].substring("space=".length()));
        }
        return new FileRemote(path, spaceBytes);
    }
}
