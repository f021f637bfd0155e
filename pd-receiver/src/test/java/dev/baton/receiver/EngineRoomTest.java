package dev.baton.receiver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import dev.baton.buffer.reserve.ReservationState;
import dev.baton.receiver.core.EngineRoom;
import dev.baton.receiver.core.UnboundAsk;
import dev.baton.receiver.engine.EngineOrder;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.wire.Order;

/** What is granted and not taken is never more than the engine told that it takes. A block is 16 tokens; the pool has room for eight. */
class EngineRoomTest {
    private static final long MANY = 1_000_000;

    private final ReceiverRig rig = new ReceiverRig();

    @AfterEach
    void close() {
        rig.close();
    }

    private void queued(long request, int blocks) {
        rig.reserve(request, blocks);
        String heard = rig.sender.take().getFirst();
        assertTrue(heard.startsWith("QUEUED " + request), heard);
        rig.step(2);
        assertEquals(ReservationState.QUEUED, rig.state(request));
    }

    private void granted(long request) {
        rig.step(2);
        List<String> heard = rig.sender.take();
        assertTrue(heard.contains("GRANT " + request), () -> "not granted: " + request + " " + heard);
    }

    @Test
    void shouldGrantSoManyRequestsAsTheEngineTakes() {
        rig.core.engineTakes(1, MANY, MANY);
        ScriptedSender.Grant first = rig.ready(1, 1);
        queued(2, 1);
        assertTrue(rig.core.receiving().take(first.reservation().counter()));
        rig.core.receiving().release(first.reservation().counter());
        rig.step(2);
        rig.sender.take();
        assertEquals(ReservationState.QUEUED, rig.state(2), "what it took counts until it tells anew");
        assertEquals(0, rig.core.engineRoom().requestsLeft());

        rig.core.engineTakes(1, MANY, MANY);
        granted(2);
    }

    @Test
    void shouldGrantSoManyTokensAsTheEngineHasRoomFor() {
        rig.core.engineTakes(MANY, 64, MANY);
        rig.granted(1, 2);
        queued(2, 3);
        assertEquals(32, rig.core.engineRoom().tokensLeft());
        queued(3, 1);
        rig.core.engineTakes(MANY, 79, MANY);
        rig.step(2);
        assertEquals(ReservationState.QUEUED, rig.state(2), "a token too little; and nobody goes past it");
        assertEquals(ReservationState.QUEUED, rig.state(3));
        rig.core.engineTakes(MANY, 96, MANY);
        rig.step(2);
        assertEquals(List.of("GRANT 2", "GRANT 3"), rig.sender.take());
        assertEquals(0, rig.core.engineRoom().tokensLeft());
    }

    @Test
    void shouldCountDeclaredGrowth() {
        rig.core.engineTakes(MANY, 47, MANY);
        Ask ask = new Ask();
        ask.growthTokens = 16;
        rig.reserve(1, ask);
        assertTrue(rig.sender.take().getFirst().startsWith("QUEUED 1"));
        rig.core.engineTakes(MANY, 48, MANY);
        granted(1);
    }

    @Test
    void shouldGiveBackWhatEndedBeforeItWasTaken() {
        rig.core.engineTakes(1, MANY, MANY);
        rig.granted(1, 1);
        queued(2, 1);
        queued(3, 1);
        rig.core.cancel(ReceiverRig.id(2), EndReason.CANCELLED);
        rig.step(2);
        assertEquals(ReservationState.QUEUED, rig.state(3), "what waited had none");
        rig.sender.take();
        rig.core.cancel(ReceiverRig.id(1), EndReason.CANCELLED);
        granted(3);
        assertEquals(0, rig.core.engineRoom().requestsLeft());
    }

    @Test
    void shouldNotDrainThePoolForWhatTheEngineHasNoRoomFor() {
        rig.core.engineTakes(0, 0, MANY);
        queued(1, 8);
        rig.pass(10_000 * ReceiverRig.MS);
        assertFalse(rig.core.admission().isPoolDraining(rig.nowNs), "memory is there");
        rig.core.engineTakes(1, 128, MANY);
        granted(1);
    }

    @Test
    void shouldTellWhoWaitedTooLongThatItWasTheEngine() {
        List<String> ends = new ArrayList<>();
        rig.core.journal((reason, handoff, reservation, peer, detail, nowNs) -> ends.add(reason + " " + detail));
        rig.core.engineTakes(3, 16, MANY);
        Ask ask = new Ask();
        ask.deadlineMs = 500;
        rig.reserve(1, ask);
        rig.pass(600 * ReceiverRig.MS);
        assertEquals(List.of(
            "DEADLINE no room in the decode engine within the deadline: tokens=32; it takes 3 more requests, 16 more tokens"), ends);
        assertEquals(0, rig.ledger.liveCount());
    }

    @Test
    void shouldRefuseForGoodWhatIsLongerThanTheEngineEverTakes() {
        rig.granted(1, 8);
        queued(2, 4);
        queued(3, 2);
        rig.core.engineTakes(MANY, MANY, 63);
        rig.step(2);
        List<String> heard = rig.sender.take();
        assertEquals(1, heard.size(), heard::toString);
        assertTrue(heard.getFirst().startsWith("REJECT 2 REQUEST_TOO_BIG retryAfterMs=0")
            && heard.getFirst().contains("the decode engine takes no request of more than 63 tokens: tokens=64"), heard::toString);
        rig.reserve(4, 4);
        assertTrue(rig.sender.take().getFirst().startsWith("REJECT 4 REQUEST_TOO_BIG retryAfterMs=0"), "one that comes after that, too");
        assertEquals(ReservationState.QUEUED, rig.state(3));
        assertEquals(ReservationState.GRANTED, rig.state(1), "what is granted stays");
    }

    @Test
    void shouldBoundNothingOfTheNextEngine() {
        rig.core.engineTakes(0, 0, 16);
        rig.reserve(1, 1);
        rig.sender.take();
        rig.core.engineAttached(false);
        rig.core.engineAttached(true);
        granted(1);
        rig.granted(2, 2);
        assertEquals(EngineRoom.ENDLESS, rig.core.engineRoom().tokensLeft());
    }

    @Test
    void shouldCountWhatASchedulerReservedOnce() {
        rig.core.engineTakes(2, MANY, MANY);
        rig.core.reserve(ReceiverRig.id(1), new UnboundAsk(ReceiverRig.LAYOUT, 32, 0, 0, 0, 60_000, 60_000));
        rig.step(2);
        assertEquals(1, rig.core.engineRoom().requestsLeft());
        Ask ask = new Ask();
        ask.order = Order.DESTINATION_FIRST;
        rig.reserve(1, ask);
        assertEquals(List.of("GRANT 1"), rig.sender.take());
        assertEquals(1, rig.core.engineRoom().requestsLeft());
    }

    @Test
    void shouldRefuseBoundsThatAreNone() {
        assertThrows(IllegalArgumentException.class, () -> new EngineOrder.Room(-1, 0, 1));
        assertThrows(IllegalArgumentException.class, () -> new EngineOrder.Room(0, -1, 1));
        assertThrows(IllegalArgumentException.class, () -> new EngineOrder.Room(0, 0, 0));
    }
}
