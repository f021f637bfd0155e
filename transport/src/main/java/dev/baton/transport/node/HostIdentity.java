package dev.baton.transport.node;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A number that two processes share exactly when they run on one boot of one kernel and see the same shared-memory
 * directory, and the same spill directory where they have one: containers of one host with directories of their own do
 * not.
 */
final class HostIdentity {
    private static final long FNV_OFFSET = 0xcbf29ce484222325L;
    private static final long FNV_PRIME = 0x100000001b3L;

    private HostIdentity() {}

    static long of(Path sharedMemoryDir, Path spillDirOrNull) {
        try {
            String boot = Files.readString(Path.of("/proc/sys/kernel/random/boot_id"));
            String place = boot.strip() + placeOf(sharedMemoryDir) + (spillDirOrNull == null ? "" : placeOf(spillDirOrNull));
            long hash = FNV_OFFSET;
            for (byte b : place.getBytes(StandardCharsets.UTF_8)) {
                hash = (hash ^ (b & 0xFF)) * FNV_PRIME;
            }
            return hash;
        } catch (UnsupportedOperationException ex) {
            return 0;
        } catch (IOException ex) {
            throw new UncheckedIOException("host identity: sharedMemoryDir=" + sharedMemoryDir + " spillDir=" +
                spillDirOrNull, ex);
        }
    }

    private static String placeOf(Path directory) throws IOException {
        return "/" + Files.getAttribute(directory, "unix:dev") + '/' + Files.getAttribute(directory, "unix:ino");
    }

    /** The host's own name, 64 characters at most; "host" where it cannot be read. */
    static String name() {
        try {
            String name = Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
            return name.isEmpty() ? "host" : name.substring(0, Math.min(64, name.length()));
        } catch (IOException ex) {
            return "host";   // not Linux: the port or the process still tells its nodes apart
        }
    }
}
