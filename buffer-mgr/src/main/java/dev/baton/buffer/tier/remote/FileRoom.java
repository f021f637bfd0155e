package dev.baton.buffer.tier.remote;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Keeps a {@link FileRemote} within its space. What others write is seen when it is counted anew, which is at the first
 * write, whenever the count says that it is full, and after each eighth of the space that this process wrote: so the limit may be
 * passed by an eighth for each node. Safe from any thread: one counts, the others wait for it.
 */
final class FileRoom {
    static final String TEMPORARY = "tmp";
    /** Older ones were left by a process that was killed. By the file system's clock. */
    private static final long STALE_AFTER_MS = TimeUnit.HOURS.toMillis(1);

    /** One object as it was found. */
    private record Counted(Path path, long sizeBytes, long modifiedMs) {}

    private final Path root;
    private final long spaceBytesMax;
    private boolean isSwept;
    private long usedBytes;
    private long sinceCountBytes;

    FileRoom(Path root, long spaceBytesMax) {
        this.root = root;
        this.spaceBytesMax = spaceBytesMax;
    }

    /**
     * Makes room for an object that is about to be renamed to its place, by removing those that were written first.
     * @param made the object's file, new: its time is the file system's now
     */
    synchronized void take(long objectBytes, Path made) throws IOException {
        if (!isSwept) {
            removeStale(Files.getLastModifiedTime(made).toMillis());
        }
        if (spaceBytesMax > 0) {
            usedBytes += objectBytes;
            sinceCountBytes += objectBytes;
            if (!isSwept || usedBytes > spaceBytesMax || sinceCountBytes > spaceBytesMax / 8) {
                usedBytes = objectBytes + shrink(spaceBytesMax - objectBytes);
                sinceCountBytes = 0;
            }
        }
        isSwept = true;
    }

    private void removeStale(long nowMs) throws IOException {
        for (Path path : list(root.resolve(TEMPORARY))) {
            Counted file = countedOrNull(path);
            if (file != null && nowMs - file.modifiedMs() > STALE_AFTER_MS) {
                Files.deleteIfExists(path);
            }
        }
    }

    /** Counts all; where that is too much, removes the oldest and a sixteenth more, so that it is not done each time. */
    private long shrink(long allowedBytes) throws IOException {
        List<Counted> all = new ArrayList<>();
        long sumBytes = 0;
        for (Path first : list(root)) {
            if (!first.getFileName().toString().equals(TEMPORARY)) {
                for (Path second : list(first)) {
                    for (Path path : list(second)) {
                        Counted object = countedOrNull(path);
                        if (object != null) {
                            all.add(object);
                            sumBytes += object.sizeBytes();
                        }
                    }
                }
            }
        }
        if (sumBytes > allowedBytes) {
            all.sort(Comparator.comparingLong(Counted::modifiedMs));
            for (int i = 0; i < all.size() && sumBytes > allowedBytes - spaceBytesMax / 16; i++) {
                Files.deleteIfExists(all.get(i).path());
                sumBytes -= all.get(i).sizeBytes();
            }
        }
        return sumBytes;
    }

    private static Counted countedOrNull(Path path) throws IOException {
        try {
            BasicFileAttributes file = Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            return new Counted(path, file.size(), file.lastModifiedTime().toMillis());
        } catch (NoSuchFileException ex) {
            return null;                                     // another node removed it meanwhile
        }
    }

    private static List<Path> list(Path folder) throws IOException {
        try (Stream<Path> paths = Files.list(folder)) {
            return paths.toList();
        } catch (NotDirectoryException ex) {
            return List.of();                                // nothing of ours
        } catch (UncheckedIOException ex) {
            throw ex.getCause();
        }
    }
}
