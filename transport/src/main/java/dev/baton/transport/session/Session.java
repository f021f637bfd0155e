package dev.baton.transport.session;

import org.agrona.DirectBuffer;

/**
 * One connected pair of processes, from one handshake to its end; the same at both ends. Belongs to the control agent's
 * thread: every method. A grant dies with its session.
 */
public interface Session {
    /** Minted by the acceptor; never 0, never used again by the pair. */
    long id();

    /** What the peer told about itself in HELLO; its offers carry the tokens that open its lanes on this session. */
    NodeIdentity peer();

    /**
     * Where the peer is: the host as it was dialled, or else the source that its packets came from. Never from a
     * payload.
     */
    String host();

    /** Upper half of the 16 bytes that open a lane to this process on this session. */
    long laneTokenHigh();

    long laneTokenLow();

    /** The peer's control port. */
    int port();

    /** Incarnation of this end's process. */
    long localIncarnation();

    /** True at the end that dialled. */
    boolean isDialled();

    /** Highest protocol version that both ends speak. */
    int version();

    /** The peer runs and queues no copy of sessions up to this one, as its HELLO said; 0 for none said. */
    long peerDrainedThrough();

    /** False from the moment the session is lost, before {@link SessionListener#onSessionClosed} tells. */
    boolean isOpen();

    /** {@code NONE} while it is open. */
    EndReason endReason();

    /** Whether the peer said the end, rather than this process; false while it is open. */
    boolean isEndedByPeer();

    /**
     * Whether an operator should hear that it has ended: not where the peer only asked for statistics, nor where it is this process
     * that goes.
     */
    default boolean isMissed() {
        return !peer().isObserver() && (isEndedByPeer() || endReason() != EndReason.SHUTDOWN);
    }

    /**
     * Sends one whole message: header, envelope, body and trailer. Never blocks, never fails while the session is open:
     * what the wire does not take waits in a bounded outbox, and a session whose outbox overflows is lost at the next
     * poll. Longer messages than 64 KiB go as pieces and arrive whole. On a session that is not open nothing happens.
     * The bytes are copied before it returns.
     *
     * @throws IllegalArgumentException if the message is longer than {@link ControlPlane#MESSAGE_LENGTH_MAX}
     */
    void send(DirectBuffer buffer, int offset, int length);

    /** Ends the session and tells the peer why; the listeners hear it at the next poll. */
    void close(EndReason reason);

    /** What the receiver's core keeps with this session; null until it is set. */
    Object receiverState();

    void receiverState(Object state);
}
