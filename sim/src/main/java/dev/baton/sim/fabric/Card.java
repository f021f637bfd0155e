package dev.baton.sim.fabric;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import org.agrona.collections.Int2ObjectHashMap;

import dev.baton.transport.rdma.verbs.CompletionQueue;
import dev.baton.transport.rdma.verbs.ConnectionChannel;
import dev.baton.transport.rdma.verbs.Device;
import dev.baton.transport.rdma.verbs.MemoryKeys;
import dev.baton.transport.rdma.verbs.Verbs;

/**
 * One process's network card for RDMA, on the fabric: what the lanes' own code asks of verbs is carried out in virtual
 * time, and goes wrong as the weather says.
 */
final class Card implements Verbs, Device {
    private static final long MESSAGE_BYTES_MAX = 1 << 20;
    private static final int PORT_FIRST = 1000;
    private static final int KEY_FIRST = 0x1001;
    private static final int KEY_STEP = 0x101;

    private final SimProcess process;
    private final Int2ObjectHashMap<Keys> registered = new Int2ObjectHashMap<>();
    private final Map<Integer, CardId> listeners = new HashMap<>();
    private final List<CardId> ids = new ArrayList<>();
    private CardLink dialling;
    private int nextPort = PORT_FIRST;
    private int nextKey = KEY_FIRST;
    private boolean isFenceBroken;

    private record Keys(Card card, long address, long lengthBytes, int access, int key) implements MemoryKeys {
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
            card.registered.remove(key);
        }
    }

    Card(SimProcess process) {
        this.process = process;
        process.card(this);
    }

    SimProcess process() {
        return process;
    }

    /** The lane whose queue pair is made next; null of an arriving one. */
    CardLink dialling() {
        return dialling;
    }

    void dialling(CardLink link) {
        dialling = link;
    }

    @Override
    public ConnectionChannel openChannel() {
        return new CardChannel(this);
    }

    @Override
    public String name() {
        return "card of " + process;
    }

    @Override
    public long messageBytesMax() {
        return MESSAGE_BYTES_MAX;
    }

    @Override
    public MemoryKeys register(long address, long lengthBytes, int access) throws IOException {
        if (address == 0 || lengthBytes <= 0) {
            throw new IOException("no memory: address=" + address + " lengthBytes=" + lengthBytes);
        }
        Keys keys = new Keys(this, address, lengthBytes, access, nextKey);
        nextKey += KEY_STEP;
        registered.put(keys.key, keys);
        return keys;
    }

    @Override
    public CompletionQueue createQueue(int entries) {
        return new CardQueue(process, entries);
    }

    /** Whether a key names memory that holds all of this range, with this access. */
    boolean isAllowed(int key, long address, int lengthBytes, int access) {
        Keys keys = registered.get(key);
        return keys != null && (keys.access & access) == access && address >= keys.address
            && lengthBytes <= keys.lengthBytes && address - keys.address <= keys.lengthBytes - lengthBytes;
    }

    /** The same ports for every incarnation of a node, as inlets open in one order. */
    int listen(CardId listener, int wanted) throws IOException {
        int port = wanted == 0 ? nextPort++ : wanted;
        if (listeners.putIfAbsent(port, listener) != null) {
            throw new IOException("port is taken: port=" + port);
        }
        return port;
    }

    CardId listenerOrNull(int port) {
        return listeners.get(port);
    }

    void add(CardId id) {
        ids.add(id);
    }

    void remove(CardId id) {
        ids.remove(id);
        listeners.values().remove(id);
    }

    /** A queue pair of a peer's could not be destroyed. */
    void breakFence() {
        isFenceBroken = true;
    }

    boolean isFenceBroken() {
        return isFenceBroken;
    }

    /** The process died: its kernel takes leave for it, and what its card has may go on. */
    void onProcessGone() {
        ids.forEach(CardId::leave);
        ids.clear();
        listeners.clear();
        registered.clear();
    }
}
