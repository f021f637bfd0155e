package dev.baton.receiver.core;

import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;

import org.junit.jupiter.api.Test;

import dev.baton.buffer.slab.RunMap;
import dev.baton.buffer.slab.ShardRange;
import dev.baton.buffer.slab.SlabPlan;
import dev.baton.kv.CellMap;
import dev.baton.kv.DimensionOrder;
import dev.baton.kv.ElementType;
import dev.baton.kv.KvLayout;
import dev.baton.kv.LayerGroup;
import dev.baton.kv.ShardedLayout;
import dev.baton.kv.Sharding;

/** A member takes nothing on trust that its leader tells. */
class MemberPlacesTest {
    private static final int EXTENT_BYTES = 4096;

    private static ShardedLayout layout(Sharding sharding) {
        return new ShardedLayout(new KvLayout("fine", DimensionOrder.NHD, KvLayout.ALL_LAYERS, 16,
            List.of(LayerGroup.attention("all", 80, 8, 1, ElementType.FP8_E4M3))), sharding);
    }

    @Test
    void shouldSayThatThereAreMoreCellsThanCanBeCounted() {
        ShardedLayout local = layout(Sharding.SINGLE);
        MemberPlaces places = new MemberPlaces(local, SlabPlan.even(1, 8L * EXTENT_BYTES, EXTENT_BYTES, 0), ShardRange.all(1));
        RunMap none = new RunMap(1, EXTENT_BYTES);
        assertNull(places.mapOrNull(layout(new Sharding(8, 80, 1)).encode(), CellMap.TOKENS_MAX, 0, 0, none));
        assertTrue(places.whyNot().contains("cells=2684353920"), places::whyNot);
    }
}
