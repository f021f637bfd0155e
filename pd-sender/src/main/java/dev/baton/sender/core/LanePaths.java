package dev.baton.sender.core;

import java.util.ArrayList;
import java.util.List;

import dev.baton.transport.LinkContext;
import dev.baton.transport.RemoteSlab;
import dev.baton.transport.session.LaneAddress;
import dev.baton.transport.session.Lanes;
import dev.baton.transport.session.Offer;

/**
 * Which lanes of which sessions lead where. The lanes of all receiving processes of a handoff are numbered through, so
 * many for each process. Immutable; any thread may read it.
 */
public final class LanePaths {
    private static final String RDMA = "rdma";

    private final long[] sessionIds;
    private final long[] tokens;
    private final int lanesEach;
    private final int[] processOfShard;

    /** @param processOfShard one a target shard; null where one process has all */
    LanePaths(long[] sessionIds, long[] tokens, int lanesEach, int[] processOfShard) {
        this.sessionIds = sessionIds.clone();
        this.tokens = tokens.clone();
        this.lanesEach = lanesEach;
        this.processOfShard = processOfShard;
    }

    /**
     * The way to one lane. Those over devices for RDMA have addresses of their own; should a lane's fail, those of the others
     * lead to it too, in their order. No other lane is dialled anywhere but where the session is.
     */
    static LinkContext link(List<Offer> offers, int lane, long sessionId, String sessionHost, long peerIncarnation,
        List<RemoteSlab> slabs) {
        Offer offer = offers.get(lane);
        boolean hasOwn = offer.scheme().startsWith(RDMA) && !offer.address().equals(LaneAddress.NONE);
        List<String> others = new ArrayList<>();
        for (int i = 1; i < offers.size() && hasOwn; i++) {
            LaneAddress other = offers.get((lane + i) % offers.size()).address();
            if (!other.equals(LaneAddress.NONE) && !other.equals(offer.address()) && !others.contains(other.host())) {
                others.add(other.host());
            }
        }
        return new LinkContext(sessionId, lane, hasOwn ? offer.address().host() : sessionHost, offer.port(), peerIncarnation,
            offer.laneTokenHigh(), offer.laneTokenLow(), slabs, others);
    }

    /** -1 for a session of none of them. */
    public int processOf(long sessionId) {
        for (int process = 0; process < sessionIds.length; process++) {
            if (sessionIds[process] == sessionId) {
                return process;
            }
        }
        return -1;
    }

    /** The session with that process. */
    public long sessionId(int process) {
        return sessionIds[process];
    }

    /** The handoff's number of a process's lane. */
    public int laneNumber(int process, int lane) {
        return process * lanesEach + lane;
    }

    int laneOf(int targetShard, int block) {
        int process = processOfShard == null ? 0 : processOfShard[targetShard];
        return laneNumber(process, Lanes.laneOf(targetShard, block, lanesEach));
    }

    /** Admits data to that process. */
    public long token(int process) {
        return tokens[process];
    }
}
