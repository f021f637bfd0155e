package dev.baton.memory;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.baton.platform.Posix;
import dev.baton.platform.Require;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Set;

/**
 * Makes {@link Region}s. Whatever comes back has all its pages: a full file system is refused here, with a
 * {@link RegionException}, and never met later as a signal in the middle of a copy. Slow by design (about a second a
 * GiB for first touches): this is for start-up. Safe from any thread.
 */
public final class Regions {
    static final long PAGE_BYTES = 4096;
    private static final long HUGE_PAGE_BYTES = 2L << 20;
    private static final int ZEROS_BYTES = 1 << 20;
    private static final VarHandle BYTE = JAVA_BYTE.varHandle();
    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rwx------");
    private static final FileAttribute<Set<PosixFilePermission>> FILE_0600 =
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
    private static final FileAttribute<Set<PosixFilePermission>> DIRECTORY_0700 =
        PosixFilePermissions.asFileAttribute(OWNER_ONLY);

    private Regions() {}

    /** Private zeroed memory of this process, on huge pages where the kernel gives them; page aligned at least. */
    public static Region anonymous(MemoryLedger ledger, String owner, long lengthBytes) {
        Require.atLeast("lengthBytes", lengthBytes, 1);
        if (ledger.sourceOrNull() != null) {
            return taken(ledger, owner, lengthBytes);
        }
        return Posix.availability().isPresent() ? mapped(ledger, owner, lengthBytes)
            : allocated(ledger, owner, lengthBytes);
    }

    /** As {@link #createFile(MemoryLedger, String, Path, long, boolean)}; the file is removed at close. */
    public static Region createFile(MemoryLedger ledger, String owner, Path path, long lengthBytes) {
        return createFile(ledger, owner, path, lengthBytes, true);
    }

    /**
     * Makes a new file of mode 0600, gives it all its blocks, maps it for reading and writing and touches every page.
     * @param path          in a directory that only this user may enter ({@link #privateDirectory(Path)})
     * @param deleteOnClose whether closing the region also removes the file
     * @throws RegionException if the file exists or is a symbolic link, if the directory is not private, or if there
     *                         is no space; no file is left behind
     */
    public static Region createFile(
        MemoryLedger ledger, String owner, Path path, long lengthBytes, boolean deleteOnClose) {
        Require.atLeast("lengthBytes", lengthBytes, 1);
        Path file = path.toAbsolutePath();
        Path directory = file.getParent();
        requirePrivate(directory, file, lengthBytes);
        long freeBytes = freeBytes(directory);
        if (freeBytes < lengthBytes) {
            throw noSpace(file, lengthBytes, freeBytes, null);
        }
        return createAllocated(ledger, owner, file, lengthBytes, deleteOnClose, freeBytes);
    }

    /** The rest of making a file: others may have taken the space that was free a moment ago. */
    static Region createAllocated(
        MemoryLedger ledger, String owner, Path file, long lengthBytes, boolean deleteOnClose, long freeBytes) {
        Set<OpenOption> options = Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.READ,
            StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
        try (FileChannel channel = FileChannel.open(file, options, FILE_0600)) {
            boolean whole = false;
            try {
                allocate(channel, file, lengthBytes);
                Region region = map(ledger, owner, file, channel, lengthBytes, true, deleteOnClose);
                whole = true;
                return region;
            } finally {
                if (!whole) {
                    Files.deleteIfExists(file);
                }
            }
        } catch (FileAlreadyExistsException ex) {
            throw new RegionException("file is in the way", file, lengthBytes, freeBytes,
                "remove it if its process is gone, or choose another name", ex);
        } catch (IOException ex) {
            throw new RegionException("file cannot be made", file, lengthBytes, freeBytes,
                "check the directory and the file system", ex);
        }
    }

    /**
     * Maps a file that another process made, and touches every page before it is used.
     * @param lengthBytes what the file must be long, exactly
     * @throws RegionException if the file is not there, is a symbolic link, has another length or is sparse (touching
     *                         a sparse file on a full file system kills later, and elsewhere)
     */
    public static Region openFile(MemoryLedger ledger, String owner, Path path, long lengthBytes, boolean writable) {
        Require.atLeast("lengthBytes", lengthBytes, 1);
        Path file = path.toAbsolutePath();
        Set<OpenOption> options = writable
            ? Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS)
            : Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);
        try (FileChannel channel = FileChannel.open(file, options)) {
            long actualBytes = channel.size();
            if (actualBytes != lengthBytes) {
                throw new RegionException("file has another length: actualBytes=" + actualBytes, file, lengthBytes, -1,
                    "the peer announced a file that it has since replaced, or a wrong length; connect again", null);
            }
            requireWholeFile(file, lengthBytes);
            return map(ledger, owner, file, channel, lengthBytes, writable, false);
        } catch (NoSuchFileException ex) {
            throw new RegionException("file is not there", file, lengthBytes, -1,
                "both processes must see one file system: share /dev/shm between their containers", ex);
        } catch (IOException ex) {
            throw new RegionException("file cannot be opened", file, lengthBytes, -1,
                "it must be a plain file of this user and no symbolic link", ex);
        }
    }

    /** Makes a directory that only this user may enter, or checks that the one which is there is such a one. */
    public static Path privateDirectory(Path directory) {
        Path absolute = directory.toAbsolutePath();
        try {
            if (!Files.exists(absolute, LinkOption.NOFOLLOW_LINKS)) {
                Files.createDirectory(absolute, DIRECTORY_0700);
            }
        } catch (FileAlreadyExistsException ex) {
            // Another process made it in between; it is checked below as any directory that was there.
            requirePrivate(absolute, absolute, 0);
        } catch (IOException ex) {
            throw new RegionException("directory cannot be made", absolute, 0, -1, "make its parent, or name another",
                ex);
        }
        requirePrivate(absolute, absolute, 0);
        return absolute;
    }

    /** Bytes that this user may still write on the file system that holds the directory. */
    public static long freeBytes(Path directory) {
        try {
            return Files.getFileStore(directory).getUsableSpace();
        } catch (IOException ex) {
            throw new UncheckedIOException("file system cannot be read: path=" + directory, ex);
        }
    }

    private static Region mapped(MemoryLedger ledger, String owner, long lengthBytes) {
        // One huge page more than asked, so that the first byte can lie on a huge page's boundary.
        long slackBytes = lengthBytes >= HUGE_PAGE_BYTES ? HUGE_PAGE_BYTES : 0;
        long mappedBytes = alignUp(lengthBytes, PAGE_BYTES) + slackBytes;
        long base = Posix.mapAnonymous(mappedBytes);
        if (base < 0) {
            throw new RegionException("memory cannot be mapped: errno=" + -base, null, lengthBytes, -1,
                "ask for less, or raise the memory limit of this process", null);
        }
        long address = slackBytes == 0 ? base : alignUp(base, HUGE_PAGE_BYTES);
        Arena arena = Arena.ofShared();
        MemorySegment segment = MemorySegment.ofAddress(address)
            .reinterpret(lengthBytes, arena, _ -> Posix.unmap(base, mappedBytes));
        if (slackBytes > 0) {
            // A kernel without transparent huge pages says no, and the region then lies on ordinary ones.
            Posix.advise(address, lengthBytes, Posix.MADV_HUGEPAGE);
        }
        return touched(ledger, owner, null, segment, arena, true, () -> {});
    }

    private static Region taken(MemoryLedger ledger, String owner, long lengthBytes) {
        MemorySegment memory = ledger.sourceOrNull().take(lengthBytes);
        Arena arena = Arena.ofConfined();
        MemorySegment segment = memory.reinterpret(lengthBytes, arena, null);
        return new Region(ledger, owner, null, segment, arena, () -> ledger.sourceOrNull().giveBack(memory));
    }

    private static Region allocated(MemoryLedger ledger, String owner, long lengthBytes) {
        Arena arena = Arena.ofShared();
        return touched(ledger, owner, null, arena.allocate(lengthBytes, PAGE_BYTES), arena, true, () -> {});
    }

    private static Region map(MemoryLedger ledger, String owner, Path file, FileChannel channel, long lengthBytes,
        boolean writable, boolean deleteOnClose) throws IOException {
        Arena arena = Arena.ofShared();
        boolean mapped = false;
        try {
            MemorySegment segment = channel.map(
                writable ? FileChannel.MapMode.READ_WRITE : FileChannel.MapMode.READ_ONLY, 0, lengthBytes, arena);
            mapped = true;
            return touched(ledger, owner, file, segment, arena, writable, deleteOnClose ? () -> delete(file)
                : () -> {});
        } finally {
            if (!mapped) {
                arena.close();
            }
        }
    }

    /** Makes every page present in this process, without changing a byte of it, and closes the arena if it cannot. */
    private static Region touched(MemoryLedger ledger, String owner, Path path, MemorySegment segment, Arena arena,
        boolean writable, Runnable onClosed) {
        int result = Posix.availability().isPresent()
            ? Posix.advise(segment.address(), segment.byteSize(),
                writable ? Posix.MADV_POPULATE_WRITE : Posix.MADV_POPULATE_READ)
            : -Posix.EINVAL;
        if (result == -Posix.EINVAL) {
            touchByHand(segment, writable);
        } else if (result != 0) {
            arena.close();
            throw new RegionException("pages cannot be made present: errno=" + -result, path, segment.byteSize(),
                path == null ? -1 : freeBytes(path.getParent()), "free memory, or ask for less", null);
        }
        return new Region(ledger, owner, path, segment, arena, onClosed);
    }

    /** For kernels before 5.14. Adding no bits is a store that changes nothing, also where a peer writes meanwhile. */
    private static void touchByHand(MemorySegment segment, boolean writable) {
        int seen = 0;
        for (long offset = 0; offset < segment.byteSize(); offset += PAGE_BYTES) {
            seen |= writable ? (byte) BYTE.getAndBitwiseOr(segment, offset, (byte) 0) : segment.get(JAVA_BYTE, offset);
        }
        touchSink = seen;
    }

    /** Keeps the reads of {@link #touchByHand} alive: a read whose value goes nowhere may be left out. */
    @SuppressWarnings("UnusedVariable")
    private static volatile int touchSink;

    private static void allocate(FileChannel channel, Path file, long lengthBytes) throws IOException {
        if (!Posix.availability().isPresent()) {
            writeZeros(channel, file, lengthBytes);
            return;
        }
        int descriptor = Posix.open(file, Posix.O_RDWR | Posix.O_CLOEXEC | Posix.O_NOFOLLOW, 0);
        if (descriptor < 0) {
            throw new IOException("file cannot be opened again to allocate it: errno=" + -descriptor);
        }
        int result;
        try {
            result = Posix.allocate(descriptor, lengthBytes);
        } finally {
            Posix.close(descriptor);
        }
        if (result == -Posix.ENOSPC) {
            throw noSpace(file, lengthBytes, freeBytes(file.getParent()), null);
        }
        if (result != 0) {
            writeZeros(channel, file, lengthBytes);
        }
    }

    private static void writeZeros(FileChannel channel, Path file, long lengthBytes) {
        ByteBuffer zeros = ByteBuffer.allocateDirect(ZEROS_BYTES);
        try {
            for (long offset = 0; offset < lengthBytes; ) {
                zeros.position(0).limit((int) Math.min(ZEROS_BYTES, lengthBytes - offset));
                offset += channel.write(zeros, offset);
            }
        } catch (IOException ex) {
            throw noSpace(file, lengthBytes, freeBytes(file.getParent()), ex);
        }
    }

    private static void requireWholeFile(Path file, long lengthBytes) throws IOException {
        if (!Posix.availability().isPresent()) {
            return;
        }
        int descriptor = Posix.open(file, Posix.O_RDONLY | Posix.O_CLOEXEC | Posix.O_NOFOLLOW, 0);
        if (descriptor < 0) {
            throw new IOException("file cannot be opened again to check it: errno=" + -descriptor);
        }
        try {
            Posix.FileFacts facts = Posix.factsOrNull(descriptor);
            if (facts == null || !facts.isRegular() || facts.allocatedBytes() < lengthBytes) {
                throw new RegionException("file is sparse or no plain file: facts=" + facts, file, lengthBytes, -1,
                    "its owner must allocate all of it before it announces it", null);
            }
        } finally {
            Posix.close(descriptor);
        }
    }

    private static void requirePrivate(Path directory, Path file, long lengthBytes) {
        try {
            if (directory == null || !Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
                throw new RegionException("directory is not there, or is a symbolic link: directory=" + directory, file,
                    lengthBytes, -1, "make it: mkdir -m 700 " + directory, null);
            }
            Set<PosixFilePermission> others = EnumSet.noneOf(PosixFilePermission.class);
            others.addAll(Files.getPosixFilePermissions(directory, LinkOption.NOFOLLOW_LINKS));
            others.removeAll(OWNER_ONLY);
            if (!others.isEmpty()) {
                throw new RegionException("directory is open to other users: directory=" + directory + " mode=" +
                    PosixFilePermissions.toString(Files.getPosixFilePermissions(directory)), file, lengthBytes, -1,
                    "use one of mode 0700 inside it: mkdir -m 700 " + directory.resolve("baton"), null);
            }
        } catch (IOException ex) {
            throw new RegionException("directory cannot be read: directory=" + directory, file, lengthBytes, -1,
                "make it: mkdir -m 700 " + directory, ex);
        }
    }

    private static RegionException noSpace(Path file, long lengthBytes, long freeBytes, Throwable cause) {
        return new RegionException("file system is too small or full", file, lengthBytes, freeBytes,
            "make the pool smaller, remove files there, or give it more space (a container's /dev/shm has 64 MiB " +
            "unless told otherwise: --shm-size, or an emptyDir of medium Memory)", cause);
    }

    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException ex) {
            throw new UncheckedIOException("region's file cannot be removed: path=" + file, ex);
        }
    }

    private static long alignUp(long value, long alignment) {
        return (value + alignment - 1) & -alignment;
    }
}
