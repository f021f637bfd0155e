package dev.baton.receiver.landing;

import dev.baton.buffer.slab.RunMap;
import dev.baton.buffer.slab.SlabPool;
import dev.baton.kv.CellMap;
import dev.baton.platform.Canary;
import dev.baton.receiver.core.SourceParts;
import dev.baton.transport.LaneMark;
import dev.baton.transport.Placement;
import dev.baton.transport.session.Lanes;

/**
 * What data agents know of one reservation: where its cells lie and how far each has come. Made by the control agent at
 * the grant and handed over through a ring. Each cell is touched by one data agent only, the one that its lane belongs
 * to, so the arrays need no locks. Heap: 17 bytes a cell.
 */
final class Landing {
    static final byte LANDED = 1;
    static final byte HAS_LINE = 2;
    static final byte VERIFIED = 4;
    static final byte BAD = 8;
    /** One-sided lanes: its mark was read, its check is on its way. */
    static final byte MARKED = 16;
    private static final int NONE = -1;

    private final long reservation;
    private final int generation;
    private final CellMap map;
    private final SourceParts parts;
    private final RunMap runs;
    private final SlabPool pool;
    private final int laneCount;
    private final long[] partSessions;
    private final long[] partTokens;
    private final int[] landedBytes;
    private final int[] crcs;
    private final int[] expectedCrcs;
    private final byte[] flags;
    private final int[] nextWaiting;
    private final int[] waitingHead;
    private final int[] waitingTail;
    private final int[] waitingSeq;
    private final int[] markSeqs;

    Landing(long reservation, int generation, CellMap map, RunMap runs, SlabPool pool, int laneCount,
        SourceParts parts) {
        int partCount = parts.count();
        this.parts = parts;
        this.reservation = reservation;
        this.generation = generation;
        this.map = map;
        this.runs = runs;
        this.pool = pool;
        this.laneCount = laneCount;
        partSessions = new long[partCount];
        partTokens = new long[partCount];
        int cells = map.cellCount();
        landedBytes = new int[cells];
        crcs = new int[cells];
        expectedCrcs = new int[cells];
        flags = new byte[cells];
        nextWaiting = new int[cells];
        waitingSeq = new int[cells];
        waitingHead = new int[laneCount * partCount];
        waitingTail = new int[laneCount * partCount];
        java.util.Arrays.fill(waitingHead, NONE);
        markSeqs = new int[laneCount * partCount];
    }

    long reservation() {
        return reservation;
    }

    CellMap map() {
        return map;
    }

    int cellCount() {
        return flags.length;
    }

    /** -1 for a cell of a shard that is another process's: no lane here carries it. */
    int laneOf(int cell) {
        int shard = map.targetShard(cell);
        return pool.hasShard(shard) ? Lanes.laneOf(shard, map.block(cell), laneCount) : NONE;
    }

    void bind(int part, long sessionId, long token) {
        partSessions[part] = sessionId;
        partTokens[part] = token;
    }

    /** Whether these bytes belong here, exactly here, and next; sets address and running CRC if so. */
    boolean admit(Placement frame, int lane) {
        int cell = frame.cell();
        if (frame.generation() != generation || cell < 0 || cell >= flags.length || !isBound(frame)
            || laneOf(cell) != lane
            || frame.cellOffset() < 0 || (flags[cell] & LANDED) != 0) {
            return false;
        }
        long start = frame.cellOffset();
        if (landedBytes[cell] != start + frame.doneBytes() || start + frame.lengthBytes() > map.lengthBytes(cell)) {
            return false;
        }
        int shard = map.targetShard(cell);
        long linear = map.targetOffset(cell) + start;
        int run = runs.runAt(shard, linear);
        if (runs.slab(shard, run) != frame.slab() || runs.slabOffset(shard, run, linear) != frame.slabOffset()
            || frame.lengthBytes() > runs.bytesToRunEnd(shard, run, linear)) {
            return false;
        }
        frame.address(pool.address(frame.slab(), 0) + frame.slabOffset());
        frame.crc(crcs[cell]);
        return true;
    }

    /** True when the cell is whole with these bytes. */
    boolean landed(Placement frame, int lengthBytes) {
        int cell = frame.cell();
        landedBytes[cell] += lengthBytes;
        crcs[cell] = frame.crc();
        if (landedBytes[cell] < map.lengthBytes(cell)) {
            return false;
        }
        flags[cell] |= LANDED;
        return true;
    }

    boolean has(int cell, byte flag) {
        return (flags[cell] & flag) != 0;
    }

    void flag(int cell, byte flag) {
        flags[cell] |= flag;
    }

    /** The manifest's word on a cell. */
    void expect(int cell, int crc) {
        expectedCrcs[cell] = crc;
        flags[cell] |= HAS_LINE;
    }

    /** No line, or neither landed nor, on one-sided lanes, waiting to be checked. */
    boolean isMissing(int cell) {
        return (flags[cell] & HAS_LINE) == 0 || (flags[cell] & (LANDED | MARKED)) == 0;
    }

    boolean isRight(int cell) {
        return crcs[cell] == expectedCrcs[cell] || Canary.CRC_SKIPPED.isActive();
    }

    int crc(int cell) {
        return crcs[cell];
    }

    int expectedCrc(int cell) {
        return expectedCrcs[cell];
    }

    int landedBytes(int cell) {
        return landedBytes[cell];
    }

    /** One-sided lanes: bytes of the cell that were read back and checked. */
    void checked(int cell, int lengthBytes, int crc) {
        landedBytes[cell] += lengthBytes;
        crcs[cell] = crc;
    }

    /** The cell starts anew, for the next round. */
    void reset(int cell) {
        landedBytes[cell] = 0;
        crcs[cell] = 0;
        flags[cell] = 0;
    }

    long addressOf(int cell, long cellOffset) {
        int shard = map.targetShard(cell);
        long linear = map.targetOffset(cell) + cellOffset;
        int run = runs.runAt(shard, linear);
        return pool.address(runs.slab(shard, run), 0) + runs.slabOffset(shard, run, linear);
    }

    /** Bytes of the cell that lie in a row from that offset. */
    long contiguousBytes(int cell, long cellOffset) {
        int shard = map.targetShard(cell);
        long linear = map.targetOffset(cell) + cellOffset;
        return Math.min(map.lengthBytes(cell) - cellOffset, runs.bytesToRunEnd(shard, runs.runAt(shard, linear),
            linear));
    }

    /**
     * One-sided lanes: a line came whose mark has not been read. A part's lines of a lane come in the order of their
     * marks.
     */
    void awaitMark(int cell, int part, int lane, int seq) {
        int list = part * laneCount + lane;
        waitingSeq[cell] = seq;
        nextWaiting[cell] = NONE;
        if (waitingHead[list] == NONE) {
            waitingHead[list] = cell;
        } else {
            nextWaiting[waitingTail[list]] = cell;
        }
        waitingTail[list] = cell;
    }

    /** Takes that part's next cell on that lane whose mark has been read, or -1. */
    int pollMarked(int part, int lane, int seq) {
        int list = part * laneCount + lane;
        int cell = waitingHead[list];
        if (cell == NONE || waitingSeq[cell] > seq) {
            return NONE;
        }
        waitingHead[list] = nextWaiting[cell];
        return cell;
    }

    int markSeq(int part, int lane) {
        return markSeqs[part * laneCount + lane];
    }

    /** False for a mark of another generation, of a part that this session has not bound, or out of order. */
    boolean mark(LaneMark mark) {
        if (mark.generation() != generation || mark.part() >= partSessions.length
            || partSessions[mark.part()] != mark.sessionId()
            || mark.seq() <= markSeq(mark.part(), mark.lane())) {
            return false;
        }
        markSeqs[mark.part() * laneCount + mark.lane()] = mark.seq();
        return true;
    }

    /** Only the process that brings a cell may send it: on the session that bound its part, with that part's token. */
    private boolean isBound(Placement frame) {
        int part = parts.partOf(frame.cell());
        return partSessions[part] != 0 && partSessions[part] == frame.sessionId()
            && partTokens[part] == frame.token();
    }
}
