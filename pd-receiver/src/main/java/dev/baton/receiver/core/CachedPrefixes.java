package dev.baton.receiver.core;

import java.util.List;
import java.util.function.BooleanSupplier;

import dev.baton.buffer.PinnedBlocks;
import dev.baton.buffer.SealedPrefixes;
import dev.baton.buffer.reserve.ExtentLedger;
import dev.baton.buffer.slab.SlabPool;
import dev.baton.kv.BlockKey;
import dev.baton.kv.CellMap;
import dev.baton.kv.ShardPairing;
import dev.baton.kv.ShardedLayout;
import dev.baton.memory.ExtentRun;
import dev.baton.memory.RunList;
import dev.baton.transport.session.HandoffId;

/**
 * The cache of this pool as the node's sending end sees it. Only blocks whose cells are whole images of this node's own
 * layout count: those that came from a sender with another sharding lie in cells that are parts of images. While the pool
 * drains for a request nothing more is pinned: whoever came one after the other would keep it waiting. Control agent's
 * thread, but for reading what is pinned.
 */
final class CachedPrefixes implements SealedPrefixes {
    private static final int READ_DIVISOR = 4;
    private static final int NONE = -1;

    private final BlockCache cache;
    private final Fetches fetches;
    private final ExtentLedger extents;
    private final SlabPool pool;
    private final BooleanSupplier isPoolDraining;
    private final int shardCount;
    /** Images of a block, by layer group. */
    private final int[] imagesOfGroup;
    /** Of each shard, by engines that read here. */
    private final int[] extentsRead;

    CachedPrefixes(BlockCache cache, Fetches fetches, ExtentLedger extents, SlabPool pool, ShardedLayout local,
        BooleanSupplier isPoolDraining) {
        this.cache = cache;
        this.fetches = fetches;
        this.extents = extents;
        this.pool = pool;
        this.isPoolDraining = isPoolDraining;
        shardCount = local.sharding().count();
        CellMap own = CellMap.ofTarget(ShardPairing.of(local.layout(), local.sharding(), local.layout(), local.sharding()),
            local.layout().blockTokens(), 0, 0, (int) extents.plan().extentBytes());
        imagesOfGroup = new int[local.layout().groupCount()];
        for (int cell = 0; cell < own.cellCount(); cell++) {
            imagesOfGroup[own.group(cell)]++;
        }
        extentsRead = new int[shardCount];
    }

    @Override
    public int blockEnd(long tenant, List<BlockKey> keys, int firstBlock) {
        return wholeEnd(cache.find(tenant, keys, firstBlock, keys.size()), firstBlock);
    }

    /**
     * Behind the last of these blocks whose cells are all images. Of a layout with windows or states none before them counts, either: it is
     * together that they are of use.
     */
    private int wholeEnd(HeldBlocks held, int firstBlock) {
        int end = Math.max(firstBlock, held.endBlock());
        for (ReadyBlocks span : held.ready(pool)) {
            for (int cell = span.firstCell(); cell < span.endCell();) {
                int block = span.map().block(cell);
                if (!isWhole(span, block)) {
                    return cache.isPlain() ? block : firstBlock;
                }
                cell = span.map().firstCellOfBlock(block + 1);
            }
        }
        return end;
    }

    private boolean isWhole(ReadyBlocks span, int block) {
        int[] cells = new int[imagesOfGroup.length];
        for (int cell = span.map().firstCellOfBlock(block); cell < span.map().firstCellOfBlock(block + 1); cell++) {
            cells[span.map().group(cell)] += span.isHere(cell) ? 1 : 0;
        }
        for (int group = 0; group < cells.length; group++) {
            if (cells[group] != 0 && cells[group] != imagesOfGroup[group]) {
                return false;
            }
        }
        return true;
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
        if (isPoolDraining.getAsBoolean() || wholeEnd(held, firstBlock) < keys.size()) {
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
        return new Pinned(held.ready(pool), () -> release(runs, isToRead));
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
            ReadyBlocks span = span(block, shard, group);
            return span.address(cellOrNone(span.map(), block, shard, group), offset);
        }

        @Override
        public long contiguousBytes(int block, int shard, int group, long offset) {
            ReadyBlocks span = span(block, shard, group);
            return span.contiguousBytes(cellOrNone(span.map(), block, shard, group), offset);
        }

        private ReadyBlocks span(int block, int shard, int group) {
            for (int i = 0; i < spans.size(); i++) {
                ReadyBlocks span = spans.get(i);
                int cell = block < span.map().blockCount() ? cellOrNone(span.map(), block, shard, group) : NONE;
                if (cell >= span.firstCell() && cell < span.endCell() && span.isHere(cell)) {
                    return span;
                }
            }
            throw new IllegalArgumentException("not pinned: block=" + block + " shard=" + shard + " group=" + group);
        }

        private static int cellOrNone(CellMap map, int block, int shard, int group) {
            if (block >= map.firstBlock()) {
                for (int cell = map.firstCellOfBlock(block); cell < map.firstCellOfBlock(block + 1); cell++) {
                    if (map.targetShard(cell) == shard && map.group(cell) == group) {
                        return cell;
                    }
                }
            }
            return NONE;
        }

        @Override
        public void release() {
            end.run();
        }
    }
}
