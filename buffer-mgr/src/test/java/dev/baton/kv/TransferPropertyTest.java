package dev.baton.kv;

import static dev.baton.kv.DimensionOrder.HND;
import static dev.baton.kv.DimensionOrder.NHD;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every source byte goes to its one right place: filled by logical coordinates, moved by plans, each byte checked. */
class TransferPropertyTest {
    private static final long SEED = Long.getLong("baton.test.seed", 0x5eedL);
    private static final byte UNTOUCHED = (byte) 0xA5;

    /** All kinds of groups at once, with rows that are no multiple of 8. */
    private static KvLayout hybrid(DimensionOrder order, int blockTokens) {
        return new KvLayout("hybrid", order, 1, blockTokens, List.of(
            LayerGroup.attention("full", 5, 8, 6, ElementType.BF16),
            new LayerGroup("uneven", GroupKind.ATTENTION, ElementType.BF16, 3, 4, 24, 16, 0, 0, 1, 10),
            LayerGroup.latent("latent", 4, 21, 4, ElementType.FP8_DS_MLA, 1),
            LayerGroup.latent("indexer", 4, 13, 4, ElementType.FP4_E2M1, 4),
            LayerGroup.attention("window", 3, 2, 4, ElementType.FP8_E4M3).withWindow(13),
            LayerGroup.state("state", 3, 8, 19, ElementType.FP32)));
    }

    static Stream<Sharding> shardings() {
        return Stream.of(Sharding.SINGLE, Sharding.tensor(2), Sharding.tensor(4), Sharding.tensor(8),
            new Sharding(2, 2, 1), new Sharding(1, 3, 1), new Sharding(1, 1, 3), new Sharding(2, 2, 2),
            Sharding.tensor(16));
    }

    @TestFactory
    Stream<DynamicTest> shouldPutEveryByteInItsOnePlace() {
        List<DynamicTest> tests = new ArrayList<>();
        List<Sharding> shardings = shardings().toList();
        for (DimensionOrder from : DimensionOrder.values()) {
            for (DimensionOrder to : DimensionOrder.values()) {
                for (Sharding source : shardings) {
                    for (Sharding target : shardings) {
                        tests.add(DynamicTest.dynamicTest(from + ">" + to + " " + source + ">" + target, () -> {
                            handOff(hybrid(from, 8), source, hybrid(to, 8).withLayersPerPlane(2), target, 33, 0);
                            handOff(hybrid(from, 8), source, hybrid(to, 8), target, 48, 21);
                        }));
                    }
                }
            }
        }
        return tests.stream();
    }

    /** Random models, shardings, token counts and held prefixes; the seed is printed when one fails. */
    @TestFactory
    Stream<DynamicTest> shouldPutEveryByteInItsOnePlaceAtRandom() {
        return IntStream.range(0, 200).mapToObj(i -> DynamicTest.dynamicTest("seed " + (SEED + i), () -> {
            Random random = new Random(SEED + i);
            KvLayout source = randomLayout(random);
            KvLayout target = source.withOrder(random.nextBoolean() ? HND : NHD);
            int tokens = 1 + random.nextInt(120);
            handOff(source, randomSharding(random), target, randomSharding(random), tokens, random.nextInt(tokens + 1));
        }));
    }

    private static KvLayout randomLayout(Random random) {
        List<LayerGroup> groups = new ArrayList<>();
        int count = 1 + random.nextInt(4);
        for (int i = 0; i < count; i++) {
            String name = "g" + i;
            int layers = 1 + random.nextInt(6);
            int window = random.nextInt(3) == 0 ? 1 + random.nextInt(40) : 0;
            groups.add(switch (random.nextInt(4)) {
                case 0 -> LayerGroup.state(
                    name, layers, 1 << random.nextInt(4), 1 + random.nextInt(50), ElementType.FP32);
                case 1 -> LayerGroup.latent(name, layers, 2 + random.nextInt(40), 1, ElementType.INT8,
                    1 << random.nextInt(3)).withWindow(window);
                default -> new LayerGroup(name, GroupKind.ATTENTION, ElementType.BF16, layers, 1 << random.nextInt(5),
                    1 + random.nextInt(33), random.nextInt(33), 0, 0, 1 << random.nextInt(2), window);
            });
        }
        return new KvLayout("random", random.nextBoolean() ? HND : NHD, 1, 4 << random.nextInt(3), groups);
    }

    private static Sharding randomSharding(Random random) {
        return new Sharding(1 << random.nextInt(5), 1 + random.nextInt(4), 1 + random.nextInt(4));
    }

    /** Stages, plans, copies, and checks each byte of the linear spaces twice: by the pattern's walk and by oracle. */
    private static void handOff(KvLayout sourceLayout, Sharding source, KvLayout targetLayout, Sharding target,
        int tokens, int haveTokens) {
        CellMap map = CellMap.of(sourceLayout, source, targetLayout, target, tokens, 5, haveTokens, 4096);
        SourceImages images = map.sourceImages();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment[] spaces = new MemorySegment[map.targetShardCount()];
            for (int shard = 0; shard < spaces.length; shard++) {
                spaces[shard] = arena.allocate(Math.max(1, map.extents(shard) * 4096L), 64).fill(UNTOUCHED);
            }
            boolean[][] covered = new boolean[spaces.length][];
            for (int shard = 0; shard < spaces.length; shard++) {
                covered[shard] = new boolean[map.promptExtents(shard) * 4096];
            }
            MemorySegment unit = arena.allocate(Math.max(64, images.unitBytesMax()), 64);
            long staged = 0;
            for (int block = map.firstBlock(); block < map.blockCount(); block++) {
                unit.fill((byte) 0);
                fill(map, block, unit);
                staged += images.unitBytes(block);
                for (int cell = map.firstCellOfBlock(block); cell < map.firstCellOfBlock(block + 1); cell++) {
                    assertEquals(block, map.block(cell));
                    copy(map, cell, unit, spaces[map.targetShard(cell)], covered[map.targetShard(cell)]);
                }
            }
            assertEquals(images.stagingBytes(), staged);
            long bytes = 0;
            for (int cell = 0; cell < map.cellCount(); cell++) {
                long address = spaces[map.targetShard(cell)].address() + map.targetOffset(cell);
                long wrong = KvPattern.mismatches(address, map, cell, SEED);
                assertEquals(0, wrong, () -> "seed=" + SEED);
                bytes += map.lengthBytes(cell);
            }
            assertEquals(map.totalBytes(), bytes);
            checkByOracle(map, spaces);
            for (int shard = 0; shard < spaces.length; shard++) {
                byte[] space = spaces[shard].toArray(ValueLayout.JAVA_BYTE);
                long landed = 0;
                boolean isRestUntouched = true;
                for (int i = 0; i < covered[shard].length; i++) {
                    landed += covered[shard][i] ? 1 : 0;
                    isRestUntouched &= covered[shard][i] || space[i] == UNTOUCHED;
                }
                assertEquals(map.bytesOfShard(shard), landed);
                assertTrue(isRestUntouched);
            }
        }
    }

    private static void fill(CellMap map, int block, MemorySegment unit) {
        SourceImages images = map.sourceImages();
        ShardPairing pairing = map.pairing();
        long end = 0;
        for (int image = 0; image < images.imageCount(block); image++) {
            long offset = images.imageOffset(block, image);
            assertEquals(0, offset % 64);
            assertTrue(offset >= end);
            end = offset + images.imageBytes(block, image);
            assertTrue(end <= images.unitBytes(block));
            int shard = images.sourceShard(block, image);
            int group = images.group(block, image);
            assertEquals(image, images.imageIndex(block, shard, group));
            assertEquals(images.imageBytes(block, image), KvPattern.fillImage(unit.address() + offset,
                pairing.sourceLayout(), pairing.sourceSharding(), shard, group, block, map.tokensOfBlock(block), SEED));
        }
    }

    private static void copy(CellMap map, int cell, MemorySegment unit, MemorySegment space, boolean[] covered) {
        TransferPlan plan = map.plan(cell);
        long source = map.sourceImageOffset(cell);
        long target = map.targetOffset(cell);
        assertEquals(0, target % 64);
        assertEquals(source, map.sourceImages().imageOffset(map.block(cell),
            map.sourceImages().imageIndex(map.block(cell), map.sourceShard(cell), map.group(cell))));
        long next = 0;
        for (int i = 0; i < plan.segmentCount(); i++) {
            assertEquals(next, plan.targetOffset(i), "dense, in target order");
            assertEquals(i, plan.segmentAt(next));
            next += plan.lengthBytes(i);
            MemorySegment.copy(
                unit, source + plan.sourceOffset(i), space, target + plan.targetOffset(i), plan.lengthBytes(i));
        }
        assertEquals(map.lengthBytes(cell), next);
        boolean isNew = true;
        for (long at = target; at < target + next; at++) {
            isNew &= !covered[(int) at];
            covered[(int) at] = true;
        }
        assertTrue(isNew, "landed once");
    }

    /**
     * Walks the target's logical coordinates, not cells: each row that a target shard must hold is found through the
     * cell that covers it, and compared with the pattern byte by byte.
     */
    private static void checkByOracle(CellMap map, MemorySegment[] spaces) {
        KvLayout layout = map.pairing().targetLayout();
        Sharding target = map.pairing().targetSharding();
        long[] expected = new long[spaces.length];
        for (int cell = 0; cell < map.cellCount(); cell++) {
            int shard = map.targetShard(cell);
            LayerGroup group = layout.group(map.group(cell));
            BlockImage image = new BlockImage(
                layout.order(), group, map.layerCount(cell), map.headCount(cell), map.tokensInBlock(cell));
            assertTrue(target.isHolderOf(group, shard, map.block(cell)));
            int perBlock = layout.blockTokens() / group.tokensPerSlot();
            Random random = new Random(SEED + cell);
            for (int probe = 0; probe < 4; probe++) {
                int layer = random.nextInt(image.layers());
                int section = random.nextInt(image.sections());
                int slot = random.nextInt(image.slots());
                int head = random.nextInt(image.heads());
                int inRow = random.nextInt(image.rowBytes(section));
                long offset = image.offset(layer, section, slot, head) + inRow;
                byte want = KvPattern.byteAt(SEED, map.group(cell), map.firstLayer(cell) + layer, section,
                    group.isState() ? 0 : (long) map.block(cell) * perBlock + slot, map.firstHead(cell) + head, inRow);
                assertEquals(want, spaces[shard].get(ValueLayout.JAVA_BYTE, map.targetOffset(cell) + offset));
            }
            expected[shard] += image.lengthBytes();
        }
        for (int shard = 0; shard < spaces.length; shard++) {
            assertEquals(bytesThatShardMustHold(map, shard), expected[shard], "shard " + shard);
        }
    }

    /** Counted token by token, from the definition and from nothing that the map computes. */
    private static long bytesThatShardMustHold(CellMap map, int shard) {
        KvLayout layout = map.pairing().targetLayout();
        Sharding target = map.pairing().targetSharding();
        long bytes = 0;
        for (LayerGroup group : layout.groups()) {
            long slotBytes = (long) target.layerCount(group, shard) * target.headCount(group, shard) *
                (group.keyRowBytes() + group.valueRowBytes());
            for (int block = map.haveTokens() / layout.blockTokens(); block < map.blockCount(); block++) {
                int first = block * layout.blockTokens();
                int end = Math.min(map.tokens(), first + layout.blockTokens());
                boolean isInWindow = group.windowTokens() == 0 || end > map.tokens() - group.windowTokens();
                boolean isHere = group.isState() ? end == map.tokens() : block % target.cp() == target.cpRank(shard);
                bytes += isInWindow && isHere ? slotBytes * group.slots(end - first) : 0;
            }
        }
        return bytes;
    }

    @ParameterizedTest
    @CsvSource({"1, 1, 1", "1, 3, 1", "3, 1, 2", "0, 0, 1", "2, 0, 2", "1, 0, 1"})
    void shouldConvertPools(int sourcePacking, int targetPacking, int cp) {
        for (DimensionOrder from : DimensionOrder.values()) {
            for (DimensionOrder to : DimensionOrder.values()) {
                KvLayout source = hybrid(from, 8).withLayersPerPlane(sourcePacking);
                KvLayout target = hybrid(to, 8).withLayersPerPlane(targetPacking);
                for (Sharding sourceSharding : List.of(new Sharding(2, 1, cp), new Sharding(4, 2, 1))) {
                    for (int group = 0; group < source.groupCount(); group++) {
                        convertPools(source, sourceSharding, target, new Sharding(4, 1, 1), group, 4, 45);
                        convertPools(source, sourceSharding, target, new Sharding(1, 2, cp), group, 0, 48);
                    }
                }
            }
        }
    }

    private static void convertPools(KvLayout source, Sharding sourceSharding, KvLayout target, Sharding targetSharding,
        int group, int fromToken, int toToken) {
        LayerGroup layers = source.group(group);
        try (Arena arena = Arena.ofConfined()) {
            PoolImage[] sources = new PoolImage[sourceSharding.count()];
            MemorySegment[] sourceMemory = new MemorySegment[sources.length];
            for (int shard = 0; shard < sources.length; shard++) {
                sources[shard] = PoolImage.of(source, sourceSharding, shard, group, 6);
                sourceMemory[shard] = arena.allocate(Math.max(1, sources[shard].lengthBytes()));
                eachByte(sources[shard], 0, 48, sourceMemory[shard],
                    (memory, at, want) -> memory.set(ValueLayout.JAVA_BYTE, at, want));
            }
            for (int shard = 0; shard < targetSharding.count(); shard++) {
                PoolImage pool = PoolImage.of(target, targetSharding, shard, group, 6);
                MemorySegment memory = arena.allocate(Math.max(1, pool.lengthBytes()));
                byte[] landed = new byte[(int) memory.byteSize()];
                long expected = 0;
                for (int from = 0; from < sources.length; from++) {
                    TransferPlan plan = TransferPlan.compile(sources[from], pool, fromToken, toToken);
                    long end = 0;
                    for (int i = 0; i < plan.segmentCount(); i++) {
                        assertTrue(plan.targetOffset(i) >= end, "ordered by target offset");
                        end = plan.targetOffset(i) + plan.lengthBytes(i);
                        MemorySegment.copy(sourceMemory[from], plan.sourceOffset(i), memory, plan.targetOffset(i),
                            plan.lengthBytes(i));
                        for (int at = 0; at < plan.lengthBytes(i); at++) {
                            landed[(int) plan.targetOffset(i) + at]++;
                        }
                    }
                    expected += plan.totalBytes();
                }
                long[] seen = new long[1];
                int slotFrom = layers.isState() ? 0 : fromToken / layers.tokensPerSlot() * layers.tokensPerSlot();
                eachByte(pool, slotFrom, toToken, memory, (bytes, at, want) -> {
                    assertEquals(want, bytes.get(ValueLayout.JAVA_BYTE, at));
                    assertEquals(1, landed[(int) at]);
                    seen[0]++;
                });
                assertEquals(expected, seen[0]);
            }
        }
    }

    private interface ByteVisitor {
        void visit(MemorySegment memory, long at, byte want);
    }

    private static void eachByte(
        PoolImage pool, int fromToken, int toToken, MemorySegment memory, ByteVisitor visitor) {
        LayerGroup group = pool.group();
        Sharding sharding = pool.sharding();
        int perBlock = group.isState() ? 1 : pool.layout().blockTokens() / group.tokensPerSlot();
        int fromSlot = group.isState() ? 0 : fromToken / group.tokensPerSlot();
        int toSlot = group.slots(toToken);
        for (int slot = fromSlot; slot < toSlot; slot++) {
            int block = slot / perBlock;
            if (!sharding.isHolderOf(group, pool.shard(), block)) {
                continue;
            }
            for (int layer = 0; layer < pool.image().layers(); layer++) {
                for (int section = 0; section < pool.image().sections(); section++) {
                    for (int head = 0; head < pool.image().heads(); head++) {
                        long at = pool.offset(layer, section, block, slot % perBlock, head);
                        for (int i = 0; i < pool.image().rowBytes(section); i++) {
                            visitor.visit(memory, at + i, KvPattern.byteAt(SEED, pool.groupIndex(),
                                sharding.firstLayer(group, pool.shard()) + layer, section, slot,
                                sharding.firstHead(group, pool.shard()) + head, i));
                        }
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 8})
    void shouldCopySameLayoutAsOneSegmentPerRun(int tp) {
        Sharding sharding = Sharding.tensor(tp);
        KvLayout layout = hybrid(NHD, 8);
        CellMap map = CellMap.of(layout, sharding, layout, sharding, 45, 0, 0, 4096);
        for (int cell = 0; cell < map.cellCount(); cell++) {
            assertTrue(map.plan(cell).isContiguous());
            assertEquals(map.sourceShard(cell), map.targetShard(cell));
        }
        PoolImage layered = PoolImage.of(layout, sharding, 0, 0, 6);
        assertEquals(5, TransferPlan.compile(layered, layered, 0, 40).segmentCount(), "one per layer's plane");
        assertEquals(1, TransferPlan.compile(layered, layered, 0, 48).segmentCount(), "the whole pool");
        PoolImage packed = PoolImage.of(layout.withLayersPerPlane(KvLayout.ALL_LAYERS), sharding, 0, 0, 6);
        assertEquals(1, TransferPlan.compile(packed, packed, 0, 40).segmentCount());
        assertEquals(25, TransferPlan.compile(layered, packed, 0, 40).segmentCount(), "one per layer and block");
    }

    @Test
    void shouldSplitHeadsOfHndInRunsAndOfNhdInRows() {
        Sharding one = Sharding.SINGLE;
        KvLayout hnd = new KvLayout("m", HND, 1, 16, List.of(LayerGroup.attention("full", 3, 8, 64, ElementType.BF16)));
        KvLayout nhd = hnd.withOrder(NHD);
        assertEquals(3 * 2, CellMap.of(hnd, one, hnd, Sharding.tensor(2), 16, 0, 0, 4096).plan(0).segmentCount());
        assertEquals(3 * 2 * 16, CellMap.of(nhd, one, nhd, Sharding.tensor(2), 16, 0, 0, 4096).plan(0).segmentCount());
        assertTrue(CellMap.of(nhd, Sharding.tensor(4), nhd, one, 16, 0, 0, 4096).plan(0).isContiguous());
        // The last row of a section and the first of the next are neighbours on both sides: one segment.
        assertEquals(3 * 2 * 16 * 8 - 5, CellMap.of(nhd, one, hnd, one, 16, 0, 0, 4096).plan(0).segmentCount());
    }

    @Test
    void shouldSpreadReplicasOverSources() {
        KvLayout mla = new KvLayout("m", NHD, 1, 16, List.of(LayerGroup.latent("mla", 2, 64, 0, ElementType.BF16, 1)));
        CellMap map = CellMap.of(mla, Sharding.tensor(4), mla, Sharding.tensor(8), 16, 0, 0, 4096);
        int[] targetsOfSource = new int[4];
        for (int cell = 0; cell < map.cellCount(); cell++) {
            targetsOfSource[map.sourceShard(cell)]++;
        }
        assertEquals(8, map.cellCount());
        assertTrue(IntStream.of(targetsOfSource).allMatch(count -> count == 2));
    }
}
