package dev.baton.transport.rdma.shared;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import java.nio.ByteBuffer;

/**
 * What two ends of a connection tell each other over its socket, little-endian.
 * <pre>
 *   int bytes behind this | int what | long incarnation | long file of the half | int its length | long file of the key table | private data
 * </pre>
 *
 * @param kind        one of the constants
 * @param incarnation of the process that tells; 0 where the rest means nothing, but for private data
 */
record Letter(int kind, long incarnation, long pairNumber, int pairBytes, long tableNumber, ByteBuffer privateData) {
    static final int REQUEST = 1;
    static final int ACCEPT = 2;
    static final int REJECT = 3;
    static final int DISCONNECT = 4;
    static final int BYTES_MAX = 1024;
    private static final int HEAD_BYTES = 32;

    static Letter of(int kind, byte[] privateData) {
        return new Letter(kind, 0, 0, 0, 0, ByteBuffer.wrap(privateData));
    }

    ByteBuffer encode() {
        return ByteBuffer.allocate(Integer.BYTES + HEAD_BYTES + privateData.remaining()).order(LITTLE_ENDIAN)
            .putInt(HEAD_BYTES + privateData.remaining()).putInt(kind).putLong(incarnation).putLong(pairNumber).putInt(pairBytes)
            .putLong(tableNumber).put(privateData.duplicate()).flip();
    }

    /**
     * Takes one from the front of what was read; null where it is not all there yet.
     * @throws IllegalArgumentException if it is none
     */
    static Letter takeOrNull(ByteBuffer bytes) {
        if (bytes.remaining() < Integer.BYTES) {
            return null;
        }
        int lengthBytes = bytes.order(LITTLE_ENDIAN).getInt(bytes.position());
        if (lengthBytes < HEAD_BYTES || lengthBytes > BYTES_MAX - Integer.BYTES) {
            throw new IllegalArgumentException("no letter: lengthBytes=" + lengthBytes);
        }
        if (bytes.remaining() < Integer.BYTES + lengthBytes) {
            return null;
        }
        bytes.getInt();
        int kind = bytes.getInt();
        long incarnation = bytes.getLong();
        long pairNumber = bytes.getLong();
        int pairBytes = bytes.getInt();
        long tableNumber = bytes.getLong();
        byte[] privateData = new byte[lengthBytes - HEAD_BYTES];
        bytes.get(privateData);
        return new Letter(kind, incarnation, pairNumber, pairBytes, tableNumber, ByteBuffer.wrap(privateData).asReadOnlyBuffer());
    }
}
