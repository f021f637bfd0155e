package dev.baton.platform;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.Locale;

/**
 * The few system calls that Java has no word for: anonymous mappings, advice, full allocation of a file, a file's
 * allocated bytes, and locks that belong to an open file description. Linux on 64-bit x86 or ARM only: ask
 * {@link #availability()} first. Calls return a value of zero or more, or {@code -errno}; none of them throws for what
 * the kernel says. Safe from any thread; they allocate, so none belongs on the hot path.
 */
public final class Posix {
    public static final int EINTR = 4;
    public static final int EIO = 5;
    public static final int EAGAIN = 11;
    public static final int EINVAL = 22;
    public static final int ENOSPC = 28;

    public static final int O_RDONLY = 0;
    public static final int O_RDWR = 2;
    public static final int O_CREAT = 0x40;
    public static final int O_EXCL = 0x80;
    public static final int O_CLOEXEC = 0x80000;
    /** Differs by architecture, as the kernel's table of open flags does. */
    public static final int O_NOFOLLOW = isArm() ? 0x8000 : 0x20000;

    /** Reads and writes go past the page cache; addresses, offsets and lengths are whole blocks of 4 KiB then. */
    public static final int O_DIRECT = isArm() ? 0x10000 : 0x4000;

    public static final int MADV_HUGEPAGE = 14;
    public static final int MADV_POPULATE_READ = 22;
    public static final int MADV_POPULATE_WRITE = 23;

    private static final int PROT_READ_WRITE = 3;
    private static final int MAP_PRIVATE_ANONYMOUS = 0x22;
    private static final int AT_EMPTY_PATH = 0x1000;
    private static final int STATX_BASIC_STATS = 0x7ff;
    private static final int STATX_BYTES = 256;
    private static final int F_OFD_GETLK = 36;
    private static final int F_OFD_SETLK = 37;
    private static final short F_WRLCK = 1;
    private static final short F_UNLCK = 2;
    private static final int FLOCK_BYTES = 32;

    private static final Availability AVAILABILITY = probe();

    private Posix() {}

    /** Whether these calls can be made in this process. */
    public static Availability availability() {
        return AVAILABILITY;
    }

    /** What the kernel knows of an open file; lengths in bytes, {@code mode} with its type bits. */
    public record FileFacts(long lengthBytes, long allocatedBytes, int mode, int userId) {
        private static final int TYPE_MASK = 0xf000;
        private static final int TYPE_REGULAR = 0x8000;

        public boolean isRegular() {
            return (mode & TYPE_MASK) == TYPE_REGULAR;
        }
    }

    /** Opens a file; gives its descriptor, or {@code -errno}. {@code mode} counts only with {@link #O_CREAT}. */
    public static int open(Path path, int flags, int mode) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(Linker.Option.captureStateLayout());
            MemorySegment name = arena.allocateFrom(path.toString());
            int result = (int) Calls.OPEN.invokeExact(state, name, flags, mode);
            return result >= 0 ? result : -errno(state);
        } catch (Throwable ex) {
            throw unexpected("open", ex);
        }
    }

    public static int close(int descriptor) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(Linker.Option.captureStateLayout());
            int result = (int) Calls.CLOSE.invokeExact(state, descriptor);
            return result >= 0 ? result : -errno(state);
        } catch (Throwable ex) {
            throw unexpected("close", ex);
        }
    }

    /** Gives the file blocks for its first {@code lengthBytes} bytes; 0, or {@code -errno} ({@link #ENOSPC}). */
    public static int allocate(int descriptor, long lengthBytes) {
        try {
            int error;
            do {
                error = (int) Calls.POSIX_FALLOCATE.invokeExact(descriptor, 0L, lengthBytes);
            } while (error == EINTR);
            return -error;
        } catch (Throwable ex) {
            throw unexpected("posix_fallocate", ex);
        }
    }

    /** Cuts the file, or lengthens it by a hole; 0, or {@code -errno}. */
    public static int truncate(int descriptor, long lengthBytes) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(Linker.Option.captureStateLayout());
            int result = (int) Calls.FTRUNCATE.invokeExact(state, descriptor, lengthBytes);
            return result >= 0 ? result : -errno(state);
        } catch (Throwable ex) {
            throw unexpected("ftruncate", ex);
        }
    }

    /** Length, allocated bytes, type and owner of an open file, or null where the kernel refuses. */
    public static FileFacts factsOrNull(int descriptor) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(Linker.Option.captureStateLayout());
            MemorySegment facts = arena.allocate(STATX_BYTES, Long.BYTES);
            int result = (int) Calls.STATX.invokeExact(
                state, descriptor, arena.allocateFrom(""), AT_EMPTY_PATH, STATX_BASIC_STATS, facts);
            if (result != 0) {
                return null;
            }
            // struct statx has one layout on every architecture: uid at 20, mode at 28, size at 40, 512 B blocks at 48.
            return new FileFacts(facts.get(JAVA_LONG, 40), facts.get(JAVA_LONG, 48) * 512,
                Short.toUnsignedInt(facts.get(JAVA_SHORT, 28)), facts.get(JAVA_INT, 20));
        } catch (Throwable ex) {
            throw unexpected("statx", ex);
        }
    }

    /** Private zeroed memory of this process; its address, or {@code -errno}. */
    public static long mapAnonymous(long lengthBytes) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(Linker.Option.captureStateLayout());
            long address = (long) Calls.MMAP.invokeExact(
                state, 0L, lengthBytes, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0L);
            return address != -1 ? address : -errno(state);
        } catch (Throwable ex) {
            throw unexpected("mmap", ex);
        }
    }

    public static int unmap(long address, long lengthBytes) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(Linker.Option.captureStateLayout());
            int result = (int) Calls.MUNMAP.invokeExact(state, address, lengthBytes);
            return result >= 0 ? result : -errno(state);
        } catch (Throwable ex) {
            throw unexpected("munmap", ex);
        }
    }

    /** Advises the kernel about whole pages; 0, or {@code -errno}. A full tmpfs is an error here, not a signal. */
    public static int advise(long address, long lengthBytes, int advice) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(Linker.Option.captureStateLayout());
            int result;
            do {
                result = (int) Calls.MADVISE.invokeExact(state, address, lengthBytes, advice);
            } while (result != 0 && errno(state) == EINTR);
            return result == 0 ? 0 : -errno(state);
        } catch (Throwable ex) {
            throw unexpected("madvise", ex);
        }
    }

    /** Calls about the lock of one open file, in memory of their own: no call allocates. One thread at a time. */
    static final class LockCall {
        private final MemorySegment state = Arena.ofAuto().allocate(Linker.Option.captureStateLayout());
        private final MemorySegment flock = Arena.ofAuto().allocate(FLOCK_BYTES, Long.BYTES);

        /** Locks the whole file for this open file description, at once or not at all; 0, or {@code -errno}. */
        int lock(int descriptor) {
            return fcntl(descriptor, F_OFD_SETLK);
        }

        /** Whether another open file description holds the lock: 1 or 0, or {@code -errno}. */
        int isLockedElsewhere(int descriptor) {
            int result = fcntl(descriptor, F_OFD_GETLK);
            return result != 0 ? result : flock.get(JAVA_SHORT, 0) == F_UNLCK ? 0 : 1;
        }

        private int fcntl(int descriptor, int command) {
            // struct flock on 64-bit Linux: type at 0, whence at 2, start at 8, length at 16 (0 = all), pid at 24.
            flock.fill((byte) 0);
            flock.set(JAVA_SHORT, 0, F_WRLCK);
            try {
                int result = (int) Calls.FCNTL.invokeExact(state, descriptor, command, flock);
                return result == -1 ? -errno(state) : 0;
            } catch (Throwable ex) {
                throw unexpected("fcntl", ex);
            }
        }
    }

    private static int errno(MemorySegment state) {
        return state.get(JAVA_INT, Calls.ERRNO_OFFSET);
    }

    private static boolean isArm() {
        return System.getProperty("os.arch", "").toLowerCase(Locale.ROOT).equals("aarch64");
    }

    private static Availability probe() {
        String system = System.getProperty("os.name", "") + " " + System.getProperty("os.arch", "");
        if (!system.equals("Linux amd64") && !system.equals("Linux aarch64")) {
            return new Availability.Absent("system calls are known for Linux on amd64 and aarch64 only: system="
                + system, "run on 64-bit Linux");
        }
        try {
            return Calls.OPEN == null ? new Availability.Absent("open not found", "run on glibc 2.28 or newer")
                : new Availability.Present("libc through the foreign-function API: system=" + system);
        } catch (ExceptionInInitializerError | NoClassDefFoundError ex) {
            return new Availability.Absent("the C library lacks a call: " + ex.getCause(),
                "run on glibc 2.28 or newer, with --enable-native-access=ALL-UNNAMED");
        }
    }

    private static AssertionError unexpected(String call, Throwable cause) {
        return new AssertionError("system call failed to run at all: call=" + call, cause);
    }

    /** The linked calls; a class of its own, so that a missing symbol turns into {@link #availability()}. */
    private static final class Calls {
        private static final Linker LINKER = Linker.nativeLinker();
        private static final Linker.Option ERRNO = Linker.Option.captureCallState("errno");
        static final long ERRNO_OFFSET = Linker.Option.captureStateLayout()
            .byteOffset(MemoryLayout.PathElement.groupElement("errno"));

        static final MethodHandle OPEN = link("open", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT),
            ERRNO, Linker.Option.firstVariadicArg(2));
        static final MethodHandle CLOSE = link("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT), ERRNO);
        static final MethodHandle FCNTL = link("fcntl", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS),
            ERRNO, Linker.Option.firstVariadicArg(2));
        static final MethodHandle POSIX_FALLOCATE = link("posix_fallocate",
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG));
        static final MethodHandle FTRUNCATE = link("ftruncate", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG), ERRNO);
        static final MethodHandle STATX = link("statx",
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT, ADDRESS), ERRNO);
        static final MethodHandle MMAP = link("mmap", FunctionDescriptor.of(
            JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG), ERRNO);
        static final MethodHandle MUNMAP = link("munmap", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG), ERRNO);
        static final MethodHandle MADVISE = link("madvise",
            FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT), ERRNO);

        private static MethodHandle link(String name, FunctionDescriptor shape, Linker.Option... options) {
            return LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow(name), shape, options);
        }
    }
}
