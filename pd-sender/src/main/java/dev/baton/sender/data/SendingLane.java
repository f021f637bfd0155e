package dev.baton.sender.data;

import java.lang.foreign.MemorySegment;

import dev.baton.buffer.slab.RunMap;
import dev.baton.kv.TransferPlan;
import dev.baton.memory.MemoryLedger;
import dev.baton.memory.Region;
import dev.baton.memory.Regions;
import dev.baton.platform.Canary;
import dev.baton.sender.core.Transfer;
import dev.baton.transport.LaneMark;
import dev.baton.transport.Link;
import dev.baton.transport.Placement;
import dev.baton.transport.session.EndReason;

/**
 * One lane of one session at the data agent that owns it: its link, what was accepted and has not completed, and the
 * scratch in which cells are brought into target order. Allocates nothing once warm.
 */
final class SendingLane implements AutoCloseable {
    /** Cells on their way at once; more wait. */
    private static final int PENDING_MAX = 1024;
    /** Small enough to stay in a core's cache between the gathering and the write. */
    static final int SCRATCH_BYTES = 256 << 10;
    private static final MemorySegment MEMORY = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

    private final long sessionId;
    private final Link link;
    private final PostGate gate;
    private final MemoryLedger ledger;
    private final DataCounters counters;
    private final Placement placement = new Placement();
    private final LaneMark mark = new LaneMark();

    private final PendingCells pending = new PendingCells(PENDING_MAX);

    private Region scratch;
    private LaneFeed scratchFeed;
    private int scratchCell;
    private long scratchFrom;
    private long scratchEnd;
    private long scratchPosition;   // the link must have completed so far before the scratch is filled again
    private boolean isLossTold;
    private EndReason lossReason = EndReason.PEER_LOST;

    SendingLane(long sessionId, Link link, PostGate gate, MemoryLedger ledger, DataCounters counters) {
        this.sessionId = sessionId;
        this.link = link;
        this.gate = gate;
        this.ledger = ledger;
        this.counters = counters;
    }

    long sessionId() {
        return sessionId;
    }

    int lane() {
        return link.lane();
    }

    boolean isOneSided() {
        return link.isOneSided();
    }

    boolean isByCard() {
        return link.isByCard();
    }

    boolean isClosed() {
        return link.isClosed();
    }

    /** Whether all that the link had accepted up to there has completed. */
    boolean hasCompleted(long position) {
        return link.completedPosition() >= position;
    }

    boolean hasRoom() {
        return pending.hasRoom();
    }

    /** Moves the link on and tells of cells that have completed, as far as there is room to tell. */
    int poll(AgentMail mail) {
        int workCount = link.isClosed() ? 0 : link.poll();
        if (link.isClosed()) {
            return workCount + lose(mail);
        }
        return workCount + tellCompleted(mail);
    }

    int tellCompleted(AgentMail mail) {
        int told = 0;
        long completed = Canary.SOURCE_REUSED_EARLY.isActive() ? link.acceptedPosition() : link.completedPosition();
        while (!pending.isEmpty() && pending.position() <= completed && pending.tell(mail)) {
            pending.feed().completed();
            pending.drop();
            told++;
        }
        return told;
    }

    /** Writes the next bytes of the feed's cell. Returns bytes accepted; 0 if the lane takes none now. */
    int write(LaneFeed feed, int byteLimit) {
        if (!gate.mayPost(feed.transfer())) {
            counters.addWithheld();
            return 0;
        }
        RunMap runs = feed.transfer().runs();
        long linear = feed.targetOffset() + feed.sentBytes();
        int run = runs.runAt(feed.targetShard(), linear);
        long lengthBytes = Math.min(Math.min(feed.lengthBytes() - feed.sentBytes(), byteLimit),
            Math.min(runs.bytesToRunEnd(feed.targetShard(), run, linear), link.writeLengthMax()));
        long source = feed.sourceAddress();
        boolean isGathered = source == LaneFeed.NOT_CONTIGUOUS;
        if (isGathered) {
            if (!gather(feed)) {
                return 0;
            }
            source = scratch.address() + feed.sentBytes() - scratchFrom;
            lengthBytes = Math.min(lengthBytes, scratchEnd - feed.sentBytes());
        }
        feed.place(placement, runs.slab(feed.targetShard(), run), runs.slabOffset(feed.targetShard(), run, linear),
            (int) lengthBytes);
        long accepted = link.write(source, placement);
        if (accepted <= 0) {
            counters.addBackPressured();
            return 0;
        }
        feed.sent((int) accepted, placement.crc(), link.acceptedPosition());
        counters.addBytesWritten(accepted);
        if (isGathered) {
            scratchPosition = link.acceptedPosition();
        }
        return (int) accepted;
    }

    /** Notes a cell all of whose bytes were accepted. */
    void accepted(LaneFeed feed, int seq) {
        pending.add(feed, feed.cell(), feed.lengthBytes(), feed.crc(), seq, link.acceptedPosition());
    }

    /** Whether the mark was taken. */
    boolean mark(LaneFeed feed, int round, int seq, boolean isLast) {
        boolean isTaken = gate.mayPost(feed.transfer()) && link.mark(mark.set(feed.transfer().reservation(), feed.transfer().generation(), feed.transfer().part(),
            round, seq, isLast)) > 0;
        if (!isTaken) {
            counters.addBackPressured();
        }
        return isTaken;
    }

    /** The same, behind all that went for a handoff that is stopped, whatever its lease says: it goes to no memory that was granted. */
    boolean markBehind(LaneFeed feed, int round, int seq) {
        return link.mark(mark.set(feed.transfer().reservation(), feed.transfer().generation(), feed.transfer().part(), round, seq, false)) > 0;
    }

    /** Posts nothing any more, for this end does not trust what it held; the session goes with it. */
    void giveUp() {
        if (!link.isClosed()) {
            lossReason = EndReason.STALLED;
            link.close();
        }
    }

    /** Nothing of this lane will complete any more, and its sources are not read any more. */
    private int lose(AgentMail mail) {
        pending.fail();
        if (!isLossTold) {
            isLossTold = mail.laneLost(sessionId, link.lane(), lossReason);
            return 1;
        }
        return 0;
    }

    /**
     * The feed's next bytes in target order are in the scratch; false while what was there before is still being read.
     */
    private boolean gather(LaneFeed feed) {
        long from = feed.sentBytes();
        if (scratchFeed == feed && scratchCell == feed.cell() && from >= scratchFrom && from < scratchEnd) {
            return true;
        }
        if (link.completedPosition() < scratchPosition) {
            return false;
        }
        if (scratch == null) {
            scratch = Regions.anonymous(ledger, "sender.scratch", SCRATCH_BYTES);
        }
        TransferPlan plan = feed.plan();
        long image = feed.imageAddress();
        long end = Math.min(feed.lengthBytes(), from + SCRATCH_BYTES);
        int segment = plan.segmentAt(from);
        long at = from;
        while (at < end) {
            long skip = at - plan.targetOffset(segment);
            long length = Math.min(plan.lengthBytes(segment) - skip, end - at);
            if (image == LaneFeed.IN_PIECES) {
                copyPieces(feed, plan.sourceOffset(segment) + skip, scratch.address() + at - from, length);
            } else {
                MemorySegment.copy(MEMORY, image + plan.sourceOffset(segment) + skip, MEMORY,
                    scratch.address() + at - from, length);
            }
            at += length;
            segment++;
        }
        scratchFeed = feed;
        scratchCell = feed.cell();
        scratchFrom = from;
        scratchEnd = end;
        counters.addBytesRepacked(end - from);
        return true;
    }

    private static void copyPieces(LaneFeed feed, long imageOffset, long to, long lengthBytes) {
        for (long done = 0; done < lengthBytes; ) {
            long offset = imageOffset + done;
            long piece = Math.min(lengthBytes - done, feed.transfer().pieceBytes(feed.cell(), offset));
            MemorySegment.copy(MEMORY, feed.transfer().piece(feed.cell(), offset), MEMORY, to + done, piece);
            done += piece;
        }
    }

    @Override
    public void close() {
        link.close();
        pending.fail();
        if (scratch != null && !Canary.SCRATCH_LEAKED.isActive()) {
            scratch.close();
            scratch = null;
        }
        scratchFeed = null;
    }
}
