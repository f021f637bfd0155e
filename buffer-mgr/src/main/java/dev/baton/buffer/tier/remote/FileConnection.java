package dev.baton.buffer.tier.remote;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Set;

/** Reads and writes objects of a {@link FileRemote}. A file system that hangs holds the thread: nothing here can time out. */
final class FileConnection implements RemoteConnection {
    private static final int PIECE_BYTES = 16 << 20;
    private static final Set<OpenOption> READ = Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);
    private static final Set<OpenOption> MAKE =
        Set.of(StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW, LinkOption.NOFOLLOW_LINKS);
    private static final FileAttribute<Set<PosixFilePermission>> FILE_0600 =
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
    private static final FileAttribute<Set<PosixFilePermission>> FOLDER_0700 =
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

    private final Path root;
    private final FileRoom room;
    private final SecureRandom random = new SecureRandom();

    FileConnection(Path root, FileRoom room) {
        this.root = root;
        this.room = room;
    }

    @Override
    public void find(String[] names, int count, long[] lengthsBytes, long[] storedMs, long timeoutNs) throws RemoteException {
        for (int i = 0; i < count; i++) {
            BasicFileAttributes file = fileOrNull(names[i]);
            lengthsBytes[i] = file == null ? ABSENT : file.size() - RemoteHead.LENGTH_BYTES;
            storedMs[i] = file == null ? 0 : file.lastModifiedTime().toMillis();
        }
    }

    @Override
    public void put(String name, RemoteHead head, BlockMemory payload, long timeoutNs) throws RemoteException {
        Path target = path(name);
        Path made = root.resolve(FileRoom.TEMPORARY).resolve(HexFormat.of().toHexDigits(random.nextLong()));
        try {
            folder(made.getParent());
            try {
                write(made, head, payload);
                room.take(RemoteHead.LENGTH_BYTES + payload.lengthBytes(), made);
                // What a lookup goes by; a load goes by the head.
                Files.setLastModifiedTime(made, FileTime.fromMillis(RemoteHead.storedMs(head.bytes())));
                folder(target.getParent());
                Files.move(made, target, StandardCopyOption.ATOMIC_MOVE);
            } finally {
                // Gone where it was renamed; left behind by no failure.
                Files.deleteIfExists(made);
            }
        } catch (IOException ex) {
            boolean isFull = ex.getMessage() != null &&
                (ex.getMessage().contains("No space left") || ex.getMessage().contains("quota exceeded"));
            throw new RemoteException("file cannot be written: path=" + target, isFull, ex);
        }
    }

    @Override
    public long get(String name, RemoteHead head, BlockMemory target, long timeoutNs) throws RemoteException {
        Path path = path(name);
        try (FileChannel file = FileChannel.open(path, READ)) {
            long lengthBytes = Math.max(0, file.size() - RemoteHead.LENGTH_BYTES);
            if (lengthBytes > target.lengthBytes()) {
                return lengthBytes;
            }
            if (!isRead(file, ByteBuffer.wrap(head.bytes()))) {
                return 0;
            }
            for (long at = 0; at < lengthBytes; at += PIECE_BYTES) {
                if (!isRead(file, target.view(at, (int) Math.min(PIECE_BYTES, lengthBytes - at)))) {
                    return 0;
                }
            }
            return lengthBytes;
        } catch (NoSuchFileException ex) {
            return ABSENT;
        } catch (IOException ex) {
            throw new RemoteException("file cannot be read: path=" + path, false, ex);
        }
    }

    @Override
    public void remove(String name, long timeoutNs) throws RemoteException {
        try {
            Files.deleteIfExists(path(name));
        } catch (IOException ex) {
            throw new RemoteException("file cannot be removed: path=" + path(name), false, ex);
        }
    }

    @Override
    public void reset() {
        // Nothing is open between calls.
    }

    private Path path(String name) {
        return root.resolve(name.substring(0, 2)).resolve(name.substring(2, 4)).resolve(name);
    }

    private BasicFileAttributes fileOrNull(String name) throws RemoteException {
        try {
            BasicFileAttributes file = Files.readAttributes(path(name), BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            return file.isRegularFile() && file.size() > RemoteHead.LENGTH_BYTES ? file : null;
        } catch (NoSuchFileException ex) {
            return null;
        } catch (IOException ex) {
            throw new RemoteException("file cannot be found: path=" + path(name), false, ex);
        }
    }

    private static void folder(Path path) throws IOException {
        if (!Files.isDirectory(path)) {
            if (!Files.isDirectory(path.getParent())) {
                folder(path.getParent());
            }
            try {
                Files.createDirectory(path, FOLDER_0700);
            } catch (FileAlreadyExistsException ex) {
                if (!Files.isDirectory(path)) {
                    throw ex;
                }
            }
        }
    }

    private static void write(Path path, RemoteHead head, BlockMemory payload) throws IOException {
        try (FileChannel file = FileChannel.open(path, MAKE, FILE_0600)) {
            writeAll(file, ByteBuffer.wrap(head.bytes()));
            for (long at = 0; at < payload.lengthBytes(); at += PIECE_BYTES) {
                writeAll(file, payload.view(at, (int) Math.min(PIECE_BYTES, payload.lengthBytes() - at)));
            }
        }
    }

    private static void writeAll(FileChannel file, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            file.write(bytes);
        }
    }

    /** False where the file ends first. */
    private static boolean isRead(FileChannel file, ByteBuffer into) throws IOException {
        while (into.hasRemaining()) {
            if (file.read(into) < 0) {
                return false;
            }
        }
        return true;
    }
}
