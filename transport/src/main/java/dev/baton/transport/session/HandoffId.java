package dev.baton.transport.session;

/**
 * Names one handoff everywhere: one try at moving one request's KV. Immutable; a good map key.
 *
 * @param tenant      hash of the tenant's name
 * @param requestHigh upper half of the 128-bit request id
 * @param requestLow  lower half
 * @param attempt     counts tries from 0, unsigned
 */
public record HandoffId(long tenant, long requestHigh, long requestLow, int attempt) {
    /** A wire field that names none. */
    public static final HandoffId NONE = new HandoffId(0, 0, 0, 0);

    @Override
    public String toString() {
        return Long.toHexString(tenant) + "/" + Long.toHexString(requestHigh) + "-" + Long.toHexString(requestLow) +
            "/" + Integer.toUnsignedString(attempt);
    }
}
