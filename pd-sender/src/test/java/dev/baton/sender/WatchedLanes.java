package dev.baton.sender;

import java.util.function.BooleanSupplier;

import dev.baton.transport.Transport;

/** Lanes as they are, of a receiver whose life can be seen, as on one host. */
final class WatchedLanes extends FencedLanes {
    private final BooleanSupplier isReceiverGone;

    WatchedLanes(Transport lanes, BooleanSupplier isReceiverGone) {
        super(lanes);
        this.isReceiverGone = isReceiverGone;
    }

    @Override
    public boolean isPeerGone(long sessionId) {
        return isReceiverGone.getAsBoolean();
    }
}
