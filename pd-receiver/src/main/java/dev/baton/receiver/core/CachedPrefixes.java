package dev.baton.receiver.core;

import java.util.List;

import dev.baton.buffer.PinnedBlocks;
import dev.baton.buffer.SealedPrefixes;
import dev.baton.buffer.reserve.ExtentLedger;
import dev.baton.buffer.slab.SlabPool;
import dev.baton.kv.BlockKey;
import dev.baton.kv.CellMap;
import dev.baton.kv.KvLayout;
import dev.baton.kv.LayerGroup;
import dev.baton.kv.ShardPairing;
import dev.baton.kv.ShardedLayout;
import dev.baton.memory.RunList;

/**
 * The cache of this pool as the node's sending end sees it. Only blocks whose cells are whole images of this node's own
 * layout count: those that came from a sender with another sharding lie in cells that are parts of images. Control agent's
 * thread, but for reading what is pinned.
 */
final class CachedPrefixes implements SealedPrefixes {
    private final BlockCache cache;
    private final ExtentLedger extents;
    private final SlabPool pool;
    private final int shardCount;
    private final int imagesOfBlock;
    private final boolean isPlain;

    CachedPrefixes(BlockCache cache, ExtentLedger extents, SlabPool pool, ShardedLayout local) {
        this.cache = cache;
        this.extents = extents;
        this.pool = pool;
        shardCount = local.sharding().count();
        CellMap own = CellMap.ofTarget(ShardPairing.of(local.layout(), local.sharding(), local.layout(), local.sharding()),
            local.layout().blockTokens(), 0, 0, (int) extents.plan().extentBytes());
        imagesOfBlock = own.cellCount();
        isPlain = isPlain(local.layout());
    }

    /** Windows and states ask for more than a beginning: nothing of such layouts is given away. */
    private static boolean isPlain(KvLayout layout) {
        for (LayerGroup group : layout.groups()) {
            if (group.isWindowed() || group.isState()) {
                return false;
            }
        }
        return true;
    }

    @Override
    public int blockCount(long tenant, List<BlockKey> keys) {
        return isPlain ? wholeEnd(cache.find(tenant, keys, 0, keys.size()).ready(pool), 0) : 0;
    }

    /** Behind the last block whose cells are its images, of those that lie in these spans, one behind the other from the first block on. */
    private int wholeEnd(List<ReadyBlocks> spans, int firstBlock) {
        int end = firstBlock;
        for (ReadyBlocks span : spans) {
            int spanEnd = span.map().block(span.endCell() - 1) + 1;
            if (span.map().block(span.firstCell()) != end || span.endCell() - span.firstCell() != (spanEnd - end) * imagesOfBlock) {
                return end;
            }
            end = spanEnd;
        }
        return end;
    }

    @Override
    public PinnedBlocks pinOrNull(long tenant, List<BlockKey> keys, int firstBlock) {
        HeldBlocks held = cache.find(tenant, keys, firstBlock, keys.size());
        List<ReadyBlocks> spans = held.ready(pool);
        if (!isPlain || wholeEnd(spans, firstBlock) < keys.size()) {
            return null;
        }
        RunList[] runs = held.runs(shardCount);
        for (RunList ofShard : runs) {
            for (int i = 0; i < ofShard.size(); i++) {
                extents.hold(ofShard.run(i));
            }
        }
        return new Pinned(spans, runs, extents);
    }

    @SuppressWarnings("ArrayRecordComponent")   // never compared
    private record Pinned(List<ReadyBlocks> spans, RunList[] runs, ExtentLedger extents) implements PinnedBlocks {
        @Override
        public long address(int block, int shard, int group, long offset) {
            ReadyBlocks span = span(block);
            return span.address(cell(span.map(), block, shard, group), offset);
        }

        @Override
        public long contiguousBytes(int block, int shard, int group, long offset) {
            ReadyBlocks span = span(block);
            return span.contiguousBytes(cell(span.map(), block, shard, group), offset);
        }

        private ReadyBlocks span(int block) {
            for (int i = 0; i < spans.size(); i++) {
                ReadyBlocks span = spans.get(i);
                if (block < span.map().blockCount() && span.map().firstCellOfBlock(block) >= span.firstCell()
                    && span.map().firstCellOfBlock(block) < span.endCell()) {
                    return span;
                }
            }
            throw new IllegalArgumentException("not pinned: block=" + block);
        }

        private static int cell(CellMap map, int block, int shard, int group) {
            for (int cell = map.firstCellOfBlock(block); cell < map.firstCellOfBlock(block + 1); cell++) {
                if (map.targetShard(cell) == shard && map.group(cell) == group) {
                    return cell;
                }
            }
            throw new IllegalArgumentException("no such image: block=" + block + " shard=" + shard + " group=" + group);
        }

        @Override
        public void release() {
            for (RunList ofShard : runs) {
                for (int i = ofShard.size() - 1; i >= 0; i--) {
                    extents.drop(ofShard.run(i));
                }
            }
        }
    }
}
