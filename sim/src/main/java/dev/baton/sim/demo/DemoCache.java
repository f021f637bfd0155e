package dev.baton.sim.demo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import dev.baton.buffer.tier.Eviction;
import dev.baton.kv.BlockKey;
import dev.baton.kv.ShardPairing;
import dev.baton.sim.cache.CacheReplay;
import dev.baton.sim.cache.CacheTrace;
import dev.baton.sim.report.CommandException;
import dev.baton.sim.trace.TraceRequest;
import java.util.ArrayList;
import java.util.List;

/**
 * A demo whose requests name their blocks, as a trace tells them: one block a block of the trace, its tokens divided by
 * the demo's scale like all others. What a cache of the pool's size could hit at best is computed beside. Immutable.
 */
final class DemoCache {
    /** Smaller blocks are no longer anybody's. */
    private static final int BLOCK_TOKENS_MIN = 16;
    private static final int EXTENT_BYTES_MIN = 64 << 10;

    private final List<TraceRequest> requests;
    private final CacheTrace trace;

    /** @throws CommandException if a request does not say what it shares with others */
    DemoCache(String name, List<TraceRequest> requests) {
        this.requests = requests;
        trace = CacheTrace.of(name, requests);
    }

    /** The least scale from {@code least} on that leaves whole tokens of a block. */
    static int scale(int least) {
        int scale = Integer.highestOneBit(Math.max(1, least));
        return scale < least ? scale * 2 : scale;
    }

    /**
     * Tokens of a block after scaling.
     *
     * @throws CommandException if none or too few are left
     */
    static int blockTokens(int scale) {
        if (TraceRequest.BLOCK_TOKENS % scale != 0 || TraceRequest.BLOCK_TOKENS / scale < BLOCK_TOKENS_MIN) {
            throw CommandException.usage("--scale with --cache must divide " + TraceRequest.BLOCK_TOKENS + " and leave " +
                BLOCK_TOKENS_MIN + " tokens of a block: --scale=" + scale,
                "name fewer --requests, or a --model with less KV, such as Llama-3.2-1B");
        }
        return TraceRequest.BLOCK_TOKENS / scale;
    }

    /**
     * Blocks of a real model take several extents; so that those of a scaled demo are not packed by the dozen in one, which goes
     * as a whole, an extent has at most the bytes of one of a shard's blocks.
     */
    static int extentBytes(ShardPairing pairing) {
        double blockBytes = pairing.targetLayout().bytesPerTokenIfAllKept() * pairing.targetLayout().blockTokens()
            / pairing.targetSharding().count();
        return Math.clamp(Long.highestOneBit((long) blockBytes), EXTENT_BYTES_MIN, DemoPlan.EXTENT_BYTES);
    }

    /** Ids of a request's whole blocks. */
    void putIds(int request, ArrayNode into) {
        TraceRequest of = requests.get(request);
        of.blockIds().subList(0, of.promptTokens() / TraceRequest.BLOCK_TOKENS).forEach(into::add);
    }

    /**
     * A trace's ids are chained already: equal ids mean equal tokens from the prompt's start on. The seed makes the bytes, and a
     * tier outlives a demo: what another seed made has other names.
     */
    static List<BlockKey> keys(JsonNode ids, long seed) {
        List<BlockKey> keys = new ArrayList<>();
        ids.forEach(id -> keys.add(new BlockKey(id.asLong(), seed, 0, 1)));
        return keys;
    }

    /** Share of prompt tokens that a cache of so many blocks hits, oldest out first, one request after the other. */
    double lruShare(long capacityBlocks) {
        int blocks = Math.clamp(capacityBlocks, 1, trace.uniqueBlocks());
        return CacheReplay.run(trace, Eviction.LRU.create(blocks, TraceRequest.BLOCK_TOKENS), blocks).whole();
    }

    /** The same of a cache without bounds. */
    double endlessShare() {
        return lruShare(trace.uniqueBlocks());
    }
}
