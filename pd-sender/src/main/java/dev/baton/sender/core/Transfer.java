package dev.baton.sender.core;

import java.util.concurrent.atomic.AtomicIntegerArray;

import dev.baton.buffer.slab.RunMap;
import dev.baton.kv.CellMap;
import dev.baton.kv.SourceImages;

/**
 * One handoff as the data agents see it: what is to be written where. Made once its addresses are known. What may
 * change is written by the control agent alone, each time with a note in each agent's queue, at most one at a time.
 */
public final class Transfer {
    private static final int STOP_SEEN = 2;

    private final HandoffBoard board;
    private final long reservation;
    private final int generation;
    private final int part;
    private final PartCells own;
    /** Null where a unit holds what its block's cells say. */
    private final SourceImages images;
    private final CellMap cells;
    private final RunMap runs;
    private final LanePaths paths;
    private final AtomicIntegerArray posted;
    private volatile int cellLimit;
    private volatile Round round = new Round(1, null, false);
    private volatile boolean isStopped;
    private volatile long postUntilNs = OutboundHandoff.NEVER;

    /**
     * One round of sending.
     *
     * @param number from 1
     * @param resend cells to send again; null in the first round, which sends all
     * @param isLast no more cells come in this round: lanes are closed behind their last one
     */
    @SuppressWarnings("ArrayRecordComponent")   // never compared
    public record Round(int number, int[] resend, boolean isLast) {}

    /** @param ownImages what a unit holds where its sender has only some of the shards; null where it has all */
    Transfer(HandoffBoard board, long reservation, int generation, int part, PartCells own, SourceImages ownImages, CellMap cells,
        RunMap runs, LanePaths paths, int agentCount) {
        this.board = board;
        this.reservation = reservation;
        this.generation = generation;
        this.part = part;
        this.own = own;
        this.images = board.stagedImagesOrNull() == null ? ownImages : board.stagedImagesOrNull();
        this.cells = cells;
        this.runs = runs;
        this.paths = paths;
        this.posted = new AtomicIntegerArray(agentCount);
    }

    /** Control: whether a note must go into that agent's queue. */
    public boolean post(int agent) {
        return posted.compareAndSet(agent, 0, 1);
    }

    /**
     * Agent: its note was taken; read what may change only after this. False where it has seen the stop: a note that went in before is of no
     * use any more, and an agent that answered twice would answer for another that still posts.
     */
    public boolean taken(int agent) {
        boolean isOpen = posted.get(agent) != STOP_SEEN;
        if (isOpen) {
            posted.set(agent, 0);
        }
        return isOpen;
    }

    /** Agent: it has seen the stop and is going to answer it; no note is posted to it any more. */
    public void stopSeen(int agent) {
        posted.set(agent, STOP_SEEN);
    }

    void cellLimit(int value) {
        cellLimit = value;
    }

    /** Cells from 0 to this, exclusive, lie in their units. */
    public int cellLimit() {
        return cellLimit;
    }

    void round(Round value) {
        round = value;
    }

    public Round round() {
        return round;
    }

    void stop() {
        isStopped = true;
    }

    void postUntilNs(long value) {
        postUntilNs = value;
    }

    /**
     * Whether a byte or a mark may be posted at that time: asked in the same step as each post, but for the mark of a card that lies
     * behind all of them, which says that there are no more. False once the handoff is stopped, its session being lost for one, or its lease is nearly over; the latter may become true again.
     */
    public boolean mayPost(long nowNs) {
        long untilNs = postUntilNs;
        return maySend() && (untilNs == OutboundHandoff.NEVER || nowNs - untilNs < 0);
    }

    /** Whether cells and marks may still be begun. */
    public boolean maySend() {
        return !isStopped;
    }

    /** Nothing more is to be posted; each agent answers once all it posted has completed. */
    public boolean isStopped() {
        return isStopped;
    }

    public long handle() {
        return board.handle();
    }

    public long reservation() {
        return reservation;
    }

    public int generation() {
        return generation;
    }

    /** Which of the handoff's parts this process brings. */
    public int part() {
        return part;
    }

    /** Whether this process sends that cell. */
    public boolean has(int cell) {
        return own.has(cell);
    }

    public CellMap cells() {
        return cells;
    }

    public RunMap runs() {
        return runs;
    }

    /** Which lanes are its, and what they are opened by. */
    public LanePaths paths() {
        return paths;
    }

    public int laneOf(int cell) {
        return paths.laneOf(cells.targetShard(cell), cells.block(cell));
    }

    /** Which of its unit's images the cell is, byte for byte; -1 where it is a part of one, or put together otherwise. */
    int wholeImageOrNone(int cell, int lengthBytes) {
        if (images == null || !cells.plan(cell).isContiguous()) {
            return -1;
        }
        int block = cells.block(cell);
        KeptImages kept = board.keptOrNull();
        SourceImages ofUnit = kept != null && kept.has(block) ? kept.images(block, cells.group(cell)) : images;
        int image = ofUnit.imageIndex(block, cells.sourceShard(cell), cells.group(cell));
        return ofUnit.imageBytes(block, image) == lengthBytes ? image : -1;
    }

    /** Where the cell's source image lies; its plan's offsets count from there. 0 where it lies in {@link #piece pieces}. */
    public long imageAddress(int cell) {
        int block = cells.block(cell);
        if (block < board.pinnedEnd()) {
            long lengthBytes = images.imageBytes(block, images.imageIndex(block, cells.sourceShard(cell), cells.group(cell)));
            return pieceBytes(cell, 0) >= lengthBytes ? piece(cell, 0) : 0;
        }
        KeptImages kept = board.keptOrNull();
        if (kept != null && kept.has(block)) {
            return kept.address(block, cells.sourceShard(cell), cells.group(cell));
        }
        long unit = board.unitAddress(block);
        if (images == null) {
            return unit + cells.sourceImageOffset(cell);
        }
        int image = images.imageIndex(block, cells.sourceShard(cell), cells.group(cell));
        return unit + images.imageOffset(block, image);
    }

    /** Address of a byte of a source image that lies in pieces. */
    public long piece(int cell, long imageOffset) {
        return board.pinned().address(cells.block(cell), cells.sourceShard(cell), cells.group(cell), imageOffset);
    }

    /** Bytes of it that lie in a row from there. */
    public long pieceBytes(int cell, long imageOffset) {
        return board.pinned().contiguousBytes(cells.block(cell), cells.sourceShard(cell), cells.group(cell), imageOffset);
    }
}
