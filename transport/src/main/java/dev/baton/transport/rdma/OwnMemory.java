package dev.baton.transport.rdma;

import dev.baton.memory.MemoryLedger;
import dev.baton.memory.Region;
import dev.baton.memory.Regions;
import dev.baton.transport.RemoteSlab;
import dev.baton.transport.rdma.verbs.Device;
import dev.baton.transport.rdma.verbs.MemoryKeys;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * This process's slabs, and memory that its writes come from, each registered once with each device that lanes use, and the
 * table that tells peers of the slabs.
 * Safe from any thread; what {@link #on} gives is immutable.
 */
final class OwnMemory implements AutoCloseable {
    private final MemoryLedger ledger;
    private final List<Slab> slabs = new ArrayList<>();
    private final List<Source> sources = new ArrayList<>();
    private final Map<Device, OnDevice> byDevice = new HashMap<>();

    private record Slab(int number, long address, long lengthBytes) {}

    private record Source(long address, long lengthBytes) {}

    OwnMemory(MemoryLedger ledger) {
        this.ledger = ledger;
    }

    /**
     * Adds a slab.
     * @throws IllegalStateException if a device is in use already: its table was told to peers
     */
    synchronized void add(RemoteSlab slab, long address) {
        if (!byDevice.isEmpty()) {
            throw new IllegalStateException("a slab comes after the first lane: slab=" + slab);
        }
        slabs.add(new Slab(slab.slab(), address, slab.lengthBytes()));
    }

    /** Adds memory that writes come from, and that no peer is let at; also at devices that are in use already. */
    synchronized void addSource(long address, long lengthBytes) {
        Source source = new Source(address, lengthBytes);
        try {
            for (OnDevice device : byDevice.values()) {
                device.add(source);
            }
        } catch (IOException ex) {
            throw new UncheckedIOException("memory cannot be registered: address=" + address + " lengthBytes=" + lengthBytes +
                "; ulimit -l says how much may be", ex);
        }
        sources.add(source);
    }

    /** All of it as this device knows it; the first call registers them, which takes a second for some gigabytes. */
    synchronized OnDevice on(Device device) throws IOException {
        OnDevice known = byDevice.get(device);
        if (known == null) {
            known = new OnDevice(device);
            byDevice.put(device, known);
        }
        return known;
    }

    /** After every queue pair of every device is gone. */
    @Override
    public synchronized void close() {
        byDevice.values().forEach(OnDevice::close);
        byDevice.clear();
    }

    /** What one device knows. */
    final class OnDevice {
        private final Device device;
        /** Replaced whole when one is added, so that who writes reads it without a lock. */
        private volatile MemoryKeys[] keys = {};
        private final Region table;
        private final MemoryKeys tableKeys;

        private OnDevice(Device device) throws IOException {
            this.device = device;
            table = Regions.anonymous(ledger, "transport.rdma.slab-table", Math.max(4096, slabs.size() * SlabTable.ENTRY_BYTES));
            MemoryKeys own = null;
            try {
                UnsafeBuffer buffer = new UnsafeBuffer(table.address(), (int) table.lengthBytes());
                for (Slab slab : slabs) {
                    MemoryKeys made =
                        device.register(slab.address(), slab.lengthBytes(), Device.LOCAL_WRITE + Device.REMOTE_WRITE);
                    SlabTable.put(buffer, keys.length, slab.number(), made.remoteKey(), slab.address(), slab.lengthBytes());
                    keep(made);
                }
                for (Source source : sources) {
                    add(source);
                }
                own = device.register(table.address(), table.lengthBytes(), Device.LOCAL_WRITE);
            } finally {
                if (own == null) {
                    close(null);
                }
            }
            tableKeys = own;
        }

        private void add(Source source) throws IOException {
            keep(device.register(source.address(), source.lengthBytes(), Device.LOCAL_WRITE));
        }

        private void keep(MemoryKeys made) {
            MemoryKeys[] more = Arrays.copyOf(keys, keys.length + 1);
            more[keys.length] = made;
            keys = more;
        }

        int slabCount() {
            return slabs.size();
        }

        long tableAddress() {
            return table.address();
        }

        int tableKey() {
            return tableKeys.localKey();
        }

        /** The registered memory in which all these bytes lie, or null. */
        MemoryKeys holderOrNull(long address, int lengthBytes) {
            MemoryKeys[] all = keys;
            for (int i = 0; i < all.length; i++) {
                MemoryKeys each = all[i];
                if (address >= each.address() && address + lengthBytes <= each.address() + each.lengthBytes()) {
                    return each;
                }
            }
            return null;
        }

        private void close() {
            close(tableKeys);
        }

        private void close(MemoryKeys tableKeysOrNull) {
            UncheckedIOException failure = null;
            if (tableKeysOrNull != null) {
                keep(tableKeysOrNull);
            }
            for (MemoryKeys each : keys) {
                try {
                    each.close();
                } catch (UncheckedIOException ex) {
                    failure = ex;
                }
            }
            keys = new MemoryKeys[0];
            table.close();
            if (failure != null) {
                throw failure;
            }
        }
    }
}
