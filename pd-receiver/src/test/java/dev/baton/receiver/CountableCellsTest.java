package dev.baton.receiver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;

import org.junit.jupiter.api.Test;

import dev.baton.kv.CellMap;
import dev.baton.kv.DimensionOrder;
import dev.baton.kv.ElementType;
import dev.baton.kv.KvLayout;
import dev.baton.kv.LayerGroup;
import dev.baton.kv.ShardedLayout;
import dev.baton.kv.Sharding;
import dev.baton.platform.ThreadAllocation;
import dev.baton.receiver.core.ReceiverLimits;

/** Requests that are cut into so many cells that an int does not count them, or just does. */
class CountableCellsTest {
    private static final int ROUTES = 640;

    /** 80 layers of 8 heads: cut into as many routes by a source of 8 by 80 ranks. A block is of 20 KiB. */
    private static ShardedLayout finelyCut(Sharding sharding) {
        return new ShardedLayout(new KvLayout("fine", DimensionOrder.NHD, KvLayout.ALL_LAYERS, ReceiverRig.BLOCK_TOKENS,
            List.of(LayerGroup.attention("all", 80, 8, 1, ElementType.FP8_E4M3))), sharding);
    }

    /** One refuses at once what nobody can count, and goes on; and takes no memory for what can just be counted. */
    @Test
    void shouldRefuseMoreCellsThanCanBeCounted() {
        ShardedLayout own = finelyCut(Sharding.SINGLE);
        try (ReceiverRig rig = new ReceiverRig(ReceiverLimits.DEFAULT, own, own)) {
            Ask ask = new Ask();
            ask.fingerprint = own.layout().fingerprint();
            ask.tokens = CellMap.TOKENS_MAX;
            ask.layout = finelyCut(new Sharding(8, 80, 1)).encode();
            rig.reserve(1, ask);
            String heard = rig.sender.take().getFirst();
            assertTrue(heard.startsWith("REJECT 1 BAD_REQUEST retryAfterMs=0") && heard.contains("cells=2684353920"), heard);

            ask.tokens = (long) Integer.MAX_VALUE / ROUTES * ReceiverRig.BLOCK_TOKENS;
            long before = ThreadAllocation.currentThreadBytes();
            rig.reserve(2, ask);
            long allocated = ThreadAllocation.currentThreadBytes() - before;
            heard = rig.sender.take().getFirst();
            assertTrue(heard.startsWith("REJECT 2 REQUEST_TOO_BIG retryAfterMs=0"), heard);
            assertTrue(allocated < 4 << 20, () -> "allocated=" + allocated);

            ask.tokens = ReceiverRig.BLOCK_TOKENS;
            ask.layout = new byte[0];
            rig.reserve(3, ask);
            assertEquals(List.of("GRANT 3"), rig.sender.take());
        }
    }
}
