package dev.baton.transport.session;

/** Names one reservation: minted by the receiver, never used again. {@code counter} 0 is none. */
public record ReservationId(long incarnation, long counter) {
    public static final ReservationId NONE = new ReservationId(0, 0);

    @Override
    public String toString() {
        return Long.toHexString(incarnation) + "#" + counter;
    }
}
