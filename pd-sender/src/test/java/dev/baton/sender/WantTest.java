package dev.baton.sender;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import dev.baton.buffer.reserve.RejectReason;
import dev.baton.kv.DimensionOrder;
import dev.baton.kv.ElementType;
import dev.baton.kv.KvLayout;
import dev.baton.kv.LayerGroup;
import dev.baton.kv.ShardedLayout;
import dev.baton.kv.Sharding;
import dev.baton.sender.core.HandoffSpec;
import dev.baton.sender.core.OutboundState;
import dev.baton.sender.engine.PrefillEngine;
import dev.baton.transport.session.EndReason;

/** Who gets a parked prefill, and whom a sender asks while a peer drains. */
class WantTest extends RiggedTest {
    private final HandoffSpec spec = HandoffSpec.sourceFirst(SenderRig.id(5), 64);

    @BeforeEach
    void connect() {
        rig.awaitSession();
    }

    private long parked() {
        long handoff = rig.begin(spec);
        rig.prefill(handoff, spec, null);
        rig.steps(5);
        return handoff;
    }

    private void cancelBy(FakeReceiver node) {
        node.plane.forEachSession(session -> node.proxy.cancel(session, 0, spec.id(), EndReason.CANCELLED));
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

    /** A request that moved from one decode node to another: what the first one says too late is not about the second one's. */
    @Test
    void shouldNotEndWhatOneNodeWantsWhenAnotherCancels() {
        rig.startOther();
        rig.until("both sessions", () -> rig.plane.sessionCount() == 2 && rig.other.plane.sessionCount() == 1);
        long handoff = rig.begin(spec);
        rig.steps(5);
        rig.receiver.wantAll(spec.id());
        rig.until("WANT_ACK", () -> rig.receiver.said.contains("WANT_ACK"));
        cancelBy(rig.other);
        rig.steps(5);
        rig.prefill(handoff, spec, null);
        assertEquals("DELIVERED NONE", rig.awaitEnd(handoff));
        assertEquals(List.of("WANT_ACK", "RESERVE", "BIND", "FIN1"), rig.receiver.said);
        rig.assertRight();
    }

    @Test
    void shouldEndWhatANodeWantsWhenItCancels() {
        long wanted = rig.begin(spec);
        rig.steps(5);
        rig.receiver.wantAll(spec.id());
        rig.until("WANT_ACK", () -> rig.receiver.said.contains("WANT_ACK"));
        cancelBy(rig.receiver);
        assertEquals("failed CANCELLED", rig.awaitEnd(wanted));
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

    /** It was acknowledged, so it goes on, whether that node comes back before all is prefilled or after. */
    @ParameterizedTest(name = "back before it is parked: {0}")
    @ValueSource(booleans = {true, false})
    void shouldReserveOnTheNextSessionWhatWasWantedBeforeItWasParked(boolean isBackBefore) {
        long handoff = rig.begin(spec);
        rig.steps(5);
        rig.receiver.wantAll(spec.id());
        rig.until("WANT_ACK", () -> rig.receiver.said.contains("WANT_ACK"));
        rig.receiver.loseSessions();
        rig.until("the session lost", () -> rig.plane.sessionCount() == 0);
        if (isBackBefore) {
            rig.awaitSession();
        }
        rig.prefill(handoff, spec, null);
        rig.steps(2);
        assertEquals(isBackBefore, rig.receiver.said.contains("RESERVE"));
        assertEquals("DELIVERED NONE", rig.awaitEnd(handoff));
        assertEquals(List.of("WANT_ACK", "RESERVE", "BIND", "FIN1"), rig.receiver.said);
        rig.assertRight();
    }

    /** Nobody else may have it meanwhile, and the node that wanted it has the time that it named. */
    @Test
    void shouldEndWhatWasWantedByANodeThatStaysAway() {
        long handoff = rig.begin(spec);
        rig.steps(5);
        rig.receiver.wantAll(spec.id());
        rig.until("WANT_ACK", () -> rig.receiver.said.contains("WANT_ACK"));
        rig.network.kill("r", FakeReceiver.PORT);
        rig.until("the session lost", () -> rig.plane.sessionCount() == 0);
        rig.prefill(handoff, spec, null);
        advance(9_900);
        assertEquals(OutboundState.RESERVING, rig.sender.state(handoff));
        advance(200);
        assertEquals("failed DEADLINE", rig.awaitEnd(handoff));
    }

    /** Whoever wanted it waits for its RESERVE, or for this. */
    @Test
    void shouldTellTheNodeThatWantsItThatItEndedBeforeItWasPrefilled() {
        long handoff = rig.begin(spec);
        rig.steps(5);
        rig.receiver.wantAll(spec.id());
        rig.until("WANT_ACK", () -> rig.receiver.said.contains("WANT_ACK"));
        rig.engine.cancel(handoff);
        assertEquals("failed CANCELLED", rig.awaitEnd(handoff));
        rig.steps(5);
        assertEquals(List.of("WANT_ACK", "CANCEL"), rig.receiver.said);
        rig.receiver.wantAll(spec.id());
        rig.until("an answer", () -> rig.receiver.said.size() == 3);
        assertEquals("NOT_HERE CANCELLED", rig.receiver.said.getLast());
        rig.assertRight();
    }

    /** It stays for a node that it could go to. */
    @Test
    void shouldKeepWhatANodeWantsThatCannotHaveIt() {
        rig.close();
        ShardedLayout source = layout(32);
        rig = SenderRig.of(source, layout(64), context -> { });
        rig.awaitSession();
        long handoff = parked();
        rig.receiver.wantAll(spec.id());
        rig.until("an answer", () -> !rig.receiver.said.isEmpty());
        assertEquals(List.of("NOT_HERE LAYOUT_MISMATCH"), rig.receiver.said);
        assertEquals(OutboundState.PARKED, rig.sender.state(handoff));
    }

    private static ShardedLayout layout(int headDim) {
        return new ShardedLayout(new KvLayout("toy", DimensionOrder.NHD, 1, 16, List.of(
            LayerGroup.attention("full", 3, 4, headDim, ElementType.BF16))), Sharding.SINGLE);
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

    /** Whoever prefills for nobody holds staging: one more is refused before it is prefilled. */
    @Test
    void shouldRefuseMoreThanMayBeParkedAndNameTheBound() {
        rig.close();
        rig = SenderRig.small(context -> context.parkedMax(2));
        rig.awaitSession();
        HandoffSpec second = HandoffSpec.sourceFirst(SenderRig.id(6), 16);
        long first = parked();
        rig.begin(second);
        long third = rig.begin(HandoffSpec.sourceFirst(SenderRig.id(7), 16));
        assertEquals("failed OVERLOADED", rig.awaitEnd(third));
        assertTrue(rig.events.stream().anyMatch(event -> event.contains("parkedMax=2")), rig.events::toString);

        rig.receiver.wantAll(spec.id());
        assertEquals("DELIVERED NONE", rig.awaitEnd(first));
        long fourth = rig.begin(HandoffSpec.sourceFirst(SenderRig.id(8), 16));
        rig.engine.cancel(fourth);
        assertEquals("failed CANCELLED", rig.awaitEnd(fourth));
        long fifth = rig.begin(HandoffSpec.sourceFirst(SenderRig.id(9), 16));
        rig.steps(5);
        assertEquals(OutboundState.NEW, rig.sender.state(fifth));
    }

    /** Peers of today, and of sessions that open later. */
    @Test
    void shouldTellEveryPeerThatItDrainsAndGoOnWithWhatIsUnderWay() {
        long handoff = parked();
        rig.sender.drain();
        rig.until("DRAINING", () -> rig.receiver.said.contains("DRAINING"));
        assertEquals(PrefillEngine.FULL, rig.engine.begin(rig.spec(9, 16)));
        rig.receiver.said.clear();
        rig.receiver.loseSessions();
        rig.until("DRAINING again", () -> rig.receiver.said.contains("DRAINING"));
        rig.receiver.wantAll(spec.id());
        assertEquals("DELIVERED NONE", rig.awaitEnd(handoff));
        rig.assertRight();
    }
}
