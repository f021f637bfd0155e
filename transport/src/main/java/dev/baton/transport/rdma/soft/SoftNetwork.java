package dev.baton.transport.rdma.soft;

import dev.baton.transport.rdma.verbs.ConnectionChannel;
import dev.baton.transport.rdma.verbs.Verbs;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.agrona.collections.Int2ObjectHashMap;

/**
 * Connects the devices of software of one process, one of each {@link #newVerbs} call. One lock guards all of it: any
 * thread may use any end. Faults are switched on and off here.
 */
public final class SoftNetwork {
    /** What a rejection says when nobody listens, and when the peer refused. */
    static final int NO_LISTENER = 8;
    static final int REFUSED = 28;
    static final MemorySegment MEMORY = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

    private final Map<Integer, SoftId> listenerByPort = new HashMap<>();
    private final Int2ObjectHashMap<SoftKeys> registeredByKey = new Int2ObjectHashMap<>();
    private final List<SoftQueuePair> alive = new ArrayList<>();
    private int nextPort = 20_000;
    private int nextKey = 0x1001;
    private boolean isHeld;
    private boolean isDown;

    /** One process's verbs: a device of its own. */
    public Verbs newVerbs() {
        return new SoftVerbs(this);
    }

    /** Writes that are posted from now on stay on their way until this is switched off. */
    public synchronized void hold(boolean value) {
        isHeld = value;
        if (!value) {
            for (int i = 0; i < alive.size(); i++) {
                alive.get(i).deliver();
            }
        }
    }

    /** The cable is out: whatever is posted fails as one to which no answer came, and nobody hears of it otherwise. */
    public synchronized void down(boolean value) {
        isDown = value;
    }

    /** Memory regions that are registered now; 0 once everybody has closed. */
    public synchronized int registeredCount() {
        return registeredByKey.size();
    }

    /** Queue pairs that exist now. */
    public synchronized int queuePairCount() {
        return alive.size();
    }

    boolean isHeld() {
        return isHeld;
    }

    boolean isDown() {
        return isDown;
    }

    SoftKeys register(long address, long lengthBytes, int access) throws IOException {
        if (address == 0 || lengthBytes <= 0) {
            throw new IOException("no memory: address=" + address + " lengthBytes=" + lengthBytes);
        }
        SoftKeys keys = new SoftKeys(this, address, lengthBytes, access, nextKey);
        // Keys of neighbours in time are far apart, as on a card: a wrong one hits nothing.
        nextKey += 0x101;
        registeredByKey.put(keys.remoteKey(), keys);
        return keys;
    }

    void unregister(SoftKeys keys) {
        registeredByKey.remove(keys.remoteKey());
    }

    /** Whether a key names memory that holds all of this range, with this access. */
    boolean isAllowed(int key, long address, int lengthBytes, int access) {
        SoftKeys keys = registeredByKey.get(key);
        return keys != null && (keys.access() & access) == access && address >= keys.address()
            && lengthBytes <= keys.lengthBytes() && address - keys.address() <= keys.lengthBytes() - lengthBytes;
    }

    int listen(SoftId listener, int port) throws IOException {
        int taken = port == 0 ? nextPort++ : port;
        if (listenerByPort.putIfAbsent(taken, listener) != null) {
            throw new IOException("port is taken: port=" + taken);
        }
        return taken;
    }

    void unlisten(SoftId listener) {
        listenerByPort.values().remove(listener);
    }

    SoftId listenerOrNull(int port) {
        return listenerByPort.get(port);
    }

    void add(SoftQueuePair made) {
        alive.add(made);
    }

    void remove(SoftQueuePair gone) {
        alive.remove(gone);
    }

    /** One process's end. */
    private static final class SoftVerbs implements Verbs {
        private final SoftNetwork network;
        private final SoftDevice device;

        SoftVerbs(SoftNetwork network) {
            this.network = network;
            this.device = new SoftDevice(network);
        }

        @Override
        public ConnectionChannel openChannel() {
            return new SoftChannel(network, device);
        }
    }
}
