package dev.baton.transport.node;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

import org.agrona.concurrent.NanoClock;

import dev.baton.transport.Inlet;
import dev.baton.transport.RemoteSlab;
import dev.baton.transport.Transport;
import dev.baton.transport.session.LaneAddress;
import dev.baton.transport.session.Offer;

/**
 * What services share while a node is put together, and where they tell what its HELLO will say. Launching thread only.
 */
public final class NodeSetup {
    private final NodeContext context;
    private final long incarnation;
    private final LongSupplier random;
    private final NanoClock clock;
    private final long laneTokenHigh;
    private final long laneTokenLow;
    private final Map<String, Transport> transports;
    private final List<Offer> offers = new ArrayList<>();
    private final List<RemoteSlab> slabs = new ArrayList<>();
    private final Map<Class<?>, AutoCloseable> shared = new LinkedHashMap<>();
    private final Map<String, Supplier<Map<String, Object>>> stats = new LinkedHashMap<>();
    private int extentBytes;
    private int lanes;

    NodeSetup(NodeContext context, long incarnation, LongSupplier random, NanoClock clock,
        Map<String, Transport> transports) {
        this.context = context;
        this.incarnation = incarnation;
        this.random = random;
        this.clock = clock;
        // With a secret each session has tokens of its own, that only its ends can make: HELLO tells none.
        boolean isTold = context.secret() == null;
        this.laneTokenHigh = isTold ? random.getAsLong() : 0;
        this.laneTokenLow = isTold ? random.getAsLong() : 0;
        this.transports = new LinkedHashMap<>(transports);
    }

    public NodeContext context() {
        return context;
    }

    public long incarnation() {
        return incarnation;
    }

    /** 64 bits at a time that a peer cannot guess. */
    public LongSupplier random() {
        return random;
    }

    /** The clock whose time the control agent hands on. */
    public NanoClock clock() {
        return clock;
    }

    /** The transports of this node, opened, by scheme, the best first. */
    public Map<String, Transport> transports() {
        return transports;
    }

    /** A lane that peers may write to; those of one scheme in order of their index. */
    public void offer(String scheme, Inlet inlet) {
        offers.add(new Offer(scheme, inlet.port(), laneTokenHigh, laneTokenLow, LaneAddress.of(inlet.host())));
    }

    /** Registered memory that peers may be given addresses in. */
    public void slab(RemoteSlab slab) {
        slabs.add(slab);
    }

    public void receiving(int laneCount, int bytesOfExtent) {
        lanes = laneCount;
        extentBytes = bytesOfExtent;
    }

    /**
     * What the services of a node have as one, found by its type: the pool. The first that asks makes it, and the node
     * closes it after all services. To be asked for in {@link NodeService#declare} at first.
     */
    public <T extends AutoCloseable> T shared(Class<T> type, Supplier<T> first) {
        return type.cast(shared.computeIfAbsent(type, _ -> first.get()));
    }

    /** A member of the node's stats beside those of its roles; said again, it is replaced. */
    public void stats(String member, Supplier<Map<String, Object>> source) {
        stats.put(member, source);
    }

    List<AutoCloseable> shared() {
        return List.copyOf(shared.values());
    }

    Map<String, Supplier<Map<String, Object>>> stats() {
        return stats;
    }

    List<Offer> offers() {
        return offers;
    }

    List<RemoteSlab> slabs() {
        return slabs;
    }

    int extentBytes() {
        return extentBytes;
    }

    int lanes() {
        return lanes;
    }
}
