package dev.baton.sim.demo;

import dev.baton.memory.Regions;
import dev.baton.platform.OwnedFolder;
import dev.baton.sim.report.CommandException;
import dev.baton.sim.report.Human;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/** A demo's folder in shared memory, and whether this machine has the memory that a demo needs. */
final class SharedFolder {
    private static final Path SHARED_MEMORY = Path.of("/dev/shm");
    private static final Path MEMORY_INFO = Path.of("/proc/meminfo");
    /** Rings, and the embedded media drivers' logs. */
    private static final long SMALL_FILES_BYTES = 256L << 20;
    private static final int SECRET_BYTES = 32;
    private static final long PROCESS_BYTES = 256L << 20;

    private static final String PREFIX = "baton-demo-";
    /** Held until the folder is removed, or this process ends. */
    private static final Map<Path, OwnedFolder> OWNED = new ConcurrentHashMap<>();

    private SharedFolder() {}

    /**
     * Checks that the pool fits into shared memory and everything into memory; makes the folder.
     *
     * @param poolBytes    of the receiver, all shards
     * @param stagingBytes of all senders
     * @throws CommandException if this machine has too little; it says how much there is and what to type
     */
    static Path make(long poolBytes, long stagingBytes, int processCount) {
        if (!Files.isDirectory(SHARED_MEMORY)) {
            throw CommandException.notPossible("there is no shared memory: folder=" + SHARED_MEMORY,
                "mount it: mount -t tmpfs -o size=4g tmpfs /dev/shm");
        }
        long freeBytes = Regions.freeBytes(SHARED_MEMORY);
        if (freeBytes < poolBytes + SMALL_FILES_BYTES) {
            throw CommandException.notPossible("shared memory is too small: folder=" + SHARED_MEMORY + " freeBytes=" +
                Human.bytes(freeBytes) + " neededBytes=" + Human.bytes(poolBytes + SMALL_FILES_BYTES),
                "make it larger (mount -o remount,size=4g /dev/shm; docker run --shm-size=4g), or type a larger"
                    + " --scale or a smaller --pool-mib");
        }
        long neededBytes = poolBytes + stagingBytes + SMALL_FILES_BYTES + processCount * PROCESS_BYTES;
        long availableBytes = availableBytes();
        if (availableBytes < neededBytes) {
            throw CommandException.notPossible("memory is too small: availableBytes=" + Human.bytes(availableBytes) +
                " neededBytes=" + Human.bytes(neededBytes), "type a larger --scale or a smaller --pool-mib");
        }
        OwnedFolder.removeDead(SHARED_MEMORY, PREFIX);   // of demos that were killed
        try {
            Path folder = Files.createTempDirectory(SHARED_MEMORY, PREFIX + ProcessHandle.current().pid() + "-");
            OWNED.put(folder, OwnedFolder.hold(folder));
            return folder;
        } catch (IOException ex) {
            throw new UncheckedIOException("cannot make a folder in " + SHARED_MEMORY, ex);
        }
    }

    /** What the kernel would give without swapping; as much as can be where it does not say. */
    private static long availableBytes() {
        try (Stream<String> lines = Files.lines(MEMORY_INFO)) {
            List<String> found = lines.filter(line -> line.startsWith("MemAvailable:")).toList();
            return found.isEmpty() ? Long.MAX_VALUE : Long.parseLong(found.getFirst().replaceAll("[^0-9]", "")) << 10;
        } catch (NoSuchFileException ex) {
            return Long.MAX_VALUE;
        } catch (IOException ex) {
            throw new UncheckedIOException("cannot read " + MEMORY_INFO, ex);
        }
    }

    /** A secret for this one demo, which goes with the folder. */
    static Path secret(Path folder) {
        byte[] bytes = new byte[SECRET_BYTES];
        new SecureRandom().nextBytes(bytes);
        try {
            Path file = Files.createFile(folder.resolve("demo.secret"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            return Files.writeString(file, HexFormat.of().formatHex(bytes));
        } catch (IOException ex) {
            throw new UncheckedIOException("cannot write a secret in " + folder, ex);
        }
    }

    /** Removes the folder and what processes left in it, deepest first. */
    static void remove(Path folder) {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> paths = Files.walk(folder)) {
            for (Path path : paths.toList().reversed()) {
                Files.deleteIfExists(path);
            }
        } catch (IOException ex) {
            throw new UncheckedIOException("cannot remove " + folder, ex);
        }
        OwnedFolder owned = OWNED.remove(folder);
        if (owned != null) {
            owned.close();
        }
    }
}
