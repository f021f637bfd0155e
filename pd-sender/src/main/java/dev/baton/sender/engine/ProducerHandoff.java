package dev.baton.sender.engine;

import java.util.Arrays;

import dev.baton.buffer.reserve.StagedRequest;
import dev.baton.kv.CellMap;
import dev.baton.kv.SourceImages;
import dev.baton.memory.ExtentRun;
import dev.baton.sender.core.HandoffBoard;

/** One handoff as the engine's thread keeps it: its units, and how far prefill has come. */
final class ProducerHandoff {
    private final HandoffBoard board;
    private final StagedRequest whole;      // null for destination-first
    private CellMap cells;                  // source-first: its own map, until it is granted
    private SourceImages images;
    private final long[] unitRuns;
    private int prefilledBlocks;
    private boolean isGranted;
    private boolean isFinished;

    /** @param ownCells source-first: what is staged, in the engine's own layout; null for destination-first, as its images */
    ProducerHandoff(HandoffBoard board, StagedRequest whole, CellMap ownCells, SourceImages ownImages,
        int blockCount) {
        this.board = board;
        this.whole = whole;
        this.cells = ownCells;
        this.images = ownImages;
        this.unitRuns = new long[blockCount];
        Arrays.fill(unitRuns, ExtentRun.NONE);
    }

    HandoffBoard board() {
        return board;
    }

    boolean isWhole() {
        return board.spec().isSourceFirst();
    }

    boolean isReady() {
        return isWhole() || isGranted;
    }

    void granted(CellMap granted, SourceImages grantedImages) {
        isGranted = true;
        if (!isWhole()) {
            cells = granted;
            images = grantedImages;
        }
    }

    CellMap cells() {
        return cells;
    }

    SourceImages images() {
        return images;
    }

    /** Whether a unit must be staged for that block: not if the receiver holds it, or if it needs nothing of it. */
    boolean needsUnit(int block) {
        return block >= cells.firstBlock() && images.unitBytes(block) > 0;
    }

    long run(int block) {
        return unitRuns[block];
    }

    void run(int block, long run) {
        unitRuns[block] = run;
    }

    StagedRequest whole() {
        return whole;
    }

    int prefilledBlocks() {
        return prefilledBlocks;
    }

    void prefilledBlocks(int value) {
        prefilledBlocks = value;
    }

    boolean isFinished() {
        return isFinished;
    }

    void finished() {
        isFinished = true;
    }

    int blockCount() {
        return unitRuns.length;
    }
}
