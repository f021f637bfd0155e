package dev.baton.transport;

/**
 * One lane to one peer: an ordered data path. Not thread-safe: one data agent owns it. Made by
 * {@link Transport#openLink}.
 *
 * <p>Positions count bytes since the link was opened. A write's source may be reused once {@link #completedPosition()}
 * has reached the value that {@link #acceptedPosition()} had right after that write (S16).
 */
public interface Link extends AutoCloseable {
    /** Nothing was sent; try again next cycle. */
    long BACK_PRESSURED = -1;
    /** Nothing was sent; the peer is not there yet. */
    long NOT_CONNECTED = -2;
    /** Nothing was sent and nothing ever will be. */
    long CLOSED = -3;

    int lane();

    /** True where bytes land without the receiving process taking part: each chunk is then followed by a mark. */
    boolean isOneSided();

    /**
     * True where a card places the bytes: that a write has completed says that the peer's card has them, and not that they lie in its
     * memory. A mark behind them that was read there says so.
     */
    default boolean isByCard() {
        return false;
    }

    /** Most bytes that one write takes. */
    int writeLengthMax();

    /**
     * Writes bytes to their final place. Fewer bytes than asked may be accepted; {@code target} is not changed but for
     * its CRC, which then covers the accepted bytes too.
     *
     * @param source address of the first byte; must not change until {@link #completedPosition()} covers the write
     * @param target where they go: {@link Placement#lengthBytes()} bytes, 1 to {@link #writeLengthMax()}
     * @return bytes accepted, or one of the negative constants above
     */
    long write(long source, Placement target);

    /** Sends a mark behind everything accepted before. Returns 1, or one of the negative constants above. */
    long mark(LaneMark mark);

    long acceptedPosition();

    long completedPosition();

    /** Moves on what was accepted, takes in completions, notices a lost peer. Returns a work count, 0 to rest. */
    int poll();

    /** Connected and usable now. */
    boolean isConnected();

    /** Broken or closed for good; {@link #whyClosed()} says why. */
    boolean isClosed();

    /** Facts about the end of this link, or an empty string while it lives. */
    String whyClosed();

    @Override
    void close();
}
