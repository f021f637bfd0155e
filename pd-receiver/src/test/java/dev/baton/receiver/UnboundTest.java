package dev.baton.receiver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;

import org.junit.jupiter.api.Test;

import dev.baton.buffer.reserve.ReservationState;
import dev.baton.receiver.core.UnboundAsk;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.wire.BindDecoder;
import dev.baton.transport.wire.Order;
import dev.baton.transport.wire.RenewDecoder;

/** What a scheduler reserves before it has chosen a sender: over the wire, and by this process's own front door. */
class UnboundTest {
    private static final int BLOCKS = 3;
    private static final long START_WITHIN_MS = 5_000;

    private final ReceiverRig rig = new ReceiverRig();

    @Test
    void shouldHoldMemoryThatASenderOfTheSameSizeClaims() {
        ScriptedSender scheduler = reserveByScheduler(1);
        assertEquals(List.of("GRANT 1"), scheduler.take());
        assertEquals(BLOCKS, rig.totals().owned());
        assertEquals(List.of(), rig.zone.ordersOf("open"), "no data agent knows of it before a sender came");

        ScriptedSender.Grant grant = rig.bound(1, BLOCKS, "tcp");
        assertEquals(scheduler.grants.get(ReceiverRig.id(1)), grant, "it is the same grant");
        assertEquals(1, rig.zone.ordersOf("open").size());
        assertEquals(BLOCKS, rig.totals().owned());
        finish(grant);
        assertEquals(List.of("READY 1", "OUTCOME 1 DELIVERED NONE"), rig.sender.take());
        assertEquals(List.of("OUTCOME 1 DELIVERED NONE"), scheduler.take());
        rig.close();
    }

    @Test
    void shouldHoldMemoryForItsOwnScheduler() {
        rig.core.reserve(ReceiverRig.id(1), ask(BLOCKS));
        assertEquals(List.of("reserved 1"), rig.engine.told);
        rig.pass(START_WITHIN_MS * ReceiverRig.MS - 100 * ReceiverRig.MS);
        ScriptedSender.Grant grant = rig.bound(1, BLOCKS, "tcp");
        finish(grant);
        assertEquals(List.of("reserved 1", "ready 1"), rig.engine.told);
        rig.close();
    }

    @Test
    void shouldRefuseAnotherSizeAndLetTheGrantStand() {
        ScriptedSender scheduler = reserveByScheduler(1);
        scheduler.take();
        rig.reserve(1, BLOCKS - 1);
        Ask growing = new Ask();
        growing.tokens = (long) BLOCKS * ReceiverRig.BLOCK_TOKENS;
        growing.growthTokens = 1;
        rig.reserve(1, growing);
        List<String> said = rig.sender.take();
        assertEquals(2, said.size());
        assertTrue(said.stream().allMatch(line -> line.startsWith("REJECT 1 MISMATCH retryAfterMs=0")), said::toString);
        assertEquals(List.of(), scheduler.take(), "an answer, and no outcome");
        assertEquals(ReservationState.GRANTED, rig.state(1));
        rig.granted(1, BLOCKS);
        rig.core.cancel(ReceiverRig.id(1), EndReason.CANCELLED);
        rig.close();
    }

    @Test
    void shouldFreeAtOnceWhatNoSenderClaimsInTime() {
        ScriptedSender scheduler = reserveByScheduler(1);
        scheduler.take();
        rig.pass((START_WITHIN_MS - 100) * ReceiverRig.MS);
        assertEquals(BLOCKS, rig.totals().owned(), "no lease runs, nobody renews it");
        rig.pass(200 * ReceiverRig.MS);
        assertEquals(List.of("OUTCOME 1 ABORTED NOT_STARTED"), scheduler.take());
        assertEquals(List.of("ended 1 NOT_STARTED"), rig.engine.told);
        assertEquals(ReceiverRig.EXTENTS, rig.totals().free());
        assertEquals(List.of(), rig.zone.ordersOf("close"));
        rig.close();
    }

    @Test
    void shouldKeepTheSchedulersBoundOnceItIsClaimed() {
        reserveByScheduler(1);
        rig.pass((START_WITHIN_MS - 1_000) * ReceiverRig.MS);
        rig.granted(1, BLOCKS);
        rig.pass(1_100 * ReceiverRig.MS);
        assertEquals(List.of("OUTCOME 1 ABORTED NOT_STARTED"), rig.sender.take());
        assertEquals(ReceiverRig.EXTENTS, rig.totals().free());
        rig.close();
    }

    /** The lease begins with the claim: a sender that is not heard of again holds nothing until {@code startWithin}. */
    @Test
    void shouldBeginALeaseWhenItIsClaimed() {
        ScriptedSender scheduler = rig.stranger();
        rig.core.reserve(ReceiverRig.id(1), new UnboundAsk(ReceiverRig.LAYOUT, (long) BLOCKS * ReceiverRig.BLOCK_TOKENS, 0, 0, 0, 120_000,
            60_000));
        rig.pass(20_000 * ReceiverRig.MS);
        rig.granted(1, BLOCKS);
        rig.pass(9_900 * ReceiverRig.MS);
        assertEquals(ReservationState.GRANTED, rig.state(1));
        rig.pass(200 * ReceiverRig.MS);
        assertNull(rig.state(1));
        assertEquals(List.of("OUTCOME 1 ABORTED LEASE_EXPIRED"), rig.sender.take());
        assertEquals(List.of(), scheduler.take());
        rig.close();
    }

    @Test
    void shouldFreeAtOnceWhatTheSchedulerCancels() {
        ScriptedSender scheduler = reserveByScheduler(1);
        scheduler.take();
        rig.proxy.cancel(rig.sender.session, 7, ReceiverRig.id(1), EndReason.CANCELLED);
        rig.step(2);
        assertEquals(ReservationState.GRANTED, rig.state(1), "no other node ends it");
        rig.proxy.cancel(scheduler.session, 8, ReceiverRig.id(1), EndReason.CANCELLED);
        rig.step(2);
        assertEquals(List.of("OUTCOME 1 ABORTED CANCELLED"), scheduler.take());
        assertEquals(ReceiverRig.EXTENTS, rig.totals().free());

        rig.core.reserve(ReceiverRig.id(2), ask(BLOCKS));
        rig.core.cancel(ReceiverRig.id(2), EndReason.CANCELLED);
        assertEquals(List.of("ended 1 CANCELLED", "reserved 2", "ended 2 CANCELLED"), rig.engine.told);
        assertEquals(ReceiverRig.EXTENTS, rig.totals().free());
        rig.close();
    }

    /** Bytes of such a sender are not to be trusted, whoever reserved for it (PROTOCOL, sections 5 and 7). */
    @Test
    void shouldRefuseASuspectAndLetTheGrantStand() {
        SuspectTest.corrupt(rig, 11);
        SuspectTest.corrupt(rig, 12);
        ScriptedSender scheduler = reserveByScheduler(1);
        assertEquals(List.of("GRANT 1"), scheduler.take());

        rig.reserve(1, BLOCKS);
        String refused = rig.sender.take().getFirst();
        assertTrue(refused.startsWith("REJECT 1 PEER_SUSPECT retryAfterMs="), refused);
        assertEquals(ReservationState.GRANTED, rig.state(1));
        assertEquals(List.of(), scheduler.take(), "an answer, no outcome");

        rig.core.cancel(ReceiverRig.id(1), EndReason.CANCELLED);
        rig.close();
    }

    @Test
    void shouldClaimOnceItIsTrustedAgain() {
        SuspectTest.corrupt(rig, 11);
        SuspectTest.corrupt(rig, 12);
        rig.core.reserve(ReceiverRig.id(1), new UnboundAsk(ReceiverRig.LAYOUT, (long) BLOCKS * ReceiverRig.BLOCK_TOKENS, 0, 0, 0, 120_000, 20_000));
        rig.reserve(1, BLOCKS);
        assertTrue(rig.sender.take().getFirst().startsWith("REJECT 1 PEER_SUSPECT"));
        rig.pass(5_100 * ReceiverRig.MS);
        rig.granted(1, BLOCKS);
        rig.core.cancel(ReceiverRig.id(1), EndReason.CANCELLED);
        rig.close();
    }

    @Test
    void shouldLetASenderClaimAPlaceInTheQueue() {
        ScriptedSender.Grant first = rig.granted(9, ReceiverRig.EXTENTS);
        ScriptedSender scheduler = reserveByScheduler(1);
        assertEquals(List.of("QUEUED 1 position=0"), scheduler.take());
        rig.reserve(1, BLOCKS);
        assertEquals(List.of("QUEUED 1 position=0"), rig.sender.take());
        assertEquals(List.of(), rig.zone.ordersOf("open").stream()
            .filter(order -> !order.startsWith("open " + first.reservation().counter())).toList());
        rig.core.cancel(ReceiverRig.id(9), EndReason.CANCELLED);
        rig.step(2);
        assertEquals(List.of("OUTCOME 9 ABORTED CANCELLED", "GRANT 1"), rig.sender.take());
        assertEquals(List.of(), scheduler.take());
        assertEquals(2, rig.zone.ordersOf("open").size());
        rig.core.cancel(ReceiverRig.id(1), EndReason.CANCELLED);
        rig.close();
    }

    @Test
    void shouldOutliveItsSchedulersSession() {
        reserveByScheduler(1);
        rig.loseStranger();
        rig.pass(1_000 * ReceiverRig.MS);
        rig.granted(1, BLOCKS);
        rig.core.cancel(ReceiverRig.id(1), EndReason.CANCELLED);
        rig.close();
    }

    @Test
    void shouldEndByItsBoundWhenItsSchedulerIsGone() {
        reserveByScheduler(1);
        rig.loseStranger();
        rig.pass((START_WITHIN_MS - 100) * ReceiverRig.MS);
        assertEquals(BLOCKS, rig.totals().owned());
        rig.pass(200 * ReceiverRig.MS);
        assertEquals(List.of("ended 1 NOT_STARTED"), rig.engine.told);
        assertEquals(ReceiverRig.EXTENTS, rig.totals().free());
        rig.close();
    }

    @Test
    void shouldAnswerTheSchedulerAgainAndNoOtherNode() {
        ScriptedSender scheduler = reserveByScheduler(1);
        askByScheduler(scheduler, 1);
        assertEquals(List.of("GRANT 1", "GRANT 1"), scheduler.take());
        Ask other = unbound();
        rig.reserve(1, other);
        assertTrue(rig.sender.take().getFirst().startsWith("REJECT 1 MISMATCH"));
        rig.granted(1, BLOCKS);
        askByScheduler(scheduler, 1);
        assertEquals(List.of("STATUS 1 GRANTED NONE"), scheduler.take());
        assertEquals(ReservationState.GRANTED, rig.state(1), "asking again takes nothing from the sender");
        rig.core.cancel(ReceiverRig.id(1), EndReason.CANCELLED);
        rig.close();
    }

    @Test
    void shouldTellNoAddressAndTakeNoRenewBeforeItIsClaimed() {
        ScriptedSender scheduler = reserveByScheduler(1);
        ScriptedSender.Grant grant = scheduler.grants.get(ReceiverRig.id(1));
        scheduler.take();
        rig.proxy.bind(scheduler.session, 5, grant.reservation(), 0, grant.tokenHigh(), grant.tokenLow(), "tcp");
        rig.proxy.renew(scheduler.session, 6, grant.reservation(), 0, 0, 0);
        rig.step(2);
        assertEquals(List.of("STALE what=RESERVATION template=" + BindDecoder.TEMPLATE_ID, "STALE what=RESERVATION template=" + RenewDecoder.TEMPLATE_ID),
            scheduler.take());
        rig.core.cancel(ReceiverRig.id(1), EndReason.CANCELLED);
        assertEquals(ReceiverRig.EXTENTS, rig.totals().free());
        rig.close();
    }

    @Test
    void shouldTellItsOwnSchedulerOfEveryRefusal() {
        rig.core.reserve(ReceiverRig.id(1), ask(ReceiverRig.EXTENTS + 1));
        rig.core.reserve(ReceiverRig.id(2), ask(0));
        rig.granted(3, ReceiverRig.EXTENTS);
        rig.core.reserve(ReceiverRig.id(3), ask(ReceiverRig.EXTENTS));
        rig.core.reserve(ReceiverRig.id(4), ask(1));
        rig.core.drain();
        rig.core.engineAttached(false);
        rig.core.reserve(ReceiverRig.id(5), ask(1));
        assertEquals(List.of("refused 1 REQUEST_TOO_BIG", "refused 2 BAD_REQUEST", "refused 3 MISMATCH", "refused 4 DRAINING",
            "refused 5 NO_ENGINE"), rig.engine.told);
        assertNull(rig.state(4));
        rig.core.cancel(ReceiverRig.id(3), EndReason.CANCELLED);
        rig.close();
    }

    @Test
    void shouldTellItsOwnSchedulerOnceThatItsDeadlineIsOver() {
        rig.granted(3, ReceiverRig.EXTENTS);
        rig.core.reserve(ReceiverRig.id(4), new UnboundAsk(ReceiverRig.LAYOUT, ReceiverRig.BLOCK_TOKENS, 0, 0, 0, 1_000, START_WITHIN_MS));
        rig.pass(1_200 * ReceiverRig.MS);
        assertEquals(List.of("ended 4 DEADLINE"), rig.engine.told);
        rig.core.cancel(ReceiverRig.id(3), EndReason.CANCELLED);
        rig.close();
    }

    private static UnboundAsk ask(int blocks) {
        return new UnboundAsk(ReceiverRig.LAYOUT, (long) blocks * ReceiverRig.BLOCK_TOKENS, 0, 0, 0, 120_000, START_WITHIN_MS);
    }

    private static Ask unbound() {
        Ask ask = new Ask();
        ask.tokens = (long) BLOCKS * ReceiverRig.BLOCK_TOKENS;
        ask.order = Order.UNBOUND;
        ask.parts = new int[0];
        ask.startWithinMs = START_WITHIN_MS;
        return ask;
    }

    private ScriptedSender reserveByScheduler(long request) {
        ScriptedSender scheduler = rig.stranger();
        askByScheduler(scheduler, request);
        return scheduler;
    }

    /** The rig speaks for the scheduler as it does for its sender. */
    private void askByScheduler(ScriptedSender scheduler, long request) {
        ScriptedSender own = rig.sender;
        rig.sender = scheduler;
        rig.reserve(request, unbound());
        rig.sender = own;
    }

    private void finish(ScriptedSender.Grant grant) {
        for (int cell = 0; cell < BLOCKS; cell++) {
            rig.lines(grant, 1, cell);
            rig.verified(grant, cell);
        }
        rig.fin(grant, 1, BLOCKS);
        rig.mark(grant, 1, 0);
        rig.mark(grant, 1, 1);
        assertTrue(rig.core.receiving().take(grant.reservation().counter()));
        rig.step(2);
        assertTrue(rig.core.receiving().release(grant.reservation().counter()));
    }
}
