package dev.baton.buffer.tier.disk;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** File systems that a test mounts and that go with it. Where this user may not mount, the test is skipped and says so. */
final class Mounts implements AutoCloseable {
    private static final long PATIENCE_SECONDS = 60;

    private final Deque<Path> mounted = new ArrayDeque<>();

    /** A file system in memory of that size. */
    Path tmpfs(Path where, long lengthBytes) {
        return mounted(where, "mount", "-t", "tmpfs", "-o", "size=" + lengthBytes + ",mode=0700", "tmpfs", where.toString());
    }

    /** The ext4 that lies in an image. */
    Path image(Path image, Path where) {
        return mounted(where, "mount", "-o", "loop", image.toString(), where.toString());
    }

    /** Makes an image with an empty ext4. */
    static Path ext4(Path image, long lengthBytes) {
        try (var channel = java.nio.channels.FileChannel.open(image, java.nio.file.StandardOpenOption.CREATE_NEW,
            java.nio.file.StandardOpenOption.WRITE)) {
            channel.write(java.nio.ByteBuffer.wrap(new byte[1]), lengthBytes - 1);
        } catch (IOException ex) {
            throw new UncheckedIOException(ex);
        }
        assumeTrue(run("mkfs.ext4", "-q", "-F", image.toString()) == 0, "mkfs.ext4 cannot be run here");
        return image;
    }

    void unmount(Path where) {
        if (mounted.remove(where) && run("umount", where.toString()) != 0) {
            throw new IllegalStateException("cannot unmount: path=" + where);
        }
    }

    /** The exit code, or -1 where there is no such tool. */
    static int run(String... command) {
        try {
            Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
            process.getOutputStream().close();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new IllegalStateException("does not end: " + List.of(command) + " " + said);
            }
            return process.exitValue();
        } catch (IOException ex) {
            return -1;
        } catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(ex);
        }
    }

    private Path mounted(Path where, String... command) {
        try {
            Files.createDirectories(where);
        } catch (IOException ex) {
            throw new UncheckedIOException(ex);
        }
        assumeTrue(run(command) == 0, () -> "this user may not mount here: " + List.of(command));
        mounted.push(where);
        return where;
    }

    @Override
    public void close() {
        while (!mounted.isEmpty()) {
            unmount(mounted.peek());
        }
    }
}
