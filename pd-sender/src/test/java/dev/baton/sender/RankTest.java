package dev.baton.sender;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import dev.baton.buffer.slab.ShardRange;
import dev.baton.kv.DimensionOrder;
import dev.baton.sender.FakeMemory.Landing;
import dev.baton.sender.core.HandoffSpec;
import dev.baton.sender.core.PartGrant;
import dev.baton.sender.core.Rank;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.ReservationId;
import dev.baton.transport.wire.HandoffState;

/** One of two processes that send a handoff together, each half of the source's shards: the one that reserves, and the other. */
class RankTest {
    private static final long OTHER = 0x6666;
    private static final int TOKENS = 64;

    @Test
    void shouldNameEveryShardsProcessAndTellWhatTheOtherRankNeeds() {
        try (SenderRig rig = rig(0)) {
            HandoffSpec spec = rig.spec(1, TOKENS).withGrowthTokens(16).withRanks(List.of(
                new Rank(rig.sender.incarnation(), new ShardRange(0, 0)), new Rank(OTHER, new ShardRange(1, 1))));
            long handoff = rig.begin(spec);
            rig.awaitGrant(handoff);
            assertEquals(List.of("0:5555:0", "1:6666:1"), rig.receiver.parts);
            assertEquals(0, rig.receiver.boundPart);
            PartGrant told = PartGrant.decode(rig.partGrants.remove(1));
            assertEquals(List.of(), List.copyOf(rig.partGrants.keySet()), "nothing for its own part");
            assertEquals(new PartGrant(spec.id(), 1, rig.receiver.only().reservation, 1, 2, TOKENS, 16, 0, 10_000,
                told.deadlineMs()), told);
            assertTrue(told.deadlineMs() > 110_000 && told.deadlineMs() <= 120_000, told::toString);
            assertFalse(told.toString().contains("token"), "a secret");
            rig.engine.cancel(handoff);
            rig.awaitEnd(handoff);
        }
    }

    @ParameterizedTest
    @CsvSource({"false, GRANTED", "true, RECEIVING"})
    void shouldBindItsPartAndPostNothingBeforeItsRenewalIsAnswered(boolean isSourceFirst, HandoffState state) {
        try (SenderRig rig = rig(1)) {
            HandoffSpec spec = (isSourceFirst ? HandoffSpec.sourceFirst(SenderRig.id(1), TOKENS) : rig.spec(1, TOKENS)).joining();
            rig.receiver.isRenewUnanswered = true;
            rig.receiver.status = state;
            rig.awaitSession();
            long handoff = rig.begin(spec);
            if (isSourceFirst) {
                rig.prefill(handoff, spec, null);
                rig.receiver.wantAll(spec.id());
            }
            rig.steps(50);
            assertEquals(isSourceFirst ? List.of("NOT_HERE NOT_KNOWN") : List.of(), rig.receiver.said, "it reserves nothing");
            rig.receiver.said.clear();

            Landing landing = reservedByTheOther(rig, spec);
            assertEquals(0, rig.engine.join(handoff, grant(landing, TOKENS)));
            rig.until("BIND", () -> rig.receiver.boundPart == 1);
            rig.until("RENEW", () -> rig.receiver.said.contains("RENEW"));
            assertEquals(List.of("QUERY", "BIND", "RENEW"), rig.receiver.said);
            if (!isSourceFirst) {
                rig.awaitGrant(handoff);
                rig.prefill(handoff, spec, null);
            }
            rig.steps(20);
            assertEquals(List.of(), rig.receiver.landedOrder, "posted by a lease of which nobody knows the beginning");

            rig.receiver.isRenewUnanswered = false;
            rig.until("FIN", () -> rig.receiver.said.contains("FIN1"));
            int[] own = IntStream.range(0, landing.cells.cellCount()).filter(cell -> landing.cells.sourceShard(cell) == 1).toArray();
            assertTrue(own.length > 0 && own.length < landing.cells.cellCount());
            long ownBytes = IntStream.of(own).mapToLong(landing.cells::lengthBytes).sum();
            rig.until("all landed", () -> IntStream.of(landing.landedBytes).sum() == ownBytes);
            assertTrue(IntStream.of(own).allMatch(cell -> landing.landedBytes[cell] == landing.cells.lengthBytes(cell)));
            assertEquals(List.of("cellCount=" + own.length, "byteCount=" + ownBytes), rig.receiver.errors, "FIN counts its own");
            rig.receiver.ready(landing);
            assertEquals("DELIVERED NONE", rig.awaitEnd(handoff));
            assertEquals(0, rig.engine.handoffCount());
        }
    }

    /** Lanes are open from before: the receiver has this session, and nothing needs to be asked. */
    @Test
    void shouldNotAskOnceItHasLanes() {
        try (SenderRig rig = rig(1)) {
            rig.receiver.status = HandoffState.GRANTED;
            for (int request = 1; request <= 2; request++) {
                HandoffSpec spec = rig.spec(request, TOKENS).joining();
                rig.awaitSession();
                long handoff = rig.begin(spec);
                rig.engine.join(handoff, grant(reservedByTheOther(rig, spec), TOKENS));
                rig.awaitGrant(handoff);
            }
            assertEquals(1, rig.receiver.said.stream().filter("QUERY"::equals).count());
        }
    }

    @ParameterizedTest
    @CsvSource({"ABORTED, CANCELLED, CANCELLED", "REVOKING, LEASE_EXPIRED, LEASE_EXPIRED", "NOT_KNOWN, NONE, NOT_KNOWN",
        "READY, NONE, NOT_KNOWN"})
    void shouldEndWhereTheReceiverHoldsNothingMoreForIt(HandoffState state, EndReason told, EndReason end) {
        try (SenderRig rig = rig(1)) {
            rig.receiver.status = state;
            rig.receiver.statusReason = told;
            HandoffSpec spec = rig.spec(1, TOKENS).joining();
            rig.awaitSession();
            long handoff = rig.begin(spec);
            rig.engine.join(handoff, grant(reservedByTheOther(rig, spec), TOKENS));
            assertEquals("failed " + end, rig.awaitEnd(handoff));
            assertEquals(List.of("QUERY"), rig.receiver.said);
            rig.assertRight();
        }
    }

    @Test
    void shouldEndAtItsDeadlineWhenNobodyHandsItAGrant() {
        try (SenderRig rig = rig(1)) {
            long handoff = rig.begin(rig.spec(1, TOKENS).withDeadlineMs(200).joining());
            assertEquals("failed DEADLINE", rig.awaitEnd(handoff));
            assertEquals(List.of(), rig.receiver.said);
            rig.assertRight();
        }
    }

    /** The one that was granted is not to be reached any more; another process of that node knows nothing of it. */
    @Test
    void shouldBindAtNoOtherProcessThanTheOneThatGranted() {
        try (SenderRig rig = rig(1)) {
            HandoffSpec spec = rig.spec(1, TOKENS).joining();
            rig.awaitSession();
            byte[] grant = grant(reservedByTheOther(rig, spec), TOKENS);
            rig.restartReceiver();
            rig.until("the session is lost", () -> rig.plane.sessionCount() == 0);
            long handoff = rig.begin(spec);
            PartGrant told = PartGrant.decode(grant);
            rig.engine.join(handoff, new PartGrant(told.handoff(), 1, told.reservation(), 1, 2, TOKENS, 0, 0, 10_000, 3_000).encode());
            rig.awaitSession();
            assertEquals("failed DEADLINE", rig.awaitEnd(handoff));
            assertEquals(List.of(), rig.receiver.said);
            rig.assertRight();
        }
    }

    @Test
    void shouldEndWithTheOthersWhenOneOfThemEnds() {
        try (SenderRig rig = rig(1)) {
            rig.receiver.status = HandoffState.GRANTED;
            HandoffSpec spec = rig.spec(1, TOKENS).joining();
            rig.awaitSession();
            long handoff = rig.begin(spec);
            Landing landing = reservedByTheOther(rig, spec);
            rig.engine.join(handoff, grant(landing, TOKENS));
            rig.awaitGrant(handoff);
            assertTrue(rig.fill(handoff, spec, 0));
            rig.engine.chunkReady(handoff, 16);
            rig.until("a cell", () -> !rig.receiver.landedOrder.isEmpty());
            rig.receiver.abort(landing, EndReason.SESSION_LOST);
            assertEquals("failed SESSION_LOST", rig.awaitEnd(handoff));
            rig.until("DRAINED", () -> landing.isDrained);
            rig.assertRight();
        }
    }

    @Test
    void shouldRefuseWhatIsNoGrantOfThisHandoff() {
        try (SenderRig rig = rig(1)) {
            HandoffSpec spec = rig.spec(1, TOKENS).joining();
            rig.awaitSession();
            long handoff = rig.begin(spec);
            Landing landing = reservedByTheOther(rig, spec);
            assertThrows(IllegalArgumentException.class, () -> rig.engine.join(handoff, grant(landing, TOKENS + 1)));
            assertThrows(IllegalArgumentException.class, () -> rig.engine.join(handoff, new byte[96]));
            assertThrows(IllegalArgumentException.class, () -> rig.engine.join(handoff, new byte[3]));
            long own = rig.begin(rig.spec(2, TOKENS));
            byte[] ofAnother = grant(landing, TOKENS);
            assertThrows(IllegalArgumentException.class, () -> rig.engine.join(own, ofAnother));
            assertEquals(-3, rig.engine.join(handoff + 10, ofAnother));
            rig.engine.cancel(handoff);
            rig.engine.cancel(own);
            rig.awaitEnd(handoff);
            rig.awaitEnd(own);
        }
    }

    /** Of this handoff and of its sizes, but with what no receiver grants: it must not get as far as the control agent. */
    @ParameterizedTest
    @CsvSource({"-1, 0, 10000, 60000, part", "1024, 0, 10000, 60000, part", "1, -1, 10000, 60000, haveTokens", "1, 65, 10000, 60000, haveTokens",
        "1, 0, -1, 60000, leaseMs", "1, 0, 4294967296, 60000, leaseMs", "1, 0, 10000, 0, deadlineMs", "1, 0, 10000, 9223372036854775807, deadlineMs"})
    void shouldRefuseAGrantOfWhatCannotBe(int part, int haveTokens, long leaseMs, long deadlineMs, String fact) {
        try (SenderRig rig = rig(1)) {
            rig.receiver.status = HandoffState.GRANTED;
            HandoffSpec spec = rig.spec(1, TOKENS).joining();
            rig.awaitSession();
            long handoff = rig.begin(spec);
            Landing landing = reservedByTheOther(rig, spec);
            byte[] grant = new PartGrant(landing.id, part, landing.reservation, 1, 2, TOKENS, 0, haveTokens, leaseMs, deadlineMs).encode();
            String message = assertThrows(IllegalArgumentException.class, () -> rig.engine.join(handoff, grant)).getMessage();
            assertTrue(message.contains(fact + "="), message);
            rig.engine.cancel(handoff);
            rig.awaitEnd(handoff);
        }
    }

    @Test
    void shouldReadBackWhatItWrote() {
        PartGrant grant = new PartGrant(SenderRig.id(-3), 8, new ReservationId(-1, 2), -3, 4, 7, 6, 5, 9, 10);
        assertEquals(grant, PartGrant.decode(grant.encode()));
        assertArrayEquals(grant.encode(), PartGrant.decode(grant.encode()).encode());
    }

    private static SenderRig rig(int shard) {
        return SenderRig.of(PrefillSenderTest.layout(DimensionOrder.NHD, 2), PrefillSenderTest.layout(DimensionOrder.NHD, 1),
            context -> context.shardsHere(new ShardRange(shard, shard)));
    }

    private static Landing reservedByTheOther(SenderRig rig, HandoffSpec spec) {
        Landing[] made = new Landing[1];
        rig.receiver.plane.forEachSession(session -> made[0] = rig.receiver.reserved(session, spec.id(), spec.tokens(), 0, 0));
        return made[0];
    }

    private static byte[] grant(Landing landing, int tokens) {
        return new PartGrant(landing.id, 1, landing.reservation, 1, 2, tokens, 0, 0, 10_000, 60_000).encode();
    }
}
