package dev.baton.receiver;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import dev.baton.buffer.BufferPool;
import dev.baton.buffer.reserve.ReservationLedger;
import dev.baton.buffer.slab.Slab;
import dev.baton.buffer.slab.SlabPool;
import dev.baton.buffer.slab.Tier;
import dev.baton.receiver.landing.Landings;
import dev.baton.transport.Inlet;
import dev.baton.transport.InletContext;
import dev.baton.transport.RemoteSlab;
import dev.baton.transport.Transport;
import dev.baton.transport.node.NodeSetup;

/** What every receiving process has: slabs, lanes, and the data agents that land bytes there. Launching thread. */
final class ReceiverMemory {
    private static final int SCRATCH_BYTES = 256 << 10;

    private final ReceiverContext context;
    private SlabPool pool;
    private ReservationLedger ledger;
    private Landings landings;

    ReceiverMemory(ReceiverContext context) {
        this.context = context;
    }

    /** Says what of the node's one pool is for reservations. */
    void declare(NodeSetup setup) {
        BufferPool shared = setup.shared(BufferPool.class, BufferPool::new).reserve(context.layout().sharding().count(),
            context.poolBytesPerShard(), context.extentBytes(), context.reservationsMax(),
            context.isPoolShared() ? setup.context().sharedMemoryDir() : null).here(context.shardsHere());
        if (context.spillBytesPerShard() > 0) {
            if (setup.context().spillDir() == null) {
                throw new IllegalArgumentException("a spill tier needs a directory for its files: spillBytesPerShard=" +
                    context.spillBytesPerShard() + "; name one with --spill-dir");
            }
            shared.spill(context.spillBytesPerShard(), setup.context().spillDir());
        }
    }

    /** Opens slabs and data agents. */
    void open(NodeSetup setup) {
        BufferPool shared = setup.shared(BufferPool.class, BufferPool::new).open(setup.context().ledger(),
            setup.incarnation());
        setup.stats("pool", shared::stats);
        pool = shared.slabs();
        ledger = shared.reservations();
        landings = new Landings(pool, setup.context().copier(), setup.context().lanes(), context.reservationsMax(),
            context.ringBytes());
        for (Transport transport : setup.transports().values()) {
            if (transport.isOneSided() && (context.isPoolShared() || transport.isRegistering())) {
                landings.fence(transport.scheme(), transport.fence());
            }
        }
    }

    /** Opens the lanes, and tells what HELLO will say of all. */
    void tell(NodeSetup setup) {
        for (Slab slab : pool.slabs()) {
            RemoteSlab told = new RemoteSlab(slab.spec().slabId(), slab.spec().shard(), slab.spec().lengthBytes(),
                slab.spec().tier() == Tier.DISK);
            setup.slab(told);
            setup.transports().values().forEach(transport -> transport.register(told, slab.address()));
        }
        for (int lane = 0; lane < setup.context().lanes(); lane++) {
            landings.inlets(lane, openInlets(setup, lane));
        }
        setup.receiving(setup.context().lanes(), context.extentBytes());
    }

    SlabPool pool() {
        return pool;
    }

    ReservationLedger ledger() {
        return ledger;
    }

    Landings landings() {
        return landings;
    }

    void close() {
        if (landings != null) {
            landings.closeInlets();
        }
    }

    private List<Inlet> openInlets(NodeSetup setup, int lane) {
        List<Inlet> inlets = new ArrayList<>();
        for (Map.Entry<String, Transport> entry : setup.transports().entrySet()) {
            if (entry.getValue().isOneSided() && !entry.getValue().isRegistering() && !context.isPoolShared()) {
                continue;
            }
            Inlet inlet = entry.getValue().openInlet(new InletContext(lane, setup.context().host(), 0,
                landings.listener(lane), SCRATCH_BYTES));
            inlets.add(inlet);
            setup.offer(entry.getKey(), inlet);
        }
        return inlets;
    }
}
