package dev.baton.platform;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.stream.Stream;

/**
 * A folder that goes with its process: its owner holds a lock in it, so that the next start can tell what a killed
 * process left from what one uses that lives. A folder without a lock is left alone, for nothing is known of its owner;
 * so it is where there are no such locks ({@link Posix#availability()}).
 */
public final class OwnedFolder implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(OwnedFolder.class.getName());
    private static final String LOCK_NAME = "owner.lock";

    private final ProcessLock lockOrNull;

    private OwnedFolder(ProcessLock lockOrNull) {
        this.lockOrNull = lockOrNull;
    }

    /** From now until {@link #close()}, or this process's end, no other start removes that folder. */
    public static OwnedFolder hold(Path folder) {
        if (!Posix.availability().isPresent()) {
            return new OwnedFolder(null);
        }
        // Held before it has its name: no other start ever sees it free.
        Path making = folder.resolve(LOCK_NAME + ".new");
        ProcessLock lock = ProcessLock.hold(making);
        try {
            Files.move(making, folder.resolve(LOCK_NAME), StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException ex) {
            lock.close();
            throw new UncheckedIOException("cannot claim folder: path=" + folder, ex);
        }
        return new OwnedFolder(lock);
    }

    /** Removes the folders in {@code base} with that prefix whose owner is gone. Returns how many. */
    public static int removeDead(Path base, String prefix) {
        if (!Posix.availability().isPresent()) {
            return 0;
        }
        int removedCount = 0;
        for (Path folder : list(base)) {
            Path lock = folder.resolve(LOCK_NAME);
            boolean isCandidate = folder.getFileName().toString().startsWith(prefix) && !Files.isSymbolicLink(folder)
                && Files.isRegularFile(lock);
            if (isCandidate && isRemoved(folder, lock)) {
                removedCount++;
            }
        }
        return removedCount;
    }

    private static boolean isRemoved(Path folder, Path lockFile) {
        try (ProcessLock lock = ProcessLock.open(lockFile)) {
            // Taken, not only looked at: of two that start at once, one removes.
            if (!lock.tryHold()) {
                return false;
            }
            remove(folder);
            LOG.log(System.Logger.Level.INFO, "removed the folder of a process that is gone: path=" + folder);
            return true;
        } catch (IllegalStateException | IOException ex) {
            LOG.log(System.Logger.Level.DEBUG, "left alone, another start or its owner removes it: path=" + folder, ex);
            return false;
        }
    }

    private static void remove(Path folder) throws IOException {
        try (Stream<Path> paths = Files.walk(folder)) {
            for (Path path : paths.toList().reversed()) {   // deepest first; links are removed, never followed
                Files.deleteIfExists(path);
            }
        }
    }

    private static List<Path> list(Path base) {
        try (Stream<Path> files = Files.list(base)) {
            return files.toList();
        } catch (IOException ex) {
            throw new UncheckedIOException("cannot list folder: path=" + base, ex);
        }
    }

    /** The folder itself stays its owner's to remove. */
    @Override
    public void close() {
        if (lockOrNull != null) {
            lockOrNull.close();
        }
    }
}
