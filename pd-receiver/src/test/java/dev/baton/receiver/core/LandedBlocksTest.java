package dev.baton.receiver.core;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.BitSet;
import java.util.List;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import dev.baton.kv.CellMap;
import dev.baton.kv.DimensionOrder;
import dev.baton.kv.ElementType;
import dev.baton.kv.KvLayout;
import dev.baton.kv.LayerGroup;
import dev.baton.kv.ShardPairing;
import dev.baton.kv.Sharding;

/** Which of the leading blocks of a handoff lie in extents of their own: only those may be sealed. */
class LandedBlocksTest {
    private static final int BLOCK_TOKENS = 16;
    private static final int CELL_BYTES = 4096;

    private static CellMap map(int tokens, int growth, int have, int extentBytes) {
        KvLayout layout = new KvLayout("toy", DimensionOrder.NHD, KvLayout.ALL_LAYERS, BLOCK_TOKENS,
            List.of(LayerGroup.attention("all", 2, 2, 16, ElementType.BF16)));
        return CellMap.ofTarget(ShardPairing.of(layout, Sharding.SINGLE, layout, Sharding.SINGLE), tokens, growth, have, extentBytes);
    }

    /** Ten blocks, so many to an extent. */
    @ParameterizedTest(name = "{0} blocks an extent, {1} right: {2} kept in {3} extents")
    @CsvSource({"1, 10, 10, 10", "1, 7, 7, 7", "1, 0, 0, 0", "4, 10, 10, 3", "4, 9, 8, 2", "4, 8, 8, 2", "4, 7, 4, 1", "4, 3, 0, 0"})
    void shouldKeepBlocksThatShareNoExtentWithOthers(int perExtent, int right, int kept, int extents) {
        BitSet[] own = new BitSet[1];
        assertEquals(kept, LandedBlocks.apartEnd(map(10 * BLOCK_TOKENS, 0, 0, perExtent * CELL_BYTES), right, own));
        assertEquals(extents, own[0].cardinality());
        assertEquals(extents, own[0].nextClearBit(0));
    }

    /** The partial block lies behind the whole ones, perhaps in their last extent; growth has extents of its own. */
    @ParameterizedTest(name = "tokens={0} growth={1}: {2} kept")
    @CsvSource({"165, 0, 8", "160, 32, 10", "160, 0, 10"})
    void shouldNotKeepBlocksBesideThePartialOne(int tokens, int growth, int kept) {
        CellMap map = map(tokens, growth, 0, 4 * CELL_BYTES);
        assertEquals(kept, LandedBlocks.apartEnd(map, 10, new BitSet[1]), "sealable=" + map.sealableExtents(0));
    }

    @ParameterizedTest
    @CsvSource({"10, 10, 2", "9, 7, 1", "3, 3, 0", "0, 3, 0"})
    void shouldCountFromTheFirstBlockThatIsSent(int right, int kept, int extents) {
        BitSet[] own = new BitSet[1];
        assertEquals(kept, LandedBlocks.apartEnd(map(160, 0, 48, 4 * CELL_BYTES), right, own));
        assertEquals(extents, own[0].cardinality());
    }
}
