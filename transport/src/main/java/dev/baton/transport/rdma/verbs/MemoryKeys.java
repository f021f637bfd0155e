package dev.baton.transport.rdma.verbs;

/** A registered piece of memory and its names: one for work requests of this side, one for those of peers. */
public interface MemoryKeys extends AutoCloseable {
    long address();

    long lengthBytes();

    int localKey();

    int remoteKey();

    /** Takes it from the device again; no work request may name it any more. */
    @Override
    void close();
}
