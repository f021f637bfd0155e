package dev.baton.buffer.tier.remote;

import dev.baton.buffer.tier.log.RecordFormat;
import java.nio.file.Path;

/**
 * A plain shared file system: {@code ROOT/baton-1/ab/cd/NAME}, one file an object. Files are made under a name of their own
 * in {@code tmp} and renamed, so that nobody finds half of one; nothing is flushed, so after a crash of the file server one may
 * be found cut, which its head tells. Several nodes may share a root.
 */
final class FileRemote implements RemoteClient {
    private static final int BATCH_MAX = 64;

    private final Path root;
    private final FileRoom room;

    /** @param spaceBytesMax of all objects, in bytes, kept by removing the oldest; 0 for no limit */
    FileRemote(Path root, long spaceBytesMax) {
        this.root = root.resolve("baton-1");
        room = new FileRoom(this.root, spaceBytesMax);
    }

    @Override
    public RemoteConnection connection() {
        return new FileConnection(root, room);
    }

    @Override
    public int lookupBatchMax() {
        return BATCH_MAX;
    }

    @Override
    public long payloadBytesMax() {
        return RecordFormat.PAYLOAD_BYTES_MAX;
    }

    @Override
    public String describe() {
        return "file:" + root;
    }

    @Override
    public void close() {
        // Nothing is open between calls.
    }
}
