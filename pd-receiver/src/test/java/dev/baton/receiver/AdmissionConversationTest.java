package dev.baton.receiver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.function.Consumer;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import dev.baton.buffer.reserve.ReservationState;
import dev.baton.kv.CellMap;
import dev.baton.receiver.core.ReceiverLimits;
import dev.baton.transport.WireMaxima;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.wire.BindDecoder;
import dev.baton.transport.wire.Order;

/** RESERVE, GRANT, BIND and ADDRESSES, and every way in which a RESERVE is refused. */
class AdmissionConversationTest {
    /** An attempt that was refused for good stays refused, also in another size. */
    @Test
    void shouldRememberWhatCanNeverFit() {
        try (ReceiverRig rig = new ReceiverRig()) {
            rig.reserve(1, ReceiverRig.EXTENTS + 1);
            assertTrue(rig.sender.take().getFirst().startsWith("REJECT 1 REQUEST_TOO_BIG"));
            rig.reserve(1, 1);
            String again = rig.sender.take().getFirst();
            assertTrue(again.startsWith("REJECT 1 REQUEST_TOO_BIG retryAfterMs=0") && again.contains("use attempt + 1"), again);
            rig.granted(2, 1);
        }
    }

    /** Its GRANT may have been lost on the way: nothing is wrong with what is asked, and another attempt may do. */
    @Test
    void shouldSayThatTheSessionWasLostWhereAnAttemptEndedByThat() {
        try (ReceiverRig rig = new ReceiverRig()) {
            rig.granted(1, 2);
            rig.reconnect();
            rig.sender.take();
            rig.reserve(1, 2);
            String heard = rig.sender.take().getLast();
            assertTrue(heard.startsWith("REJECT 1 SESSION_LOST retryAfterMs=0") && heard.contains("use attempt + 1"), heard);
        }
    }

    /** RESERVEs that make no sense, whatever the pool. */
    @SuppressWarnings("ImmutableEnumChecker")   // the lambdas capture nothing
    enum Nonsense {
        NO_TOKENS(ask -> ask.tokens = 0),
        TOKENS_BEYOND_ALL(ask -> ask.tokens = 0xFFFF_FFFEL),
        TOKENS_ABSENT(ask -> ask.tokens = 0xFFFF_FFFFL),
        GROWTH_BEYOND_ALL(ask -> ask.growthTokens = CellMap.TOKENS_MAX),
        MORE_HELD_THAN_ASKED(ask -> ask.haveTokens = ask.tokens + 1),
        ALL_HELD(ask -> ask.haveTokens = ask.tokens),
        NO_PARTS(ask -> ask.parts = new int[0]),
        PART_OUT_OF_RANGE(ask -> ask.parts = new int[] {1}),
        PART_TWICE(ask -> ask.parts = new int[] {0, 0}),
        FOREIGN_PARTS_ONLY(ask -> ask.incarnations = new long[] {0x1234}),
        TOO_MANY_PARTS(ask -> ask.parts = java.util.stream.IntStream.range(0, 65).toArray()),
        NO_DEADLINE(ask -> ask.deadlineMs = 0),
        ANOTHER_DATA_PARALLEL_RANK(ask -> ask.dpRank = 3),
        NO_DATA_PARALLEL_RANK(ask -> ask.dpRank = -2),
        NO_START(ask -> ask.startWithinMs = 0),
        UNBOUND_FROM_A_SENDER(ask -> ask.order = Order.UNBOUND);

        private final Consumer<Ask> spoil;

        Nonsense(Consumer<Ask> spoil) {
            this.spoil = spoil;
        }
    }

    @Test
    void shouldTellAddressesOnlyAfterBindAndGrantTheWholeRequestAtOnce() {
        try (ReceiverRig rig = new ReceiverRig()) {
            ScriptedSender.Grant grant = rig.granted(1, 3);
            assertEquals(3, rig.totals().owned());
            rig.step(50);
            assertEquals(List.of(), rig.sender.take());   // S6 and section 2: no address before BIND
            rig.bind(grant, grant.tokenLow(), "tcp");
            assertEquals(List.of("ADDRESSES part=0 extents=3"), rig.sender.take());
            assertEquals(List.of("open " + grant.reservation().counter() + " cells=3 parts=1"), rig.zone.ordersOf("open"));
            assertEquals(1, rig.zone.ordersOf("bind").size());
            assertEquals(ReservationState.GRANTED, rig.state(1));
        }
    }

    @Test
    void shouldReserveGrowthWithTheRequest() {
        try (ReceiverRig rig = new ReceiverRig()) {
            Ask ask = new Ask();
            ask.growthTokens = 2 * ReceiverRig.BLOCK_TOKENS;
            rig.reserve(1, ask);
            assertEquals(List.of("GRANT 1"), rig.sender.take());
            assertEquals(4, rig.totals().owned());
        }
    }

    @Test
    void shouldAnswerBindWithAWrongTokenWithStale() {
        try (ReceiverRig rig = new ReceiverRig()) {
            ScriptedSender.Grant grant = rig.granted(1, 2);
            rig.bind(grant, grant.tokenLow() + 1, "tcp");
            assertEquals(List.of("STALE what=TOKEN template=" + BindDecoder.TEMPLATE_ID), rig.sender.take());
            assertEquals(List.of(), rig.zone.ordersOf("bind"));
            assertEquals(1, rig.core.counters().stale());
        }
    }

    @Test
    void shouldAnswerBindOfAnotherIncarnationsReservationWithStale() {
        try (ReceiverRig rig = new ReceiverRig()) {
            ScriptedSender.Grant grant = rig.granted(1, 2);
            var older = new dev.baton.transport.session.ReservationId(1, grant.reservation().counter());
            rig.proxy.bind(rig.sender.session, 1, older, 0, grant.tokenHigh(), grant.tokenLow(), "tcp");
            rig.step(2);
            assertEquals(List.of("STALE what=RESERVATION template=" + BindDecoder.TEMPLATE_ID), rig.sender.take());
        }
    }

    @Test
    void shouldNotLetAnotherProcessBindThePart() {
        try (ReceiverRig rig = new ReceiverRig()) {
            ScriptedSender.Grant grant = rig.granted(1, 2);
            rig.connect(0x6666, ReceiverRig.LAYOUT);
            rig.bind(grant, grant.tokenLow(), "tcp");
            assertEquals(List.of("STALE what=RESERVATION template=" + BindDecoder.TEMPLATE_ID), rig.sender.take());
            assertEquals(List.of(), rig.zone.ordersOf("bind"));
        }
    }

    @Test
    void shouldGiveARepeatedReserveTheSameAnswerAndNothingElse() {
        try (ReceiverRig rig = new ReceiverRig()) {
            ScriptedSender.Grant first = rig.granted(1, 2);
            rig.reserve(1, 2);
            assertEquals(List.of(rig.lastCorrelation()), rig.sender.correlations);
            assertEquals(List.of("GRANT 1"), rig.sender.take());
            assertEquals(first, rig.sender.grants.get(ReceiverRig.id(1)));
            assertEquals(2, rig.totals().owned());
            assertEquals(1, rig.ledger.liveCount());
            assertEquals(1, rig.core.counters().grants());
        }
    }

    @Test
    void shouldRepeatTheAddressesForARepeatedBind() {
        try (ReceiverRig rig = new ReceiverRig()) {
            ScriptedSender.Grant grant = rig.bound(1, 2, "tcp");
            rig.bind(grant, grant.tokenLow(), "tcp");
            assertEquals(List.of("ADDRESSES part=0 extents=2"), rig.sender.take());
            assertEquals(1, rig.zone.ordersOf("bind").size());
        }
    }

    @Test
    void shouldQueueWhenFullAndGrantInArrivalOrder() {
        try (ReceiverRig rig = new ReceiverRig()) {
            ScriptedSender.Grant first = rig.ready(1, ReceiverRig.EXTENTS);
            rig.reserve(2, 3);
            rig.reserve(3, 3);
            rig.reserve(4, 2);
            assertEquals(List.of("QUEUED 2 position=0", "QUEUED 3 position=1", "QUEUED 4 position=2"), rig.sender.take());
            assertTrue(rig.core.receiving().take(first.reservation().counter()));
            rig.step(2);
            assertEquals(List.of("OUTCOME 1 DELIVERED NONE"), rig.sender.take());
            assertEquals(ReservationState.QUEUED, rig.state(2));
            assertTrue(rig.core.receiving().release(first.reservation().counter()));
            rig.step(3);
            assertEquals(List.of("GRANT 2", "GRANT 3", "GRANT 4"), rig.sender.take());
            assertEquals(3, rig.core.counters().queued());
        }
    }

    @Test
    void shouldAnswerARepeatedReserveOfAQueuedOneWithItsPlaceAndLaterWithItsGrant() {
        try (ReceiverRig rig = new ReceiverRig()) {
            ScriptedSender.Grant first = rig.ready(1, ReceiverRig.EXTENTS);
            rig.reserve(2, 1);
            rig.reserve(2, 1);
            assertEquals(List.of("QUEUED 2 position=0", "QUEUED 2 position=0"), rig.sender.take());
            assertEquals(1, rig.core.admission().size());
            rig.core.receiving().take(first.reservation().counter());
            rig.core.receiving().release(first.reservation().counter());
            rig.step(2);
            assertEquals(List.of("OUTCOME 1 DELIVERED NONE", "GRANT 2"), rig.sender.take());
        }
    }

    @Test
    void shouldRejectAnImpossibleSizeAtOnceWithBothSizesNamed() {
        try (ReceiverRig rig = new ReceiverRig()) {
            rig.bound(1, 8, "tcp");   // even with the pool full: it waits for nothing
            rig.reserve(2, ReceiverRig.EXTENTS + 1);
            String needed = "neededBytes=" + (ReceiverRig.EXTENTS + 1) * ReceiverRig.CELL_BYTES;
            String capacity = "capacityBytes=" + ReceiverRig.EXTENTS * ReceiverRig.CELL_BYTES;
            String heard = rig.sender.take().getFirst();
            assertTrue(heard.startsWith("REJECT 2 REQUEST_TOO_BIG retryAfterMs=0 " + needed + " " + capacity), heard);
            assertNull(rig.state(2));
        }
    }

    @Test
    void shouldNameTheFieldInWhichLayoutsDiffer() {
        try (ReceiverRig rig = new ReceiverRig(ReceiverLimits.DEFAULT, ReceiverRig.layout("other", 16))) {
            rig.reserve(1, 2);
            String heard = rig.sender.take().getFirst();
            assertTrue(heard.startsWith("REJECT 1 LAYOUT_MISMATCH retryAfterMs=0"), heard);
            assertTrue(heard.contains("model") && heard.contains("other") && heard.contains("toy"), heard);
        }
    }

    @Test
    void shouldRefuseAFingerprintThatIsNotTheToldLayouts() {
        try (ReceiverRig rig = new ReceiverRig()) {
            Ask ask = new Ask();
            ask.fingerprint = 0x1234;
            rig.reserve(1, ask);
            String heard = rig.sender.take().getFirst();
            assertTrue(heard.startsWith("REJECT 1 LAYOUT_MISMATCH retryAfterMs=0") && heard.contains("fingerprint=1234"), heard);
        }
    }

    @Test
    void shouldRefuseALayoutThatIsNone() {
        try (ReceiverRig rig = new ReceiverRig()) {
            Ask ask = new Ask();
            ask.layout = new byte[WireMaxima.LAYOUT_LENGTH_MAX];   // the wire takes no longer one
            java.util.Arrays.fill(ask.layout, (byte) 0xEE);
            rig.reserve(1, ask);
            String heard = rig.sender.take().getFirst();
            assertTrue(heard.startsWith("REJECT 1 LAYOUT_MISMATCH retryAfterMs=0"), heard);
        }
    }

    @Test
    void shouldAskToComeAgainWhileNoEngineIsAttached() {
        try (ReceiverRig rig = new ReceiverRig()) {
            rig.core.engineAttached(false);
            rig.reserve(1, 2);
            String heard = rig.sender.take().getFirst();
            assertTrue(heard.startsWith("REJECT 1 NO_ENGINE retryAfterMs=100 "), heard);
            rig.core.engineAttached(true);
            rig.granted(1, 2);   // the same attempt: an answer was no outcome
        }
    }

    @ParameterizedTest
    @EnumSource(Nonsense.class)
    void shouldRefuseNonsenseAndKeepNothing(Nonsense nonsense) {
        try (ReceiverRig rig = new ReceiverRig()) {
            Ask ask = new Ask();
            nonsense.spoil.accept(ask);
            rig.reserve(1, ask);
            List<String> heard = rig.sender.take();
            assertEquals(1, heard.size(), heard::toString);
            assertTrue(heard.getFirst().startsWith("REJECT 1 BAD_REQUEST retryAfterMs=0"), heard::toString);
            assertEquals(0, rig.ledger.liveCount());
            assertEquals(ReceiverRig.EXTENTS, rig.totals().free());
            assertEquals(List.of(), rig.zone.ordersOf("open"));
            rig.granted(2, 1);
        }
    }

    @Test
    void shouldRefuseEverythingNewWhileDraining() {
        try (ReceiverRig rig = new ReceiverRig()) {
            ScriptedSender.Grant grant = rig.granted(1, 2);
            rig.core.drain();
            rig.step(2);
            assertEquals(List.of("DRAINING"), rig.sender.take());
            rig.reserve(2, 2);
            String heard = rig.sender.take().getFirst();
            assertTrue(heard.startsWith("REJECT 2 DRAINING retryAfterMs=50"), heard);
            rig.bind(grant, grant.tokenLow(), "tcp");
            assertEquals(List.of("ADDRESSES part=0 extents=2"), rig.sender.take());
        }
    }

    @Test
    void shouldAnswerALateReserveFromTheTombstone() {
        try (ReceiverRig rig = new ReceiverRig()) {
            ScriptedSender.Grant grant = rig.ready(1, 2);
            rig.core.receiving().take(grant.reservation().counter());
            rig.core.receiving().release(grant.reservation().counter());
            rig.step(2);
            rig.sender.take();
            rig.reserve(1, 2);
            String heard = rig.sender.take().getFirst();
            assertTrue(heard.startsWith("REJECT 1 MISMATCH retryAfterMs=0") && heard.contains("outcome=DELIVERED"), heard);
            assertEquals(0, rig.ledger.liveCount());
        }
    }

    @Test
    void shouldRefuseAReserveThatWasCancelledBeforeItCame() {
        try (ReceiverRig rig = new ReceiverRig()) {
            rig.proxy.cancel(rig.sender.session, 5, ReceiverRig.id(1), EndReason.CANCELLED);
            rig.step(2);
            rig.reserve(1, 2);
            String heard = rig.sender.take().getFirst();
            assertTrue(heard.startsWith("REJECT 1 CANCELLED retryAfterMs=0"), heard);
            assertEquals(0, rig.ledger.liveCount());
        }
    }

    @Test
    void shouldForgetATombstoneInTime() {
        ReceiverLimits limits = ReceiverLimits.DEFAULT.withTombstones(1, 500 * ReceiverRig.MS, 4);
        try (ReceiverRig rig = new ReceiverRig(limits, ReceiverRig.LAYOUT)) {
            rig.granted(1, 2);
            rig.core.cancel(ReceiverRig.id(1), EndReason.CANCELLED);
            rig.step(2);
            rig.sender.take();
            rig.reserve(2, 2);
            String heard = rig.sender.take().getFirst();
            assertTrue(heard.startsWith("REJECT 2 OVERLOADED retryAfterMs=1000"), heard);
            rig.pass(500 * ReceiverRig.MS);
            rig.granted(2, 2);
        }
    }

    @Test
    void shouldServeOthersThroughAFloodOfCancelsOfWhatNeverCame() {
        ReceiverLimits limits = ReceiverLimits.DEFAULT.withTombstones(4, 60_000 * ReceiverRig.MS, 4);
        try (ReceiverRig rig = new ReceiverRig(limits, ReceiverRig.LAYOUT)) {
            for (int i = 0; i < 100; i++) {
                rig.proxy.cancel(rig.sender.session, i, ReceiverRig.id(1000 + i), EndReason.CANCELLED);
                rig.step(1);
            }
            rig.step(2);
            rig.granted(1, 2);
            rig.reserve(1099, 2);
            String heard = rig.sender.take().getFirst();
            assertTrue(heard.startsWith("REJECT 1099 CANCELLED retryAfterMs=0"), heard);
        }
    }

    @Test
    void shouldRefuseAgainWhatWasRefusedForGood() {
        try (ReceiverRig rig = new ReceiverRig()) {
            Ask ask = new Ask();
            ask.fingerprint = 1;
            rig.reserve(1, ask);
            rig.sender.take();
            rig.reserve(1, 2);
            String heard = rig.sender.take().getFirst();
            assertTrue(heard.startsWith("REJECT 1 LAYOUT_MISMATCH retryAfterMs=0"), heard);
        }
    }

    @Test
    void shouldNotReuseReservationIdsOrGenerations() {
        try (ReceiverRig rig = new ReceiverRig()) {
            ScriptedSender.Grant first = rig.ready(1, 2);
            rig.core.receiving().take(first.reservation().counter());
            rig.core.receiving().release(first.reservation().counter());
            rig.step(2);
            rig.sender.take();
            ScriptedSender.Grant second = rig.granted(2, 2);
            assertNotEquals(first.reservation(), second.reservation());
            assertNotEquals(first.generation(), second.generation());
            rig.bind(first, first.tokenLow(), "tcp");
            assertEquals(List.of("STALE what=RESERVATION template=" + BindDecoder.TEMPLATE_ID), rig.sender.take());
        }
    }
}
