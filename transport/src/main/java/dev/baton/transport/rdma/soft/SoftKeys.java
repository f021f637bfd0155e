package dev.baton.transport.rdma.soft;

import dev.baton.transport.rdma.verbs.MemoryKeys;

/** A registered range; one number is both its keys. */
record SoftKeys(SoftNetwork network, long address, long lengthBytes, int access, int key) implements MemoryKeys {
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
        synchronized (network) {
            network.unregister(this);
        }
    }
}
