package dev.baton.transport.rdma.shared;

import dev.baton.memory.MemoryLedger;
import dev.baton.memory.Region;
import dev.baton.transport.rdma.verbs.CompletionQueue;
import dev.baton.transport.rdma.verbs.Device;
import dev.baton.transport.rdma.verbs.MemoryKeys;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.agrona.collections.Int2ObjectHashMap;

/** One card of software. Memory that peers may write to must lie in a file of the directory that they share. */
final class SharedDevice implements Device {
    private static final long MESSAGE_BYTES_MAX = 8L << 20;
    private static final int NOT_TOLD = -1;

    private final SharedVerbs verbs;
    private final int index;
    private final long tableNumber;
    private final Region tableRegion;
    private final KeyTable table;
    /** Replaced whole when something is registered, so that who posts reads it without a lock. */
    private volatile Int2ObjectHashMap<Keys> byKey = new Int2ObjectHashMap<>();
    private int nextKey;

    SharedDevice(SharedVerbs verbs, int index) {
        this.verbs = verbs;
        this.index = index;
        tableNumber = verbs.newFileNumber();
        tableRegion = verbs.create(verbs.ledger(), "transport.rdma-sim.keys", tableNumber, KeyTable.LENGTH_BYTES);
        table = new KeyTable(tableRegion);
        // Of two devices no key is the same, so that one named at the wrong device hits nothing.
        nextKey = 0x1001 + (index << 24);
    }

    @Override
    public String name() {
        return "soft" + index;
    }

    @Override
    public long messageBytesMax() {
        return MESSAGE_BYTES_MAX;
    }

    int index() {
        return index;
    }

    SharedVerbs verbs() {
        return verbs;
    }

    /** The file that tells peers of this device's memory. */
    long tableNumber() {
        return tableNumber;
    }

    @Override
    public Region allocate(MemoryLedger ledger, String owner, long lengthBytes) {
        return verbs.create(ledger, owner, verbs.newFileNumber(), lengthBytes);
    }

    @Override
    public synchronized MemoryKeys register(long address, long lengthBytes, int access) throws IOException {
        if (address == 0 || lengthBytes <= 0) {
            throw new IOException("no memory: address=" + address + " lengthBytes=" + lengthBytes);
        }
        // Keys of neighbours in time are far apart, as on a card: a wrong one hits nothing.
        int key;
        do {
            key = nextKey;
            nextKey += 0x101;
        } while (key == 0 || byKey.containsKey(key));
        int entry = (access & REMOTE_WRITE) == 0 ? NOT_TOLD : tell(key, address, lengthBytes);
        Keys keys = new Keys(this, address, lengthBytes, key, entry);
        Int2ObjectHashMap<Keys> changed = new Int2ObjectHashMap<>(byKey);
        changed.put(key, keys);
        byKey = changed;
        verbs.faults().registered(1);
        return keys;
    }

    @Override
    public CompletionQueue createQueue(int entries) {
        return new SharedQueue(entries);
    }

    /** Whether a key of this side names memory that holds all of this range. */
    boolean isReadable(int key, long address, int lengthBytes) {
        Keys keys = byKey.get(key);
        return keys != null && address >= keys.address() && lengthBytes <= keys.lengthBytes()
            && address - keys.address() <= keys.lengthBytes() - lengthBytes;
    }

    void close() {
        tableRegion.close();
    }

    private int tell(int key, long address, long lengthBytes) throws IOException {
        MappedFile file = MappedFile.ofOrNull(address, lengthBytes);
        boolean isShared = file != null && isIn(verbs.directory(), file.path());
        boolean isSpill = !isShared && file != null && verbs.spillDirectoryOrNull() != null
            && isIn(verbs.spillDirectoryOrNull(), file.path());
        String name = file == null ? "" : file.path().getFileName().toString();
        if ((!isShared && !isSpill) || !SharedNames.isMemory(name)) {
            throw new IOException("peers cannot reach this memory, for it does not lie in a file of the shared directory: file=" +
                file + " directory=" + verbs.directory() + " spillDir=" + verbs.spillDirectoryOrNull());
        }
        return table.add(key, isSpill, address, lengthBytes, file.offset(), Files.size(file.path()), name);
    }

    private static boolean isIn(Path directory, Path file) throws IOException {
        return directory.toRealPath().equals(file.getParent());
    }

    private synchronized void forget(Keys keys) {
        if (keys.equals(byKey.get(keys.key()))) {
            Int2ObjectHashMap<Keys> changed = new Int2ObjectHashMap<>(byKey);
            changed.remove(keys.key());
            byKey = changed;
            if (keys.entry() != NOT_TOLD) {
                table.remove(keys.entry());
            }
            verbs.faults().registered(-1);
        }
    }

    /** A registered range; one number is both its keys. */
    private record Keys(SharedDevice device, long address, long lengthBytes, int key, int entry) implements MemoryKeys {
        @Override
        public int localKey() {
            return key;
        }

        @Override
        public int remoteKey() {
            return key;
        }

        @Override
        public void close() {
            device.forget(this);
        }
    }
}
