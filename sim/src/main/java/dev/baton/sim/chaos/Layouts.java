package dev.baton.sim.chaos;

import java.util.ArrayList;
import java.util.List;

import dev.baton.kv.DimensionOrder;
import dev.baton.kv.ElementType;
import dev.baton.kv.KvLayout;
import dev.baton.kv.LayerGroup;
import dev.baton.kv.ShardedLayout;
import dev.baton.kv.Sharding;

/** What KV looks like in a seed. */
final class Layouts {
    private Layouts() {}

    static ShardedLayout drawn(int blockTokens, int tp, boolean isHnd, int windowLayers, boolean hasState) {
        List<LayerGroup> all = new ArrayList<>();
        all.add(LayerGroup.attention("full", 2, 2, 16, ElementType.BF16));
        if (windowLayers > 0) {
            all.add(LayerGroup.attention("window", windowLayers, 2, 16, ElementType.BF16).withWindow(2 * blockTokens));
        }
        if (hasState) {
            all.add(LayerGroup.state("state", 1, 2, 512, ElementType.FP32));
        }
        return new ShardedLayout(new KvLayout("chaos", isHnd ? DimensionOrder.HND : DimensionOrder.NHD,
            KvLayout.ALL_LAYERS, blockTokens, all), Sharding.tensor(tp));
    }
}
