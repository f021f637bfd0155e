package dev.baton.sender;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import dev.baton.buffer.reserve.RejectReason;
import dev.baton.kv.DimensionOrder;
import dev.baton.kv.ElementType;
import dev.baton.kv.KvLayout;
import dev.baton.kv.LayerGroup;
import dev.baton.kv.ShardedLayout;
import dev.baton.kv.Sharding;
import dev.baton.sender.core.HandoffSpec;

/** Who gets a parked prefill, and whom a sender asks while a peer drains. */
class WantTest {
    private SenderRig rig;
    private final HandoffSpec spec = HandoffSpec.sourceFirst(SenderRig.id(5), 64);

    @BeforeEach
    void open() {
        ShardedLayout layout = new ShardedLayout(new KvLayout("toy", DimensionOrder.NHD, 1, 16, List.of(
            LayerGroup.attention("full", 3, 4, 32, ElementType.BF16))), Sharding.SINGLE);
        rig = new SenderRig(layout, layout, 2, 1, 4L << 20, 1 << 20);
        rig.awaitSession();
    }

    @AfterEach
    void close() {
        rig.close();
    }

    private long parked() {
        long handoff = rig.begin(spec);
        rig.prefill(handoff, spec, null);
        rig.steps(5);
        return handoff;
    }

    @Test
    void shouldAnswerTheSameNodeTwiceAndReserveOnce() {
        long handoff = parked();
        rig.receiver.isReadyHeld = true;
        rig.receiver.wantAll(spec.id());
        rig.awaitGrant(handoff);
        rig.receiver.wantAll(spec.id());
        rig.until("FIN", () -> rig.receiver.said.contains("FIN1"));
        rig.receiver.ready(rig.receiver.only());
        assertEquals("DELIVERED NONE", rig.awaitEnd(handoff));
        assertEquals(2, rig.receiver.said.stream().filter("WANT_ACK"::equals).count());
        assertEquals(1, rig.receiver.said.stream().filter("RESERVE"::equals).count());
        rig.assertRight();
    }

    @Test
    void shouldGiveItToTheFirstNodeAndTellTheOther() {
        rig.startOther();
        rig.until("both sessions", () -> rig.plane.sessionCount() == 2 && rig.other.plane.sessionCount() == 1);
        long handoff = parked();
        rig.receiver.isReadyHeld = true;
        rig.receiver.wantAll(spec.id());
        rig.until("RESERVE", () -> rig.receiver.said.contains("RESERVE"));
        rig.other.wantAll(spec.id());
        rig.until("an answer", () -> !rig.other.said.isEmpty());
        assertEquals(List.of("NOT_HERE WANTED_ELSEWHERE"), rig.other.said);
        rig.receiver.isReadyHeld = false;
        assertEquals("DELIVERED NONE", rig.awaitEnd(handoff));
        rig.assertRight();
    }

    @Test
    void shouldReserveOnceItIsParkedWhatWasWantedBefore() {
        long handoff = rig.begin(spec);
        rig.steps(5);
        rig.receiver.wantAll(spec.id());
        rig.receiver.wantAll(spec.id());
        rig.until("WANT_ACK", () -> rig.receiver.said.size() == 2);
        rig.prefill(handoff, spec, null);
        assertEquals("DELIVERED NONE", rig.awaitEnd(handoff));
        assertEquals(List.of("WANT_ACK", "WANT_ACK", "RESERVE", "BIND", "FIN1"), rig.receiver.said);
        rig.assertRight();
    }

    @Test
    void shouldSayWhyWhatEndedIsNotHere() {
        long handoff = parked();
        rig.engine.cancel(handoff);
        assertEquals("failed CANCELLED", rig.awaitEnd(handoff));
        rig.receiver.wantAll(spec.id());
        rig.receiver.wantAll(SenderRig.id(99));
        rig.until("answers", () -> rig.receiver.said.size() == 2);
        assertEquals(List.of("NOT_HERE CANCELLED", "NOT_HERE NOT_KNOWN"), rig.receiver.said);
        rig.assertRight();
    }

    @Test
    void shouldEndWhatNobodyWantsInTime() {
        long handoff = parked();
        for (int i = 0; i < 12_050; i++) {
            rig.step(10_000_000);
        }
        assertEquals("failed NOT_WANTED", rig.awaitEnd(handoff));
        rig.receiver.wantAll(spec.id());
        rig.until("an answer", () -> !rig.receiver.said.isEmpty());
        assertEquals(List.of("NOT_HERE NOT_WANTED"), rig.receiver.said);
        rig.assertRight();
    }

    @Test
    void shouldFollowANodeThatWantedItToItsNextSession() {
        rig.receiver.isSilent = true;
        long handoff = parked();
        rig.receiver.wantAll(spec.id());
        rig.until("RESERVE", () -> rig.receiver.said.contains("RESERVE"));
        rig.receiver.isSilent = false;
        rig.receiver.loseSessions();
        assertEquals("DELIVERED NONE", rig.awaitEnd(handoff));
        rig.assertRight();
    }

    @Test
    void shouldAskADrainingPeerForNothingNewAndSayWhy() {
        rig.receiver.retriesAfterMs.add(200);
        HandoffSpec begun = rig.spec(1, 64);
        long first = rig.begin(begun);
        rig.until("its refusal", () -> rig.receiver.said.contains("RESERVE"));
        rig.receiver.draining();
        rig.steps(5);
        rig.receiver.said.clear();
        long second = rig.begin(rig.spec(2, 64).withDeadlineMs(5_000));
        rig.steps(5);
        assertTrue(rig.events.contains("rejected " + second + " " + RejectReason.DRAINING.code() + " 1000"), rig.events::toString);
        assertEquals(List.of(), rig.receiver.said);

        rig.awaitGrant(first);
        rig.prefill(first, begun, null);
        assertEquals("DELIVERED NONE", rig.awaitEnd(first));
        rig.receiver.said.clear();
        assertEquals("failed DEADLINE", rig.awaitEnd(second));
        assertEquals(List.of(), rig.receiver.said);
        rig.assertRight();
    }
}
