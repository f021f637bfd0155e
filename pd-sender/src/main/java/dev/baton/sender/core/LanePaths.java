package dev.baton.sender.core;

import java.util.ArrayList;
import java.util.List;

import dev.baton.transport.LinkContext;
import dev.baton.transport.session.Lanes;
import dev.baton.transport.session.Offer;
import dev.baton.transport.session.Session;

/**
 * Which lanes of which sessions lead where. The lanes of all receiving processes of a handoff are numbered through, so
 * many for each process. Immutable; any thread may read it.
 */
public final class LanePaths {
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

    /** The way to one lane; should its address fail, those of the scheme's other lanes lead to it too, in their order. */
    static LinkContext link(Session session, List<Offer> offers, int lane) {
        Offer offer = offers.get(lane);
        String host = offer.address().host();
        List<String> others = new ArrayList<>();
        for (int i = 1; i < offers.size(); i++) {
            String other = offers.get((lane + i) % offers.size()).address().host();
            if (!other.isEmpty() && !other.equals(host) && !others.contains(other)) {
                others.add(other);
            }
        }
        return new LinkContext(session.id(), lane, host.isEmpty() ? session.host() : host, offer.port(),
            session.peer().incarnation(), offer.laneTokenHigh(), offer.laneTokenLow(), session.peer().slabs(), others);
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
