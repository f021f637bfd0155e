package dev.baton.sender;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import dev.baton.buffer.reserve.RejectReason;
import dev.baton.buffer.slab.ShardRange;
import dev.baton.kv.DimensionOrder;
import dev.baton.kv.ElementType;
import dev.baton.kv.KvLayout;
import dev.baton.kv.LayerGroup;
import dev.baton.kv.ShardedLayout;
import dev.baton.kv.Sharding;
import dev.baton.sender.core.HandoffSpec;
import dev.baton.transport.node.HostPort;

/** What a peer says and cannot mean ends handoffs with that peer, before a byte is posted, and nothing else. */
class PeerValuesTest {
    private static final KvLayout LAYOUT = new KvLayout("toy", DimensionOrder.NHD, 1, 16,
        List.of(LayerGroup.attention("full", 3, 4, 32, ElementType.BF16)));

    @ParameterizedTest(name = "slab={0} firstExtent={1} extentCount={2}")
    @CsvSource({"99, 0, 8", "0, " + Integer.MAX_VALUE + ", 2", "0, 0, " + Integer.MAX_VALUE, "0, 1023, 2", "0, 1024, 2"})
    void shouldEndOneHandoffOnAddressesOutsideThePeersSlabs(int slab, int firstExtent, int extentCount) {
        assertEquals(1024, FakeMemory.SLAB_BYTES / SenderRig.EXTENT_BYTES);
        try (SenderRig rig = SenderRig.small()) {
            rig.receiver.runInstead = new int[] {slab, firstExtent, extentCount};
            long wrong = rig.begin(rig.spec(1, 64));
            rig.until("an end, or a grant that goes on", () -> rig.ends.containsKey(wrong) || rig.events.contains("granted " + wrong));
            assertEquals("failed PROTOCOL", rig.ends.get(wrong), rig.events::toString);
            String detail = rig.events.getLast();
            assertTrue(detail.contains(" slab=" + slab + " firstExtent=" + firstExtent + " extentCount=" + extentCount), detail);
            assertTrue(detail.endsWith(" slabBytes=" + (slab == 0 ? FakeMemory.SLAB_BYTES : 0)), detail);
            deliver(rig, 2);
            rig.assertRight();
        }
    }

    @ParameterizedTest(name = "extentBytes={0}")
    @ValueSource(ints = {0, 4095, 4097})
    void shouldEndHandoffsToANodeOfExtentsThatCannotBe(int extentBytes) {
        try (SenderRig rig = SenderRig.small()) {
            rig.other = new FakeReceiver("odd", 0x9999, FakeReceiver.PORT + 1, rig.network, rig.lanes, rig.ledger, rig.layout,
                ShardRange.all(rig.layout.sharding().count()), 2, extentBytes);
            long wrong = rig.begin(HandoffSpec.destinationFirst(SenderRig.id(1), rig.sender.connect("r", FakeReceiver.PORT + 1), 64));
            rig.until("an end, or RESERVE", () -> rig.ends.containsKey(wrong) || rig.other.said.contains("RESERVE") || !rig.thrown.isEmpty());
            assertEquals(List.of(), rig.thrown);
            assertEquals("rejected " + RejectReason.BAD_REQUEST.code(), rig.ends.get(wrong));
            assertEquals(List.of(), rig.other.said);
            deliver(rig, 2);
            rig.assertRight();
        }
    }

    /** Each process tells of its own memory: the slab is one, and the leader's. */
    @Test
    void shouldEndOnAMembersAddressesInASlabOfItsLeader() {
        try (SenderRig rig = SenderRig.ofGang(new ShardedLayout(LAYOUT, Sharding.SINGLE), new ShardedLayout(LAYOUT, Sharding.tensor(2)),
            new ShardRange(0, 0), new ShardRange(1, 1), context -> { })) {
            rig.receiver.isGrantHeld = true;
            int gang = rig.sender.connect(new HostPort("r", FakeReceiver.PORT), List.of(new HostPort("r", FakeReceiver.PORT + 1)));
            long handoff = rig.begin(HandoffSpec.destinationFirst(SenderRig.id(1), gang, 64));
            rig.until("RESERVE", () -> rig.receiver.said.contains("RESERVE") && rig.other.plane.sessionCount() == 1);
            rig.other.granted(rig.receiver.only());
            rig.other.runInstead = new int[] {0, 0, 8};
            rig.receiver.grant(rig.receiver.only());
            rig.until("an end, or a grant that goes on", () -> rig.ends.containsKey(handoff) || rig.events.contains("granted " + handoff));
            assertEquals("failed PROTOCOL", rig.ends.get(handoff), rig.events::toString);
            assertTrue(rig.events.getLast().contains("shard=1 slab=0") && rig.events.getLast().endsWith("slabBytes=0"), rig.events::toString);
            rig.assertRight();
        }
    }

    /** Whole, to the receiver that says what is so. */
    private static void deliver(SenderRig rig, long request) {
        HandoffSpec spec = rig.spec(request, 64);
        long handoff = rig.begin(spec);
        rig.awaitGrant(handoff);
        rig.prefill(handoff, spec, null);
        assertEquals("DELIVERED NONE", rig.awaitEnd(handoff));
    }
}
