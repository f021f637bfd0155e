package dev.baton.kv;

import dev.baton.platform.Require;
import java.util.Arrays;

/**
 * Which bytes go where: merged segments (source offset, target offset, length), ordered by target offset, without
 * overlap at the target. Immutable once made, shared by threads; reading it allocates nothing. Neighbours that are
 * contiguous on both sides are one segment, of at most 1 GiB.
 */
public final class TransferPlan {
    /** Longest segment, in bytes. */
    public static final int SEGMENT_LENGTH_MAX = 1 << 30;
    /** Most segments of one plan: 20 bytes each. Layouts that need more are refused. */
    public static final int SEGMENTS_MAX = 1 << 23;

    private final long[] sourceOffsets;
    private final long[] targetOffsets;
    private final int[] lengths;
    private final long totalBytes;

    private TransferPlan(long[] sourceOffsets, long[] targetOffsets, int[] lengths) {
        this.sourceOffsets = sourceOffsets;
        this.targetOffsets = targetOffsets;
        this.lengths = lengths;
        long bytes = 0;
        for (int length : lengths) {
            bytes += length;
        }
        totalBytes = bytes;
    }

    /**
     * The part of a source shard's block image that makes one cell: the cell is dense and in target order.
     * @param source      image of the whole block on the source shard
     * @param sourceLayer first layer of the cell inside the source image
     * @param sourceHead  first head of the cell inside the source image
     * @param cell        image of the cell; as many slots as the source
     */
    public static TransferPlan ofCell(BlockImage source, int sourceLayer, int sourceHead, BlockImage cell) {
        Require.that(source.slots() == cell.slots(), "slots", cell.slots(), "those of the source: " + source.slots());
        Require.between("sourceLayer + layers", sourceLayer + cell.layers(), cell.layers(), source.layers());
        Require.between("sourceHead + heads", sourceHead + cell.heads(), cell.heads(), source.heads());
        Builder builder = new Builder();
        for (int layer = 0; layer < cell.layers(); layer++) {
            for (int section = 0; section < cell.sections(); section++) {
                builder.addRows(
                    source, source.offset(sourceLayer + layer, section, 0, sourceHead),
                    cell, cell.offset(layer, section, 0, 0), section, cell.slots(), cell.heads());
            }
        }
        return builder.build();
    }

    /**
     * One layer group of a token range, from a source engine's pool into a target engine's pool, as far as this source
     * shard is the one that feeds this target shard. Empty where it is not.
     * @param fromToken first token, a multiple of the group's tokens per slot; ignored for states
     * @param toToken   end of the range, exclusive
     * @throws LayoutMismatchException  if the layouts cannot be converted
     * @throws IllegalArgumentException if the range does not fit in both pools
     */
    public static TransferPlan compile(PoolImage source, PoolImage target, long fromToken, long toToken) {
        source.layout().requireConvertibleTo(target.layout());
        Require.that(source.groupIndex() == target.groupIndex(), "group", target.groupIndex(),
            "that of the source: " + source.groupIndex());
        source.requireRange(fromToken, toToken);
        target.requireRange(fromToken, toToken);
        Route route = Route.of(source.group(), source.groupIndex(), source.sharding(), source.shard(),
            target.sharding(), target.shard());
        Builder builder = new Builder();
        if (route != null && toToken > fromToken) {
            for (int plane = 0; plane < target.planeCount(); plane++) {
                builder.addPlane(source, target, route, plane, fromToken, toToken);
            }
        }
        return builder.build();
    }

    public int segmentCount() {
        return lengths.length;
    }

    /** Bytes from the start of the source image or pool. */
    public long sourceOffset(int segment) {
        return sourceOffsets[segment];
    }

    /** Bytes from the start of the cell or of the target pool. */
    public long targetOffset(int segment) {
        return targetOffsets[segment];
    }

    /** 1 to {@link #SEGMENT_LENGTH_MAX}. */
    public int lengthBytes(int segment) {
        return lengths[segment];
    }

    public long totalBytes() {
        return totalBytes;
    }

    /** Whether the whole is one plain copy. */
    public boolean isContiguous() {
        return lengths.length == 1;
    }

    /** The segment that holds this target offset; the plan must be dense at the target, as those of cells are. */
    public int segmentAt(long targetOffset) {
        Require.between("targetOffset", targetOffset, 0, totalBytes - 1);
        int found = Arrays.binarySearch(targetOffsets, targetOffset);
        return found >= 0 ? found : -found - 2;
    }

    /** Collects segments in target order and merges neighbours. */
    private static final class Builder {
        private long[] sourceOffsets = new long[16];
        private long[] targetOffsets = new long[16];
        private int[] lengths = new int[16];
        private int count;

        /** All rows of some slots and heads of one section of one layer, from and to the given first rows. */
        void addRows(BlockImage source, long sourceStart, BlockImage target, long targetStart, int section,
            int slots, int heads) {
            boolean isHeadInside = target.order() == DimensionOrder.NHD;
            int innerCount = isHeadInside ? heads : slots;
            int outerCount = isHeadInside ? slots : heads;
            long sourceInner = isHeadInside ? source.headStride(section) : source.slotStride(section);
            long targetInner = isHeadInside ? target.headStride(section) : target.slotStride(section);
            long sourceOuter = isHeadInside ? source.slotStride(section) : source.headStride(section);
            long targetOuter = isHeadInside ? target.slotStride(section) : target.headStride(section);
            long run = target.rowBytes(section);
            if (innerCount == 1 || (sourceInner == run && targetInner == run)) {
                run *= innerCount;
                innerCount = 1;
                if (outerCount == 1 || (sourceOuter == run && targetOuter == run)) {
                    run *= outerCount;
                    outerCount = 1;
                }
            }
            for (int outer = 0; outer < outerCount; outer++) {
                long sourceOffset = sourceStart + outer * sourceOuter;
                long targetOffset = targetStart + outer * targetOuter;
                for (int inner = 0; inner < innerCount; inner++) {
                    add(sourceOffset, targetOffset, run);
                    sourceOffset += sourceInner;
                    targetOffset += targetInner;
                }
            }
        }

        /** The route's layers that lie in one plane of the target pool, block after block as the target has them. */
        void addPlane(PoolImage source, PoolImage target, Route route, int plane, long fromToken, long toToken) {
            LayerGroup group = target.group();
            int fromLayer = Math.max(route.targetLayer(), target.firstLayerOfPlane(plane));
            int toLayer = Math.min(route.targetLayer() + route.layers(), target.firstLayerOfPlane(plane + 1));
            int blockTokens = target.layout().blockTokens();
            int firstBlock = group.isState() ? 0 : (int) (fromToken / blockTokens);
            int endBlock = group.isState() ? 1 : (int) ((toToken + blockTokens - 1) / blockTokens);
            for (int block = firstBlock; block < endBlock; block++) {
                if (block % route.blockStep() != route.blockResidue()) {
                    continue;
                }
                long start = (long) block * blockTokens;
                int fromSlot = group.isState() ? 0 : (int) Math.max(0, fromToken - start) / group.tokensPerSlot();
                int toSlot = group.slots((int) Math.min(blockTokens, toToken - start));
                for (int layer = fromLayer; layer < toLayer; layer++) {
                    int sourceLayer = route.sourceLayer() + layer - route.targetLayer();
                    for (int section = 0; section < target.image().sections(); section++) {
                        addRows(
                            source.image(), source.offset(sourceLayer, section, block, fromSlot, route.sourceHead()),
                            target.image(), target.offset(layer, section, block, fromSlot, route.targetHead()),
                            section, toSlot - fromSlot, route.heads());
                    }
                }
            }
        }

        private void add(long sourceOffset, long targetOffset, long length) {
            for (long done = 0; done < length; ) {
                int part = (int) Math.min(length - done, SEGMENT_LENGTH_MAX);
                addPart(sourceOffset + done, targetOffset + done, part);
                done += part;
            }
        }

        private void addPart(long sourceOffset, long targetOffset, int length) {
            int last = count - 1;
            if (last >= 0 && sourceOffsets[last] + lengths[last] == sourceOffset &&
                targetOffsets[last] + lengths[last] == targetOffset && lengths[last] <= SEGMENT_LENGTH_MAX - length) {
                lengths[last] += length;
                return;
            }
            if (count == lengths.length) {
                Require.between("segmentCount", count + 1, 1, SEGMENTS_MAX);
                sourceOffsets = Arrays.copyOf(sourceOffsets, count * 2);
                targetOffsets = Arrays.copyOf(targetOffsets, count * 2);
                lengths = Arrays.copyOf(lengths, count * 2);
            }
            sourceOffsets[count] = sourceOffset;
            targetOffsets[count] = targetOffset;
            lengths[count] = length;
            count++;
        }

        TransferPlan build() {
            return new TransferPlan(Arrays.copyOf(sourceOffsets, count), Arrays.copyOf(targetOffsets, count),
                Arrays.copyOf(lengths, count));
        }
    }
}
