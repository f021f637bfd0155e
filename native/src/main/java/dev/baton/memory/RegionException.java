package dev.baton.memory;

import java.nio.file.Path;

/**
 * Memory could not be had, or is not what it must be: no space, a file in the way, a file of another length, a sparse
 * file. Nothing was mapped and nothing left behind. The message ends with what to do.
 */
public final class RegionException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient Path path;
    private final long neededBytes;
    private final long freeBytes;

    RegionException(String what, Path path, long neededBytes, long freeBytes, String remedy, Throwable cause) {
        super(what + ": path=" + path + " neededBytes=" + neededBytes +
            (freeBytes < 0 ? "" : " freeBytes=" + freeBytes) + "; " + remedy, cause);
        this.path = path;
        this.neededBytes = neededBytes;
        this.freeBytes = freeBytes;
    }

    /** The file that was asked for, or null for anonymous memory. */
    public Path pathOrNull() {
        return path;
    }

    public long neededBytes() {
        return neededBytes;
    }

    /** Bytes that the file system had free, or -1 where that was not the question. */
    public long freeBytes() {
        return freeBytes;
    }
}
