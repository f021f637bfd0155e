package dev.baton.transport.rdma.shared;

import dev.baton.memory.Region;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.agrona.collections.Int2ObjectHashMap;

/** The other end of a queue pair: its half, and the memory that its device lets peers at, mapped as keys are first used. */
final class PeerPair {
    private static final long NOT_ALLOWED = 0;

    private final PeerFiles files;
    private final List<Region> held = new ArrayList<>();
    private final PairBlock block;
    private final KeyTable keys;
    private final Int2ObjectHashMap<Window> windowByKey = new Int2ObjectHashMap<>();

    /** Memory of the peer's in this process; its entry says whether that is so still. */
    private record Window(int entry, long peerAddress, long lengthBytes, long address) {}

    /** Maps the half of that number and the table of that number. Nothing stays mapped where that fails. */
    PeerPair(PeerFiles files, long incarnation, long pairNumber, int pairBytes, long tableNumber) throws IOException {
        this.files = files;
        try {
            block = PairBlock.of(hold(files.hold(incarnation, pairNumber, pairBytes)));
            keys = new KeyTable(hold(files.hold(incarnation, tableNumber, KeyTable.LENGTH_BYTES)));
        } catch (IOException | IllegalArgumentException ex) {
            close();
            throw new IOException("no queue pair of the peer's: " + ex.getMessage(), ex);
        }
    }

    PairBlock block() {
        return block;
    }

    /** Where a range of the peer's memory lies here, 0 where the key does not allow it. */
    long addressOf(int key, long peerAddress, int lengthBytes) throws IOException {
        Window window = windowByKey.get(key);
        if (window == null) {
            int entry = key == 0 ? -1 : keys.find(key);
            if (entry < 0) {
                return NOT_ALLOWED;
            }
            window = window(entry, key);
            if (window == null) {
                return NOT_ALLOWED;
            }
            windowByKey.put(key, window);
        }
        boolean isWithin = peerAddress >= window.peerAddress && lengthBytes <= window.lengthBytes
            && peerAddress - window.peerAddress <= window.lengthBytes - lengthBytes;
        return isWithin && keys.key(window.entry) == key ? window.address + peerAddress - window.peerAddress : NOT_ALLOWED;
    }

    /** Null where the table says what cannot be. */
    private Window window(int entry, int key) throws IOException {
        long lengthBytes = keys.lengthBytes(entry);
        long offset = keys.offset(entry);
        long fileBytes = keys.fileBytes(entry);
        if (lengthBytes < 1 || offset < 0 || lengthBytes > fileBytes || offset > fileBytes - lengthBytes) {
            return null;
        }
        Region file = hold(files.hold(keys.isSpill(entry), keys.name(entry), fileBytes));
        return keys.key(entry) != key ? null : new Window(entry, keys.address(entry), lengthBytes, file.address() + offset);
    }

    private Region hold(Region region) {
        held.add(region);
        return region;
    }

    /** Unmaps what nobody else here writes to. */
    void close() {
        held.forEach(files::release);
        held.clear();
        windowByKey.clear();
    }
}
