package dev.baton.transport.session;

import java.util.function.Consumer;
import java.util.function.LongBinaryOperator;
import java.util.function.Supplier;

import dev.baton.transport.WireMaxima;

/**
 * Sessions with peers and the messages on them. Symmetrical: who dialled does not matter once a session is open. Owned
 * by one thread, the control agent's: every method, and every listener is called inside {@link #poll}. Nothing blocks.
 */
public interface ControlPlane extends AutoCloseable {
    /** Longest message that {@link Session#send} takes, in bytes, header and trailer included. */
    int MESSAGE_LENGTH_MAX = WireMaxima.PIECED_LENGTH_MAX;

    /** What this process tells about itself. */
    NodeIdentity identity();

    /** Port that peers dial. */
    int localPort();

    /** Takes in what arrived, sends what waits, runs the timers. Returns a work count, 0 to rest. */
    int poll(long nowNs);

    /** Dials and keeps dialling with back-off, also after a session was lost, until the peering is closed. */
    Peering dial(String host, int port);

    /**
     * Dials until there is one session, a refusal, or {@code withinNs} from the next poll has passed; not again after
     * that.
     */
    Peering dial(String host, int port, long withinNs);

    /** The open session with this id, or null. */
    Session session(long sessionId);

    /** The open session with this process, or null. */
    Session sessionWith(long incarnation);

    int sessionCount();

    void forEachSession(Consumer<Session> consumer);

    /** Listeners are called in the order they were added. Add before the first poll. */
    void addSessionListener(SessionListener listener);

    void addMessageListener(MessageListener listener);

    /** Answers StatsRequest with this JSON; asked on the control agent's thread. */
    void statsSource(Supplier<String> json);

    /**
     * Asked at each handshake for what HELLO says: given the peer's incarnation and the last session with it, the
     * highest session with it, minted by the same end, up to which no copy of this process runs or is queued; 0 for
     * none. Set before the first poll; without it nothing is said. A dialler whose last session is not covered waits
     * with its next Hello for at most a second.
     */
    void drainedThrough(LongBinaryOperator source);

    ControlCounters counters();

    /** Says goodbye to every peer and closes what this plane opened. Listeners are told SHUTDOWN. */
    @Override
    void close();
}
