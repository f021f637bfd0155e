package dev.baton.kv;

import dev.baton.platform.Require;
import java.util.Arrays;
import java.util.List;

/**
 * Blocks in a row that have the same cells, period after period: between two phases a window begins, or the last block.
 * One period is as many blocks as the routes' step. Holds tables for one period; the rest is arithmetic.
 */
final class BlockPhase {
    private static final long NOT_STAGED = -1;

    final int firstBlock;
    final int endBlock;
    final int firstCell;
    final int endCell;
    final int tokensInBlock;
    final int cellsPerPeriod;
    private final int period;
    private final int[] cellStart;        // per residue, and one behind the last: first cell of the block
    private final int[] routeOf;          // per cell of a period
    private final int[] residueOf;
    private final long[] imageOffsetOf;
    private final int[] imageStart;       // per residue, and one behind the last: first image of the block
    private final int[] imageGroup;       // per image of a period
    private final int[] imageShard;
    private final long[] imageOffset;
    private final long[] imageBytes;
    private final long[] unitBytes;       // per residue

    /**
     * @param firstShard of the source shards that are staged; the cells are those of all shards
     * @param endShard   behind the last of them
     */
    BlockPhase(ShardPairing pairing, int[] firstBlockOfGroup, int firstBlock, int endBlock, int firstCell,
        int tokensInBlock, int firstShard, int endShard) {
        this.firstBlock = firstBlock;
        this.endBlock = endBlock;
        this.firstCell = firstCell;
        this.tokensInBlock = tokensInBlock;
        int step = Route.blockStep(pairing.sourceSharding(), pairing.targetSharding());
        period = Math.min(step, endBlock - firstBlock);
        List<Route> routes = pairing.routes();
        int cellsMax = count(routes, firstBlockOfGroup);
        cellStart = new int[period + 1];
        imageStart = new int[period + 1];
        unitBytes = new long[period];
        int[] route = new int[cellsMax];
        int[] residue = new int[cellsMax];
        long[] offsets = new long[cellsMax];
        int[] groups = new int[cellsMax];
        int[] shards = new int[cellsMax];
        long[] imageOffsets = new long[cellsMax];
        long[] lengths = new long[cellsMax];
        int cells = 0;
        int images = 0;
        for (int r = 0; r < period; r++) {
            for (int i = 0; i < routes.size(); i++) {
                Route candidate = routes.get(i);
                if (!isActive(candidate, firstBlock + r, firstBlockOfGroup)) {
                    continue;
                }
                int group = candidate.group();
                int shard = candidate.sourceShard();
                // Routes are ordered by group and source shard, so one image's cells follow each other.
                boolean isStaged = shard >= firstShard && shard < endShard;
                if (isStaged && (images == imageStart[r] || groups[images - 1] != group || shards[images - 1] != shard)) {
                    groups[images] = group;
                    shards[images] = shard;
                    imageOffsets[images] = unitBytes[r];
                    lengths[images] = BlockImage.of(
                        pairing.sourceLayout(), pairing.sourceSharding(), shard, group, tokensInBlock).lengthBytes();
                    unitBytes[r] += LinearSpace.align(lengths[images], LinearSpace.CELL_ALIGNMENT);
                    images++;
                }
                route[cells] = i;
                residue[cells] = r;
                offsets[cells] = isStaged ? imageOffsets[images - 1] : NOT_STAGED;
                cells++;
            }
            cellStart[r + 1] = cells;
            imageStart[r + 1] = images;
        }
        cellsPerPeriod = cells;
        routeOf = Arrays.copyOf(route, cells);
        residueOf = Arrays.copyOf(residue, cells);
        imageOffsetOf = Arrays.copyOf(offsets, cells);
        imageGroup = Arrays.copyOf(groups, images);
        imageShard = Arrays.copyOf(shards, images);
        imageOffset = Arrays.copyOf(imageOffsets, images);
        imageBytes = Arrays.copyOf(lengths, images);
        long end = firstCell + (long) (blockCount() / period) * cells + cellStart[blockCount() % period];
        endCell = (int) Require.between("cells", end, 0, Integer.MAX_VALUE);
    }

    private int count(List<Route> routes, int[] firstBlockOfGroup) {
        int cells = 0;
        for (int r = 0; r < period; r++) {
            for (Route route : routes) {
                cells += isActive(route, firstBlock + r, firstBlockOfGroup) ? 1 : 0;
            }
        }
        return cells;
    }

    private static boolean isActive(Route route, int block, int[] firstBlockOfGroup) {
        return block >= firstBlockOfGroup[route.group()] && block % route.blockStep() == route.blockResidue();
    }

    int blockCount() {
        return endBlock - firstBlock;
    }

    int route(int cell) {
        return routeOf[(cell - firstCell) % cellsPerPeriod];
    }

    int block(int cell) {
        int index = cell - firstCell;
        return firstBlock + index / cellsPerPeriod * period + residueOf[index % cellsPerPeriod];
    }

    long imageOffset(int cell) {
        return imageOffsetOf[(cell - firstCell) % cellsPerPeriod];
    }

    int firstCellOf(int block) {
        int index = block - firstBlock;
        return firstCell + index / period * cellsPerPeriod + cellStart[index % period];
    }

    private int residue(int block) {
        return (block - firstBlock) % period;
    }

    int imageCount(int block) {
        int residue = residue(block);
        return imageStart[residue + 1] - imageStart[residue];
    }

    private int image(int block, int index) {
        int residue = residue(block);
        if (index < 0 || index >= imageStart[residue + 1] - imageStart[residue]) {
            throw new IllegalArgumentException("image must be one of this block's: image=" + index + " block=" + block);
        }
        return imageStart[residue] + index;
    }

    int imageGroup(int block, int index) {
        return imageGroup[image(block, index)];
    }

    int imageShard(int block, int index) {
        return imageShard[image(block, index)];
    }

    long imageOffset(int block, int index) {
        return imageOffset[image(block, index)];
    }

    long imageBytes(int block, int index) {
        return imageBytes[image(block, index)];
    }

    /** Index of the image of that group and shard among this block's; -1 if it is not staged. */
    int imageIndex(int block, int shard, int group) {
        int residue = residue(block);
        for (int i = imageStart[residue]; i < imageStart[residue + 1]; i++) {
            if (imageShard[i] == shard && imageGroup[i] == group) {
                return i - imageStart[residue];
            }
        }
        return -1;
    }

    long unitBytes(int block) {
        return unitBytes[residue(block)];
    }

    long unitBytesMax() {
        long max = 0;
        for (long bytes : unitBytes) {
            max = Math.max(max, bytes);
        }
        return max;
    }

    /** Bytes of the units of all blocks of this phase. */
    long stagingBytes() {
        long perPeriod = 0;
        long rest = 0;
        for (int r = 0; r < period; r++) {
            perPeriod += unitBytes[r];
            rest += r < blockCount() % period ? unitBytes[r] : 0;
        }
        return perPeriod * (blockCount() / period) + rest;
    }
}
