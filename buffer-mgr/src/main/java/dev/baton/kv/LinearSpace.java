package dev.baton.kv;

import dev.baton.platform.Require;
import java.util.List;

/**
 * Where a handoff's cells lie in each target shard's linear space: all extents of that shard's reservation, one behind
 * the other. Immutable.
 * <pre>
 *   [routes whose cells fill extents][packed cells of whole blocks][partial blocks, states] pad [growth]
 * </pre>
 * Cells of one route follow each other, block after block. A route whose cells waste at most 1/8 of whole extents
 * starts each of them on an extent. Else, if several whole cells fill one extent to 7/8, they share it without passing
 * its end. All others are packed, 64-byte aligned. Whatever may not be sealed comes last: partial blocks, states that end inside of
 * one, and growth.
 */
final class LinearSpace {
    static final int CELL_ALIGNMENT = 64;
    /** A cell, or a unit of cells, may waste one part in so many of its extents. */
    static final int WASTE_DIVISOR = 8;
    /** More than an int counts of the largest extents. */
    private static final long BYTES_MAX = 1L << 61;
    private static final int PACKED = Integer.MAX_VALUE;

    private final int extentBytes;
    private final int[] firstBlock;       // per route, from here
    private final int[] blockStep;
    private final int[] cellsPerUnit;
    private final long[] base;
    private final long[] unitBytes;
    private final long[] stride;
    private final long[] lengthBytes;
    private final long[] lastLength;      // of the partial block or of the state; 0 if the route has neither
    private final long[] lastOffset;
    private final long[] bytesOfShard;    // per target shard, from here
    private final int[] sealableExtents;
    private final int[] promptExtents;
    private final int[] growthExtents;

    /** @param partialTokens tokens of the last block if it is partial, else 0 */
    LinearSpace(ShardPairing pairing, int[] firstBlockOfGroup, int blockCount, int partialTokens,
        long[] growthBytesOfShard, int extentBytes) {
        this.extentBytes = extentBytes;
        List<Route> routes = pairing.routes();
        int shards = pairing.targetSharding().count();
        int count = routes.size();
        firstBlock = new int[count];
        blockStep = new int[count];
        cellsPerUnit = new int[count];
        base = new long[count];
        unitBytes = new long[count];
        stride = new long[count];
        lengthBytes = new long[count];
        lastLength = new long[count];
        lastOffset = new long[count];
        bytesOfShard = new long[shards];
        sealableExtents = new int[shards];
        promptExtents = new int[shards];
        growthExtents = new int[shards];

        int[] cells = new int[count];
        boolean[] hasLast = new boolean[shards];
        for (int i = 0; i < count; i++) {
            Route route = routes.get(i);
            blockStep[i] = route.blockStep();
            int first = firstBlockOfGroup[route.group()];
            firstBlock[i] = first + Math.floorMod(route.blockResidue() - first, route.blockStep());
            lengthBytes[i] = pairing.cellImage(route, pairing.targetLayout().blockTokens()).lengthBytes();
            int all = firstBlock[i] >= blockCount ? 0 : (blockCount - 1 - firstBlock[i]) / blockStep[i] + 1;
            boolean isState = pairing.targetLayout().group(route.group()).isState();
            boolean isLast = all > 0 && (blockCount - 1 - firstBlock[i]) % blockStep[i] == 0 &&
                (isState || partialTokens > 0);
            lastLength[i] = isLast ? pairing.cellImage(route, Math.max(1, partialTokens)).lengthBytes() : 0;
            cells[i] = isLast ? all - 1 : all;
            // A state that ends where a block does is the state of that block, and is never written again.
            hasLast[route.targetShard()] |= isLast && partialTokens > 0;
            bytesOfShard[route.targetShard()] += cells[i] * lengthBytes[i] + lastLength[i];
            chooseUnit(i, cells[i]);
        }
        place(routes, cells, hasLast, growthBytesOfShard);
    }

    private void chooseUnit(int route, int cells) {
        long aligned = align(lengthBytes[route], CELL_ALIGNMENT);
        int fitting = (int) Math.max(1, extentBytes / aligned);
        long unit = align(fitting * aligned, extentBytes);
        long units = ((long) cells + fitting - 1) / fitting;
        boolean fillsUnit = (unit - fitting * lengthBytes[route]) * WASTE_DIVISOR <= unit;
        boolean fillsAll = (units * unit - cells * lengthBytes[route]) * WASTE_DIVISOR <= units * unit;
        boolean isAligned = cells > 0 && fillsUnit && fillsAll;
        cellsPerUnit[route] = isAligned ? fitting : PACKED;
        unitBytes[route] = isAligned ? unit : 0;
        stride[route] = aligned;
    }

    private void place(List<Route> routes, int[] cells, boolean[] hasLast, long[] growthBytesOfShard) {
        long[] end = new long[bytesOfShard.length];
        for (int i = 0; i < cells.length; i++) {
            if (cellsPerUnit[i] != PACKED) {
                int shard = routes.get(i).targetShard();
                base[i] = end[shard];
                end[shard] += ((long) cells[i] + cellsPerUnit[i] - 1) / cellsPerUnit[i] * unitBytes[i];
            }
        }
        for (int i = 0; i < cells.length; i++) {
            if (cellsPerUnit[i] == PACKED) {
                int shard = routes.get(i).targetShard();
                base[i] = end[shard];
                end[shard] += cells[i] * stride[i];
            }
        }
        for (int shard = 0; shard < end.length; shard++) {
            sealableExtents[shard] = extents(end[shard]);
        }
        for (int i = 0; i < cells.length; i++) {
            int shard = routes.get(i).targetShard();
            lastOffset[i] = end[shard];
            end[shard] += align(lastLength[i], CELL_ALIGNMENT);
        }
        for (int shard = 0; shard < end.length; shard++) {
            promptExtents[shard] = extents(align(end[shard], extentBytes));
            sealableExtents[shard] = hasLast[shard] ? sealableExtents[shard] : promptExtents[shard];
            growthExtents[shard] = extents(align(growthBytesOfShard[shard], extentBytes));
        }
    }

    /** No long ends here: of cells there are no more than an int counts, each of a GiB at most, and {@link #growthBytes} are bounded. */
    private int extents(long bytes) {
        return (int) Require.between("extents", bytes / extentBytes, 0, Integer.MAX_VALUE);
    }

    /**
     * For each target shard the bytes that so many more tokens take there.
     * @throws IllegalArgumentException if they are more than {@link #BYTES_MAX}
     */
    static long[] growthBytes(ShardPairing pairing, int tokens, int growthTokens) {
        KvLayout layout = pairing.targetLayout();
        Sharding sharding = pairing.targetSharding();
        long[] bytes = new long[sharding.count()];
        for (int shard = 0; shard < bytes.length; shard++) {
            for (LayerGroup group : layout.groups()) {
                // A window keeps no more than its tokens: decode overwrites what falls out of it.
                int tokensMax = group.isWindowed() ? group.windowTokens() : CellMap.TOKENS_MAX;
                long before = slotsOwned(layout, sharding, shard, group, Math.min(tokens, tokensMax));
                long after = slotsOwned(layout, sharding, shard, group, Math.min(tokens + growthTokens, tokensMax));
                long slotBytes = (long) sharding.layerCount(group, shard) * sharding.headCount(group, shard) *
                    (group.keyRowBytes() + group.valueRowBytes());
                bytes[shard] = group.isState() ? bytes[shard] : plus(bytes[shard], after - before, slotBytes);
            }
        }
        return bytes;
    }

    private static long plus(long bytes, long count, long bytesEach) {
        if (bytesEach > 0 && count > (BYTES_MAX - bytes) / bytesEach) {
            throw new IllegalArgumentException("growth must fit " + BYTES_MAX + " bytes of a shard, in so many extents as are counted: bytes=" +
                bytes + " count=" + count + " bytesEach=" + bytesEach);
        }
        return bytes + count * bytesEach;
    }

    private static long slotsOwned(KvLayout layout, Sharding sharding, int shard, LayerGroup group, int sequenceTokens) {
        long owned = sharding.tokensOwned(shard, sequenceTokens, layout.blockTokens());
        return (owned + group.tokensPerSlot() - 1) / group.tokensPerSlot();
    }

    static long align(long value, int alignment) {
        return (value + alignment - 1) / alignment * alignment;
    }

    /** @param isLast whether the cell is a partial block's or a state's */
    long offset(int route, int block, boolean isLast) {
        if (isLast) {
            return lastOffset[route];
        }
        int index = (block - firstBlock[route]) / blockStep[route];
        int perUnit = cellsPerUnit[route];
        return base[route] + index / perUnit * unitBytes[route] + index % perUnit * stride[route];
    }

    long lengthBytes(int route, boolean isLast) {
        return isLast ? lastLength[route] : lengthBytes[route];
    }

    long bytesOfShard(int shard) {
        return bytesOfShard[shard];
    }

    int sealableExtents(int shard) {
        return sealableExtents[shard];
    }

    int promptExtents(int shard) {
        return promptExtents[shard];
    }

    int growthExtents(int shard) {
        return growthExtents[shard];
    }
}
