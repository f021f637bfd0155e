package dev.baton.transport;

import java.util.List;

/**
 * What the sending end of a lane is told.
 *
 * @param sessionId       the connected pair of processes the lane belongs to
 * @param lane            which lane, and data agent, of the receiver
 * @param host            the peer's address, as it was dialled
 * @param port            the port offered for this lane; 0 where the scheme has none
 * @param peerIncarnation of the receiving process; names its shared-memory files
 * @param tokenHigh       the lane token's upper half
 * @param tokenLow        the lane token's lower half
 * @param slabs           the receiver's slabs, for one-sided lanes
 */
public record LinkContext(long sessionId, int lane, String host, int port, long peerIncarnation, long tokenHigh,
    long tokenLow, List<RemoteSlab> slabs) {
    public LinkContext {
        slabs = List.copyOf(slabs);
    }

    /** Without the token: keys may be made of it. */
    @Override
    public String toString() {
        return "sessionId=" + sessionId + " lane=" + lane + " host=" + host + " port=" + port + " peerIncarnation=" +
            Long.toHexString(peerIncarnation) + " slabs=" + slabs.size();
    }
}
