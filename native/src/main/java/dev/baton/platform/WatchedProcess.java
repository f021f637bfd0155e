package dev.baton.platform;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Another process of this host that says by a lock that it is there: the watcher makes the file, the watched one locks
 * it ({@link ProcessLock#tryHold()}, or {@code fcntl(F_SETLK)} of a whole file in any language) and never lets go. The
 * kernel does when the process ends, however it ends; a stopped or slow process holds it. Children that inherit the
 * descriptor count as the process. One thread at a time.
 */
public final class WatchedProcess implements AutoCloseable {
    /** What a look found for the first time. */
    public enum Sight { NOTHING_NEW, CAME, WENT }

    private static final System.Logger LOG = System.getLogger(WatchedProcess.class.getName());

    /** Between two looks, of one kernel call each. */
    public static final long LOOK_EVERY_NS = TimeUnit.MILLISECONDS.toNanos(50);

    private final BooleanSupplier isThere;
    private final Runnable onClose;
    private boolean wasSeen;
    private boolean isGone;
    private boolean hasLooked;
    private long nextLookNs;

    private WatchedProcess(BooleanSupplier isThere, Runnable onClose) {
        this.isThere = isThere;
        this.onClose = onClose;
    }

    /**
     * Makes the file that the process is to lock.
     *
     * @throws IllegalStateException if it is there already, cannot be made, or this system has no such locks
     */
    public static WatchedProcess by(Path path) {
        ProcessLock lock = ProcessLock.create(path);
        return new WatchedProcess(lock::isHeldElsewhere, () -> close(path, lock));
    }

    /** One that is known to be there by other means than a lock, such as a container's or a simulation's; asked once a look. */
    public static WatchedProcess by(BooleanSupplier isThere) {
        return new WatchedProcess(isThere, () -> { });
    }

    /** Whether the last look found it there. */
    public boolean isSeen() {
        return wasSeen;
    }

    /** Looks if it is time to. CAME once, at the first sight of the lock held; WENT once, when it is free again. */
    public Sight look(long nowNs) {
        if (isGone || (hasLooked && nextLookNs - nowNs > 0)) {
            return Sight.NOTHING_NEW;
        }
        hasLooked = true;
        nextLookNs = nowNs + LOOK_EVERY_NS;
        boolean isSeen = isThere.getAsBoolean();
        if (isSeen == wasSeen) {
            return Sight.NOTHING_NEW;
        }
        wasSeen = isSeen;
        isGone = !isSeen;
        return isSeen ? Sight.CAME : Sight.WENT;
    }

    /** The file goes too, where there is one and it can be removed. Again: no effect. */
    @Override
    public void close() {
        onClose.run();
    }

    private static void close(Path path, ProcessLock lock) {
        lock.close();
        try {
            Files.deleteIfExists(path);
        } catch (IOException ex) {
            LOG.log(System.Logger.Level.WARNING, "the lock file of a process that was watched stays, remove it before it is watched by this file again: path=" + path, ex);
        }
    }
}
