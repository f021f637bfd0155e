package dev.baton.transport.session;

import dev.baton.platform.Require;
import dev.baton.transport.WireMaxima;

/**
 * One lane that a node can be written to by: entries of the same scheme are its lanes 0 to n-1, in order.
 *
 * @param scheme        "tcp", "shm", "aeron", at most 12 ASCII characters
 * @param port          0 where the scheme has none
 * @param laneTokenHigh upper half of the 16 bytes that open the lane
 * @param laneTokenLow  lower half
 * @param address       where it listens; {@link LaneAddress#NONE} where control comes in
 */
public record Offer(String scheme, int port, long laneTokenHigh, long laneTokenLow, LaneAddress address) {
    public static final int SCHEME_LENGTH_MAX = WireMaxima.SCHEME_LENGTH_MAX;

    public Offer {
        Require.that(scheme.length() >= 1 && scheme.length() <= SCHEME_LENGTH_MAX
            && scheme.chars().allMatch(c -> c > ' ' && c < 127), "scheme", scheme,
            "1 to 12 printable ASCII characters");
        Require.between("port", port, 0, 65_535);
    }

    /** At the address where control comes in. */
    public Offer(String scheme, int port, long laneTokenHigh, long laneTokenLow) {
        this(scheme, port, laneTokenHigh, laneTokenLow, LaneAddress.NONE);
    }

    /** Without the token: it opens a lane, and this text ends up in messages. */
    @Override
    public String toString() {
        return scheme + ":" + port;
    }
}
