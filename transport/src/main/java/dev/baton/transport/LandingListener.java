package dev.baton.transport;

/**
 * What an {@link Inlet} tells the data agent that polls it; called on that agent's thread only, inside
 * {@link Inlet#poll}.
 */
public interface LandingListener {
    /** Reasons of {@link #onBadFrame} that only encrypted lanes have: the frame is not as its sender sealed it. */
    String WRONG_TAG = "tag";
    /** It is, and came before, or behind a later one. */
    String REPLAYED = "replayed";

    /**
     * Two-sided lanes ask this before <em>every</em> copy or socket read: session, reservation, generation, token,
     * state and bounds are looked up each time. On true, {@link Placement#address()} is where the frame's first byte
     * goes and {@link Placement#crc()} is the cell's running CRC32C up to {@link Placement#doneBytes()}. On false the
     * rest of the frame goes to scratch.
     */
    boolean admit(Placement frame);

    /**
     * {@code lengthBytes} more bytes of the frame are in place; {@link Placement#crc()} and {@code doneBytes} include
     * them.
     */
    void onLanded(Placement frame, int lengthBytes);

    /** A mark was read, in order behind the data of its lane. */
    void onMark(LaneMark mark);

    /** The lane broke or was closed by its peer; nothing more will come on it. */
    void onLaneClosed(long sessionId, int lane);

    /** A frame was refused before it was used; counted by reason, the lane is closed if {@code isFatal}. */
    void onBadFrame(long sessionId, int lane, String reason, boolean isFatal);

    /**
     * A lane opens for a session that the inlet was not told of. The agent's orders may say so though it has not read
     * them yet: it reads them now, and may call {@link Inlet#openSession} from here.
     */
    default void onUnknownSession(long sessionId) {}
}
