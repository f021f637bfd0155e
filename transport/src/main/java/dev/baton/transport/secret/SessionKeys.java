package dev.baton.transport.secret;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * What one session's keys are made of: each direction and each purpose has its own, so that nothing can be sent
 * back or used elsewhere. Immutable; safe to share. Its text says nothing.
 */
public final class SessionKeys {
    private final byte[] root;
    private final HmacKey dialler;
    private final HmacKey acceptor;

    SessionKeys(byte[] root) {
        this.root = root;
        dialler = new HmacKey(SharedSecret.derive(root, new byte[0], "control of dialler", new byte[0]));
        acceptor = new HmacKey(SharedSecret.derive(root, new byte[0], "control of acceptor", new byte[0]));
    }

    /** Seals the control messages that this end says. */
    public HmacKey control(byte end) {
        return end == SharedSecret.DIALLER ? dialler : acceptor;
    }

    /** 16 bytes that open lanes to this end; two halves, as they travel. Allocates. */
    public long[] laneToken(byte toEnd) {
        ByteBuffer token = ByteBuffer.wrap(SharedSecret.derive(root, new byte[0], "lane token", new byte[] {toEnd}))
            .order(ByteOrder.LITTLE_ENDIAN);
        return new long[] {token.getLong(), token.getLong()};
    }

    @Override
    public String toString() {
        return "SessionKeys";
    }
}
