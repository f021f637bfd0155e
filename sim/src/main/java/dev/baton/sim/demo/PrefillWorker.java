package dev.baton.sim.demo;

import dev.baton.buffer.reserve.RejectReason;
import dev.baton.kv.BlockKey;
import dev.baton.kv.CellMap;
import dev.baton.kv.KvLayout;
import dev.baton.kv.KvPattern;
import dev.baton.kv.PatternSeed;
import dev.baton.kv.Sharding;
import dev.baton.kv.SourceImages;
import dev.baton.sender.core.HandoffSpec;
import dev.baton.sender.engine.PrefillEngine;
import dev.baton.sender.engine.PrefillListener;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.HandoffId;
import dev.baton.transport.wire.OutcomeKind;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Stands in for an engine that prefills in chunks: works on several requests in turn, one chunk each, and hands every
 * chunk off as soon as its bytes are there. What it computes is {@link KvPattern}. One thread: the engine's.
 */
final class PrefillWorker implements PrefillListener {
    /** Requests that are begun and not ended at once: enough to keep the receiver's queue filled. */
    static final int ACTIVE_MAX = 8;
    /** A request is handed off so often at most: an engine would not give it up because a process stood still for a moment. */
    static final int ATTEMPTS_MAX = 3;
    private static final int EVENTS_MAX = 64;

    /** One request on its way; the stamps are of the host's monotonic clock. */
    static final class Prefill {
        final int request;
        final int tokens;
        final List<BlockKey> keys;
        final int attempt;
        long handle;
        boolean isReady;
        boolean isFinished;
        int firstBlock;
        int nextBlock;
        long fromNs;
        long prefilledNs;

        Prefill(int request, int tokens, List<BlockKey> keys, int attempt) {
            this.request = request;
            this.tokens = tokens;
            this.keys = keys;
            this.attempt = attempt;
        }

        private Prefill nextAttempt() {
            return new Prefill(request, tokens, keys, attempt + 1);
        }
    }

    /** Told what became of requests, on the engine's thread. */
    interface Listener {
        /** Source-first: prefill is done and waits to be wanted. */
        void onParked(Prefill prefill);

        void onEnded(Prefill prefill, RequestOutcome outcome, String reason, String detail);
    }

    private final DemoSetup setup;
    private final PrefillEngine engine;
    private final int peer;
    private final Listener listener;
    private final KvLayout layout;
    private final Sharding sharding;
    private final ArrayDeque<Prefill> waiting = new ArrayDeque<>();
    private final List<Prefill> working = new ArrayList<>();
    private final Map<Long, Prefill> byHandle = new HashMap<>();
    private final Map<String, Integer> retries = new TreeMap<>();
    private final Map<String, Integer> nextAttempts = new TreeMap<>();
    private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    private int turn;
    /** Staging or slots ran out: nothing more is begun until some are given back. */
    private boolean isFull;
    private long generatedBytes;
    private long generatingCpuNs;

    /** @param peer the receiver's index among the sender's peerings */
    PrefillWorker(DemoSetup setup, PrefillEngine engine, int peer, Listener listener) {
        this.setup = setup;
        this.engine = engine;
        this.peer = peer;
        this.listener = listener;
        layout = setup.source().layout();
        sharding = setup.source().sharding();
    }

    /** @param keys names of its leading whole blocks; none where nobody named them */
    void add(int request, int tokens, List<BlockKey> keys) {
        waiting.add(new Prefill(request, tokens, keys, 0));
    }

    /** Whether every request has ended. */
    boolean isDone() {
        return waiting.isEmpty() && byHandle.isEmpty();
    }

    /** One turn: hears what happened, begins what may begin, computes one chunk. Returns a work count, 0 to rest. */
    int doWork() {
        int workCount = engine.poll(this, EVENTS_MAX);
        while (!isFull && !waiting.isEmpty() && byHandle.size() < ACTIVE_MAX && begin(waiting.peek())) {
            waiting.remove();
            workCount++;
        }
        // One request that can go on is enough for a turn: the next turn goes on behind it.
        for (int i = 0, count = working.size(); i < count; i++) {
            turn = (turn + 1) % count;
            Prefill prefill = working.get(turn);
            if (prefill.isReady && computeChunk(prefill)) {
                if (prefill.isFinished) {
                    working.remove(prefill);
                }
                return workCount + 1;
            }
        }
        return workCount;
    }

    private boolean begin(Prefill prefill) {
        HandoffId id = setup.handoffId(prefill.request, prefill.attempt);
        long handle = engine.begin((setup.isSourceFirst() ? HandoffSpec.sourceFirst(id, prefill.tokens)
            : HandoffSpec.destinationFirst(id, peer, prefill.tokens)).withBlockKeys(prefill.keys));
        if (handle == PrefillEngine.FULL) {
            isFull = true;
            return false;
        }
        prefill.handle = handle;
        prefill.fromNs = System.nanoTime();
        prefill.isReady = setup.isSourceFirst();
        byHandle.put(handle, prefill);
        working.add(prefill);
        return true;
    }

    /** Fills the blocks of one chunk, fewer if staging is full. False if nothing could be done. */
    private boolean computeChunk(Prefill prefill) {
        SourceImages images = engine.images(prefill.handle);
        if (images == null) {
            return false;
        }
        int blockTokens = layout.blockTokens();
        int blockCount = Math.ceilDiv(prefill.tokens, blockTokens);
        int chunkEnd = Math.min(blockCount, prefill.nextBlock + setup.chunkTokens() / blockTokens);
        int from = prefill.nextBlock;
        while (prefill.nextBlock < chunkEnd) {
            long address = engine.stage(prefill.handle, prefill.nextBlock);
            if (address == PrefillEngine.ENDED) {
                return false;
            }
            if (address == PrefillEngine.FULL) {
                break;
            }
            if (address != PrefillEngine.NOTHING) {
                fill(prefill, images, prefill.nextBlock, address,
                    Math.min(blockTokens, prefill.tokens - prefill.nextBlock * blockTokens));
            }
            prefill.nextBlock++;
        }
        if (prefill.nextBlock == blockCount) {
            finish(prefill);
        } else if (prefill.nextBlock > from) {
            // Also a part of a chunk: what is staged must be able to leave, or full staging would wait for itself.
            engine.chunkReady(prefill.handle, prefill.nextBlock * blockTokens);
        }
        return prefill.nextBlock > from || prefill.isFinished;
    }

    private void fill(Prefill prefill, SourceImages images, int block, long address, int tokensInBlock) {
        long cpuNs = threads.getCurrentThreadCpuTime();
        HandoffId id = setup.handoffId(prefill.request, prefill.attempt);
        long seed = PatternSeed.ofBlock(setup.seed(), prefill.keys, block,
            PatternSeed.of(setup.seed(), id.requestHigh(), id.requestLow()));
        for (int image = 0; image < images.imageCount(block); image++) {
            generatedBytes += KvPattern.fillImage(address + images.imageOffset(block, image), layout, sharding,
                images.sourceShard(block, image), images.group(block, image), block, tokensInBlock, seed);
        }
        if (prefill.request == setup.flipRequest() && block == prefill.firstBlock) {
            MemorySegment wrong = MemorySegment.ofAddress(address + images.imageOffset(block, 0)).reinterpret(1);
            wrong.set(ValueLayout.JAVA_BYTE, 0, (byte) ~wrong.get(ValueLayout.JAVA_BYTE, 0));
        }
        generatingCpuNs += threads.getCurrentThreadCpuTime() - cpuNs;
    }

    private void finish(Prefill prefill) {
        prefill.isFinished = true;
        prefill.prefilledNs = System.nanoTime();
        if (setup.isSourceFirst()) {
            prefill.fromNs = prefill.prefilledNs;
        }
        engine.finish(prefill.handle, prefill.tokens - prefill.firstBlock * layout.blockTokens(), setup.aux(prefill.request, prefill.tokens));
        if (setup.isSourceFirst()) {
            listener.onParked(prefill);
        }
    }

    @Override
    public void onGranted(long handoff, CellMap cells) {
        Prefill prefill = byHandle.get(handoff);
        prefill.isReady = true;
        if (!setup.isSourceFirst()) {
            prefill.firstBlock = cells.firstBlock();
            prefill.nextBlock = cells.firstBlock();
        }
    }

    @Override
    public void onRejected(long handoff, int reasonCode, long retryAfterMs, String detail) {
        RejectReason reason = RejectReason.of(reasonCode);
        if (retryAfterMs > 0) {
            retries.merge(reason.tag(), 1, Integer::sum);
        } else if (reason == RejectReason.SESSION_LOST) {
            endOrTryAgain(handoff, EndReason.SESSION_LOST, detail);
        } else {
            end(handoff, isAnswer(reason) ? RequestOutcome.REJECTED : RequestOutcome.FAILED, reason.tag(), detail);
        }
    }

    /** Whether the receiver weighed the request and would not have it; all else went wrong on the way. */
    private static boolean isAnswer(RejectReason reason) {
        return switch (reason) {
            case REQUEST_TOO_BIG, TOO_BIG_NOW, OVERLOADED, QUOTA, NO_ENGINE, LAYOUT_MISMATCH, DEADLINE, DRAINING,
                TOO_MANY_PEERS, PEER_QUARANTINED, PEER_SUSPECT, GANG_INCOMPLETE -> true;
            case CANCELLED, SESSION_LOST, MISMATCH, INCOMPATIBLE_VERSION, BAD_REQUEST -> false;
        };
    }

    @Override
    public void onLanded(long handoff) {
        isFull = false;
    }

    @Override
    public void onOutcome(long handoff, OutcomeKind kind, EndReason reason) {
        if (kind == OutcomeKind.DELIVERED) {
            end(handoff, RequestOutcome.COMPLETED, reason.tag(), "");
        } else {
            endOrTryAgain(handoff, reason, "");
        }
    }

    @Override
    public void onFailed(long handoff, EndReason reason, String detail) {
        endOrTryAgain(handoff, reason, detail);
    }

    private void endOrTryAgain(long handoff, EndReason reason, String detail) {
        Prefill prefill = byHandle.get(handoff);
        if (!isOfTheMoment(reason) || prefill.attempt + 1 == ATTEMPTS_MAX) {
            end(handoff, RequestOutcome.FAILED, reason.tag(), detail);
            return;
        }
        isFull = false;
        byHandle.remove(handoff);
        working.remove(prefill);
        nextAttempts.merge(reason.tag(), 1, Integer::sum);
        waiting.addFirst(prefill.nextAttempt());
    }

    /** Whether a process or a way between two stood still or went, so that another attempt may do; wrong bytes or words never are. */
    static boolean isOfTheMoment(EndReason reason) {
        return switch (reason) {
            case SESSION_LOST, PEER_LOST, LEASE_EXPIRED, NOT_STARTED, BACK_PRESSURE, SILENT, STALLED, OUTCOME_UNKNOWN -> true;
            default -> false;
        };
    }

    private void end(long handoff, RequestOutcome outcome, String reason, String detail) {
        isFull = false;
        Prefill prefill = byHandle.remove(handoff);
        working.remove(prefill);
        listener.onEnded(prefill, outcome, reason, detail);
    }

    /** Refusals that said when to come back, by reason. */
    Map<String, Integer> retries() {
        return retries;
    }

    /** Handoffs that ended on their way and were begun once more, by why they ended. */
    Map<String, Integer> nextAttempts() {
        return nextAttempts;
    }

    /** Bytes that this engine has computed. */
    long generatedBytes() {
        return generatedBytes;
    }

    /** CPU time of computing them: the engine's work, not the hand-off's. */
    long generatingCpuNs() {
        return generatingCpuNs;
    }
}
