package dev.baton.transport.rdma.soft;

import dev.baton.transport.rdma.verbs.CompletionQueue;
import dev.baton.transport.rdma.verbs.Device;
import dev.baton.transport.rdma.verbs.MemoryKeys;
import java.io.IOException;

/** One process's card. */
final class SoftDevice implements Device {
    private static final long MESSAGE_BYTES_MAX = 8L << 20;

    private final SoftNetwork network;

    SoftDevice(SoftNetwork network) {
        this.network = network;
    }

    @Override
    public String name() {
        return "soft";
    }

    @Override
    public long messageBytesMax() {
        return MESSAGE_BYTES_MAX;
    }

    @Override
    public MemoryKeys register(long address, long lengthBytes, int access) throws IOException {
        synchronized (network) {
            return network.register(address, lengthBytes, access);
        }
    }

    @Override
    public CompletionQueue createQueue(int entries) {
        return new SoftQueue(network, entries);
    }
}
