package dev.baton.transport.node;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A number that two processes share exactly when they run on one boot of one kernel and see the same shared-memory
 * directory: containers of one host with directories of their own do not.
 */
final class HostIdentity {
    private static final long FNV_OFFSET = 0xcbf29ce484222325L;
    private static final long FNV_PRIME = 0x100000001b3L;

    private HostIdentity() {}

    static long of(Path sharedMemoryDir) {
        try {
            String boot = Files.readString(Path.of("/proc/sys/kernel/random/boot_id"));
            Object device = Files.getAttribute(sharedMemoryDir, "unix:dev");
            Object inode = Files.getAttribute(sharedMemoryDir, "unix:ino");
            long hash = FNV_OFFSET;
            for (byte b : (boot.strip() + '/' + device + '/' + inode).getBytes(StandardCharsets.UTF_8)) {
                hash = (hash ^ (b & 0xFF)) * FNV_PRIME;
            }
            return hash;
        } catch (UnsupportedOperationException ex) {
            return 0;
        } catch (IOException ex) {
            throw new UncheckedIOException("host identity: sharedMemoryDir=" + sharedMemoryDir, ex);
        }
    }
}
