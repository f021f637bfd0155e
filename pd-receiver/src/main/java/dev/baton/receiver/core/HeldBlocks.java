package dev.baton.receiver.core;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.stream.IntStream;

import org.agrona.collections.IntHashSet;

import dev.baton.buffer.cache.PoolCache;
import dev.baton.buffer.slab.SlabPool;
import dev.baton.memory.RunList;

/**
 * Leading whole blocks of a request that lie here already, and whose handoffs landed them: of each layer group those that the
 * request needs. Filled once.
 */
final class HeldBlocks {
    static final HeldBlocks NONE = new HeldBlocks(0, 0);

    /** Blocks in a row of one landing, of these layer groups. */
    record Span(LandedBlocks of, int first, int end, int groups) {}

    private final List<Span> spans = new ArrayList<>();
    private final int firstBlock;
    private final int endBlock;

    /** Blocks of that range, by all that the layer groups agree on; {@link #add} says where they lie. */
    HeldBlocks(int firstBlock, int endBlock) {
        this.firstBlock = firstBlock;
        this.endBlock = endBlock;
    }

    /** Of these groups the block lies there; one behind the other for the same groups. */
    void add(LandedBlocks of, int block, int groups) {
        int last = spans.size() - 1;
        Span before = last >= 0 ? spans.get(last) : null;
        if (before != null && before.of() == of && before.end() == block && before.groups() == groups) {
            spans.set(last, new Span(of, before.first(), block + 1, groups));
        } else {
            spans.add(new Span(of, block, block + 1, groups));
        }
    }

    int count() {
        return endBlock - firstBlock;
    }

    /** In the prompt's order, group by group. */
    List<Span> spans() {
        return spans;
    }

    /** One more than the last of them. */
    int endBlock() {
        return endBlock;
    }

    /** The extents that they lie in, one list a shard, each extent once. */
    RunList[] runs(int shardCount) {
        RunList[] runs = new RunList[shardCount];
        Arrays.setAll(runs, _ -> new RunList(4));
        IdentityHashMap<LandedBlocks, BitSet[]> touched = new IdentityHashMap<>();
        List<LandedBlocks> inOrder = new ArrayList<>();
        for (Span span : spans) {
            BitSet[] of = LandedBlocks.touched(span.of().map(), span.first(), span.end(), span.groups());
            BitSet[] before = touched.putIfAbsent(span.of(), of);
            if (before == null) {
                inOrder.add(span.of());
            }
            for (int shard = 0; before != null && shard < shardCount; shard++) {
                before[shard].or(of[shard]);
            }
        }
        for (LandedBlocks of : inOrder) {
            for (int shard = 0; shard < shardCount; shard++) {
                LandedBlocks.addRuns(of.runs(), of.map().extentBytes(), shard, touched.get(of)[shard], runs[shard]);
            }
        }
        return runs;
    }

    /** Which blocks of their own prompts they are, in order. */
    int[] blocks() {
        return spans.stream().flatMapToInt(span -> IntStream.range(span.first(), span.end())).toArray();
    }

    /** The units of the cache that they go with, each once, in order; without those that are gone. */
    int[] units() {
        int[] units = new int[spans.stream().mapToInt(span -> span.end() - span.first()).sum()];
        IntHashSet seen = new IntHashSet();
        int unitCount = 0;
        for (Span span : spans) {
            for (int block = span.first(); block < span.end(); block++) {
                int unit = span.of().unit(block);
                if (unit != PoolCache.NONE && seen.add(unit)) {
                    units[unitCount++] = unit;
                }
            }
        }
        return Arrays.copyOf(units, unitCount);
    }

    void tell(BlockCache.Listener listener) {
        for (Span span : spans) {
            for (int block = span.first(); block < span.end(); block++) {
                listener.onHit(span.of(), block, span.groups());
            }
        }
    }

    /** As an engine reads them. */
    List<ReadyBlocks> ready(SlabPool pool) {
        List<ReadyBlocks> ready = new ArrayList<>(spans.size());
        for (Span span : spans) {
            ready.add(new ReadyBlocks(span.of().map(), span.of().runs(), pool, span.first(), span.end(), span.groups()));
        }
        return ready;
    }
}
