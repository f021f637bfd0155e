package dev.baton.sender.engine;

import java.util.Arrays;
import java.util.BitSet;

import dev.baton.kv.CellMap;
import dev.baton.kv.SourceImages;
import dev.baton.memory.ExtentRun;
import dev.baton.sender.core.HandoffBoard;

/** One handoff as the engine's thread keeps it: its units, and how far prefill has come. */
final class ProducerHandoff {
    private final HandoffBoard board;
    private CellMap cells;                  // source-first: its own map, until it is granted
    private SourceImages images;
    private final long[] unitRuns;
    private final StagedBlock[] named;      // its own blocks that have names
    private final BitSet inUse;             // of those that have names: still its own, or pinned
    private StagedBlock[] held = new StagedBlock[0];   // parts of kept ones that it sends in place of its own, from heldFirst on
    private int partCount;
    private int heldFirst;
    private int heldEnd;
    private int share = PeerShares.NONE;
    private long windowExtents;
    private int prefilledTokens;
    private int prefilledBlocks;
    private boolean isGranted;
    private boolean isFinished;
    private boolean isGivenBack;

    /**
     * @param ownCells source-first: what is staged, in the engine's own layout; null for destination-first
     * @param images   of what is staged, where that is known before the grant; else null
     * @param named    one for each of its leading blocks that has a name and may be kept
     */
    ProducerHandoff(HandoffBoard board, CellMap ownCells, SourceImages images, StagedBlock[] named, int blockCount) {
        this.board = board;
        this.cells = ownCells;
        this.images = images;
        this.named = named;
        this.inUse = new BitSet(named.length);
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

    /** Units hold what the peer's map asks for, unless that was settled before. */
    void granted(CellMap granted, SourceImages grantedImages) {
        isGranted = true;
        if (!isWhole()) {
            cells = granted;
            images = images == null ? grantedImages : images;
        }
    }

    CellMap cells() {
        return cells;
    }

    SourceImages images() {
        return images;
    }

    /** Whether a unit must be staged for that block: not if the receiver or this sender holds it, or if nothing of it is needed. */
    boolean needsUnit(int block) {
        return block >= firstNeeded() && (block < heldFirst || block >= heldEnd) && images.unitBytes(block) > 0;
    }

    /** The first block that neither the receiver nor the node's share for reservations has. */
    int firstNeeded() {
        return Math.max(cells.firstBlock(), board.pinnedEnd());
    }

    /** The first block that is left for the engine to stage. */
    int firstToStage() {
        return Math.max(firstNeeded(), heldEnd);
    }

    int namedCount() {
        return named.length;
    }

    /** Its own block, whether it stages that or holds a kept one in its place. */
    StagedBlock named(int block) {
        return named[block];
    }

    /** What it sends that part of a held block from; null where nothing of that part is sent. */
    StagedBlock heldOrNull(int block, int part) {
        return held[(block - heldFirst) * partCount + part];
    }

    boolean isNamed(int block) {
        return block < named.length;
    }

    /** It may send kept blocks from where they lie, from that one on. */
    void beginHold(int first, int partsOfBlock) {
        heldFirst = first;
        heldEnd = first;
        partCount = partsOfBlock;
        held = new StagedBlock[(named.length - first) * partsOfBlock];
    }

    /** It sends that part of a block from where it is kept, and has pinned it. */
    void hold(int block, int part, StagedBlock kept) {
        held[(block - heldFirst) * partCount + part] = kept;
    }

    /** It holds all blocks before that one. */
    void endHold(int end) {
        heldEnd = end;
        inUse.set(heldFirst, heldEnd);
        if (heldEnd == heldFirst) {
            holdNothing();
        }
    }

    /** It sends none of them that way after all, and has unpinned them. */
    void holdNothing() {
        inUse.clear();
        held = new StagedBlock[0];
        heldFirst = 0;
        heldEnd = 0;
    }

    boolean isHeld(int block) {
        return block >= heldFirst && block < heldEnd;
    }

    /** Behind the last block that is held here; 0 for none. */
    int heldEnd() {
        return heldEnd;
    }

    int heldCount() {
        return heldEnd - heldFirst;
    }

    void staged(int block) {
        inUse.set(block);
    }

    /** Whether that named block was still in use; now it is not. */
    boolean takeFromUse(int block) {
        boolean wasInUse = inUse.get(block);
        inUse.clear(block);
        return wasInUse;
    }

    long run(int block) {
        return unitRuns[block];
    }

    void run(int block, long run) {
        unitRuns[block] = run;
    }

    /** Whose share of what all handoffs have it takes a part of. */
    void share(int value) {
        share = value;
    }

    int share() {
        return share;
    }

    /** Units of its own in the window, whose blocks have yet to go; negative when one has gone. */
    void tookWindow(long extents) {
        windowExtents += extents;
    }

    long windowExtents() {
        return windowExtents;
    }

    int prefilledTokens() {
        return prefilledTokens;
    }

    int prefilledBlocks() {
        return prefilledBlocks;
    }

    void prefilled(int tokens, int blocks) {
        prefilledTokens = tokens;
        prefilledBlocks = blocks;
    }

    boolean isFinished() {
        return isFinished;
    }

    void finished() {
        isFinished = true;
    }

    /** Whether its staging was its own until now. */
    boolean giveBack() {
        boolean wasIts = !isGivenBack;
        isGivenBack = true;
        return wasIts;
    }

    int blockCount() {
        return unitRuns.length;
    }
}
