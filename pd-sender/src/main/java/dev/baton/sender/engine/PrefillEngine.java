package dev.baton.sender.engine;

import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.MessageHandler;
import org.agrona.concurrent.NanoClock;

import dev.baton.buffer.slab.ShardRange;
import dev.baton.kv.CellMap;
import dev.baton.kv.ShardPairing;
import dev.baton.kv.ShardedLayout;
import dev.baton.kv.SourceImages;
import dev.baton.platform.Require;
import dev.baton.sender.core.EngineNotice;
import dev.baton.sender.core.HandoffBoard;
import dev.baton.sender.core.HandoffSpec;
import dev.baton.sender.core.PartGrant;
import dev.baton.sender.core.PrefixAsk;
import dev.baton.sender.core.PrefixHere;
import dev.baton.sender.core.PrefixOrder;
import dev.baton.sender.core.PrefixWant;
import dev.baton.transport.WireMaxima;
import dev.baton.transport.session.EndReason;

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
    /**
     * No staging, or no slot for another handoff, now: say what is filled, poll, then try again. Where this sender has several receivers, one may have three
     * quarters of either at most: another's handoffs may find room where this one's do not.
     */
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
    private final BlockKeeping keeping;
    private final KeptPrefixes kept;
    private final EngineMail mail;
    private final ProducerSlots slots;
    private final PeerShares shares = new PeerShares();
    private volatile boolean isDraining;
    private final MessageHandler unitFree = this::onUnitFree;

    /**
     * @param shards of the layout that this process has
     * @param clock  for leases on kept blocks alone
     */
    public PrefillEngine(ShardedLayout layout, ShardRange shards, Staging staging, EngineMail mail, int handoffsMax, NanoClock clock) {
        this.self = ShardPairing.of(layout.layout(), layout.sharding(), layout.layout(), layout.sharding());
        this.shards = shards;
        this.blockTokens = layout.layout().blockTokens();
        this.keeping = new BlockKeeping(layout.layout(), staging, shares);
        this.kept = new KeptPrefixes(self, shards, staging, clock);
        this.mail = mail;
        this.slots = new ProducerSlots(handoffsMax);
    }

    /**
     * Begins a handoff. A receiver remembers an attempt's end for five minutes: one that may have ended longer ago is begun under the next attempt's number.
     * @return its name, positive; or {@link #FULL}: too many handoffs, or too many to that receiver, or source-first and no staging for all of it now
     * @throws IllegalArgumentException if source-first staging could never hold it
     */
    public long begin(HandoffSpec spec) {
        return begin(spec, null);
    }

    /**
     * The same of a source-first handoff whose first blocks are not staged but go from where {@link #load} found them. They are the handoff's
     * from then on, until it ends: the engine reads them no more, and does not release them. After {@link #FULL} they are the engine's still.
     *
     * @param hereOrNull of this prompt and tenant, all of it named, not released yet; else as {@link PrefixHere#requireBegins}
     */
    public long begin(HandoffSpec spec, PrefixHere hereOrNull) {
        int namedCount = keeping.namedCount(spec);
        if (hereOrNull != null) {
            hereOrNull.requireBegins(spec, namedCount);
        }
        int share = shares.of(spec);
        if (slots.freeCount() == 0 || isDraining || !shares.mayBegin(share, slots.freeCount())) {
            return FULL;
        }
        int blockCount = (int) (((long) spec.tokens() + blockTokens - 1) / blockTokens);
        boolean isOwnOrder = spec.isSourceFirst() || namedCount > 0;
        CellMap own = isOwnOrder ? CellMap.ofTarget(self, spec.tokens(), 0, 0, EXTENT_BYTES) : null;
        SourceImages images = isOwnOrder ? imagesHere(own) : null;
        HandoffBoard board = new HandoffBoard(slots.nextHandle(), spec, images, blockCount);
        board.begunBy(mail.engineNow());
        board.beginsWith(hereOrNull);
        ProducerHandoff producer = new ProducerHandoff(board, spec.isSourceFirst() ? own : null, images,
            keeping.named(spec, images, namedCount), blockCount);
        if (spec.isSourceFirst() && !keeping.takeWhole(producer)) {
            return FULL;
        }
        slots.put(producer);
        producer.share(share);
        shares.begun(share);
        if (hereOrNull != null) {
            hereOrNull.released();
        }
        mail.post(board);
        return board.handle();
    }

    /** So many receivers are dialled, numbered from 0: none of several may have all that handoffs share. Any thread, one at a time. */
    public void receivers(int count) {
        shares.receivers(count);
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
        ProducerHandoff producer = slots.find(handoff);
        if (producer == null) {
            return ENDED;
        }
        HandoffSpec spec = producer.board().spec();
        if (!spec.isJoining() || !spec.id().equals(grant.handoff()) || spec.tokens() != grant.tokens() || spec.growthTokens() != grant.growthTokens()) {
            throw new IllegalArgumentException("not what this rank has begun: " + grant + " tokens=" + grant.tokens() + " growthTokens=" + grant.growthTokens() + " begun=" + spec);
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
        ProducerHandoff producer = slots.find(handoff);
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
        if (!producer.isWhole() && !keeping.takeFreeUnit(producer, block)) {
            mail.takeUnits(unitFree);
            if (!keeping.takeUnit(producer, block)) {
                return FULL;
            }
        }
        long address = keeping.address(producer, block);
        if (producer.isNamed(block)) {
            producer.board().unit(block, address, producer.named(block).crcs);
        } else {
            producer.board().unit(block, address);
        }
        return address;
    }

    /**
     * Leading blocks of a handoff that need no staging, for the receiver has them or they go from where they were kept
     * or received here: prefill goes on behind them, and all of them count as prefilled. Known from {@link #begin} on of a
     * source-first handoff, else from the grant on. May be all blocks: then {@link #finish} is all that is left to do.
     *
     * @return their number, or {@link #NOT_GRANTED} or {@link #ENDED}
     */
    public long heldBlocks(long handoff) {
        ProducerHandoff producer = slots.find(handoff);
        if (producer == null) {
            return ENDED;
        }
        return producer.isReady() ? producer.firstToStage() : NOT_GRANTED;
    }

    /** What is kept here of handoffs before, for an engine that would rather read it than compute it again. */
    public KeptPrefixes kept() {
        return kept;
    }

    /**
     * Asks for the beginning of a prompt that lies in this node's share for reservations, to read it in place of computing it:
     * what was received here, and, where the asking names another node, what is fetched from there first.
     * {@link #poll} tells {@link PrefillListener#onLoaded}. A destination-first handoff of that prompt sends it from there,
     * whoever asked for it, and whether it is being read or not.
     */
    public void load(PrefixAsk ask) {
        mail.order(new PrefixOrder.Load(ask));
    }

    /**
     * It was read; nothing of it may be read after.
     *
     * @throws IllegalStateException if it was said before
     */
    public void release(PrefixHere here) {
        here.released();
        mail.order(new PrefixOrder.Release(here));
    }

    /**
     * What lies where in a block's unit; null after the end, and before the grant of a destination-first handoff whose
     * blocks have no names.
     */
    public SourceImages images(long handoff) {
        ProducerHandoff producer = slots.find(handoff);
        return producer == null ? null : producer.images();
    }

    /**
     * So many tokens are prefilled: their blocks' units are filled. Cumulative; never blocks.
     * @return 0, or {@link #NOT_GRANTED} or {@link #ENDED}, when nothing was noted
     * @throws IllegalArgumentException if the count falls, or is more than the prompt
     * @throws IllegalStateException    if a block that is complete by then has no unit
     */
    public long chunkReady(long handoff, int prefilledTokens) {
        ProducerHandoff producer = slots.find(handoff);
        if (producer == null) {
            return ENDED;
        }
        if (!producer.isReady()) {
            return NOT_GRANTED;
        }
        HandoffBoard board = producer.board();
        Require.between("prefilledTokens", prefilledTokens, producer.prefilledTokens(), board.spec().tokens());
        int blocks = producer.cells().blocksComplete(prefilledTokens);
        for (int block = producer.prefilledBlocks(); block < blocks; block++) {
            if (producer.needsUnit(block) && board.unitAddress(block) == 0) {
                throw new IllegalStateException("a block is prefilled that was not staged: block=" + block + " prefilledTokens=" + prefilledTokens +
                    " handoff=" + board.spec().id());
            }
        }
        producer.prefilled(prefilledTokens, blocks);
        // Kept blocks count before the engine has said a word of them.
        board.prefilled(Math.max(prefilledTokens, board.prefilledTokens()));
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
        ProducerHandoff producer = slots.find(handoff);
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
        ProducerHandoff producer = slots.find(handoff);
        if (producer != null) {
            producer.board().cancelled();
            mail.post(producer.board());
        }
    }

    /** Takes back free staging and tells what happened, at most {@code limit} events. Returns a work count. */
    public int poll(PrefillListener listener, int limit) {
        int workCount = mail.takeUnits(unitFree) + lookForWanted() + mail.tellFound(listener);
        EngineNotice notice;
        for (int i = 0; i < limit && (notice = mail.takeNotice()) != null; i++) {
            workCount++;
            ProducerHandoff producer = slots.find(notice.handle());
            if (producer != null) {
                tell(producer, notice, listener);
            }
        }
        return workCount;
    }

    /** Other nodes ask for blocks that are kept here: what is found goes without a word to the listener. */
    private int lookForWanted() {
        int count = 0;
        PrefixWant want;
        while ((want = mail.takeWantOrNull()) != null) {
            count++;
            int blockCount = kept.blockCount(want);
            if (blockCount == 0 || blockCount * blockTokens <= want.haveTokens()) {
                want.refuse(EndReason.NOT_KNOWN);
            } else if (begin(want.spec(blockCount, blockTokens)) == FULL) {
                want.refuse(isDraining ? EndReason.SHUTDOWN : EndReason.OVERLOADED);
            }
        }
        return count;
    }

    /** From any thread: from now on {@link #begin} answers {@link #FULL}; what is under way goes on. */
    public void drain() {
        isDraining = true;
    }

    /** Handoffs that have not ended. */
    public int handoffCount() {
        return slots.count();
    }

    private void tell(ProducerHandoff producer, EngineNotice notice, PrefillListener listener) {
        long handle = notice.handle();
        if (notice.isLast() || notice instanceof EngineNotice.Landed) {
            keeping.giveBack(producer, notice instanceof EngineNotice.Landed, notice.isDoubtful());
        }
        if (notice.isLast()) {
            slots.remove(handle);
            shares.ended(producer.share());
        }
        if (producer.board().spec().isFetched()) {
            if (notice instanceof EngineNotice.Granted granted) {
                sendFetched(producer, granted.cells());
            }
            return;
        }
        switch (notice) {
            case EngineNotice.Granted granted -> {
                granted(producer, granted.cells());
                listener.onGranted(handle, granted.cells());
            }
            case EngineNotice.PartGranted part -> listener.onPartGranted(handle, part.grant().part(), part.grant().encode());
            case EngineNotice.Queued queued -> listener.onQueued(handle, queued.position(), queued.estimateMs());
            case EngineNotice.Rejected rejected -> listener.onRejected(handle, rejected.reasonCode(), rejected.retryAfterMs(), rejected.detail());
            case EngineNotice.Landed _ -> listener.onLanded(handle);
            case EngineNotice.Outcome outcome -> listener.onOutcome(handle, outcome.kind(), outcome.reason());
            case EngineNotice.Failed failed -> listener.onFailed(handle, failed.reason(), failed.detail());
        }
    }

    private void granted(ProducerHandoff producer, CellMap cells) {
        producer.granted(cells, imagesHere(cells));
        if (!producer.isWhole() && producer.namedCount() > 0) {
            keeping.holdGranted(producer);
            if (producer.heldCount() > 0 || producer.board().pinnedEnd() > 0) {
                mail.post(producer.board());
            }
        }
    }

    /** Pinned now, and not before, so that what waits for a grant keeps nothing here; what is gone by then ends it. */
    private void sendFetched(ProducerHandoff producer, CellMap cells) {
        granted(producer, cells);
        if (producer.firstToStage() == producer.blockCount()) {
            finish(producer.board().handle(), 0, null);
        } else {
            producer.board().evicted();
            mail.post(producer.board());
        }
    }

    private void onUnitFree(int type, MutableDirectBuffer buffer, int index, int length) {
        ProducerHandoff producer = slots.find(buffer.getLong(index));
        if (producer != null) {
            keeping.sent(producer, buffer.getInt(index + 8));
        }
    }
}
