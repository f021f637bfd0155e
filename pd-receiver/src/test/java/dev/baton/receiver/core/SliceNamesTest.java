package dev.baton.receiver.core;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteOrder;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;

import org.agrona.DirectBuffer;
import org.junit.jupiter.api.Test;

import dev.baton.buffer.tier.BlockName;
import dev.baton.kv.BlockKey;
import dev.baton.kv.CellMap;
import dev.baton.kv.DimensionOrder;
import dev.baton.kv.ElementType;
import dev.baton.kv.KvLayout;
import dev.baton.kv.LayerGroup;
import dev.baton.kv.ShardPairing;
import dev.baton.kv.Sharding;

/** A name is for exactly these bytes: of this block of this tenant, cut this way, and this piece of it. */
class SliceNamesTest {
    private static final BlockKey KEY = new BlockKey(1, 2, 3, 4);

    private final SliceNames names = new SliceNames();

    private static CellMap map(int from, int to, int extentBytes) {
        KvLayout layout = new KvLayout("toy", DimensionOrder.NHD, KvLayout.ALL_LAYERS, 16,
            List.of(LayerGroup.attention("a", 2, 4, 16, ElementType.BF16), LayerGroup.attention("b", 2, 4, 32, ElementType.BF16)));
        return CellMap.ofTarget(ShardPairing.of(layout, Sharding.tensor(from), layout, Sharding.tensor(to)), 64, 0, 0, extentBytes);
    }

    private byte[] name(TenantKey key, CellMap map, int cell, int slice) {
        DirectBuffer name = names.of(key, map, cell, slice);
        byte[] bytes = new byte[name.capacity()];
        name.getBytes(0, bytes);
        return bytes;
    }

    private String text(TenantKey key, CellMap map, int cell, int slice) {
        return HexFormat.of().formatHex(name(key, map, cell, slice));
    }

    @Test
    void shouldNameEachPieceOfABlockDifferently() {
        CellMap map = map(2, 4, 4096);
        TenantKey key = TenantKey.of(9, KEY);
        Set<String> seen = new HashSet<>();
        int perBlock = map.firstCellOfBlock(1);
        assertEquals(8, perBlock, "two groups, four target shards");
        for (int cell = 0; cell < perBlock; cell++) {
            for (int slice = 0; slice < 3; slice++) {
                String name = text(key, map, cell, slice);
                assertTrue(seen.add(name), "cell=" + cell + " slice=" + slice);
                assertEquals(name, text(key, map, cell + perBlock, slice), "the block is told by its key alone");
            }
        }
    }

    @Test
    void shouldSayThePlaceWhereItsLayoutSays() {
        CellMap map = map(4, 2, 4096);
        int last = map.firstCellOfBlock(1) - 1;
        DirectBuffer name = names.of(TenantKey.of(9, KEY), map, last, 5);
        long place = name.getLong(BlockName.LAYOUT_OFFSET + 8, ByteOrder.nativeOrder());
        assertEquals(map.group(last), (int) (place >>> 56));
        assertEquals(map.sourceShard(last), (int) (place >>> 40 & 0xFFFF));
        assertEquals(map.targetShard(last), (int) (place >>> 24 & 0xFFFF));
        assertEquals(5, (int) (place & 0xFF_FFFF));
        assertEquals(9, name.getLong(BlockName.TENANT_OFFSET, ByteOrder.nativeOrder()));
        assertTrue(map.group(last) > 0 && map.sourceShard(last) > 0 && map.targetShard(last) > 0);
    }

    @Test
    void shouldNotNameAlikeWhatIsAnothersOrCutInAnotherWay() {
        TenantKey key = TenantKey.of(9, KEY);
        Set<String> seen = new HashSet<>();
        assertTrue(seen.add(text(key, map(1, 1, 4096), 0, 0)));
        assertTrue(seen.add(text(key, map(2, 1, 4096), 0, 0)), "another sharding at the source");
        assertTrue(seen.add(text(key, map(1, 2, 4096), 0, 0)), "another sharding at the target");
        assertTrue(seen.add(text(key, map(1, 1, 8192), 0, 0)), "another extent");
        assertTrue(seen.add(text(TenantKey.of(10, KEY), map(1, 1, 4096), 0, 0)), "another tenant");
        assertTrue(seen.add(text(TenantKey.of(9, new BlockKey(1, 2, 3, 5)), map(1, 1, 4096), 0, 0)), "another block");
        assertFalse(seen.add(text(key, map(1, 1, 4096), 0, 0)), "the same, asked again after others");
    }

    @Test
    void shouldNameAlikeInEveryProcess() {
        assertArrayEquals(name(TenantKey.of(9, KEY), map(2, 4, 4096), 3, 1),
            new SliceNamesTest().name(TenantKey.of(9, KEY), map(2, 4, 4096), 3, 1));
    }
}
