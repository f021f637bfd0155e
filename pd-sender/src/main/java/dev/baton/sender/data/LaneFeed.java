package dev.baton.sender.data;

import dev.baton.kv.CellMap;
import dev.baton.kv.TransferPlan;
import dev.baton.platform.Canary;
import dev.baton.sender.core.Transfer;
import dev.baton.transport.Placement;

/**
 * The cells of one handoff that go over one lane, in order: what is next, how far the cell under way has come, which
 * marks are due. Belongs to the data agent that owns the lane. Made once a handoff and lane; allocates nothing after.
 */
final class LaneFeed {
    /** {@link #sourceAddress()} of a cell that must be brought into target order first. */
    static final long NOT_CONTIGUOUS = 0;
    /** {@link #imageAddress()} of a cell whose source image does not lie in a row. */
    static final long IN_PIECES = 0;
    private static final int NONE = -1;

    private final Transfer transfer;
    private final SendingLane lane;
    private final int process;
    private final int laneNumber;
    private final WireKinds kinds;
    private Transfer.Round round = new Transfer.Round(0, null, false);
    private int cursor;               // the next cell to look at, or the next entry of a resend
    private boolean isRoundUsed;
    private boolean isRoundClosed;
    private int markSeq;
    private int markSeqTold;
    private boolean isUnmarked;       // something went, and no mark behind it yet
    private boolean isMarkDue;
    private boolean isLaneDoneDue;
    private int outstanding;
    private int failedCompletions;
    private boolean isQueued;

    private int cell = NONE;
    private int lengthBytes;
    private int sentBytes;
    private int crc;
    private int kind;
    private long acceptedPosition;
    private int targetShard;
    private long targetOffset;
    private long imageAddress;
    private long sourceStart;
    private TransferPlan plan;

    /** @param process the receiving one that the lane leads to */
    LaneFeed(Transfer transfer, SendingLane lane, int process, WireKinds kinds) {
        this.kinds = kinds;
        this.transfer = transfer;
        this.lane = lane;
        this.process = process;
        laneNumber = transfer.paths().laneNumber(process, lane.lane());
    }

    /** Takes in a new round. */
    void look() {
        Transfer.Round current = transfer.round();
        if (current.number() != round.number()) {
            cursor = 0;
            isRoundUsed = false;
            isRoundClosed = false;
        }
        round = current;
    }

    /** Sends up to so many bytes, then the marks that are due. Returns bytes accepted. */
    int send(int byteLimit, AgentMail mail) {
        int written = 0;
        while (written < byteLimit && (cell != NONE || (lane.hasRoom() && nextCell()))) {
            int accepted = lane.write(this, byteLimit - written);
            if (accepted == 0) {
                return written;
            }
            written += accepted;
            isUnmarked = true;
            if (sentBytes == lengthBytes) {
                lane.accepted(this, lane.isOneSided() ? markSeq + 1 : 0);
                outstanding++;
                isRoundUsed = true;
                isMarkDue = lane.isOneSided();
                cell = NONE;
            }
        }
        sendMarks(mail);
        return written;
    }

    private void sendMarks(AgentMail mail) {
        boolean isLastDue = isLastMarkDue();
        if ((isMarkDue || isLastDue) && lane.mark(this, round.number(), markSeq + 1, isLastDue)) {
            markSeq++;
            isUnmarked = false;
            isMarkDue = false;
            if (isLastDue) {
                isRoundClosed = true;
                isLaneDoneDue = true;
            }
        }
        if (isLaneDoneDue) {
            isLaneDoneDue = !tellMark(mail);
        }
    }

    private boolean tellMark(AgentMail mail) {
        boolean isTold = mail.laneDone(transfer.handle(), laneNumber, round.number(), markSeq);
        markSeqTold = isTold ? markSeq : markSeqTold;
        return isTold;
    }

    /**
     * Stopped: whether a mark went behind all that went over a card, and its number was told. What the receiver has read a mark behind
     * lies in its memory; of what only the cards know it is proved when their queue pairs are gone.
     */
    boolean isMarked(AgentMail mail) {
        if (!lane.isByCard()) {
            return true;
        }
        if (isUnmarked && !lane.isClosed() && lane.markBehind(this, round.number(), markSeq + 1)) {
            markSeq++;
            isUnmarked = false;
        }
        return (!isUnmarked || lane.isClosed()) && (markSeqTold == markSeq || tellMark(mail));
    }

    private boolean isLastMarkDue() {
        return round.isLast() && isRoundUsed && !isRoundClosed && cell == NONE && !hasCell();
    }

    /** Whether {@link #send} has something to do, lane and peer permitting. */
    boolean hasWork() {
        return transfer.maySend() && !lane.isClosed()
            && (cell != NONE || isMarkDue || isLaneDoneDue || hasCell() || isLastMarkDue());
    }

    /** Looks for the next cell of this lane among those that are ready; moves the cursor over those of other lanes and ranks. */
    private boolean hasCell() {
        int[] resend = round.resend();
        int limit = resend == null ? transfer.cellLimit() : resend.length;
        while (cursor < limit && !isOfLane(resend == null ? cursor : resend[cursor])) {
            cursor++;
        }
        return cursor < limit;
    }

    private boolean isOfLane(int candidate) {
        return transfer.laneOf(candidate) == laneNumber && transfer.has(candidate);
    }

    private boolean nextCell() {
        if (!transfer.maySend() || !hasCell()) {
            return false;
        }
        CellMap cells = transfer.cells();
        cell = round.resend() == null ? cursor : round.resend()[cursor];
        cursor++;
        lengthBytes = (int) cells.lengthBytes(cell);
        sentBytes = 0;
        crc = 0;
        kind = kinds.of(cells, cell);
        targetShard = cells.targetShard(cell);
        targetOffset = cells.targetOffset(cell);
        imageAddress = transfer.imageAddress(cell);
        plan = cells.plan(cell);
        sourceStart = plan.isContiguous() && imageAddress != IN_PIECES ? imageAddress + plan.sourceOffset(0) : NOT_CONTIGUOUS;
        return true;
    }

    void place(Placement placement, int slab, long slabOffset, int length) {
        placement.reservation(lane.sessionId(), transfer.reservation(), transfer.generation(),
            transfer.paths().token(process))
            .place(cell, sentBytes, slab, slabOffset, length);
        placement.crc(crc);
        placement.kind(kind);
    }

    /** @param position what the link had accepted in all right after them */
    void sent(int bytes, int crcWithThem, long position) {
        acceptedPosition = position;
        sentBytes += bytes;
        crc = crcWithThem;
    }

    void completed() {
        outstanding--;
    }

    void failed() {
        outstanding--;
        failedCompletions++;
    }

    /** Nothing that was posted for it is under way any more, no part of a cell that went no further either. */
    boolean isQuiet() {
        return (outstanding == 0 && (lane.isClosed() || lane.hasCompleted(acceptedPosition)))
            || Canary.DRAINED_WITHOUT_COMPLETIONS.isActive();
    }

    /**
     * Of lanes that write by themselves: what of these nobody saw completed may land yet, so no word of this end is proof for it. On
     * other lanes the receiver lets nothing in that comes late, whatever became of it here.
     */
    int failedCompletions() {
        if (!lane.isOneSided()) {
            return 0;
        }
        boolean isPartLost = cell != NONE && sentBytes > 0 && !lane.hasCompleted(acceptedPosition);
        return failedCompletions + (isPartLost || (isUnmarked && lane.isByCard()) ? 1 : 0);
    }

    /** The receiving one that its lane leads to. */
    int process() {
        return process;
    }

    boolean isQueued() {
        return isQueued;
    }

    void isQueued(boolean value) {
        isQueued = value;
    }

    Transfer transfer() {
        return transfer;
    }

    SendingLane lane() {
        return lane;
    }

    /** Of the handoff: lanes of all receiving processes are numbered through. */
    int laneNumber() {
        return laneNumber;
    }

    long handle() {
        return transfer.handle();
    }

    int cell() {
        return cell;
    }

    int lengthBytes() {
        return lengthBytes;
    }

    int sentBytes() {
        return sentBytes;
    }

    int crc() {
        return crc;
    }

    int targetShard() {
        return targetShard;
    }

    long targetOffset() {
        return targetOffset;
    }

    long imageAddress() {
        return imageAddress;
    }

    TransferPlan plan() {
        return plan;
    }

    /** Address of the next byte of the cell; {@link #NOT_CONTIGUOUS} if it must be brought into target order first. */
    long sourceAddress() {
        return sourceStart == NOT_CONTIGUOUS ? NOT_CONTIGUOUS : sourceStart + sentBytes;
    }
}
