package dev.baton.sim.check;

import java.nio.ByteOrder;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.MessageListener;
import dev.baton.transport.session.NodeIdentity;
import dev.baton.transport.session.Session;
import dev.baton.transport.wire.Frames;

/** One end of a session: what is said on it waits until the search lets the other end hear it. */
final class CheckSession implements Session {
    private final long id;
    private final long localIncarnation;
    private final NodeIdentity peer;
    private final long peerDrainedThrough;
    private final Letters incoming;
    private final Letters outgoing;
    private EndReason endReason = EndReason.NONE;
    private Object receiverState;

    CheckSession(long id, long localIncarnation, NodeIdentity peer, long peerDrainedThrough, Letters incoming,
        Letters outgoing) {
        this.id = id;
        this.localIncarnation = localIncarnation;
        this.peer = peer;
        this.peerDrainedThrough = peerDrainedThrough;
        this.incoming = incoming;
        this.outgoing = outgoing;
    }

    boolean hasLetter() {
        return !incoming.isEmpty();
    }

    /** The next message is heard; if it comes again, it will be once more. */
    void hear(MessageListener by, boolean comesAgain) {
        UnsafeBuffer letter = new UnsafeBuffer(comesAgain ? incoming.peek() : incoming.take());
        by.onMessage(this, letter.getShort(2, ByteOrder.LITTLE_ENDIAN), letter, Frames.HEADER_LENGTH,
            letter.getShort(0, ByteOrder.LITTLE_ENDIAN), letter.getShort(6, ByteOrder.LITTLE_ENDIAN),
            letter.capacity() - Frames.HEADER_LENGTH - Frames.TRAILER_LENGTH);
    }

    @Override
    public void send(DirectBuffer buffer, int offset, int length) {
        if (isOpen()) {
            outgoing.add(buffer, offset, length);
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
        return endReason == EndReason.NONE;
    }

    @Override
    public EndReason endReason() {
        return endReason;
    }

    @Override
    public boolean isEndedByPeer() {
        return false;
    }

    @Override
    public void close(EndReason reason) {
        endReason = isOpen() ? reason : endReason;
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
