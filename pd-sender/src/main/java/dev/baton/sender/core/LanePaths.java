package dev.baton.sender.core;

import dev.baton.transport.session.Lanes;

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
