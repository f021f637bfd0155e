package dev.baton.buffer.tier.disk;

import dev.baton.memory.FileVector;
import java.nio.file.Path;
import java.util.List;

/**
 * What a disk tier asks of a file system. Calls may take as long as the device likes, so they are made on I/O threads
 * alone, several at once. Each gives a number of zero or more, or {@code -errno}; none throws for what a device does.
 */
public interface DiskIo {
    /** A file that lies in a directory. */
    record Listed(String name, long lengthBytes) {}

    /** What holds a directory for this process alone, until it is closed or the process ends. */
    interface Claim extends AutoCloseable {
        @Override
        void close();
    }

    /**
     * Makes the directory, for this user alone, if it is not there, and keeps other processes out of it.
     * @throws IllegalStateException if another process has it, or if it is open to others
     */
    Claim claim(Path directory);

    /**
     * What lies in a directory, which is made if it is not there, by name. A thing that is no plain file has no length.
     * @throws java.io.UncheckedIOException if it cannot be read
     */
    List<Listed> list(Path directory);

    /** Makes a new file with mode 0600 and gives it all its blocks; its handle. Nothing is left behind where it fails. */
    int create(Path file, long lengthBytes);

    /** Opens a plain file of this user, never by way of a symbolic link; its handle. */
    int open(Path file);

    /** Reads into the vector's pieces; fewer bytes than asked only at the file's end. */
    long read(int handle, FileVector into, long offset);

    /** Writes the vector's pieces; fewer bytes than asked only where the device takes no more. */
    long write(int handle, FileVector from, long offset);

    /** Gives the file's blocks from there on back. */
    int truncate(int handle, long lengthBytes);

    int close(int handle);

    /** Removes the file; one that is not there is no error. */
    int delete(Path file);
}
