package dev.baton.receiver.core;

import dev.baton.buffer.slab.RunMap;
import dev.baton.kv.CellMap;
import dev.baton.transport.WriterFence;
import dev.baton.transport.session.Lanes;

/**
 * What the receiver's core asks of the data agents. Nothing blocks; orders reach each agent in the order given, and
 * before anything that a peer could send in answer to a message sent after the order.
 */
public interface LandingZone {
    /** Data agents, and lanes of each scheme. */
    int laneCount();

    /** Of them, those of this process. */
    default int ownLaneCount() {
        return laneCount();
    }

    /** Which lane of this process that lane of the handoff is; -1 for one of another process. */
    default int ownLane(int lane) {
        return lane;
    }

    /** Which lane of the handoff carries that cell; a gang's processes have theirs one behind the other. */
    default int laneOf(int targetShard, int block) {
        return Lanes.laneOf(targetShard, block, laneCount());
    }

    /** The other processes that hold shards of the same reservations. */
    default Gang gang() {
        return Gang.ALONE;
    }

    /** False while some agent is behind: no more messages are taken in until it has caught up. */
    boolean hasRoom();

    /** What one-sided lanes are fenced by; {@link WriterFence#NONE} where there are none. */
    WriterFence fence();

    void openSession(long sessionId, long tokenHigh, long tokenLow);

    void closeSession(long sessionId);

    /** A grant: these cells may land here. {@code slot} is the reservation's place among the live ones. */
    void open(int slot, long reservation, int generation, CellMap map, RunMap runs, SourceParts parts);

    /** Bytes of that part are taken from this session, with this token. */
    void bind(long reservation, int part, long sessionId, long token);

    /** One line of the manifest, to the agent of that lane. */
    void line(long reservation, int part, int lane, int cell, int crc, int seq, boolean isOneSided);

    /** No more data; cells that are not whole are reported. */
    void seal(long reservation);

    /** The agent of that lane takes data again, this cell's from its first byte. */
    void reopen(long reservation, int lane, int cell);

    /** No more data; each agent acknowledges. */
    void revoke(long reservation);

    /** No writer is left: each agent reads again what it verified of blocks before that one, and tells how far it is right. */
    void recheck(int slot, long reservation, int endBlock);

    void close(int slot, long reservation);
}
