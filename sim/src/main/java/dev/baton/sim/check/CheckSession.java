package dev.baton.sim.check;

import java.nio.ByteOrder;
import org.agrona.DirectBuffer;

import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.MessageListener;
import dev.baton.transport.session.NodeIdentity;
import dev.baton.transport.session.Session;
import dev.baton.transport.wire.Frames;

/** One end of a session without a wire: what is sent on it is heard by the other end in the same step. */
final class CheckSession implements Session {
    private final long id;
    private final int number;
    private final long localIncarnation;
    private final NodeIdentity peer;
    private final MessageListener heardBy;
    private final long peerDrainedThrough;
    private CheckSession otherEnd;
    private boolean isOpen = true;
    private boolean isForced;
    private Object receiverState;

    /** @param number counts the sessions of one run from 0 */
    CheckSession(long id, int number, long localIncarnation, NodeIdentity peer, MessageListener heardBy,
        long peerDrainedThrough) {
        this.id = id;
        this.number = number;
        this.localIncarnation = localIncarnation;
        this.peer = peer;
        this.heardBy = heardBy;
        this.peerDrainedThrough = peerDrainedThrough;
    }

    static void join(CheckSession one, CheckSession other) {
        one.otherEnd = other;
        other.otherEnd = one;
    }

    int number() {
        return number;
    }

    void lose() {
        isOpen = false;
        otherEnd.isOpen = false;
    }

    /** From now what is sent is heard, though the session is lost: a run's memory is got back this way after it. */
    void force() {
        isForced = true;
    }

    @Override
    public void send(DirectBuffer buffer, int offset, int length) {
        if (isOpen || isForced) {
            heardBy.onMessage(otherEnd, buffer.getShort(offset + 2, ByteOrder.LITTLE_ENDIAN), buffer,
                offset + Frames.HEADER_LENGTH, buffer.getShort(offset, ByteOrder.LITTLE_ENDIAN),
                buffer.getShort(offset + 6, ByteOrder.LITTLE_ENDIAN),
                length - Frames.HEADER_LENGTH - Frames.TRAILER_LENGTH);
        }
    }

    @Override
    public long id() {
        return id;
    }

    @Override
    public NodeIdentity peer() {
        return peer;
    }

    @Override
    public String host() {
        return "check";
    }

    @Override
    public int port() {
        return 1;
    }

    @Override
    public long localIncarnation() {
        return localIncarnation;
    }

    @Override
    public boolean isDialled() {
        return false;
    }

    @Override
    public int version() {
        return 1;
    }

    @Override
    public long peerDrainedThrough() {
        return peerDrainedThrough;
    }

    @Override
    public boolean isOpen() {
        return isOpen;
    }

    @Override
    public EndReason endReason() {
        return isOpen ? EndReason.NONE : EndReason.SESSION_LOST;
    }

    @Override
    public void close(EndReason reason) {
        lose();
    }

    @Override
    public long laneTokenHigh() {
        return 5;
    }

    @Override
    public long laneTokenLow() {
        return 6;
    }

    @Override
    public Object receiverState() {
        return receiverState;
    }

    @Override
    public void receiverState(Object state) {
        receiverState = state;
    }
}
