package dev.baton.sender.core;

import java.util.concurrent.atomic.AtomicBoolean;

import dev.baton.buffer.PinnedBlocks;
import dev.baton.kv.SourceImages;
import dev.baton.transport.session.EndReason;

/**
 * What the engine's thread tells the control agent about one handoff, in place: totals that only grow, and one note in
 * the queue however often they change. So telling never blocks, never fails and allocates nothing. Each field has one
 * writer, named below; units are published by the write of {@link #prefilled(int)} behind them.
 */
public final class HandoffBoard {
    /** Highest number of a question in a {@link #correlation}. */
    static final int QUESTION_MAX = 0x7FFF;
    private static final int QUESTION_SHIFT = 16;   // above the slot, of which there are at most 65,536

    private final long handle;
    private final HandoffSpec spec;
    private final SourceImages stagedImages;
    /** Of those that may be replaced; else no engine's end is its. */
    private long engine = Long.MAX_VALUE;
    private final long[] unitAddresses;
    private final ImageCrcs[] crcs;
    private final AtomicBoolean isPosted = new AtomicBoolean();
    private volatile int prefilledTokens;
    private volatile EndReason cancelReason = EndReason.NONE;
    private volatile boolean isFinished;
    private volatile PartGrant grant;
    private PrefixHere prefix;
    private PinnedBlocks pinned;
    private int pinnedEnd;
    private KeptImages kept;
    private boolean isBegun;
    private int computedTokens;
    private byte[] aux;

    /**
     * @param handle             the engine's name for the handoff: generation above, slot below
     * @param stagedImagesOrNull what a unit holds where it was staged before the peer was known; null where units
     *                           follow the peer's map
     * @param blockCount         blocks of the prompt
     */
    public HandoffBoard(long handle, HandoffSpec spec, SourceImages stagedImagesOrNull, int blockCount) {
        this.handle = handle;
        this.spec = spec;
        this.stagedImages = stagedImagesOrNull;
        this.unitAddresses = new long[blockCount];
        this.crcs = new ImageCrcs[stagedImagesOrNull == null ? 0 : blockCount];
    }

    public static long handle(int slot, int generation) {
        return ((long) generation << 32) | slot;
    }

    public static int slot(long handle) {
        return (int) handle;
    }

    /** Names the handoff and, of several questions about it, which one: the answer carries it back. */
    static long correlation(long handle, int question) {
        return handle | ((long) question << QUESTION_SHIFT);
    }

    static long handleOf(long correlation) {
        return correlation & ~((long) QUESTION_MAX << QUESTION_SHIFT);
    }

    static int questionOf(long correlation) {
        return (int) (correlation >>> QUESTION_SHIFT) & QUESTION_MAX;
    }

    public long handle() {
        return handle;
    }

    /** Engine, before it is posted: which of the node's engines begins it, in their order. */
    public void begunBy(long number) {
        engine = number;
    }

    long engine() {
        return engine;
    }

    public HandoffSpec spec() {
        return spec;
    }

    public SourceImages stagedImagesOrNull() {
        return stagedImages;
    }

    /** Engine: whether the caller must put this board in the queue, for it is not there. */
    public boolean post() {
        return isPosted.compareAndSet(false, true);
    }

    /** Control: it was taken out of the queue; read what it says only after this. */
    public void taken() {
        isPosted.set(false);
    }

    /** Control: this handoff is known; a note that comes after its end begins nothing. */
    void begun() {
        isBegun = true;
    }

    boolean isBegun() {
        return isBegun;
    }

    /** Engine: where that block's unit lies, before {@link #prefilled(int)} covers it. */
    public void unit(int block, long address) {
        unitAddresses[block] = address;
    }

    /** Engine: the same of a block that may be kept, which will carry the CRCs of its images along. */
    public void unit(int block, long address, ImageCrcs crcsOfBlock) {
        unitAddresses[block] = address;
        crcs[block] = crcsOfBlock;
    }

    /** Engine, before it is put in the queue for the first time: its first blocks are not staged but lie there. */
    public void beginsWith(PrefixHere hereOrNull) {
        prefix = hereOrNull;
        if (hereOrNull != null) {
            pinned(hereOrNull.pinned(), hereOrNull.blockCount());
        }
    }

    /** Null where it was begun without. */
    PrefixHere prefixOrNull() {
        return prefix;
    }

    /** Control: its blocks before that one are not staged but lie there, before {@link #prefilled(int)} covers them. */
    void pinned(PinnedBlocks value, int endBlock) {
        pinned = value;
        pinnedEnd = endBlock;
    }

    /** Of blocks before {@link #pinnedEnd()}, once it is granted. */
    PinnedBlocks pinned() {
        return pinned;
    }

    /**
     * Behind the last block that lies in the node's share for reservations; the others lie in units. Known from the grant on, or from the
     * beginning of one that {@link #beginsWith} it.
     */
    public int pinnedEnd() {
        return pinnedEnd;
    }

    /** Engine: what of it goes from where it was kept, before {@link #prefilled(int)} covers it. */
    public void kept(KeptImages value) {
        kept = value;
    }

    /** Null where it sends nothing that was kept. Other threads: only for blocks that are prefilled. */
    public KeptImages keptOrNull() {
        return kept;
    }

    /** What is known of that group's images of the block; null where nothing of it is kept. Only for blocks that are prefilled. */
    ImageCrcs crcsOrNull(int block, int group) {
        if (kept != null && kept.has(block)) {
            return kept.crcs(block, group);
        }
        return block < crcs.length ? crcs[block] : null;
    }

    /** Address of that block's unit; 0 if there is none. Other threads: only for blocks that are prefilled. */
    public long unitAddress(int block) {
        return unitAddresses[block];
    }

    /** Engine: so many tokens' KV lies in its units, and stays there. */
    public void prefilled(int tokens) {
        prefilledTokens = tokens;
    }

    public int prefilledTokens() {
        return prefilledTokens;
    }

    /** Engine: prefill is over. */
    public void finished(int tokens, byte[] auxBytes) {
        computedTokens = tokens;
        aux = auxBytes;
        isFinished = true;
    }

    public boolean isFinished() {
        return isFinished;
    }

    /** Meaningful once {@link #isFinished()}. */
    public int computedTokens() {
        return computedTokens;
    }

    /** Meaningful once {@link #isFinished()}; empty for none. */
    public byte[] aux() {
        return aux;
    }

    /** Engine: another rank reserved it, and this is what it was told. */
    public void joined(PartGrant value) {
        grant = value;
    }

    /** Null until the engine handed it on. */
    PartGrant grantOrNull() {
        return grant;
    }

    /** Engine: no longer wanted. */
    public void cancelled() {
        cancelReason = EndReason.CANCELLED;
    }

    /** Engine: blocks that were to be sent from where they were kept are gone. */
    public void evicted() {
        cancelReason = EndReason.EVICTED;
    }

    public boolean isCancelled() {
        return cancelReason != EndReason.NONE;
    }

    /** NONE unless {@link #isCancelled()}. */
    EndReason cancelReason() {
        return cancelReason;
    }
}
