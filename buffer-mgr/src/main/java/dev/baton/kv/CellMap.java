package dev.baton.kv;

import dev.baton.platform.Require;
import java.util.Arrays;

/**
 * Every cell of one handoff: where it comes from, how long it is, where it lands. Cells have ids from 0, over all
 * shards, in the order in which they can be sent: block after block, inside a block by layer group, source shard,
 * target shard; states come with the last block. Immutable and safe to share; after construction nothing is allocated,
 * and every answer is a few divisions and table reads.
 * <pre>
 *   blocks      haveTokens / blockTokens to ceil(tokens / blockTokens) - 1; held blocks have no cells and no extents
 *   windows     only blocks that overlap the last windowTokens tokens of the prompt have cells
 *   a cell      one contiguous byte range of its target shard's linear space (all extents of that shard, one behind
 *               the other), dense and in target order; CRC32C is over these bytes
 *   growth      whole extents behind the prompt's, for the bytes that growthTokens more tokens take on that shard
 * </pre>
 */
public final class CellMap {
    /** Longest prompt plus growth, in tokens. */
    public static final int TOKENS_MAX = 1 << 26;
    public static final int EXTENT_BYTES_MIN = 4096;
    public static final int EXTENT_BYTES_MAX = 1 << 30;
    /** Every layer group has cells: that of a handoff. */
    public static final int ALL_GROUPS = -1;

    private final ShardPairing pairing;
    private final int tokens;
    private final int growthTokens;
    private final int haveTokens;
    private final int extentBytes;
    private final int groups;
    private final int blockCount;
    private final int partialTokens;
    private final BlockPhase[] phases;
    private final LinearSpace space;
    private final SourceImages sourceImages;
    private final int[] groupOf;           // per route, from here
    private final int[] sourceShardOf;
    private final int[] targetShardOf;
    private final boolean[] isStateOf;
    private final TransferPlan[] plans;    // null at a receiver, which copies nothing together
    private final TransferPlan[] partialPlans;
    private final int totalExtents;
    private final long totalBytes;

    private CellMap(ShardPairing pairing, int tokens, int growthTokens, int haveTokens, int extentBytes, int groups,
        boolean hasPlans) {
        this.pairing = pairing;
        this.groups = groups;
        this.tokens = Require.between("tokens", tokens, 1, TOKENS_MAX);
        this.growthTokens = Require.between("growthTokens", growthTokens, 0, TOKENS_MAX - tokens);
        this.haveTokens = Require.between("haveTokens", haveTokens, 0, tokens);
        this.extentBytes = Require.between("extentBytes", extentBytes, EXTENT_BYTES_MIN, EXTENT_BYTES_MAX);
        Require.that(extentBytes % LinearSpace.CELL_ALIGNMENT == 0, "extentBytes", extentBytes, "a multiple of 64");
        KvLayout layout = pairing.targetLayout();
        blockCount = (int) (((long) tokens + layout.blockTokens() - 1) / layout.blockTokens());
        partialTokens = tokens % layout.blockTokens();

        int[] firstBlockOfGroup = firstBlocks(layout);
        phases = phases(firstBlockOfGroup, 0, pairing.sourceSharding().count());
        space = new LinearSpace(
            pairing, firstBlockOfGroup, blockCount, partialTokens,
            LinearSpace.growthBytes(pairing, tokens, growthTokens), extentBytes);
        sourceImages = new SourceImages(this, phases);
        int routes = pairing.routes().size();
        groupOf = new int[routes];
        sourceShardOf = new int[routes];
        targetShardOf = new int[routes];
        isStateOf = new boolean[routes];
        for (int i = 0; i < routes; i++) {
            Route route = pairing.routes().get(i);
            groupOf[i] = route.group();
            sourceShardOf[i] = route.sourceShard();
            targetShardOf[i] = route.targetShard();
            isStateOf[i] = layout.group(route.group()).isState();
        }
        plans = hasPlans ? pairing.plans() : null;
        partialPlans = hasPlans && partialTokens > 0 ? pairing.compile(partialTokens) : plans;
        long extents = 0;
        long bytes = 0;
        for (int shard = 0; shard < targetShardCount(); shard++) {
            extents += (long) space.promptExtents(shard) + space.growthExtents(shard);
            bytes += space.bytesOfShard(shard);
        }
        totalExtents = (int) Require.between("extents", extents, 0, Integer.MAX_VALUE);
        totalBytes = bytes;
    }

    /**
     * The map for a sender: plans are compiled.
     * @param tokens       prompt tokens, 1 to {@link #TOKENS_MAX}
     * @param growthTokens tokens that decode may add, for which extents are counted
     * @param haveTokens   leading tokens that the target holds; only its whole blocks count
     * @param extentBytes  bytes of an extent, a multiple of 64
     * @throws IllegalArgumentException if a value is out of its range, or there would be more cells, or extents of all shards, than an
     *     int counts; the message names it. However large it is: nothing is allocated for each block or cell
     */
    public static CellMap of(ShardPairing pairing, int tokens, int growthTokens, int haveTokens, int extentBytes) {
        return new CellMap(pairing, tokens, growthTokens, haveTokens, extentBytes, ALL_GROUPS, true);
    }

    /** As {@link #of(ShardPairing, int, int, int, int)}, for a receiver: cheap, without {@link #plan(int)}. */
    public static CellMap ofTarget(
        ShardPairing pairing, int tokens, int growthTokens, int haveTokens, int extentBytes) {
        return new CellMap(pairing, tokens, growthTokens, haveTokens, extentBytes, ALL_GROUPS, false);
    }

    /**
     * What some layer groups keep of whole blocks, apart from the others and from what a prompt needs of it: each block, of a state the last one.
     *
     * @param groups   bit g for group g
     * @param endBlock behind the last block
     */
    public static CellMap ofGroups(ShardPairing pairing, int groups, int firstBlock, int endBlock, int extentBytes) {
        long blockTokens = pairing.targetLayout().blockTokens();
        int tokens = (int) Require.between("tokens", endBlock * blockTokens, 1, TOKENS_MAX);
        int haveTokens = (int) Require.between("haveTokens", firstBlock * blockTokens, 0, tokens);
        return new CellMap(pairing, tokens, 0, haveTokens, extentBytes, groups, false);
    }

    /** As above, with a pairing of its own: for tests and tools; a service keeps one pairing per peer. */
    public static CellMap of(KvLayout source, Sharding sourceSharding, KvLayout target, Sharding targetSharding,
        int tokens, int growthTokens, int haveTokens, int extentBytes) {
        return of(ShardPairing.of(source, sourceSharding, target, targetSharding),
            tokens, growthTokens, haveTokens, extentBytes);
    }

    private int[] firstBlocks(KvLayout layout) {
        int[] first = new int[layout.groupCount()];
        for (int i = 0; i < first.length; i++) {
            LayerGroup group = layout.group(i);
            int block = 0;
            if ((groups >>> i & 1) == 0) {
                block = blockCount;
            } else if (group.isState()) {
                block = blockCount - 1;
            } else if (group.isWindowed() && groups == ALL_GROUPS) {
                block = Math.max(0, tokens - group.windowTokens()) / layout.blockTokens();
            }
            first[i] = Math.max(block, firstBlock());
        }
        return first;
    }

    /** Cuts the blocks where a window begins and before the last one: up to group count + 2 phases. */
    private BlockPhase[] phases(int[] firstBlockOfGroup, int firstShard, int endShard) {
        int[] cuts = new int[firstBlockOfGroup.length + 2];
        System.arraycopy(firstBlockOfGroup, 0, cuts, 0, firstBlockOfGroup.length);
        cuts[cuts.length - 2] = firstBlock();
        cuts[cuts.length - 1] = blockCount - 1;
        Arrays.sort(cuts);
        int[] starts = new int[cuts.length];
        int count = 0;
        for (int cut : cuts) {
            if (cut >= firstBlock() && cut < blockCount && (count == 0 || cut > starts[count - 1])) {
                starts[count++] = cut;
            }
        }
        BlockPhase[] made = new BlockPhase[count];
        int cells = 0;
        for (int i = 0; i < made.length; i++) {
            int end = i + 1 < count ? starts[i + 1] : blockCount;
            made[i] = new BlockPhase(pairing, firstBlockOfGroup, starts[i], end, cells, tokensOfBlock(starts[i]),
                firstShard, endShard);
            cells = made[i].endCell;
        }
        return made;
    }

    private BlockPhase phaseOf(int cell) {
        if (cell < 0 || cell >= cellCount()) {
            throw new IllegalArgumentException("cell must be 0 to " + (cellCount() - 1) + ": cell=" + cell);
        }
        int i = phases.length - 1;
        while (cell < phases[i].firstCell) {
            i--;
        }
        return phases[i];
    }

    private BlockPhase phaseOfBlock(int block) {
        return phases[phaseIndexOfBlock(block)];
    }

    int phaseIndexOfBlock(int block) {
        if (block < firstBlock() || block >= blockCount) {
            throw new IllegalArgumentException(
                "block must be " + firstBlock() + " to " + (blockCount - 1) + ": block=" + block);
        }
        int i = phases.length - 1;
        while (block < phases[i].firstBlock) {
            i--;
        }
        return i;
    }

    /** Whether the cell is a partial block's or a state's: those lie behind the whole blocks of their shard. */
    private boolean isLast(BlockPhase phase, int cell, int route) {
        return isStateOf[route] || (partialTokens > 0 && phase.block(cell) == blockCount - 1);
    }

    /** Ids run from 0 to this, exclusive. 0 if all is held. */
    public int cellCount() {
        return phases.length == 0 ? 0 : phases[phases.length - 1].endCell;
    }

    public int sourceShard(int cell) {
        return sourceShardOf[phaseOf(cell).route(cell)];
    }

    public int targetShard(int cell) {
        return targetShardOf[phaseOf(cell).route(cell)];
    }

    public int group(int cell) {
        return groupOf[phaseOf(cell).route(cell)];
    }

    /** Block of the prompt, from 0; of a state: the last one. */
    public int block(int cell) {
        return phaseOf(cell).block(cell);
    }

    public int tokensInBlock(int cell) {
        return phaseOf(cell).tokensInBlock;
    }

    /** Bytes of the cell, 1 to {@link ShardPairing#CELL_LENGTH_MAX}: it fits an int. */
    public long lengthBytes(int cell) {
        BlockPhase phase = phaseOf(cell);
        int route = phase.route(cell);
        return space.lengthBytes(route, isLast(phase, cell, route));
    }

    /** Offset of the cell in its target shard's linear space, in bytes; a multiple of 64. */
    public long targetOffset(int cell) {
        BlockPhase phase = phaseOf(cell);
        int route = phase.route(cell);
        return space.offset(route, phase.block(cell), isLast(phase, cell, route));
    }

    /** Offset of the source image inside its block's staging unit; the plan's source offsets count from there. */
    public long sourceImageOffset(int cell) {
        return phaseOf(cell).imageOffset(cell);
    }

    /**
     * How the cell is put together from its source image.
     * @throws IllegalStateException if this map was made by {@link #ofTarget}
     */
    public TransferPlan plan(int cell) {
        if (plans == null) {
            throw new IllegalStateException("this map was made for a receiver and has no plans: cell=" + cell);
        }
        BlockPhase phase = phaseOf(cell);
        return (phase.tokensInBlock == partialTokens ? partialPlans : plans)[phase.route(cell)];
    }

    /** First layer of the cell, counted in the whole group. */
    public int firstLayer(int cell) {
        Route route = route(cell);
        LayerGroup group = pairing.targetLayout().group(route.group());
        return pairing.targetSharding().firstLayer(group, route.targetShard()) + route.targetLayer();
    }

    public int layerCount(int cell) {
        return route(cell).layers();
    }

    /** First head of the cell, counted in the whole group. */
    public int firstHead(int cell) {
        Route route = route(cell);
        LayerGroup group = pairing.targetLayout().group(route.group());
        return pairing.targetSharding().firstHead(group, route.targetShard()) + route.targetHead();
    }

    public int headCount(int cell) {
        return route(cell).heads();
    }

    private Route route(int cell) {
        return pairing.routes().get(phaseOf(cell).route(cell));
    }

    /** Layer groups that it has cells of, bit g for group g; {@link #ALL_GROUPS} of a handoff. */
    public int groups() {
        return groups;
    }

    /** First block that is not held. */
    public int firstBlock() {
        return haveTokens / pairing.targetLayout().blockTokens();
    }

    /** Blocks of the prompt, held ones and the partial one included. */
    public int blockCount() {
        return blockCount;
    }

    public int tokensOfBlock(int block) {
        int blockTokens = pairing.targetLayout().blockTokens();
        return block == blockCount - 1 && partialTokens > 0 ? partialTokens : blockTokens;
    }

    /**
     * The first cell that can be sent once all blocks before {@code block} and this one are prefilled. Cells of blocks
     * a to b - 1 are {@code firstCellOfBlock(a)} to {@code firstCellOfBlock(b)}, exclusive.
     * @param block 0 to {@link #blockCount()}; {@link #cellCount()} is the answer for the last, 0 for held ones
     */
    public int firstCellOfBlock(int block) {
        if (block >= blockCount) {
            return cellCount();
        }
        return block <= firstBlock() ? 0 : phaseOfBlock(block).firstCellOf(block);
    }

    /** Blocks that are complete once so many tokens are prefilled: the partial one only at the end of the prompt. */
    public int blocksComplete(int prefilledTokens) {
        return prefilledTokens >= tokens ? blockCount : prefilledTokens / pairing.targetLayout().blockTokens();
    }

    public int targetShardCount() {
        return pairing.targetSharding().count();
    }

    public int sourceShardCount() {
        return pairing.sourceSharding().count();
    }

    /** Extents of that shard: prompt and growth. */
    public int extents(int targetShard) {
        return space.promptExtents(targetShard) + space.growthExtents(targetShard);
    }

    /** Leading extents of that shard that hold cells. */
    public int promptExtents(int targetShard) {
        return space.promptExtents(targetShard);
    }

    /** Leading extents of that shard that hold nothing but cells of whole blocks, and states where such a one ends: what may be sealed. */
    public int sealableExtents(int targetShard) {
        return space.sealableExtents(targetShard);
    }

    /** Extents of all target shards. */
    public int totalExtents() {
        return totalExtents;
    }

    /** Bytes of all cells; growth and padding are not counted. */
    public long totalBytes() {
        return totalBytes;
    }

    public long bytesOfShard(int targetShard) {
        return space.bytesOfShard(targetShard);
    }

    /** What the source stages, block by block. */
    public SourceImages sourceImages() {
        return sourceImages;
    }

    /**
     * What a process stages, block by block, that has only some of the source's shards.
     * @param firstShard the first of them
     * @param endShard   behind the last
     */
    public SourceImages sourceImages(int firstShard, int endShard) {
        if (firstShard == 0 && endShard == sourceShardCount()) {
            return sourceImages;
        }
        Require.between("firstShard", firstShard, 0, sourceShardCount() - 1);
        Require.between("endShard", endShard, firstShard + 1, sourceShardCount());
        return new SourceImages(this, phases(firstBlocks(pairing.targetLayout()), firstShard, endShard));
    }

    public ShardPairing pairing() {
        return pairing;
    }

    public int tokens() {
        return tokens;
    }

    public int growthTokens() {
        return growthTokens;
    }

    public int haveTokens() {
        return haveTokens;
    }

    public int extentBytes() {
        return extentBytes;
    }
}
