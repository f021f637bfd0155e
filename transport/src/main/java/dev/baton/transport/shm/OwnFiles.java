package dev.baton.transport.shm;

import dev.baton.platform.ProcessLock;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * This process's claim on its files of the shared directory, and the end of those whose process is gone. A process
 * holds the lock of its incarnation from before its first file to after its last; a lock that is free proves that
 * nobody uses that incarnation's files as theirs. Such files are unlinked and never opened: peers that still map them
 * keep their memory until they unmap. Files without a lock are left alone, for nothing is known of their owner. Transports of
 * one process share one claim, which goes with the last of them.
 */
public final class OwnFiles implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(OwnFiles.class.getName());
    private static final Pattern PROCESS_LOCK = Pattern.compile("(baton-[0-9a-f]{16})\\.lock");

    private static final Map<Path, OwnFiles> CLAIMED = new HashMap<>();

    private final ProcessLock lock;
    private final Path path;
    private int holders = 1;

    private OwnFiles(ProcessLock lock, Path path) {
        this.lock = lock;
        this.path = path;
    }

    /** Claims this incarnation's names, and removes the files of those that are gone. */
    public static OwnFiles claim(Path directory, long incarnation) {
        removeStale(directory);
        Path path = ShmFiles.processLock(directory, incarnation).toAbsolutePath();
        synchronized (CLAIMED) {
            OwnFiles known = CLAIMED.get(path);
            if (known != null) {
                known.holders++;
                return known;
            }
            OwnFiles made = make(path);
            CLAIMED.put(path, made);
            return made;
        }
    }

    private static OwnFiles make(Path path) {
        // Held before it has its name: no other start ever sees it free.
        Path making = path.resolveSibling(path.getFileName() + ".new");
        ProcessLock lock = ProcessLock.hold(making);
        try {
            Files.move(making, path, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException ex) {
            lock.close();
            throw new UncheckedIOException("cannot claim shared memory: path=" + path, ex);
        }
        return new OwnFiles(lock, path);
    }

    private static void removeStale(Path directory) {
        for (Path file : filesOf(directory)) {
            Matcher name = PROCESS_LOCK.matcher(file.getFileName().toString());
            if (name.matches()) {
                removeIfGone(directory, file, name.group(1) + "-");
            }
        }
    }

    private static void removeIfGone(Path directory, Path lockFile, String prefix) {
        try (ProcessLock lock = ProcessLock.open(lockFile)) {
            // Taken, not only looked at: of two that start at once, one removes.
            if (!lock.tryHold()) {
                return;
            }
            int removedCount = 0;
            for (Path file : filesOf(directory)) {
                if (file.getFileName().toString().startsWith(prefix) && Files.deleteIfExists(file)) {
                    removedCount++;
                }
            }
            Files.deleteIfExists(lockFile);
            LOG.log(System.Logger.Level.INFO, "removed files of a process that is gone: files=" + removedCount +
                " lock=" + lockFile);
        } catch (IllegalStateException | IOException ex) {
            LOG.log(System.Logger.Level.DEBUG, "left alone, another start removes it: lock=" + lockFile, ex);
        }
    }

    private static List<Path> filesOf(Path directory) {
        try (Stream<Path> files = Files.list(directory)) {
            return files.toList();
        } catch (IOException ex) {
            throw new UncheckedIOException("cannot list shared memory: directory=" + directory, ex);
        }
    }

    @Override
    public void close() {
        synchronized (CLAIMED) {
            if (--holders > 0) {
                return;
            }
            CLAIMED.remove(path);
        }
        try {
            Files.deleteIfExists(path);
        } catch (IOException ex) {
            LOG.log(System.Logger.Level.WARNING, "lock file stays behind: path=" + path, ex);
        }
        lock.close();
    }
}
