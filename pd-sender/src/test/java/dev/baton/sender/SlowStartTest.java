package dev.baton.sender;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;

import dev.baton.buffer.reserve.RejectReason;
import dev.baton.kv.CellMap;
import dev.baton.kv.DimensionOrder;
import dev.baton.kv.ElementType;
import dev.baton.kv.KvLayout;
import dev.baton.kv.LayerGroup;
import dev.baton.kv.ShardedLayout;
import dev.baton.kv.Sharding;
import dev.baton.sender.core.HandoffSpec;
import dev.baton.transport.session.EndReason;

/** A new session is offered few handoffs at first, and more as they land; none waits for ever. */
class SlowStartTest {
    private static SenderRig rig() {
        ShardedLayout layout = new ShardedLayout(new KvLayout("toy", DimensionOrder.NHD, 1, 16, List.of(
            LayerGroup.attention("full", 1, 2, 32, ElementType.BF16))), Sharding.SINGLE);
        return new SenderRig(layout, layout, 1, 1, 4L << 20, 1 << 20);
    }

    private static long reserves(SenderRig rig) {
        return rig.receiver.said.stream().filter("RESERVE"::equals).count();
    }

    @Test
    void shouldOfferFewAtFirstAndTwiceAsManyWithEachThatLands() {
        try (SenderRig rig = rig()) {
            List<Long> handoffs = new ArrayList<>();   // of one peer that is not there yet: in their order, once it is
            for (int i = 0; i < 40; i++) {
                handoffs.add(rig.begin(rig.spec(i, 16)));
            }
            rig.awaitSession();
            rig.steps(50);
            assertEquals(8, reserves(rig));
            rig.awaitGrant(handoffs.getFirst());
            rig.prefill(handoffs.getFirst(), rig.spec(0, 16), null);
            assertEquals("DELIVERED NONE", rig.awaitEnd(handoffs.getFirst()));
            rig.steps(50);
            assertEquals(1 + 16, reserves(rig));
            for (int i = 1; i < 40; i++) {
                rig.awaitGrant(handoffs.get(i));
                rig.prefill(handoffs.get(i), rig.spec(i, 16), null);
                assertEquals("DELIVERED NONE", rig.awaitEnd(handoffs.get(i)));
            }
            assertEquals(40, reserves(rig));
            rig.assertRight();
        }
    }

    @Test
    void shouldLetTheNextGoWhenOneEndsBadlyOrWhileItWaits() {
        try (SenderRig rig = rig()) {
            rig.receiver.isSilent = true;
            List<Long> handoffs = new ArrayList<>();
            for (int i = 0; i < 12; i++) {
                handoffs.add(rig.begin(rig.spec(i, 16)));
            }
            rig.awaitSession();
            rig.steps(50);
            assertEquals(8, reserves(rig));
            rig.engine.cancel(handoffs.get(8));    // waits
            rig.engine.cancel(handoffs.get(0));    // offered
            rig.steps(50);
            assertEquals(9, reserves(rig));
            assertEquals(1, rig.receiver.said.stream().filter("CANCEL"::equals).count(), "the peer never knew of the other");
            for (int i = 1; i < 12; i++) {
                rig.engine.cancel(handoffs.get(i));
            }
            for (long handoff : handoffs) {
                assertEquals("failed CANCELLED", rig.awaitEnd(handoff));
            }
            rig.assertRight();
        }
    }

    /** Refused at this end as its turn comes, and nobody behind it is left waiting. */
    @Test
    void shouldLetTheNextGoWhenOneHasMoreExtentsThanCanBeCounted() {
        try (SenderRig rig = SenderRig.wide()) {
            rig.receiver.isSilent = true;
            List<Long> handoffs = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                handoffs.add(rig.begin(rig.spec(i, 1).withGrowthTokens(i == 8 ? CellMap.TOKENS_MAX - 1 : 0)));
            }
            rig.awaitSession();
            rig.steps(50);
            assertEquals(8, reserves(rig));
            rig.engine.cancel(handoffs.get(0));
            rig.steps(50);
            assertEquals("rejected " + RejectReason.BAD_REQUEST.code(), rig.awaitEnd(handoffs.get(8)));
            assertEquals(9, reserves(rig));
            for (long handoff : handoffs) {
                rig.engine.cancel(handoff);
                rig.awaitEnd(handoff);
            }
            rig.assertRight();
        }
    }

    /** What fails on its way says that the peer, or the way to it, is in trouble. */
    @Test
    void shouldOfferHalfAsManyAfterEachThatFailed() {
        try (SenderRig rig = rig()) {
            for (int i = 0; i < 3; i++) {   // 64 at once
                deliver(rig, i);
            }
            for (int i = 10; i < 12; i++) {
                long handoff = rig.begin(rig.spec(i, 16));
                rig.awaitGrant(handoff);
                long number = rig.receiver.landings.keySet().stream().mapToLong(Long::longValue).max().orElseThrow();
                rig.receiver.abort(rig.receiver.landings.get(number), EndReason.LEASE_EXPIRED);
                assertEquals("failed LEASE_EXPIRED", rig.awaitEnd(handoff));
            }
            assertEquals(16, offeredOf(rig, 40));
        }
    }

    @Test
    void shouldBeginWithFewAgainOnceItIsSuspect() {
        try (SenderRig rig = rig()) {
            for (int i = 0; i < 3; i++) {
                deliver(rig, i);
            }
            rig.receiver.retryReason = RejectReason.PEER_SUSPECT.code();
            rig.receiver.retriesAfterMs.add(5_000);
            long refused = rig.begin(rig.spec(9, 16));
            rig.until("refusal", () -> rig.events.contains("rejected " + refused + " 13 5000"));
            assertEquals(8 - 1, offeredOf(rig, 40), "the refused one is among them");
        }
    }

    private static void deliver(SenderRig rig, int request) {
        HandoffSpec spec = rig.spec(request, 16);
        long handoff = rig.begin(spec);
        rig.awaitGrant(handoff);
        rig.prefill(handoff, spec, null);
        assertEquals("DELIVERED NONE", rig.awaitEnd(handoff));
    }

    private static long offeredOf(SenderRig rig, int count) {
        rig.receiver.isSilent = true;
        rig.receiver.said.clear();
        for (int i = 100; i < 100 + count; i++) {
            rig.begin(rig.spec(i, 16));
        }
        rig.steps(50);
        return reserves(rig);
    }

    /** All forty fit their window only after a while, then the session goes: the next begins with few again. */
    @Test
    void shouldBeginWithFewAgainOnTheNextSession() {
        try (SenderRig rig = rig()) {
            for (int i = 0; i < 5; i++) {
                HandoffSpec spec = rig.spec(i, 16);
                long handoff = rig.begin(spec);
                rig.awaitGrant(handoff);
                rig.prefill(handoff, spec, null);
                assertEquals("DELIVERED NONE", rig.awaitEnd(handoff));
            }
            rig.receiver.isSilent = true;
            rig.receiver.said.clear();
            for (int i = 10; i < 50; i++) {
                rig.begin(rig.spec(i, 16));
            }
            rig.steps(50);
            assertEquals(40, reserves(rig));
            rig.receiver.said.clear();
            rig.receiver.loseSessions();
            rig.until("RESERVE", () -> rig.receiver.said.contains("RESERVE"));
            rig.steps(50);
            assertEquals(8, reserves(rig));
            assertTrue(rig.ends.size() == 5, rig.ends::toString);
        }
    }
}
