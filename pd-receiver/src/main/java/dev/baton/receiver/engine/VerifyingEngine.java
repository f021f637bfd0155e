package dev.baton.receiver.engine;

import java.util.concurrent.atomic.AtomicLong;

import dev.baton.kv.CellMap;
import dev.baton.kv.KvPattern;
import dev.baton.kv.PatternSeed;
import dev.baton.receiver.core.ReadyBlocks;
import dev.baton.receiver.core.ReadyHandoff;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.HandoffId;

/**
 * A decode engine that decodes nothing: it takes each request, compares every byte with the pattern that a prefill side
 * with the same seed made, and releases it. One thread; the numbers may be read by any.
 */
public final class VerifyingEngine implements DecodeListener {
    /** Carries out what an engine asks for. */
    public interface Verbs {
        /** Whether it may be read. */
        boolean take(ReadyHandoff handoff);

        void release(long handle);
    }

    private final long seed;
    private final Verbs verbs;
    private final AtomicLong requests = new AtomicLong();
    private final AtomicLong bytes = new AtomicLong();
    private final AtomicLong mismatches = new AtomicLong();
    private final AtomicLong ended = new AtomicLong();
    private volatile String firstMismatch = "";

    public VerifyingEngine(long seed, Verbs verbs) {
        this.seed = seed;
        this.verbs = verbs;
    }

    @Override
    public void onReady(ReadyHandoff handoff) {
        if (!verbs.take(handoff)) {
            return;   // its end is told
        }
        HandoffId id = handoff.handoffId();
        long requestSeed = PatternSeed.of(seed, id.requestHigh(), id.requestLow());
        for (ReadyBlocks held : handoff.held()) {
            compare(handoff, held, requestSeed);
        }
        compare(handoff, handoff.landed(), requestSeed);
        requests.incrementAndGet();
        verbs.release(handoff.handle());
    }

    @Override
    public void onEnded(HandoffId handoff, EndReason reason, String detail) {
        ended.incrementAndGet();
    }

    @Override
    public void onNotHere(HandoffId handoff, EndReason reason) {
        ended.incrementAndGet();
    }

    /** Requests compared. */
    public long requests() {
        return requests.get();
    }

    /** Bytes compared. */
    public long bytes() {
        return bytes.get();
    }

    /** Bytes that were not what the pattern says. */
    public long mismatches() {
        return mismatches.get();
    }

    /** Handoffs that ended without being taken. */
    public long ended() {
        return ended.get();
    }

    /** Where the first wrong byte was; empty if there was none. */
    public String firstMismatch() {
        return firstMismatch;
    }

    private void compare(ReadyHandoff handoff, ReadyBlocks blocks, long requestSeed) {
        for (int cell = blocks.firstCell(); cell < blocks.endCell(); cell++) {
            if (blocks.isHere(cell)) {
                compare(handoff, blocks, cell, PatternSeed.ofBlock(seed, handoff.keys(), blocks.map().block(cell), requestSeed));
            }
        }
    }

    private void compare(ReadyHandoff handoff, ReadyBlocks blocks, int cell, long cellSeed) {
        CellMap map = blocks.map();
        long lengthBytes = map.lengthBytes(cell);
        long from = 0;
        while (from < lengthBytes) {
            long piece = blocks.contiguousBytes(cell, from);
            long address = blocks.address(cell, from);
            long wrong = KvPattern.mismatches(address, map, cell, from, piece, cellSeed);
            if (wrong > 0) {
                if (mismatches.getAndAdd(wrong) == 0) {
                    long at = KvPattern.firstMismatch(address, map, cell, from, piece, cellSeed);
                    firstMismatch = "handoff=" + handoff.handoffId() + " " + KvPattern.describe(map, cell, at);
                }
            }
            bytes.addAndGet(piece);
            from += piece;
        }
    }
}
