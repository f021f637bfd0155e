package dev.baton.receiver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;

import dev.baton.buffer.reserve.AdmissionLimits;
import dev.baton.buffer.reserve.TenantLimits;
import dev.baton.buffer.reserve.TenantPolicy;
import dev.baton.receiver.core.ReceiverLimits;
import dev.baton.receiver.core.UnboundAsk;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.Session;
import dev.baton.transport.wire.CancelDecoder;

/** The engine wants a prefill that another node has parked: whatever becomes of it, it is told, and once. */
class WantTest {
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
    private static final int WANTS_MAX = 4096;
    private static final long MANY = 1_000_000;

    private final ReceiverRig rig = new ReceiverRig();

    private Session want(long request) {
        Session session = rig.core.wants().ask("sender", ReceiverRig.id(request), 0);
        rig.step(2);
        return session;
    }

    private void wanted(long request) {
        assertNotNull(want(request));
        assertEquals(List.of("WANT"), rig.sender.take());
    }

    /** As the node that was asked answers; every want has the next correlation. */
    private void notHere(long request, long correlation, EndReason reason) {
        rig.proxy.notHere(rig.sender.session, correlation, ReceiverRig.id(request), reason);
        rig.step(2);
    }

    private void acknowledge(long request, long correlation) {
        rig.proxy.wantAck(rig.sender.session, correlation, ReceiverRig.id(request), 64);
        rig.step(2);
    }

    private void assertTold(String... told) {
        assertEquals(List.of(told), rig.engine.told);
        rig.engine.told.clear();
    }

    private void assertRefused(long request) {
        rig.sender.take();
        rig.reserve(request, 2);
        String heard = rig.sender.take().getFirst();
        assertTrue(heard.startsWith("REJECT " + request + " ") && heard.contains("retryAfterMs=0"), heard);
    }

    @Test
    void shouldTellWhyItIsNotHereAndLetItBeWantedAgain() {
        try (rig) {
            wanted(1);
            notHere(1, 1, EndReason.NOT_KNOWN);
            assertTold("notHere 1 NOT_KNOWN");
            wanted(1);
            acknowledge(1, 2);
            rig.granted(1, 2);
            rig.pass(SECOND);
            assertEquals(0, rig.core.wants().count());
            assertTold();
        }
    }

    /** The node dies, say, between WANT and RESERVE. Nobody comes with it later, unless it is wanted again. */
    @Test
    void shouldTellThatItsNodeStaysAway() {
        try (rig) {
            wanted(1);
            acknowledge(1, 1);
            rig.loseSession();
            rig.pass(2_800 * ReceiverRig.MS);
            assertTold();
            rig.pass(400 * ReceiverRig.MS);
            assertTold("notHere 1 PEER_LOST");
            want(2);
            assertTold("notHere 2 PEER_LOST");
            assertEquals(0, rig.core.wants().count());

            rig.connect(0x5556, ReceiverRig.LAYOUT);
            assertRefused(1);
            wanted(1);
            rig.granted(1, 2);
            rig.pass(SECOND);
            assertTold();
        }
    }

    /** What the sender of before acknowledged may be unknown to the one that comes. */
    @Test
    void shouldAskAgainOnTheNextSession() {
        try (rig) {
            wanted(1);
            acknowledge(1, 1);
            Session before = rig.sender.session;
            rig.reconnect();
            rig.step(5);
            assertEquals(List.of("CLOSED SILENT", "WANT"), rig.sender.take());
            rig.pass(4 * SECOND);
            assertEquals(List.of("WANT"), rig.sender.take(), "nobody has answered since");
            assertTold();
            rig.core.wants().onNotHere(before, ReceiverRig.id(1), 1, EndReason.NOT_KNOWN);
            assertTold();
            notHere(1, 1, EndReason.NOT_KNOWN);
            assertTold("notHere 1 NOT_KNOWN");
        }
    }

    @Test
    void shouldAskUntilSomebodyAnswersAndEndAtItsDeadline() {
        try (rig) {
            wanted(1);
            rig.pass(119 * SECOND);
            List<String> heard = rig.sender.take();
            assertTrue(heard.size() >= 35 && heard.stream().allMatch("WANT"::equals), heard::toString);
            assertTold();
            rig.pass(2 * SECOND);
            assertTold("notHere 1 DEADLINE");
            assertEquals("CANCEL", rig.sender.take().getLast());
            assertRefused(1);
            want(1);
            assertTold("notHere 1 DEADLINE");
        }
    }

    /** It may still be prefilled, but not for ever. */
    @Test
    void shouldWaitForWhatWasAcknowledgedAndNotAskAgain() {
        try (rig) {
            wanted(1);
            acknowledge(1, 1);
            rig.pass(11 * 60 * SECOND);
            assertEquals(List.of(), rig.sender.take());
            assertTold();
            rig.pass(61 * SECOND);
            assertTold("notHere 1 DEADLINE");
            assertEquals(List.of("CANCEL"), rig.sender.take());
        }
    }

    @Test
    void shouldCountAndDropWhatNobodyAskedFor() {
        try (rig) {
            ScriptedSender stranger = rig.stranger();
            wanted(1);
            rig.proxy.notHere(stranger.session, 1, ReceiverRig.id(1), EndReason.NOT_KNOWN);
            rig.proxy.notHere(stranger.session, 1, ReceiverRig.id(7), EndReason.NOT_KNOWN);
            notHere(1, 2, EndReason.NOT_KNOWN);
            notHere(8, 1, EndReason.NOT_KNOWN);
            assertTold();
            assertEquals(4, rig.core.counters().notHereUnaskedCount());
            assertEquals(1, rig.core.wants().count());
            rig.proxy.cancel(stranger.session, 5, ReceiverRig.id(1), EndReason.CANCELLED);
            rig.step(2);
            assertTrue(stranger.take().contains("STALE what=RESERVATION template=" + CancelDecoder.TEMPLATE_ID));
            rig.granted(1, 2);
        }
    }

    /** Wanted twice before it came, while it is read, and after: the engine hears that it is ready, and no more. */
    @Test
    void shouldTellOneStoryOfWhatIsWantedTwice() {
        try (rig) {
            wanted(1);
            assertNull(want(1));
            ScriptedSender.Grant grant = rig.ready(1, 2);
            assertNull(want(1));
            assertTrue(rig.core.receiving().take(grant.reservation().counter()));
            assertNull(want(1));
            assertTrue(rig.core.receiving().release(grant.reservation().counter()));
            assertNull(want(1));
            notHere(1, 1, EndReason.NOT_KNOWN);
            rig.pass(SECOND);
            notHere(1, 1, EndReason.NOT_KNOWN);
            assertEquals(List.of("OUTCOME 1 DELIVERED NONE"), rig.sender.take());
            assertTold("ready 1");
            assertEquals(4, rig.core.counters().wantsDoubled());
            assertEquals(2, rig.core.counters().notHereUnaskedCount());
        }
    }

    @Test
    void shouldTellTheEndOfWhatHasEndedBefore() {
        try (rig) {
            wanted(1);
            ScriptedSender.Grant grant = rig.granted(1, 2);
            rig.proxy.cancel(rig.sender.session, 1, grant.handoff(), EndReason.CANCELLED);
            rig.step(2);
            assertTold("ended 1 CANCELLED");
            want(1);
            assertTold("notHere 1 CANCELLED");
            rig.pass(SECOND);
            assertTold();
        }
    }

    @Test
    void shouldTellWhatItsSenderGivesUp() {
        try (rig) {
            wanted(1);
            rig.proxy.cancel(rig.sender.session, 1, ReceiverRig.id(1), EndReason.ENGINE_LOST);
            rig.step(2);
            assertTold("notHere 1 ENGINE_LOST");
            assertRefused(1);
        }
    }

    /** It came, and can never be held. */
    @Test
    void shouldTellWhatIsRefusedForGood() {
        try (rig) {
            wanted(1);
            rig.reserve(1, ReceiverRig.EXTENTS + 1);
            rig.pass(120 * ReceiverRig.MS);
            assertTold("notHere 1 REJECTED");
        }
    }

    /** It came, and the engine never takes so many tokens of one request. */
    @Test
    void shouldTellWhatIsLongerThanTheEngineEverTakes() {
        try (rig) {
            rig.core.engineTakes(MANY, MANY, ReceiverRig.BLOCK_TOKENS);
            wanted(1);
            acknowledge(1, 1);
            rig.reserve(1, 2);
            String heard = rig.sender.take().getLast();
            assertTrue(heard.startsWith("REJECT 1 REQUEST_TOO_BIG retryAfterMs=0"), heard);
            rig.pass(120 * ReceiverRig.MS);
            assertTold("notHere 1 REJECTED");
            assertEquals(0, rig.core.wants().count());
        }
    }

    /** It waited for memory while the engine lowered its bound. */
    @Test
    void shouldTellWhatWaitedAndIsLongerThanTheEngineNowTakes() {
        try (rig) {
            rig.bound(50, ReceiverRig.EXTENTS, "tcp");
            wanted(1);
            acknowledge(1, 1);
            rig.reserve(1, 2);
            assertEquals(List.of("QUEUED 1 position=0"), rig.sender.take());
            rig.core.engineTakes(MANY, MANY, ReceiverRig.BLOCK_TOKENS);
            rig.pass(120 * ReceiverRig.MS);
            assertTold("notHere 1 REJECTED");
            assertRefused(1);
        }
    }

    @Test
    void shouldTellWhatItsTenantMayNeverHave() {
        AdmissionLimits admission = AdmissionLimits.DEFAULT.tenants(
            TenantLimits.DEFAULT.with(Map.of(), new TenantPolicy(1, ReceiverRig.CELL_BYTES)));
        ReceiverRig small = new ReceiverRig(ReceiverLimits.DEFAULT, ReceiverRig.LAYOUT, ReceiverRig.LAYOUT, admission, 0);
        try (rig; small) {
            small.core.wants().ask("sender", ReceiverRig.id(1), 0);
            small.reserve(1, 2);
            String heard = small.sender.take().getLast();
            assertTrue(heard.startsWith("REJECT 1 QUOTA retryAfterMs=0") && heard.contains("neededBytes=8192 capacityBytes=4096"), heard);
            small.pass(120 * ReceiverRig.MS);
            assertEquals(List.of("notHere 1 REJECTED"), small.engine.told);
        }
    }

    @Test
    void shouldTellASenderWhatItsEngineWantsNoMore() {
        try (rig) {
            wanted(1);
            rig.core.cancel(ReceiverRig.id(1), EndReason.CANCELLED);
            rig.step(2);
            assertEquals(List.of("CANCEL"), rig.sender.take());
            assertTold("notHere 1 CANCELLED");
            wanted(2);
            rig.core.engineLost();
            rig.step(2);
            assertEquals(List.of("CANCEL"), rig.sender.take());
            assertTold("notHere 2 ENGINE_LOST");
        }
    }

    /** It waited for memory, and is told to come again to a node that goes down. */
    @Test
    void shouldEndWhatHasNotComeWhenThisNodeDrains() {
        try (rig) {
            rig.bound(50, ReceiverRig.EXTENTS, "tcp");
            wanted(1);
            rig.reserve(1, 2);
            assertEquals(List.of("QUEUED 1 position=0"), rig.sender.take());
            rig.pass(4 * SECOND);
            assertTold();
            rig.core.drain();
            rig.step(2);
            assertTold("notHere 1 SHUTDOWN");
            want(2);
            assertTold("notHere 2 SHUTDOWN");
        }
    }

    /** One whose session goes while it is in the queue ends as any that waits. */
    @Test
    void shouldLeaveWhatWaitsForMemoryToTheQueue() {
        try (rig) {
            rig.ready(50, ReceiverRig.EXTENTS);
            wanted(1);
            rig.reserve(1, 2);
            rig.loseSession();
            rig.pass(4 * SECOND);
            assertTold("ready 50", "ended 1 SESSION_LOST");
            assertEquals(0, rig.core.wants().count());
        }
    }

    @Test
    void shouldRefuseMoreThanItsTableHolds() {
        try (rig) {
            for (int request = 1; request <= WANTS_MAX; request++) {
                rig.core.wants().ask("sender", ReceiverRig.id(request), 0);
                rig.step(request % 64 == 0 ? 1 : 0);
            }
            assertTold();
            want(WANTS_MAX + 1);
            assertTold("notHere " + (WANTS_MAX + 1) + " OVERLOADED");
            notHere(7, 7, EndReason.NOT_KNOWN);
            assertTold("notHere 7 NOT_KNOWN");
            assertNotNull(want(WANTS_MAX + 1));
        }
    }

    @Test
    void shouldAskNobodyWhoseLayoutDoesNotFit() {
        ReceiverRig other = new ReceiverRig(ReceiverLimits.DEFAULT, ReceiverRig.layout("toy", 32));
        try (rig; other) {
            assertNull(other.core.wants().ask("sender", ReceiverRig.id(1), 0));
            assertEquals(List.of("notHere 1 LAYOUT_MISMATCH"), other.engine.told);
        }
    }

    /** Held for it by a scheduler before its sender was known: it is wanted all the same. */
    @Test
    void shouldAskForWhatASchedulerHoldsMemoryFor() {
        try (rig) {
            rig.core.reserve(ReceiverRig.id(1), new UnboundAsk(ReceiverRig.LAYOUT, 2L * ReceiverRig.BLOCK_TOKENS,
                0, 0, 0, 60_000, 30_000));
            rig.step(2);
            assertTold("reserved 1");
            wanted(1);
            rig.pass(SECOND);
            assertEquals(1, rig.core.wants().count());
            rig.granted(1, 2);
            rig.pass(SECOND);
            assertEquals(0, rig.core.wants().count());
            assertTold();
        }
    }
}
