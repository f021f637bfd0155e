package dev.baton.buffer.tier.disk;

import dev.baton.memory.FileVector;
import dev.baton.memory.Regions;
import dev.baton.platform.Posix;
import dev.baton.platform.ProcessLock;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Files by system calls: past the page cache where the file system can, else through it. Safe from any thread.
 */
public final class PosixDiskIo implements DiskIo {
    private static final int MODE_0600 = 0x180;
    private static final String LOCK = "lock";
    private static final int EOPNOTSUPP = 95;

    private final boolean isDirect;

    /** @param isDirect whether to try direct I/O at all */
    public PosixDiskIo(boolean isDirect) {
        this.isDirect = isDirect;
    }

    @Override
    public Claim claim(Path directory) {
        return ProcessLock.hold(Regions.privateDirectory(directory).resolve(LOCK))::close;
    }

    @Override
    public List<Listed> list(Path directory) {
        try (Stream<Path> paths = Files.list(Regions.privateDirectory(directory))) {
            List<Listed> files = new ArrayList<>();
            for (Path path : paths.sorted().toList()) {
                boolean isPlain = Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS);
                files.add(new Listed(path.getFileName().toString(), isPlain ? Files.size(path) : 0));
            }
            return files;
        } catch (IOException ex) {
            throw new UncheckedIOException("directory cannot be listed: path=" + directory, ex);
        }
    }

    @Override
    public int create(Path file, long lengthBytes) {
        int flags = Posix.O_RDWR | Posix.O_CREAT | Posix.O_EXCL | Posix.O_CLOEXEC | Posix.O_NOFOLLOW;
        int handle = opened(file, flags);
        if (handle < 0) {
            return handle;
        }
        int result = Posix.allocate(handle, lengthBytes);
        if (result == -EOPNOTSUPP || result == -Posix.EINVAL) {
            // No way to allocate here: a full file system is met by a write, and the tier bears that.
            result = Posix.truncate(handle, lengthBytes);
        }
        if (result < 0) {
            Posix.close(handle);
            delete(file);
            return result;
        }
        return handle;
    }

    @Override
    public int open(Path file) {
        int handle = opened(file, Posix.O_RDWR | Posix.O_CLOEXEC | Posix.O_NOFOLLOW);
        if (handle < 0) {
            return handle;
        }
        Posix.FileFacts facts = Posix.factsOrNull(handle);
        if (facts == null || !facts.isRegular()) {
            Posix.close(handle);
            return -Posix.EINVAL;
        }
        return handle;
    }

    @Override
    public long read(int handle, FileVector into, long offset) {
        return into.read(handle, offset);
    }

    @Override
    public long write(int handle, FileVector from, long offset) {
        return from.write(handle, offset);
    }

    @Override
    public int truncate(int handle, long lengthBytes) {
        return Posix.truncate(handle, lengthBytes);
    }

    @Override
    public int close(int handle) {
        return Posix.close(handle);
    }

    @Override
    public int delete(Path file) {
        try {
            Files.deleteIfExists(file);
            return 0;
        } catch (IOException ex) {
            return -Posix.EIO;
        }
    }

    private int opened(Path file, int flags) {
        if (isDirect) {
            int handle = Posix.open(file, flags | Posix.O_DIRECT, MODE_0600);
            if (handle != -Posix.EINVAL) {
                return handle;
            }
            // This file system has no direct I/O. Some leave the file behind that they refused to open.
            if ((flags & Posix.O_EXCL) != 0) {
                delete(file);
            }
        }
        return Posix.open(file, flags, MODE_0600);
    }
}
