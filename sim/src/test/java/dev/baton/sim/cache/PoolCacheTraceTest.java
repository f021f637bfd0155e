package dev.baton.sim.cache;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.baton.buffer.cache.CacheLimits;
import dev.baton.buffer.cache.PoolCache;
import dev.baton.buffer.cache.PoolCacheCounters;
import dev.baton.buffer.reserve.ExtentLedger;
import dev.baton.buffer.slab.SlabPlan;
import dev.baton.buffer.tier.Eviction;
import dev.baton.memory.ExtentRun;
import dev.baton.memory.RunList;
import dev.baton.sim.trace.SharedData;
import dev.baton.sim.trace.TraceFile;
import dev.baton.sim.trace.TraceRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;

/**
 * A trace through the ledger and the cache of a receiver's pool, one extent a block: what a request finds is pinned and the rest taken when it
 * begins; it lands, and is let go of, when some more have begun. Blocks that wait or are on their way are no cache, as in a receiver.
 */
class PoolCacheTraceTest {
    private static final Path TRACE = SharedData.folder().resolve("traces").resolve("mooncake").resolve("conversation_trace.jsonl");
    private static final int EXTENT_BYTES = 4096;
    private static final int CAPACITY_BLOCKS = 3_000_000 / TraceRequest.BLOCK_TOKENS;
    private static final int REQUESTS = 1_600;

    private record Request(int number, List<Block> held, RunList taken, long owner) {}

    private static final class Block {
        final long extent;
        int unit = PoolCache.NONE;
        final int id;

        Block(long extent, int id) {
            this.extent = extent;
            this.id = id;
        }
    }

    private static final class Play {
        private final CacheTrace trace;
        private final int underWayMax;
        private final ExtentLedger ledger;
        private final PoolCache<Landed> cache;
        private final Block[] blocks;
        private final ArrayDeque<Request> underWay = new ArrayDeque<>();
        private long owners;
        private long hitTokens;
        private long tokens;
        private long secondHitTokens;
        private long secondTokens;

        Play(CacheTrace trace, Eviction eviction, int capacityBlocks, int underWayMax) {
            this.trace = trace;
            this.underWayMax = underWayMax;
            SlabPlan plan = SlabPlan.even(1, (long) capacityBlocks * EXTENT_BYTES, EXTENT_BYTES, 0);
            ledger = new ExtentLedger(plan);
            cache = new PoolCache<>(plan, CacheLimits.of(eviction), (of, first) -> of.cut(first, found()), new PoolCacheCounters());
            ledger.evictBy(cache);
            blocks = new Block[trace.uniqueBlocks()];
        }

        private Block[] found() {
            return blocks;
        }

        double run() {
            for (int request = 0; request < trace.requestCount(); request++) {
                while (!begin(request)) {
                    land(underWay.remove());
                }
                if (underWay.size() > underWayMax) {
                    land(underWay.remove());
                }
            }
            return (double) hitTokens / tokens;
        }

        private int whole(int request) {
            return trace.promptTokens(request) / TraceRequest.BLOCK_TOKENS;
        }

        private boolean begin(int request) {
            int[] ids = trace.blocks(request);
            List<Block> held = new ArrayList<>();
            while (held.size() < whole(request) && held.size() < ids.length - 1 && blocks[ids[held.size()]] != null) {
                held.add(blocks[ids[held.size()]]);
            }
            held.forEach(block -> ledger.hold(block.extent));
            RunList taken = new RunList(16);
            long owner = ExtentLedger.owner(1, (int) ++owners);
            if (!ledger.take(0, ids.length - held.size(), owner, taken)) {
                held.reversed().forEach(block -> ledger.drop(block.extent));
                return false;
            }
            underWay.add(new Request(request, held, taken, owner));
            long hit = (long) held.size() * TraceRequest.BLOCK_TOKENS;
            tokens += trace.promptTokens(request);
            hitTokens += hit;
            if (request >= trace.requestCount() / 2) {
                secondTokens += trace.promptTokens(request);
                secondHitTokens += hit;
            }
            return true;
        }

        private void land(Request request) {
            int[] ids = trace.blocks(request.number());
            List<Block> held = request.held();
            int whole = whole(request.number());
            List<Block> landed = new ArrayList<>();
            for (int at = held.size(); at < ids.length; at++) {
                long place = request.taken().locate(0, request.taken().size(), at - held.size());
                long extent = ExtentRun.of(ExtentRun.slabId(place), ExtentRun.firstExtent(place), 1);
                if (at < whole) {
                    ledger.seal(extent, request.owner());
                    landed.add(new Block(extent, ids[at]));
                } else {
                    ledger.release(extent, request.owner());
                }
            }
            List<Block> hits = held.stream().filter(block -> block.unit != PoolCache.NONE).toList();
            int fresh = (int) landed.stream().filter(block -> blocks[block.id] == null).count();
            cache.request(0, hits.size() + fresh, hits.size());
            hits.forEach(block -> cache.hit(block.unit));
            Landed all = new Landed(landed);
            for (int i = 0; i < landed.size(); i++) {
                Block block = landed.get(i);
                if (blocks[block.id] == null) {
                    int at = held.size() + i;
                    Block before = at == 0 ? null : blocks[ids[at - 1]];
                    blocks[block.id] = block;
                    block.unit = cache.add(0, all, i, before == null ? PoolCache.NONE : before.unit, 7, block.id * 0x9e3779b97f4a7c15L);
                    cache.extent(block.unit, ExtentRun.slabId(block.extent), ExtentRun.firstExtent(block.extent));
                }
            }
            landed.reversed().forEach(block -> ledger.drop(block.extent));
            held.reversed().forEach(block -> ledger.drop(block.extent));
        }
    }

    private record Landed(List<Block> blocks) {
        void cut(int first, Block[] found) {
            for (Block block : blocks.subList(first, blocks.size())) {
                if (block.unit != PoolCache.NONE && found[block.id] == block) {
                    found[block.id] = null;
                }
                block.unit = PoolCache.NONE;
            }
        }
    }

    /** What {@code --eviction} is by default. Exact: no clock and no thread is in it. */
    @Test
    void shouldHitMoreByChainsThanByWhatWasAskedForLongestAgo() {
        CacheTrace trace = trace(REQUESTS);
        double lru = new Play(trace, Eviction.LRU, CAPACITY_BLOCKS, 8).run();
        double chain = new Play(trace, Eviction.CHAIN, CAPACITY_BLOCKS, 8).run();

        System.out.printf(Locale.ROOT, "requests=%d lru=%.4f chain=%.4f%n", trace.requestCount(), lru, chain);
        assertTrue(chain > 1.05 * lru, "lru=" + lru + " chain=" + chain);
    }

    @Test
    @EnabledIfEnvironmentVariable(named = "BATON_TEST_LONG", matches = "1")
    void shouldHitMostByChainsOverTheWholeTrace() {
        CacheTrace trace = trace(Integer.MAX_VALUE);
        Map<Eviction, Double> second = new EnumMap<>(Eviction.class);
        for (Eviction eviction : List.of(Eviction.LRU, Eviction.S3_FIFO, Eviction.W_TINYLFU, Eviction.CHAIN)) {
            Play play = new Play(trace, eviction, CAPACITY_BLOCKS, 8);
            double whole = play.run();
            second.put(eviction, (double) play.secondHitTokens / play.secondTokens);
            System.out.printf(Locale.ROOT, "eviction=%s whole=%.4f second=%.4f%n", eviction.label(), whole, second.get(eviction));
        }
        second.forEach((eviction, hits) -> assertTrue(second.get(Eviction.CHAIN) >= hits, second::toString));
        assertTrue(second.get(Eviction.CHAIN) > 1.15 * second.get(Eviction.LRU), second::toString);
    }

    private static CacheTrace trace(int requestsMax) {
        assumeTrue(Files.exists(TRACE), () -> "no published traces here: file=" + TRACE + "; set BATON_DATA");
        return CacheTrace.of("conversation", TraceFile.read(TRACE, requestsMax));
    }
}
