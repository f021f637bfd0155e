package dev.baton.transport.rdma;

import java.nio.ByteBuffer;

/** What one end of a test's connection tells the other: where its memory is. */
record Told(long address, int key) {
    byte[] bytes() {
        return ByteBuffer.allocate(Long.BYTES + Integer.BYTES).putLong(address).putInt(key).array();
    }

    static Told of(ByteBuffer buffer) {
        return new Told(buffer.getLong(), buffer.getInt());
    }
}
