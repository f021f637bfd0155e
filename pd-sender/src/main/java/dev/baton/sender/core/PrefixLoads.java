package dev.baton.sender.core;

import java.util.ArrayList;
import java.util.List;

import dev.baton.buffer.PinnedBlocks;
import dev.baton.buffer.SealedPrefixes;
import dev.baton.sender.core.SenderCounters.Kind;

/**
 * Beginnings of prompts that the engine reads out of its node's share for reservations, fetched there from another node
 * where it says so. Each asking is answered once, with what there is by then. Bounded: so many wait, and what is read has a
 * quarter of the share at most, and nothing more while that drains for a request. Control agent's thread.
 */
final class PrefixLoads {
    static final int WAITING_MAX = 64;
    private static final String NOT_NOW = "more than a quarter of the pool would be read at a time, or a request waits for all memory that is let go";

    private final EngineOutbox engine;
    private final SenderCounters counters;
    private final List<PrefixHere> readers = new ArrayList<>();
    private SealedPrefixes sealed;
    private int waiting;

    PrefixLoads(EngineOutbox engine, SenderCounters counters) {
        this.engine = engine;
        this.counters = counters;
    }

    /** Where it lies; null where nothing is received. */
    void sealed(SealedPrefixes value) {
        sealed = value;
    }

    void onOrder(PrefixOrder order) {
        switch (order) {
            case PrefixOrder.Load load -> load(load.ask());
            case PrefixOrder.Release release -> release(release.here());
        }
    }

    private void load(PrefixAsk ask) {
        if (sealed == null) {
            engine.found(new PrefixHere(ask, 0, "this node receives nothing: give it the decode role, too", null));
        } else if (ask.nodeId().isEmpty() || blockEnd(ask) == ask.keys().size()) {
            answer(ask, "");
        } else if (waiting >= WAITING_MAX) {
            answer(ask, "too many wait for other nodes: waiting=" + waiting);
        } else {
            waiting++;
            sealed.fetch(ask.nodeId(), ask.id().tenant(), ask.id().requestHigh(), ask.id().requestLow(), ask.keys(), ask.deadlineMs(), whyNot -> {
                waiting--;
                answer(ask, whyNot);
            });
        }
    }

    private int blockEnd(PrefixAsk ask) {
        return sealed.blockEnd(ask.id().tenant(), ask.keys(), 0);
    }

    private void answer(PrefixAsk ask, String whyNot) {
        int end = blockEnd(ask);
        PinnedBlocks pinned = end == 0 ? null : sealed.readOrNull(ask.id().tenant(), ask.keys().subList(0, end));
        if (pinned == null) {
            engine.found(new PrefixHere(ask, 0, end == 0 ? whyNot : NOT_NOW, null));
            return;
        }
        PrefixHere here = new PrefixHere(ask, end, end == ask.keys().size() ? "" : whyNot, pinned);
        readers.add(here);
        counters.add(Kind.POOL_BLOCKS_READ, end);
        engine.found(here);
    }

    private void release(PrefixHere here) {
        if (readers.remove(here)) {
            here.letGo();
        }
    }

    /** A handoff sends it from there now, and lets go of it as it ends; null where it was let go before. */
    PinnedBlocks takeOrNull(PrefixHere here) {
        return readers.remove(here) ? here.pinned() : null;
    }

    /** The engine's process is gone, and reads no more. */
    void releaseAll() {
        readers.forEach(PrefixHere::gone);
        readers.clear();
    }
}
