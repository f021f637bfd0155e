package dev.baton.kv;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CellMapTest {
    private static final int EXTENT_BYTES = 4 << 20;
    private static final long SEED = Long.getLong("baton.test.seed", 0x5eedL);

    private static CellMap equal(KvLayout layout, int tp, int tokens, int growthTokens, int haveTokens) {
        ShardPairing pairing = ShardPairing.of(layout, Sharding.tensor(tp), layout, Sharding.tensor(tp));
        return CellMap.ofTarget(pairing, tokens, growthTokens, haveTokens, EXTENT_BYTES);
    }

    @Test
    void shouldBeOneWholeExtentCellPerBlockAndShardForEqualSharding() {
        CellMap map = equal(ModelShapes.layout("Llama-3.1-8B"), 8, 1024, 0, 0);

        assertEquals(4 * 8, map.cellCount());
        for (int cell = 0; cell < map.cellCount(); cell++) {
            assertEquals(cell / 8, map.block(cell));
            assertEquals(cell % 8, map.sourceShard(cell));
            assertEquals(cell % 8, map.targetShard(cell));
            assertEquals(4 << 20, map.lengthBytes(cell));
            assertEquals((long) map.block(cell) * EXTENT_BYTES, map.targetOffset(cell));
        }
        assertEquals(4, map.extents(3));
        assertEquals(4, map.sealableExtents(3));
        assertEquals(32, map.totalExtents());
        assertEquals(1024L * 131072, map.totalBytes());
    }

    @ParameterizedTest(name = "{0} tp {1}: {2} tokens, {3} held, {4} growth")
    @CsvSource({
        "Llama-3.1-8B, 1, 1000, 0, 0, 32", "Llama-3.1-8B, 1, 1000, 256, 0, 24", "Llama-3.1-8B, 1, 1000, 511, 0, 24",
        "Llama-3.1-8B, 1, 1000, 512, 100, 20", "Llama-3.1-8B, 1, 1024, 1024, 0, 0",
        "Llama-3.1-8B, 1, 1024, 1024, 32, 1", "Llama-3.1-8B, 8, 1000, 0, 1, 40"})
    void shouldCountExtentsOfWhatIsNotHeldAndOfGrowth(
        String model, int tp, int tokens, int haveTokens, int growthTokens, int extents) {
        CellMap map = equal(ModelShapes.layout(model), tp, tokens, growthTokens, haveTokens);

        assertEquals(extents, map.totalExtents());
        assertEquals((map.blockCount() - haveTokens / 256) * tp, map.cellCount());
        assertEquals((tokens - haveTokens / 256 * 256) * 131072L, map.totalBytes());
    }

    /** Apart from the others, each block of a group has the cells that it has in a prompt which needs it; of a state the last one. */
    @ParameterizedTest(name = "{0} tp {1} to {2}")
    @CsvSource({"gpt-oss-20b, 2, 1", "gpt-oss-20b, 1, 2", "DeepSeek-V4-Flash, 1, 1"})
    void shouldHaveTheSameCellsOfSomeGroupsAlone(String model, int sourceTp, int targetTp) {
        KvLayout layout = ModelShapes.layout(model).withBlockTokens(128);
        ShardPairing pairing = ShardPairing.of(layout, Sharding.tensor(sourceTp), layout, Sharding.tensor(targetTp));
        CellMap whole = CellMap.ofTarget(pairing, 5 * 128, 0, 0, EXTENT_BYTES);
        for (int group = 0; group < layout.groupCount(); group++) {
            int first = layout.group(group).isState() || layout.group(group).isWindowed() ? 4 : 3;   // windows are of 128 tokens
            CellMap alone = CellMap.ofGroups(pairing, 1 << group, first, 5, EXTENT_BYTES);
            List<List<Object>> expected = new ArrayList<>();
            for (int cell = whole.firstCellOfBlock(first); cell < whole.cellCount(); cell++) {
                if (whole.group(cell) == group) {
                    expected.add(cell(whole, cell));
                }
            }
            assertEquals(expected, IntStream.range(0, alone.cellCount()).mapToObj(cell -> cell(alone, cell)).toList());
            for (int shard = 0; shard < targetTp; shard++) {
                assertEquals(alone.extents(shard), alone.sealableExtents(shard), "nothing of it is partial");
            }
        }
    }

    private static List<Object> cell(CellMap map, int cell) {
        return List.of(map.block(cell), map.group(cell), map.sourceShard(cell), map.targetShard(cell), map.lengthBytes(cell), map.firstLayer(cell),
            map.firstHead(cell));
    }

    @Test
    void shouldSendOnlyWhatAWindowOverlaps() {
        CellMap map = equal(ModelShapes.layout("gpt-oss-20b"), 1, 1000, 0, 0);

        assertEquals(4 + 1, map.cellCount(), "four full blocks, and one that holds the last 128 tokens");
        assertEquals(List.of(0, 0, 0, 0, 1), IntStream.range(0, 5).map(map::group).boxed().toList());
        assertEquals(3, map.block(4));
        assertEquals(5 + 1, equal(ModelShapes.layout("gpt-oss-20b"), 1, 1025, 0, 0).cellCount() - 1, "over two blocks");
    }

    @Test
    void shouldSendAStateOnceWithTheLastBlock() {
        KvLayout layout = ModelShapes.layout("Qwen3.5-397B");
        CellMap map = equal(layout, 2, 1024, 0, 0);

        assertEquals(4 * 2 + 2, map.cellCount());
        assertEquals(1, map.group(8));
        assertEquals(3, map.block(9));
        assertEquals(192061440 / 2, map.lengthBytes(9));
        assertEquals(6, map.firstCellOfBlock(3));
        assertEquals(10, map.firstCellOfBlock(4));
        assertEquals(0, equal(layout, 2, 1024, 0, 1024).cellCount(), "a held prompt holds its state");
    }

    @Test
    void shouldKeepWhatCannotBeSealedBehindWholeBlocks() {
        CellMap map = equal(ModelShapes.layout("DeepSeek-V3"), 1, 600, 0, 0);

        assertEquals(17989632, map.lengthBytes(0));
        assertEquals(17989632, map.targetOffset(1), "packed: whole extents would waste more than an eighth");
        assertEquals(2 * 17989632L, map.targetOffset(2));
        assertEquals(2 * 17989632 / EXTENT_BYTES, map.sealableExtents(0));
        assertEquals(600L * 70272, map.totalBytes());
    }

    @Test
    void shouldLetSmallCellsShareAnExtentWithoutPassingItsEnd() {
        KvLayout layout = new KvLayout("m", DimensionOrder.NHD, 1, 16, List.of(
            LayerGroup.attention("full", 1, 1, 1000, ElementType.BF16)));
        CellMap map = CellMap.of(
            layout, Sharding.SINGLE, layout, Sharding.SINGLE, 16 * 159, 0, 0, EXTENT_BYTES / 2);

        assertEquals(64000, map.lengthBytes(0));
        for (int cell = 0; cell < map.cellCount(); cell++) {
            assertEquals(cell / 32 * (EXTENT_BYTES / 2L) + cell % 32 * 64000L, map.targetOffset(cell));
        }
    }

    /** Any model, sharding, length: cells never overlap, stay inside, keep the waste rule, and every lookup agrees. */
    @TestFactory
    Stream<DynamicTest> shouldPlaceCellsWithoutOverlapAndWithLittleWaste() {
        return IntStream.range(0, 150).mapToObj(i -> DynamicTest.dynamicTest("seed " + (SEED + i), () -> {
            Random random = new Random(SEED + i);
            List<String> names = ModelShapes.builtIn().names();
            KvLayout layout = ModelShapes.layout(names.get(random.nextInt(names.size()))).withBlockTokens(128);
            Sharding source = fitting(layout, random);
            Sharding target = fitting(layout, random);
            int tokens = 1 + random.nextInt(20_000);
            CellMap map = CellMap.ofTarget(ShardPairing.of(layout, source, layout, target),
                tokens, random.nextInt(500), random.nextInt(tokens + 1), EXTENT_BYTES);
            check(map);
        }));
    }

    private static Sharding fitting(KvLayout layout, Random random) {
        while (true) {
            Sharding sharding = new Sharding(1 << random.nextInt(5), 1 + random.nextInt(3), 1 + random.nextInt(3));
            if (layout.groups().stream().allMatch(
                group -> group.kvHeads() % sharding.tp() == 0 || sharding.tp() % group.kvHeads() == 0)) {
                return sharding;
            }
        }
    }

    private static void check(CellMap map) {
        List<List<long[]>> ranges = new ArrayList<>();
        IntStream.range(0, map.targetShardCount()).forEach(_ -> ranges.add(new ArrayList<>()));
        Map<String, Long> wholeCells = new HashMap<>();
        Map<String, Integer> straddling = new HashMap<>();
        Map<String, Long> lengths = new HashMap<>();
        int block = map.firstBlock();
        long bytes = 0;
        for (int cell = 0; cell < map.cellCount(); cell++) {
            assertTrue(map.block(cell) >= block, "cells come block after block");
            block = map.block(cell);
            assertTrue(cell >= map.firstCellOfBlock(block) && cell < map.firstCellOfBlock(block + 1));
            long offset = map.targetOffset(cell);
            long length = map.lengthBytes(cell);
            assertEquals(0, offset % 64);
            assertTrue(length > 0 && length <= ShardPairing.CELL_LENGTH_MAX);
            int shard = map.targetShard(cell);
            ranges.get(shard).add(new long[] {offset, offset + length});
            bytes += length;
            LayerGroup group = map.pairing().targetLayout().group(map.group(cell));
            boolean isWhole = map.tokensInBlock(cell) == map.pairing().targetLayout().blockTokens() && !group.isState();
            long extentsUsed = (offset + length + EXTENT_BYTES - 1) / EXTENT_BYTES;
            if (isWhole) {
                String section = map.group(cell) + " " + map.sourceShard(cell) + " " + shard;
                wholeCells.merge(section, 1L, Long::sum);
                lengths.put(section, length);
                straddling.merge(section, offset % EXTENT_BYTES == 0 ? 0 : 1, Integer::sum);
            } else if (map.tokens() % map.pairing().targetLayout().blockTokens() == 0) {
                assertTrue(extentsUsed <= map.sealableExtents(shard), "a state at the end of a block may be sealed");
            } else {
                assertTrue(extentsUsed > map.sealableExtents(shard), "never in an extent that may be sealed");
                assertTrue(offset >= (long) map.sealableExtents(shard) * EXTENT_BYTES);
            }
            assertTrue(extentsUsed <= map.promptExtents(shard));
        }
        assertEquals(map.totalBytes(), bytes);
        wholeCells.forEach((section, _) -> {
            long used = (lengths.get(section) + EXTENT_BYTES - 1) / EXTENT_BYTES * EXTENT_BYTES;
            if ((used - lengths.get(section)) * 8 <= used) {
                assertEquals(0, straddling.get(section), "starts on an extent: waste is an eighth at most");
            }
        });
        for (int shard = 0; shard < ranges.size(); shard++) {
            List<long[]> sorted = ranges.get(shard);
            sorted.sort(Comparator.comparingLong(range -> range[0]));
            long end = 0;
            long used = 0;
            for (long[] range : sorted) {
                assertTrue(range[0] >= end, "no overlap");
                end = range[1];
                used += range[1] - range[0];
            }
            long extents = map.promptExtents(shard);
            assertEquals(map.bytesOfShard(shard), used);
            assertTrue(end <= extents * EXTENT_BYTES);
            long padding = 64L * sorted.size() + EXTENT_BYTES;
            assertTrue(extents * EXTENT_BYTES * 7 <= (used + padding) * 8, "waste: " + extents + " " + used);
        }
    }

    @Test
    void shouldHoldAMillionTokensAndMillionsOfCells() {
        KvLayout layout = ModelShapes.layout("DeepSeek-V4-Pro").withBlockTokens(128);
        ShardPairing pairing = ShardPairing.of(layout, Sharding.tensor(8), layout, Sharding.tensor(64));
        CellMap map = CellMap.ofTarget(pairing, 1_000_001, 0, 0, EXTENT_BYTES);

        int blocks = 1_000_000 / 128 + 1;
        assertEquals(blocks * 3 * 64 + 2 * 64 + 2 * 64, map.cellCount());
        assertEquals(blocks - 1, map.block(map.cellCount() - 1));
        assertTrue(map.cellCount() > 1_400_000);
    }

    @Test
    void shouldTellWhichBlocksAreComplete() {
        CellMap map = equal(ModelShapes.layout("Llama-3.2-1B"), 1, 1000, 0, 0);

        assertEquals(0, map.blocksComplete(255));
        assertEquals(1, map.blocksComplete(256));
        assertEquals(3, map.blocksComplete(999));
        assertEquals(4, map.blocksComplete(1000));
        assertEquals(232, map.tokensOfBlock(3));
    }

    @ParameterizedTest
    @CsvSource({"0, 0, 0, 4096, tokens=0", "-1, 0, 0, 4096, tokens=-1", "67108865, 0, 0, 4096, tokens",
        "10, -1, 0, 4096, growthTokens=-1", "10, 2147483647, 0, 4096, growthTokens", "10, 0, -1, 4096, haveTokens=-1",
        "10, 0, 11, 4096, haveTokens=11", "10, 0, 0, 0, extentBytes=0", "10, 0, 0, 4097, extentBytes=4097"})
    void shouldRefuseRangesByName(int tokens, int growthTokens, int haveTokens, int extentBytes, String fact) {
        KvLayout layout = ModelShapes.layout("Llama-3.2-1B");
        String message = assertThrows(IllegalArgumentException.class, () -> CellMap.of(layout, Sharding.SINGLE,
            layout, Sharding.SINGLE, tokens, growthTokens, haveTokens, extentBytes)).getMessage();
        assertTrue(message.contains(fact), message);
    }

    @Test
    void shouldRefuseACellOverAGibibyte() {
        KvLayout layout = ModelShapes.layout("OPT-175B");
        String message = assertThrows(IllegalArgumentException.class, () -> equal(layout, 1, 10, 0, 0)).getMessage();

        assertTrue(message.contains("1207959552") && message.contains("blockTokens=256"), message);
        assertEquals(1, equal(layout.withBlockTokens(128), 1, 10, 0, 0).cellCount());
    }

    @Test
    void shouldRefuseIdsAndBlocksOutside() {
        CellMap map = equal(ModelShapes.layout("Llama-3.2-1B"), 1, 1000, 0, 512);

        assertThrows(IllegalArgumentException.class, () -> map.lengthBytes(-1));
        assertThrows(IllegalArgumentException.class, () -> map.targetOffset(map.cellCount()));
        assertThrows(IllegalArgumentException.class, () -> map.sourceImages().unitBytes(1));
        assertThrows(IllegalArgumentException.class, () -> map.sourceImages().imageOffset(2, 1));
        assertThrows(IllegalStateException.class, () -> map.plan(0));
        assertFalse(map.cellCount() == 0);
    }

    /** A rank stages the images of its shards alone, one behind the other; the cells and their ids stay those of all. */
    @Test
    void shouldStageTheImagesOfSomeShardsAlone() {
        CellMap map = CellMap.of(ModelShapes.layout("gpt-oss-20b"), Sharding.tensor(4), ModelShapes.layout("gpt-oss-20b"),
            Sharding.tensor(2), 2_000, 0, 0, 4 << 20);
        SourceImages all = map.sourceImages();
        SourceImages some = map.sourceImages(1, 3);
        for (int block = 0; block < map.blockCount(); block++) {
            long offset = 0;
            assertEquals(all.imageCount(block) / 2, some.imageCount(block));
            for (int i = 0; i < some.imageCount(block); i++) {
                int shard = some.sourceShard(block, i);
                assertTrue(shard == 1 || shard == 2);
                assertEquals(offset, some.imageOffset(block, i));
                assertEquals(i, some.imageIndex(block, shard, some.group(block, i)));
                assertEquals(all.imageBytes(block, all.imageIndex(block, shard, some.group(block, i))), some.imageBytes(block, i));
                offset += some.imageBytes(block, i) + 63 & -64L;
            }
            assertEquals(offset, some.unitBytes(block));
            assertEquals(-1, some.imageIndex(block, 0, 0));
        }
        assertTrue(some.unitBytesMax() < all.unitBytesMax());
        assertThrows(IllegalArgumentException.class, () -> map.sourceImages(1, 5));
    }

    private static void assertUncountable(String named, KvLayout layout, Sharding source, int tokens, int growthTokens, int extentBytes) {
        ShardPairing pairing = ShardPairing.of(layout, source, layout, Sharding.SINGLE);
        IllegalArgumentException refused = assertThrows(IllegalArgumentException.class,
            () -> CellMap.ofTarget(pairing, tokens, growthTokens, 0, extentBytes));
        assertTrue(refused.getMessage().endsWith(named), refused::getMessage);
    }

    /** Told are those before the last block. */
    @Test
    void shouldRefuseMoreCellsThanAnIntCounts() {
        KvLayout layout = ModelShapes.layout("Llama-3.1-70B").withBlockTokens(16);
        Sharding source = new Sharding(8, 80, 1);
        assertUncountable("cells=2684353920", layout, source, CellMap.TOKENS_MAX, 0, EXTENT_BYTES);
        ShardPairing pairing = ShardPairing.of(layout, source, layout, Sharding.SINGLE);
        assertEquals(Integer.MAX_VALUE / 640 * 640, CellMap.ofTarget(pairing, Integer.MAX_VALUE / 640 * 16, 0, 0, EXTENT_BYTES).cellCount());
    }

    /** 320 KiB a token are 80 of the smallest extents. */
    @Test
    void shouldRefuseMoreExtentsThanAnIntCounts() {
        KvLayout layout = ModelShapes.layout("Llama-3.1-70B").withBlockTokens(16);
        assertUncountable("extents=5368709120", layout, Sharding.SINGLE, CellMap.TOKENS_MAX, 0, CellMap.EXTENT_BYTES_MIN);
        assertUncountable("extents=5368707840", layout, Sharding.SINGLE, 16, CellMap.TOKENS_MAX - 16, CellMap.EXTENT_BYTES_MIN);
        assertUncountable("extents=3200000000", layout, Sharding.SINGLE, 20_000_000, 20_000_000, CellMap.EXTENT_BYTES_MIN);
        ShardPairing split = ShardPairing.of(layout, Sharding.tensor(8), layout, Sharding.tensor(8));
        IllegalArgumentException refused = assertThrows(IllegalArgumentException.class,
            () -> CellMap.ofTarget(split, CellMap.TOKENS_MAX, 0, 0, CellMap.EXTENT_BYTES_MIN));
        assertTrue(refused.getMessage().endsWith("extents=5368709120"), refused::getMessage);
    }

    /** 4 TiB a token, 2^26 of them: no long counts these bytes. */
    @Test
    void shouldRefuseMoreGrowthThanALongCounts() {
        KvLayout layout = new KvLayout("vast", DimensionOrder.NHD, KvLayout.ALL_LAYERS, 1,
            List.of(LayerGroup.attention("all", 4096, 4096, 1 << 17, ElementType.INT8)));
        assertUncountable("bytesEach=4398046511104", layout, new Sharding(16, 256, 1), 1, CellMap.TOKENS_MAX - 1, 1 << 22);
    }

    @Test
    void shouldRefuseMoreBlocksOfSomeGroupsThanTokensAreCounted() {
        KvLayout layout = ModelShapes.layout("Llama-3.1-8B");
        ShardPairing pairing = ShardPairing.of(layout, Sharding.SINGLE, layout, Sharding.SINGLE);
        assertThrows(IllegalArgumentException.class, () -> CellMap.ofGroups(pairing, 1, 0, Integer.MAX_VALUE, EXTENT_BYTES));
        assertThrows(IllegalArgumentException.class, () -> CellMap.ofGroups(pairing, 1, (1 << 24) + 1, 4, EXTENT_BYTES));
    }

    @Test
    void shouldAnswerWithoutAllocating() {
        CellMap map = CellMap.of(ModelShapes.layout("gpt-oss-20b"), Sharding.tensor(4),
            ModelShapes.layout("gpt-oss-20b").withOrder(DimensionOrder.HND), Sharding.tensor(2), 20_000, 0, 0, 4 << 20);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long sum = 0;
        for (int i = 0; i < 50; i++) {
            sum += sumOf(map);
        }
        long before = threads.getCurrentThreadAllocatedBytes();
        sum += sumOf(map);
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;
        assertTrue(sum != 0 && allocated < map.cellCount(), "bytes over " + map.cellCount() + " cells: " + allocated);
    }

    private static long sumOf(CellMap map) {
        long sum = 0;
        SourceImages images = map.sourceImages();
        for (int cell = 0; cell < map.cellCount(); cell++) {
            int block = map.block(cell);
            sum += map.targetOffset(cell) + map.lengthBytes(cell) + map.targetShard(cell) + map.sourceShard(cell) +
                map.plan(cell).segmentCount() + map.sourceImageOffset(cell) + map.firstCellOfBlock(block) +
                images.unitBytes(block) + images.imageBytes(block, 0) + map.firstHead(cell) + map.firstLayer(cell);
        }
        return sum;
    }
}
