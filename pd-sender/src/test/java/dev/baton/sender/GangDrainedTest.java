package dev.baton.sender;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import org.junit.jupiter.api.Test;

import dev.baton.buffer.slab.ShardRange;
import dev.baton.kv.DimensionOrder;
import dev.baton.kv.ElementType;
import dev.baton.kv.KvLayout;
import dev.baton.kv.LayerGroup;
import dev.baton.kv.ShardedLayout;
import dev.baton.kv.Sharding;
import dev.baton.sender.core.HandoffSpec;
import dev.baton.transport.node.HostPort;
import dev.baton.transport.session.EndReason;

/** Cards at two processes, each with a shard: DRAINED tells each of them the newest marks on its own lanes, and no other's. */
class GangDrainedTest {
    private static final KvLayout LAYOUT = new KvLayout("toy", DimensionOrder.NHD, 1, 16,
        List.of(LayerGroup.attention("full", 3, 4, 32, ElementType.BF16)));
    private static final int LANES = 2;

    @Test
    void shouldTellEachProcessTheMarksOfItsOwnLanes() {
        CardLanes[] cards = new CardLanes[1];
        try (SenderRig rig = SenderRig.ofGang(new ShardedLayout(LAYOUT, Sharding.SINGLE), new ShardedLayout(LAYOUT, Sharding.tensor(2)),
            new ShardRange(0, 0), new ShardRange(1, 1), context -> {
                cards[0] = new CardLanes(context.transports().get("loopback"));
                context.addTransport(cards[0]);
            })) {
            rig.receiver.isGrantHeld = true;
            int gang = rig.sender.connect(new HostPort("r", FakeReceiver.PORT), List.of(new HostPort("r", FakeReceiver.PORT + 1)));
            HandoffSpec spec = HandoffSpec.destinationFirst(SenderRig.id(1), gang, 64);
            long handoff = rig.begin(spec);
            rig.until("RESERVE", () -> rig.receiver.said.contains("RESERVE") && rig.other.plane.sessionCount() == 1);
            FakeMemory.Landing atLeader = rig.receiver.only();
            FakeMemory.Landing atMember = rig.other.granted(atLeader);
            rig.receiver.grant(atLeader);
            rig.awaitGrant(handoff);
            for (int block = 0; block < 3; block++) {
                assertTrue(rig.fill(handoff, spec, block));
            }
            rig.engine.chunkReady(handoff, 48);
            rig.steps(5);
            rig.receiver.abort(atLeader, EndReason.LEASE_EXPIRED);
            rig.awaitEnd(handoff);
            rig.steps(3);

            assertEquals(cards[0].lastMarks(FakeReceiver.INCARNATION), atLeader.lastMarks);
            Map<Integer, Long> ofHandoff = new TreeMap<>();
            cards[0].lastMarks(rig.other.plane.identity().incarnation()).forEach((lane, seq) -> ofHandoff.put(LANES + lane, seq));
            assertEquals(LANES, ofHandoff.size(), () -> "both of its lanes were used: " + cards[0].went);
            assertEquals(ofHandoff, atMember.lastMarks);
            rig.assertRight();
        }
    }
}
