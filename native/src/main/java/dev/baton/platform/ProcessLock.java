package dev.baton.platform;

import java.nio.file.Path;

/**
 * A lock on a file that is free exactly when the process that held it is gone: an open-file-description lock
 * ({@code F_OFD_SETLK}). The kernel drops it when the last copy of the holder's descriptor closes, that is at the
 * latest when the process ends, however it ends; and nothing else in the process drops it, unlike a Java
 * {@code FileLock}, which any close of the same file takes along.
 *
 * <p>The watcher makes the file ({@link #create}), keeps its descriptor and asks {@link #isHeldElsewhere()}; the
 * watched opens it and holds it ({@link #hold}). Safe from any thread until it is closed; off the hot path.
 * Needs {@link Posix#availability()}.
 */
public final class ProcessLock implements AutoCloseable {
    private static final int MODE_0600 = 0x180;

    private final Path path;
    private final int descriptor;
    private final Posix.LockCall call = new Posix.LockCall();
    private boolean closed;

    private ProcessLock(Path path, int descriptor) {
        this.path = path;
        this.descriptor = descriptor;
    }

    /** Makes a new file, mode 0600, and keeps it open to probe; does not hold the lock. */
    public static ProcessLock create(Path path) {
        return opened(path, Posix.O_RDWR | Posix.O_CREAT | Posix.O_EXCL | Posix.O_CLOEXEC | Posix.O_NOFOLLOW);
    }

    /** Opens a file that is there, to probe it or to hold it; does not hold the lock yet. */
    public static ProcessLock open(Path path) {
        return opened(path, Posix.O_RDWR | Posix.O_CLOEXEC | Posix.O_NOFOLLOW);
    }

    /**
     * Opens the file, making it if it is not there, and holds its lock until {@link #close()} or the process's end.
     * @throws IllegalStateException if another holds it
     */
    public static ProcessLock hold(Path path) {
        ProcessLock lock =
            opened(path, Posix.O_RDWR | Posix.O_CREAT | Posix.O_CLOEXEC | Posix.O_NOFOLLOW);
        if (!lock.tryHold()) {
            lock.close();
            throw new IllegalStateException("lock is held by another: path=" + path);
        }
        return lock;
    }

    /** Whether anyone holds the lock of this file, seen through a descriptor of its own that is closed at once. */
    public static boolean isHeld(Path path) {
        try (ProcessLock probe = open(path)) {
            return probe.isHeldElsewhere();
        }
    }

    /** Takes the lock if it is free; true if this object holds it now. */
    public synchronized boolean tryHold() {
        requireOpen();
        int result = call.lock(descriptor);
        if (result != 0 && result != -Posix.EAGAIN) {
            throw failed("locked", path, result);
        }
        return result == 0;
    }

    /** Whether another descriptor than this one holds the lock, in this process or any other. Allocates nothing. */
    public synchronized boolean isHeldElsewhere() {
        requireOpen();
        int result = call.isLockedElsewhere(descriptor);
        if (result < 0) {
            throw failed("probed", path, result);
        }
        return result == 1;
    }

    /** Lets go of the lock, if held, and of the file, which stays. Again: no effect. */
    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            Posix.close(descriptor);
        }
    }

    private static ProcessLock opened(Path path, int flags) {
        if (Posix.availability() instanceof Availability.Absent absent) {
            throw new IllegalStateException("process locks are not to be had here: " + absent.describe());
        }
        int descriptor = Posix.open(path.toAbsolutePath(), flags, MODE_0600);
        if (descriptor < 0) {
            throw failed("opened", path, descriptor);
        }
        return new ProcessLock(path, descriptor);
    }

    /** A closed descriptor's number may be another file's by now, so it must never reach the kernel again. */
    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("lock is closed: path=" + path);
        }
    }

    private static IllegalStateException failed(String verb, Path path, int result) {
        return new IllegalStateException("lock file cannot be " + verb + ": path=" + path + " errno=" + -result);
    }
}
