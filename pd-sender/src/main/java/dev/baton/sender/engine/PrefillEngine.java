package dev.baton.sender.engine;

import org.agrona.MutableDirectBuffer;
import org.agrona.collections.IntArrayList;
import org.agrona.concurrent.MessageHandler;

import dev.baton.buffer.reserve.StagedRequest;
import dev.baton.buffer.slab.ShardRange;
import dev.baton.kv.CellMap;
import dev.baton.kv.ShardPairing;
import dev.baton.kv.ShardedLayout;
import dev.baton.kv.SourceImages;
import dev.baton.memory.ExtentRun;
import dev.baton.platform.Require;
import dev.baton.sender.core.EngineNotice;
import dev.baton.sender.core.HandoffBoard;
import dev.baton.sender.core.HandoffSpec;
import dev.baton.sender.core.PartGrant;
import dev.baton.transport.WireMaxima;

/**
 * The producer's verbs. One engine thread calls all of them; none blocks, and {@link #stage}, {@link #chunkReady} and
 * {@link #poll} allocate nothing. A handoff is named by a number until its terminal event was polled; after that the
 * number is refused.
 * <pre>
 *   destination-first   begin ─▶ onGranted ─▶ (stage blocks, fill them, chunkReady)* ─▶ finish ─▶ onLanded ─▶ onOutcome
 *   source-first        begin (all staging, or FULL) ─▶ (stage, fill, chunkReady)* ─▶ finish ─▶ ... wanted ...
 *                       ─▶ onLanded ─▶ onOutcome
 * </pre>
 * A staged unit is the block's images, one behind the other, as {@link #images} says; its bytes must not change from
 * the chunkReady that covers it on.
 */
public final class PrefillEngine {
    /** No staging, or no slot for another handoff, now: poll, then try again. */
    public static final long FULL = -1;
    /** Not granted yet: nothing of it may be staged. */
    public static final long NOT_GRANTED = -2;
    /** That handoff has ended. */
    public static final long ENDED = -3;
    /** Nothing of this block is sent: it is held, or outside every window. */
    public static final long NOTHING = 0;
    public static final int AUX_LENGTH_MAX = WireMaxima.AUX_LENGTH_MAX;

    private static final int EXTENT_BYTES = 4 << 20;
    private static final byte[] NO_AUX = new byte[0];

    private final ShardPairing self;
    private final ShardRange shards;
    private final int blockTokens;
    private final Staging staging;
    private final EngineMail mail;
    private final ProducerHandoff[] slots;
    private final int[] generations;
    private final IntArrayList freeSlots = new IntArrayList();
    private volatile boolean isDraining;
    private final MessageHandler unitFree = this::onUnitFree;

    /** @param shards of the layout that this process has */
    public PrefillEngine(ShardedLayout layout, ShardRange shards, Staging staging, EngineMail mail, int handoffsMax) {
        this.self = ShardPairing.of(layout.layout(), layout.sharding(), layout.layout(), layout.sharding());
        this.shards = shards;
        this.blockTokens = layout.layout().blockTokens();
        this.staging = staging;
        this.mail = mail;
        this.slots = new ProducerHandoff[handoffsMax];
        this.generations = new int[handoffsMax];
        for (int slot = handoffsMax - 1; slot >= 0; slot--) {
            freeSlots.addInt(slot);
        }
    }

    /**
     * Begins a handoff.
     * @return its name, positive; or {@link #FULL}: too many handoffs, or source-first and no staging for all of it now
     * @throws IllegalArgumentException if source-first staging could never hold it
     */
    public long begin(HandoffSpec spec) {
        if (freeSlots.isEmpty() || isDraining) {
            return FULL;
        }
        int blockCount = (int) (((long) spec.tokens() + blockTokens - 1) / blockTokens);
        CellMap own = null;
        SourceImages images = null;
        StagedRequest whole = null;
        if (spec.isSourceFirst()) {
            own = CellMap.ofTarget(self, spec.tokens(), 0, 0, EXTENT_BYTES);
            images = imagesHere(own);
            whole = staging.takeWhole(images, blockCount);
            if (whole == null) {
                return FULL;
            }
        }
        int slot = freeSlots.removeAt(freeSlots.size() - 1);
        generations[slot] = generations[slot] == Integer.MAX_VALUE ? 1 : generations[slot] + 1;
        long handle = HandoffBoard.handle(slot, generations[slot]);
        HandoffBoard board = new HandoffBoard(handle, spec, images, blockCount);
        slots[slot] = new ProducerHandoff(board, whole, own, images, blockCount);
        mail.post(board);
        return handle;
    }

    private SourceImages imagesHere(CellMap cells) {
        return cells.sourceImages(shards.first(), shards.last() + 1);
    }

    /**
     * What another rank was told of a handoff that this one has begun as {@link HandoffSpec#joining()}.
     *
     * @return 0, or {@link #ENDED}
     * @throws IllegalArgumentException if it is of another handoff, or of other sizes
     */
    public long join(long handoff, byte[] grantBytes) {
        PartGrant grant = PartGrant.decode(grantBytes);
        ProducerHandoff producer = find(handoff);
        if (producer == null) {
            return ENDED;
        }
        HandoffSpec spec = producer.board().spec();
        if (!spec.isJoining() || !spec.id().equals(grant.handoff()) || spec.tokens() != grant.tokens()
            || spec.growthTokens() != grant.growthTokens()) {
            throw new IllegalArgumentException("not what this rank has begun: " + grant + " tokens=" + grant.tokens() +
                " growthTokens=" + grant.growthTokens() + " begun=" + spec);
        }
        producer.board().joined(grant);
        mail.post(producer.board());
        return 0;
    }

    /**
     * The memory that this block's images go into. Asked again, the same.
     * @param block of the prompt, from 0
     * @return its address, or {@link #NOTHING}, {@link #FULL}, {@link #NOT_GRANTED}, {@link #ENDED}
     */
    public long stage(long handoff, int block) {
        ProducerHandoff producer = find(handoff);
        if (producer == null) {
            return ENDED;
        }
        Require.between("block", block, 0, producer.blockCount() - 1);
        if (!producer.isReady()) {
            return NOT_GRANTED;
        }
        if (!producer.needsUnit(block)) {
            return NOTHING;
        }
        if (producer.board().unitAddress(block) != 0) {
            return producer.board().unitAddress(block);
        }
        if (producer.isWhole()) {
            long address = staging.wholeAddress(producer.whole(), block);
            producer.board().unit(block, address);
            return address;
        }
        return stageInWindow(producer, block);
    }

    private long stageInWindow(ProducerHandoff producer, int block) {
        long run = staging.takeUnit(producer.images().unitBytes(block));
        if (run == ExtentRun.NONE && mail.takeUnits(unitFree) > 0) {
            run = staging.takeUnit(producer.images().unitBytes(block));
        }
        if (run == ExtentRun.NONE) {
            return FULL;
        }
        producer.run(block, run);
        producer.board().unit(block, staging.windowAddress(run));
        return producer.board().unitAddress(block);
    }

    /** What lies where in a block's unit; null before the grant of a destination-first handoff, or after the end. */
    public SourceImages images(long handoff) {
        ProducerHandoff producer = find(handoff);
        return producer == null ? null : producer.images();
    }

    /**
     * So many tokens are prefilled: their blocks' units are filled. Cumulative; never blocks.
     * @return 0, or {@link #NOT_GRANTED} or {@link #ENDED}, when nothing was noted
     * @throws IllegalArgumentException if the count falls, or is more than the prompt
     * @throws IllegalStateException    if a block that is complete by then has no unit
     */
    public long chunkReady(long handoff, int prefilledTokens) {
        ProducerHandoff producer = find(handoff);
        if (producer == null) {
            return ENDED;
        }
        if (!producer.isReady()) {
            return NOT_GRANTED;
        }
        HandoffBoard board = producer.board();
        Require.between("prefilledTokens", prefilledTokens, board.prefilledTokens(), board.spec().tokens());
        int blocks = producer.cells().blocksComplete(prefilledTokens);
        for (int block = producer.prefilledBlocks(); block < blocks; block++) {
            if (producer.needsUnit(block) && board.unitAddress(block) == 0) {
                throw new IllegalStateException("a block is prefilled that was not staged: block=" + block
                    + " prefilledTokens="
                    + prefilledTokens + " handoff=" + board.spec().id());
            }
        }
        producer.prefilledBlocks(blocks);
        board.prefilled(prefilledTokens);
        mail.post(board);
        return 0;
    }

    /**
     * Prefill is over: all blocks are filled.
     * @param computedTokens tokens whose KV this engine computed, held ones not counted; told to the decode engine
     * @param auxOrNull      opaque bytes for the decode engine, at most {@link #AUX_LENGTH_MAX}; not to be changed
     *                       after
     * @return as {@link #chunkReady}
     */
    public long finish(long handoff, int computedTokens, byte[] auxOrNull) {
        ProducerHandoff producer = find(handoff);
        if (producer == null) {
            return ENDED;
        }
        if (producer.isFinished()) {
            throw new IllegalStateException("finished twice: handoff=" + producer.board().spec().id());
        }
        byte[] aux = auxOrNull == null ? NO_AUX : auxOrNull;
        Require.between("aux.length", aux.length, 0, AUX_LENGTH_MAX);
        Require.between("computedTokens", computedTokens, 0, producer.board().spec().tokens());
        long noted = chunkReady(handoff, producer.board().spec().tokens());
        if (noted == 0) {
            producer.finished();
            producer.board().finished(computedTokens, aux);
            mail.post(producer.board());
        }
        return noted;
    }

    /** No longer wanted. It ends with {@link PrefillListener#onFailed}, or with its outcome if that was quicker. */
    public void cancel(long handoff) {
        ProducerHandoff producer = find(handoff);
        if (producer != null) {
            producer.board().cancelled();
            mail.post(producer.board());
        }
    }

    /** Takes back free staging and tells what happened, at most {@code limit} events. Returns a work count. */
    public int poll(PrefillListener listener, int limit) {
        int workCount = mail.takeUnits(unitFree);
        EngineNotice notice;
        for (int i = 0; i < limit && (notice = mail.takeNotice()) != null; i++) {
            workCount++;
            ProducerHandoff producer = find(notice.handle());
            if (producer != null) {
                tell(producer, notice, listener);
            }
        }
        return workCount;
    }

    /** From any thread: from now on {@link #begin} answers {@link #FULL}; what is under way goes on. */
    public void drain() {
        isDraining = true;
    }

    /** Handoffs that have not ended. */
    public int handoffCount() {
        return slots.length - freeSlots.size();
    }

    private void tell(ProducerHandoff producer, EngineNotice notice, PrefillListener listener) {
        long handle = notice.handle();
        if (notice.isLast() || notice instanceof EngineNotice.Landed) {
            giveBack(producer);
        }
        if (notice.isLast()) {
            slots[HandoffBoard.slot(handle)] = null;
            freeSlots.addInt(HandoffBoard.slot(handle));
        }
        switch (notice) {
            case EngineNotice.Granted granted -> {
                producer.granted(granted.cells(), imagesHere(granted.cells()));
                listener.onGranted(handle, granted.cells());
            }
            case EngineNotice.PartGranted part ->
                listener.onPartGranted(handle, part.grant().part(), part.grant().encode());
            case EngineNotice.Queued queued -> listener.onQueued(handle, queued.position(), queued.estimateMs());
            case EngineNotice.Rejected rejected ->
                listener.onRejected(handle, rejected.reasonCode(), rejected.retryAfterMs(), rejected.detail());
            case EngineNotice.Landed _ -> listener.onLanded(handle);
            case EngineNotice.Outcome outcome -> listener.onOutcome(handle, outcome.kind(), outcome.reason());
            case EngineNotice.Failed failed -> listener.onFailed(handle, failed.reason(), failed.detail());
        }
    }

    private void giveBack(ProducerHandoff producer) {
        if (producer.whole() != null && producer.whole().isStaged()) {
            staging.giveWhole(producer.whole());
        }
        for (int block = 0; block < producer.blockCount(); block++) {
            giveUnit(producer, block);
        }
    }

    /** The board keeps the address: an agent may still look at it, and a block is staged once. */
    private void giveUnit(ProducerHandoff producer, int block) {
        long run = producer.run(block);
        if (run != ExtentRun.NONE) {
            producer.run(block, ExtentRun.NONE);
            staging.giveUnit(run);
        }
    }

    private void onUnitFree(int type, MutableDirectBuffer buffer, int index, int length) {
        ProducerHandoff producer = find(buffer.getLong(index));
        if (producer != null) {
            giveUnit(producer, buffer.getInt(index + 8));
        }
    }

    private ProducerHandoff find(long handoff) {
        int slot = HandoffBoard.slot(handoff);
        ProducerHandoff producer = slot >= 0 && slot < slots.length ? slots[slot] : null;
        return producer != null && producer.board().handle() == handoff ? producer : null;
    }
}
