package dev.baton.receiver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import dev.baton.buffer.reserve.ReservationState;
import dev.baton.kv.DimensionOrder;
import dev.baton.kv.ElementType;
import dev.baton.kv.KvLayout;
import dev.baton.kv.LayerGroup;
import dev.baton.kv.ShardedLayout;
import dev.baton.kv.Sharding;
import dev.baton.receiver.core.ReceiverLimits;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.Lanes;

/**
 * A handoff that failed leaves its whole blocks as cache, from the beginning, if they are right when nobody can write
 * there any more (PROTOCOL.md, section 4: FENCED). The next attempt then sends the rest.
 */
class RecheckTest {
    private static final int BLOCKS = 4;
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    private final ReceiverRig rig = new ReceiverRig();

    private static Ask named(long... keys) {
        Ask ask = new Ask();
        ask.tokens = (long) BLOCKS * ReceiverRig.BLOCK_TOKENS;
        ask.keys = keys;
        return ask;
    }

    /** Bound over that scheme, every line said, and the first cells verified. */
    private ScriptedSender.Grant landing(long request, String scheme, int verified, Ask ask) {
        rig.reserve(request, ask);
        assertEquals(List.of("GRANT " + request), rig.sender.take());
        ScriptedSender.Grant grant = rig.sender.grants.get(ReceiverRig.id(request));
        rig.bind(grant, grant.tokenLow(), scheme);
        rig.lines(grant, 1, 0, 1, 2, 3);
        for (int cell = 0; cell < verified; cell++) {
            rig.verified(grant, cell);
        }
        rig.sender.take();
        return grant;
    }

    private ScriptedSender.Grant landing(String scheme, int verified) {
        return landing(1, scheme, verified, named(11, 12, 13, 14));
    }

    private void cancel(long request) {
        rig.proxy.cancel(rig.sender.session, 1, ReceiverRig.id(request), EndReason.CANCELLED);
        rig.step(2);
        rig.sender.take();
    }

    private void acknowledged(ScriptedSender.Grant grant) {
        rig.revokedBy(grant, 0);
        rig.revokedBy(grant, 1);
    }

    private void told(ScriptedSender.Grant grant, int lane, int endBlock) {
        rig.core.receiving().onRechecked(grant.reservation().counter(), lane, endBlock);
        rig.step(1);
    }

    private List<String> asked() {
        return rig.zone.ordersOf("recheck");
    }

    private static String order(ScriptedSender.Grant grant, int end) {
        return "recheck " + grant.reservation().counter() + " end=" + end;
    }

    /** How many leading blocks a new request with these names would not send. */
    private long held(long request, long... keys) {
        rig.reserve(request, named(keys));
        rig.sender.take();
        return rig.sender.grants.get(ReceiverRig.id(request)).heldTokens() / ReceiverRig.BLOCK_TOKENS;
    }

    @Test
    void shouldKeepTheBeginningThatIsRightSoThatTheNextAttemptSendsTheRest() {
        try (rig) {
            ScriptedSender.Grant grant = landing("tcp", 3);
            cancel(1);
            rig.revokedBy(grant, 0);
            assertEquals(List.of(), asked(), "one data agent may still let bytes in");
            rig.revokedBy(grant, 1);
            assertEquals(List.of(order(grant, BLOCKS)), asked());
            assertEquals(ReservationState.FENCED, rig.state(1));
            assertEquals(BLOCKS, rig.totals().owned());

            told(grant, 1, 3);
            assertEquals(0, rig.totals().sealed(), "the other data agent has not read its cells yet");
            told(grant, 0, BLOCKS);

            assertNull(rig.state(1));
            assertEquals(3, rig.totals().evictable());
            assertEquals(ReceiverRig.EXTENTS - 3, rig.totals().free());
            assertEquals(3, held(2, 11, 12, 13, 14));
            assertEquals(1, rig.core.counters().rechecks());
            assertEquals(3, rig.core.counters().blocksKept());
        }
    }

    @Test
    void shouldFreeWhatIsNotRightAnyMore() {
        try (rig) {
            ScriptedSender.Grant grant = landing("tcp", BLOCKS);
            cancel(1);
            acknowledged(grant);
            told(grant, 0, 0);
            told(grant, 1, BLOCKS);
            assertNull(rig.state(1));
            assertEquals(ReceiverRig.EXTENTS, rig.totals().free());
            assertEquals(0, rig.core.counters().blocksKept());
            assertEquals(0, held(2, 11, 12, 13, 14));
        }
    }

    /** On shared memory its writer must be proved to have ended, too: a CRC that is right now says nothing about then. */
    @Test
    void shouldReadNothingAgainWhileItsWriterIsNotProvedToHaveEnded() {
        try (rig) {
            ScriptedSender.Grant grant = landing("shm", 2);
            cancel(1);
            acknowledged(grant);
            rig.pass(SECOND / 2);
            assertEquals(List.of(), asked());
            rig.drained(grant, 0);
            assertEquals(List.of(order(grant, BLOCKS)), asked());
        }
    }

    @Test
    void shouldReadAgainWhatComesBackFromQuarantine() {
        try (rig) {
            ScriptedSender.Grant grant = landing("shm", 2);
            cancel(1);
            acknowledged(grant);
            rig.pass(4 * SECOND);
            assertEquals(BLOCKS, rig.totals().quarantined());
            assertEquals(List.of(), asked());
            rig.drained(grant, 0);
            assertEquals(List.of(order(grant, BLOCKS)), asked());
            assertEquals(BLOCKS, rig.totals().owned());
            told(grant, 0, 2);
            told(grant, 1, 2);
            assertEquals(2, rig.totals().evictable());
            assertEquals(ReceiverRig.EXTENTS - 2, rig.totals().free());
        }
    }

    /** Whoever tells it, and whenever: what is not fenced is not sealed. */
    @Test
    void shouldSealNothingOnAWordThatComesBeforeTheFence() {
        try (rig) {
            ScriptedSender.Grant grant = landing("shm", BLOCKS);
            told(grant, 0, BLOCKS);
            told(grant, 1, BLOCKS);
            cancel(1);
            told(grant, 0, BLOCKS);
            told(grant, 1, BLOCKS);
            assertEquals(ReservationState.REVOKING, rig.state(1));
            assertEquals(BLOCKS, rig.totals().owned());
            acknowledged(grant);
            rig.drained(grant, 0);
            assertEquals(BLOCKS, rig.totals().owned());
            told(grant, 0, BLOCKS);
            assertEquals(BLOCKS, rig.totals().owned());
            told(grant, 1, BLOCKS);
            assertEquals(BLOCKS, rig.totals().evictable());
        }
    }

    @Test
    void shouldFreeWhatIsNotReadAgainInTime() {
        try (rig) {
            ScriptedSender.Grant grant = landing("tcp", BLOCKS);
            cancel(1);
            acknowledged(grant);
            told(grant, 0, BLOCKS);
            rig.pass(SECOND - 20 * ReceiverRig.MS);
            assertEquals(BLOCKS, rig.totals().owned());
            rig.pass(40 * ReceiverRig.MS);
            assertEquals(ReceiverRig.EXTENTS, rig.totals().free());
            assertEquals(1, rig.core.counters().rechecksLate());
            assertEquals(1, rig.zone.ordersOf("close").size());
            told(grant, 1, BLOCKS);
            assertEquals(ReceiverRig.EXTENTS, rig.totals().free());
        }
    }

    @ParameterizedTest(name = "verified={0} keys={1}")
    @CsvSource({"0, 4", "4, 0"})
    void shouldFreeAtOnceWhatHasNoNameOrNeverLanded(int verified, int keys) {
        try (rig) {
            ScriptedSender.Grant grant = landing(1, "tcp", verified, keys == 0 ? named() : named(11, 12, 13, 14));
            cancel(1);
            acknowledged(grant);
            assertEquals(List.of(), asked());
            assertEquals(ReceiverRig.EXTENTS, rig.totals().free());
        }
    }

    @Test
    void shouldNotReadAgainWhatIsFoundHereAlready() {
        try (rig) {
            ScriptedSender.Grant first = landing(1, "tcp", BLOCKS, named(11, 12));
            ScriptedSender.Grant second = landing(2, "tcp", BLOCKS, named(11, 12));
            cancel(1);
            acknowledged(first);
            told(first, 0, BLOCKS);
            told(first, 1, BLOCKS);
            assertEquals(2, rig.totals().evictable());
            cancel(2);
            acknowledged(second);
            assertEquals(List.of(order(first, 2)), asked());
            assertEquals(ReceiverRig.EXTENTS - 2, rig.totals().free());
        }
    }

    @ParameterizedTest
    @EnumSource(value = EndReason.class, names = {"PROTOCOL", "DIGEST", "SHUTDOWN"})
    void shouldKeepNothingOfASenderThatContradictsItselfNorWhenTheNodeGoesDown(EndReason reason) {
        try (rig) {
            ScriptedSender.Grant grant = landing("tcp", BLOCKS);
            if (reason == EndReason.PROTOCOL) {
                rig.lines(grant, 1, 99);
            } else if (reason == EndReason.DIGEST) {
                rig.fin(grant, 1, BLOCKS, 1, 1, new byte[0]);
            } else {
                rig.core.shutdown();
            }
            rig.step(2);
            assertTrue(rig.sender.take().contains("OUTCOME 1 ABORTED " + reason));
            acknowledged(grant);
            assertEquals(List.of(), asked());
            assertEquals(ReceiverRig.EXTENTS, rig.totals().free());
        }
    }

    @Test
    void shouldKeepWhatALostSessionHadBrought() {
        try (rig) {
            ScriptedSender.Grant grant = landing("tcp", 2);
            rig.loseSession();
            acknowledged(grant);
            told(grant, 0, 2);
            told(grant, 1, 2);
            assertEquals(2, rig.totals().evictable());
        }
    }

    /** It ends once, however long it is read: the same attempt is told how it stands, and gets no second reservation. */
    @Test
    void shouldAnswerTheSameAttemptWhileItIsReadAgain() {
        try (rig) {
            ScriptedSender.Grant grant = landing("tcp", 2);
            cancel(1);
            acknowledged(grant);
            rig.reserve(1, named(11, 12, 13, 14));
            assertEquals(List.of("STATUS 1 FENCED CANCELLED"), rig.sender.take());
            told(grant, 0, 2);
            told(grant, 1, 2);
            assertNull(rig.state(1));
        }
    }

    /** Held by its grant and landed in front of it: both ends of the chain stay. */
    @Test
    void shouldKeepWhatFollowsTheBlocksThatItHeld() {
        try (rig) {
            ScriptedSender.Grant first = landing(1, "tcp", BLOCKS, named(11, 12));
            cancel(1);
            acknowledged(first);
            told(first, 0, BLOCKS);
            told(first, 1, BLOCKS);
            rig.reserve(2, named(11, 12, 13, 14));
            ScriptedSender.Grant second = rig.sender.grants.get(ReceiverRig.id(2));
            assertEquals(2L * ReceiverRig.BLOCK_TOKENS, second.heldTokens());
            rig.bind(second, second.tokenLow(), "tcp");
            rig.lines(second, 1, 0, 1);
            rig.verified(second, 0);
            cancel(2);
            acknowledged(second);
            told(second, 0, 3);
            told(second, 1, BLOCKS);
            assertEquals(3, rig.totals().evictable());
            assertEquals(3, held(3, 11, 12, 13, 14));
        }
    }

    /**
     * Beside full attention a window of two blocks: of three blocks the last two have a cell of it. What is kept of a prompt is a beginning for the
     * next attempt, of four blocks: its window does not reach back before the third, which is sent where it was not right.
     */
    @ParameterizedTest(name = "right up to {0}")
    @CsvSource({"3, 3, 5", "2, 2, 3"})
    void shouldKeepWindowsTooSoThatTheNextAttemptSendsWhatTheGroupsDoNotAgreeOn(int right, long held, int kept) {
        ShardedLayout layout = new ShardedLayout(new KvLayout("two", DimensionOrder.NHD, KvLayout.ALL_LAYERS, ReceiverRig.BLOCK_TOKENS,
            List.of(LayerGroup.attention("all", 2, 2, 16, ElementType.BF16),
                LayerGroup.attention("window", 2, 2, 16, ElementType.BF16).withWindow(2 * ReceiverRig.BLOCK_TOKENS))), Sharding.SINGLE);
        int[] blockOfCell = {0, 1, 1, 2, 2};
        try (ReceiverRig two = new ReceiverRig(ReceiverLimits.DEFAULT, layout, layout)) {
            Ask ask = named(11, 12, 13);
            ask.tokens = 3L * ReceiverRig.BLOCK_TOKENS;
            ask.fingerprint = layout.layout().fingerprint();
            two.reserve(1, ask);
            ScriptedSender.Grant grant = two.sender.grants.get(ReceiverRig.id(1));
            two.bind(grant, grant.tokenLow(), "tcp");
            two.proxy.chunkBegin(two.sender.session, grant.reservation(), 0, 1, 0);
            for (int cell = 0; cell < blockOfCell.length; cell++) {
                two.proxy.chunkLine(cell, ReceiverRig.CELL_BYTES, ReceiverRig.crcOf(cell), Lanes.laneOf(0, blockOfCell[cell], RecordingZone.LANES), 1);
            }
            two.proxy.chunkEnd();
            two.step(2);
            for (int cell = 0; cell < blockOfCell.length; cell++) {
                two.verified(grant, cell);
            }
            two.proxy.cancel(two.sender.session, 1, ReceiverRig.id(1), EndReason.CANCELLED);
            two.step(2);
            two.revokedBy(grant, 0);
            two.revokedBy(grant, 1);
            two.core.receiving().onRechecked(grant.reservation().counter(), 0, right);
            two.core.receiving().onRechecked(grant.reservation().counter(), 1, 3);
            two.step(1);
            assertEquals(kept, two.totals().evictable());

            Ask next = named(11, 12, 13);
            next.fingerprint = ask.fingerprint;
            two.reserve(2, next);
            assertEquals(held * ReceiverRig.BLOCK_TOKENS, two.sender.grants.get(ReceiverRig.id(2)).heldTokens());
        }
    }
}
