package dev.baton.receiver.core;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import dev.baton.buffer.cache.PoolCache;
import dev.baton.buffer.slab.SlabPool;
import dev.baton.memory.RunList;

/** Leading whole blocks of a request that lie here already, and whose handoffs landed them. Filled once. */
final class HeldBlocks {
    static final HeldBlocks NONE = new HeldBlocks(0);

    private record Span(LandedBlocks of, int first, int end) {}

    private final List<Span> spans = new ArrayList<>();
    private final int firstBlock;
    private int endBlock;

    HeldBlocks(int firstBlock) {
        this.firstBlock = firstBlock;
        endBlock = firstBlock;
    }

    /** The next block lies there. */
    void add(LandedBlocks of) {
        int last = spans.size() - 1;
        if (last >= 0 && spans.get(last).of() == of) {
            spans.set(last, new Span(of, spans.get(last).first(), endBlock + 1));
        } else {
            spans.add(new Span(of, endBlock, endBlock + 1));
        }
        endBlock++;
    }

    int count() {
        return endBlock - firstBlock;
    }

    /** One more than the last of them. */
    int endBlock() {
        return endBlock;
    }

    /** The extents that they lie in, one list a shard, each extent once. */
    RunList[] runs(int shardCount) {
        RunList[] runs = new RunList[shardCount];
        Arrays.setAll(runs, _ -> new RunList(4));
        for (Span span : spans) {
            span.of().addRuns(span.first(), span.end(), runs);
        }
        return runs;
    }

    /** The units of the cache that they go with, each once, in order; without those that are gone. */
    int[] units() {
        int[] units = new int[count()];
        int unitCount = 0;
        for (Span span : spans) {
            for (int block = span.first(); block < span.end(); block++) {
                int unit = span.of().unit(block);
                if (unit != PoolCache.NONE && (unitCount == 0 || units[unitCount - 1] != unit)) {
                    units[unitCount++] = unit;
                }
            }
        }
        return Arrays.copyOf(units, unitCount);
    }

    void tell(BlockCache.Listener listener) {
        for (Span span : spans) {
            for (int block = span.first(); block < span.end(); block++) {
                listener.onHit(span.of(), block);
            }
        }
    }

    /** As an engine reads them. */
    List<ReadyBlocks> ready(SlabPool pool) {
        List<ReadyBlocks> ready = new ArrayList<>(spans.size());
        for (Span span : spans) {
            ready.add(new ReadyBlocks(span.of().map(), span.of().runs(), pool, span.first(), span.end()));
        }
        return ready;
    }
}
