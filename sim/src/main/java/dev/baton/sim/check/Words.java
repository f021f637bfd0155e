package dev.baton.sim.check;

import java.util.EnumSet;
import java.util.List;

import dev.baton.kv.DimensionOrder;
import dev.baton.kv.ElementType;
import dev.baton.kv.KvLayout;
import dev.baton.kv.LayerGroup;
import dev.baton.kv.ShardedLayout;
import dev.baton.kv.Sharding;
import dev.baton.transport.RemoteSlab;
import dev.baton.transport.session.NodeIdentity;
import dev.baton.transport.session.Offer;
import dev.baton.transport.session.Role;

/** What the two nodes of a small world are: one shard, one lane, cells of one extent each. */
final class Words {
    static final int UNIT_MS = 64;
    static final int BLOCK_TOKENS = 16;
    static final int CELL_BYTES = 4096;
    static final int EXTENTS = 2;
    static final ShardedLayout LAYOUT = new ShardedLayout(new KvLayout("check", DimensionOrder.NHD,
        KvLayout.ALL_LAYERS, BLOCK_TOKENS, List.of(LayerGroup.attention("all", 2, 2, 16, ElementType.BF16))),
        Sharding.SINGLE);

    private Words() {}

    static int crc(int cell) {
        return 1000 + cell;
    }

    static NodeIdentity sender(long incarnation) {
        return new NodeIdentity("sender", incarnation, 1, EnumSet.of(Role.PREFILL), 1, CELL_BYTES, List.of(), List.of(),
            LAYOUT.encode());
    }

    static NodeIdentity receiver(long incarnation, String scheme) {
        return new NodeIdentity("receiver", incarnation, 1, EnumSet.of(Role.DECODE), 1, CELL_BYTES,
            List.of(new Offer(scheme, 1, 5, 6)), List.of(new RemoteSlab(0, 0, EXTENTS * CELL_BYTES)), LAYOUT.encode());
    }
}
