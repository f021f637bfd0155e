package dev.baton.transport;

import java.util.List;

/**
 * What the sending end of a lane is told.
 *
 * @param sessionId       the connected pair of processes the lane belongs to
 * @param lane            which lane, and data agent, of the receiver
 * @param host            the address that the peer offers for this lane; as it was dialled where it offers none
 * @param port            the port offered for this lane; 0 where the scheme has none
 * @param peerIncarnation of the receiving process; names its shared-memory files
 * @param tokenHigh       the lane token's upper half
 * @param tokenLow        the lane token's lower half
 * @param slabs           the receiver's slabs, for one-sided lanes
 * @param otherHosts      where the same lane is reached should the first address fail; empty where there is one way
 */
public record LinkContext(long sessionId, int lane, String host, int port, long peerIncarnation, long tokenHigh,
    long tokenLow, List<RemoteSlab> slabs, List<String> otherHosts) {
    public LinkContext {
        slabs = List.copyOf(slabs);
        otherHosts = List.copyOf(otherHosts);
    }

    /** With one way to the peer. */
    public LinkContext(long sessionId, int lane, String host, int port, long peerIncarnation, long tokenHigh, long tokenLow,
        List<RemoteSlab> slabs) {
        this(sessionId, lane, host, port, peerIncarnation, tokenHigh, tokenLow, slabs, List.of());
    }

    /** Without the token: keys may be made of it. */
    @Override
    public String toString() {
        return "sessionId=" + sessionId + " lane=" + lane + " host=" + host + " port=" + port + " peerIncarnation=" +
            Long.toHexString(peerIncarnation) + " slabs=" + slabs.size();
    }
}
