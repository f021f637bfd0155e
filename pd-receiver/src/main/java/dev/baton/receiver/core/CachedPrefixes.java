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
import dev.baton.memory.ExtentRun;
import dev.baton.memory.RunList;
import dev.baton.transport.session.HandoffId;

/**
 * The cache of this pool as the node's sending end sees it. Only blocks whose cells are whole images of this node's own
 * layout count: those that came from a sender with another sharding lie in cells that are parts of images. Control agent's
 * thread, but for reading what is pinned.
 */
final class CachedPrefixes implements SealedPrefixes {
    private static final int READ_DIVISOR = 4;

    private final BlockCache cache;
    private final Fetches fetches;
    private final ExtentLedger extents;
    private final SlabPool pool;
    private final int shardCount;
    private final int imagesOfBlock;
    private final boolean isPlain;
    /** Of each shard, by engines that read here. */
    private final int[] extentsRead;

    CachedPrefixes(BlockCache cache, Fetches fetches, ExtentLedger extents, SlabPool pool, ShardedLayout local) {
        this.cache = cache;
        this.fetches = fetches;
        this.extents = extents;
        this.pool = pool;
        shardCount = local.sharding().count();
        CellMap own = CellMap.ofTarget(ShardPairing.of(local.layout(), local.sharding(), local.layout(), local.sharding()),
            local.layout().blockTokens(), 0, 0, (int) extents.plan().extentBytes());
        imagesOfBlock = own.cellCount();
        isPlain = isPlain(local.layout());
        extentsRead = new int[shardCount];
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
    public int blockEnd(long tenant, List<BlockKey> keys, int firstBlock) {
        return isPlain ? wholeEnd(cache.find(tenant, keys, firstBlock, keys.size()).ready(pool), firstBlock) : firstBlock;
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
        return pinOrNull(tenant, keys, firstBlock, false);
    }

    @Override
    public PinnedBlocks readOrNull(long tenant, List<BlockKey> keys) {
        return pinOrNull(tenant, keys, 0, true);
    }

    @Override
    public void fetch(String nodeId, long tenant, long requestHigh, long requestLow, List<BlockKey> keys, long deadlineMs,
        FetchListener listener) {
        fetches.ask(new FetchAsk(nodeId, new HandoffId(tenant, requestHigh, requestLow, 0), keys, deadlineMs),
            end -> listener.onFetched(whyNot(end)));
    }

    private static String whyNot(FetchEnd end) {
        return switch (end) {
            case FetchEnd.Landed _, FetchEnd.Held _ -> "";
            case FetchEnd.NotHere notHere -> notHere.reason().tag();
            case FetchEnd.Failed failed -> failed.reason().tag() + ": " + failed.detail();
        };
    }

    private PinnedBlocks pinOrNull(long tenant, List<BlockKey> keys, int firstBlock, boolean isToRead) {
        HeldBlocks held = cache.find(tenant, keys, firstBlock, keys.size());
        List<ReadyBlocks> spans = held.ready(pool);
        if (!isPlain || wholeEnd(spans, firstBlock) < keys.size()) {
            return null;
        }
        RunList[] runs = held.runs(shardCount);
        if (isToRead && !mayRead(runs)) {
            return null;
        }
        for (int shard = 0; shard < shardCount; shard++) {
            for (int i = 0; i < runs[shard].size(); i++) {
                extents.hold(runs[shard].run(i));
            }
            extentsRead[shard] += isToRead ? countOf(runs[shard]) : 0;
        }
        return new Pinned(spans, () -> release(runs, isToRead));
    }

    private void release(RunList[] runs, boolean wasRead) {
        for (int shard = 0; shard < shardCount; shard++) {
            for (int i = runs[shard].size() - 1; i >= 0; i--) {
                extents.drop(runs[shard].run(i));
            }
            extentsRead[shard] -= wasRead ? countOf(runs[shard]) : 0;
        }
    }

    private boolean mayRead(RunList[] runs) {
        for (int shard = 0; shard < shardCount; shard++) {
            int ofShard = extents.plan().extentCount(extents.plan().bank(0, shard));
            if ((long) READ_DIVISOR * (extentsRead[shard] + countOf(runs[shard])) > ofShard) {
                return false;
            }
        }
        return true;
    }

    private static int countOf(RunList runs) {
        int count = 0;
        for (int i = 0; i < runs.size(); i++) {
            count += ExtentRun.extentCount(runs.run(i));
        }
        return count;
    }

    private record Pinned(List<ReadyBlocks> spans, Runnable end) implements PinnedBlocks {
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
            end.run();
        }
    }
}
