package dev.baton.receiver;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;

import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import dev.baton.buffer.reserve.ReservationState;
import dev.baton.kv.ShardedLayout;
import dev.baton.kv.Sharding;
import dev.baton.receiver.core.ReceiverLimits;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.Lanes;
import dev.baton.transport.session.ManifestDigest;
import dev.baton.transport.wire.ChunkDecoder;

/**
 * A handoff that two processes send, each one shard of two: each has its session, token, lines, digest, aux and FIN.
 * Two blocks are four cells: the even ones of part 0, the odd ones of part 1.
 */
class PartsTest {
    private static final int BLOCKS = 2;
    private static final int HALF = ReceiverRig.CELL_BYTES / 2;
    private static final int[][] CELLS = {{0, 2}, {1, 3}};
    private static final byte[][] AUX = {{1, 2}, {9}};
    private static final ShardedLayout TWO = new ShardedLayout(ReceiverRig.LAYOUT.layout(), new Sharding(2, 1, 1));

    private final ReceiverRig rig;
    private final ScriptedSender[] senders = new ScriptedSender[2];
    private ScriptedSender.Grant grant;

    PartsTest() {
        rig = new ReceiverRig(ReceiverLimits.DEFAULT, TWO);
        senders[0] = rig.sender;
        senders[1] = rig.stranger(TWO);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void shouldBeReadyOnceBothPartsAreInWhicheverEndsFirst(int first) {
        bindBoth("tcp");
        int last = 1 - first;
        send(first);
        close(first);
        assertEquals(List.of(), rig.engine.told);
        send(last);
        assertEquals(List.of(), rig.engine.told);
        close(last);
        assertEquals(List.of("ready 1"), rig.engine.told);
        assertEquals(List.of("READY 1"), senders[0].take());
        assertEquals(List.of("READY 1"), senders[1].take());
        var ready = rig.engine.ready.getFirst();
        assertEquals(2, ready.partCount());
        assertArrayEquals(AUX[0], ready.aux(0));
        assertArrayEquals(AUX[1], ready.aux(1));
        assertTrue(rig.core.receiving().take(ready.handle()));
        rig.step(2);
        assertEquals(List.of("OUTCOME 1 DELIVERED NONE"), senders[0].take());
        assertEquals(List.of("OUTCOME 1 DELIVERED NONE"), senders[1].take());
        assertTrue(rig.core.receiving().release(ready.handle()));
        rig.close();
    }

    @Test
    void shouldGiveEachPartATokenOfItsOwn() {
        bindBoth("tcp");
        assertNotEquals(senders[0].partTokenLow, senders[1].partTokenLow);
        assertNotEquals(senders[0].partTokenHigh, senders[1].partTokenHigh);
        assertEquals(2, rig.zone.ordersOf("bind").size());
        end();
    }

    @Test
    void shouldTellAPartTheShardsThatItWritesAndNoOthers() {
        try (ReceiverRig sharded = new ReceiverRig(ReceiverLimits.DEFAULT, TWO, TWO)) {
            ScriptedSender other = sharded.stranger(TWO);
            sharded.reserve(1, ask());
            ScriptedSender.Grant given = sharded.sender.grants.get(ReceiverRig.id(1));
            sharded.bind(given, given.tokenLow(), "tcp");
            bind(sharded, other, given, 1, "tcp");
            assertEquals(List.of(0), sharded.sender.shardsTold.stream().distinct().toList());
            assertEquals(List.of(1), other.shardsTold.stream().distinct().toList());
            sharded.core.cancel(ReceiverRig.id(1), EndReason.CANCELLED);
            sharded.revokedBy(given, 0);
            sharded.revokedBy(given, 1);
        }
        rig.close();
    }

    @Test
    void shouldEndOnALineOfAnotherPartsCell() {
        bindBoth("tcp");
        lines(1, 1, 0);
        assertEquals(List.of("ABORT 1 PROTOCOL", "OUTCOME 1 ABORTED PROTOCOL"), senders[0].take());
        assertEquals(List.of("ABORT 1 PROTOCOL", "OUTCOME 1 ABORTED PROTOCOL"), senders[1].take());
        freed();
    }

    @Test
    void shouldEndOnAFinWithTheDigestOfTheWholeHandoff() {
        bindBoth("tcp");
        send(0);
        send(1);
        fin(1, 1, CELLS[1].length, digest(1) + digest(0));
        assertEquals(List.of("ABORT 1 DIGEST", "OUTCOME 1 ABORTED DIGEST"), senders[1].take());
        freed();
    }

    @Test
    void shouldEndOnAFinThatLacksCellsOfItsPart() {
        bindBoth("tcp");
        lines(1, 1, 1);
        long share = ManifestDigest.ofLine(1, HALF, ReceiverRig.crcOf(1)) + Digests.ofAux(AUX[1]);
        fin(1, 1, 1, share);
        assertEquals(List.of("ABORT 1 DIGEST", "OUTCOME 1 ABORTED DIGEST"), senders[0].take());
        freed();
    }

    @Test
    void shouldTakeNoLinesOfAPartAfterItsFin() {
        bindBoth("tcp");
        send(0);
        close(0);
        lines(0, 1, 2);
        assertEquals(List.of("STALE what=RESERVATION template=" + ChunkDecoder.TEMPLATE_ID), senders[0].take());
        end();
    }

    @Test
    void shouldAskEachPartForItsOwnBadCellsAndSayWhatIsWrongWithThem() {
        bindBoth("tcp");
        for (int part = 0; part < 2; part++) {
            lines(part, 1, CELLS[part]);
        }
        verified(0);
        verified(3);
        rig.corrupt(grant, 1);
        close(0);
        close(1);
        rig.core.receiving().onCellMissing(grant.reservation().counter(), 2, 1);
        rig.step(2);
        assertEquals(List.of("NACK round=1 cells 2"), senders[0].take());
        assertEquals(List.of(EndReason.MISSING), senders[0].nackReasons);
        assertEquals(List.of("NACK round=1 cells 1"), senders[1].take());
        assertEquals(List.of(EndReason.CORRUPT), senders[1].nackReasons);
        assertEquals(1, senders[1].nackPart);
        for (int part = 1; part >= 0; part--) {
            lines(part, 2, CELLS[part][1 - part]);
            verified(CELLS[part][1 - part]);
            fin(part, 2, CELLS[part].length, digest(part));
            marks(part, 2);
        }
        assertEquals(List.of("ready 1"), rig.engine.told);
        taken();
    }

    @Test
    void shouldNackOnlyThePartWhoseCellsAreBad() {
        bindBoth("tcp");
        send(0);
        lines(1, 1, CELLS[1]);
        verified(1);
        rig.corrupt(grant, 3);
        close(0);
        close(1);
        assertEquals(List.of(), senders[0].take());
        assertEquals(List.of("NACK round=1 cells 3"), senders[1].take());
        assertEquals(ReservationState.RECEIVING, rig.state(1));
        lines(1, 2, 3);
        verified(3);
        fin(1, 2, CELLS[1].length, digest(1));
        marks(1, 2);
        assertEquals(List.of("READY 1"), senders[0].take());
        taken();
    }

    @Test
    void shouldEndWhenASenderDiesBeforeItsFin() {
        bindBoth("tcp");
        send(0);
        close(0);
        lines(1, 1, 1);
        rig.loseStranger();
        assertEquals(List.of("ABORT 1 SESSION_LOST", "OUTCOME 1 ABORTED SESSION_LOST"), senders[0].take());
        assertEquals(List.of("ended 1 SESSION_LOST"), rig.engine.told);
        freed();
    }

    /** What it brought is whole: the other goes on without it, also when it is the one that reserved. */
    @Test
    void shouldGoOnWithoutASenderThatDiedAfterItsPartWasIn() {
        bindBoth("tcp");
        send(0);
        close(0);
        senders[0].session.close(EndReason.SILENT);
        rig.step(2);
        assertEquals(ReservationState.RECEIVING, rig.state(1));
        send(1);
        close(1);
        assertEquals(List.of("READY 1"), senders[1].take());
        taken();
    }

    @Test
    void shouldEndWhenABadCellIsOfASenderThatIsGone() {
        bindBoth("tcp");
        lines(0, 1, CELLS[0]);
        verified(0);
        rig.corrupt(grant, 2);
        close(0);
        senders[0].session.close(EndReason.SILENT);
        rig.step(2);
        assertEquals(ReservationState.RECEIVING, rig.state(1));
        send(1);
        close(1);
        assertEquals(List.of("ABORT 1 CORRUPT", "OUTCOME 1 ABORTED CORRUPT"), senders[1].take());
        freed();
    }

    @Test
    void shouldWaitForDrainedOfEveryOneSidedPart() {
        bindBoth("shm");
        send(0);
        rig.loseStranger();
        assertEquals(List.of("ABORT 1 SESSION_LOST", "OUTCOME 1 ABORTED SESSION_LOST"), senders[0].take());
        rig.revokedBy(grant, 0);
        rig.revokedBy(grant, 1);
        rig.drained(grant, 0);
        assertEquals(BLOCKS, rig.totals().owned(), "the other process may still write");
        rig.zone.fence.isHeld = false;
        rig.pass(20 * ReceiverRig.MS);
        assertEquals(ReceiverRig.EXTENTS, rig.totals().free());
        rig.close();
    }

    @Test
    void shouldNotLetAProcessWithAnotherLayoutBindAPart() {
        try (ReceiverRig mixed = new ReceiverRig(ReceiverLimits.DEFAULT, TWO)) {
            ScriptedSender other = mixed.stranger(ReceiverRig.LAYOUT);
            mixed.reserve(1, ask());
            ScriptedSender.Grant given = mixed.sender.grants.get(ReceiverRig.id(1));
            mixed.sender.take();
            bind(mixed, other, given, 1, "tcp");
            assertEquals(List.of(), other.take());
            assertEquals(List.of("OUTCOME 1 ABORTED LAYOUT_MISMATCH"), mixed.sender.take());
            assertNull(mixed.state(1));
        }
        rig.close();
    }

    @Test
    void shouldRefusePartsThatDoNotBringEveryShardOnce() {
        int[][] bad = {{0, 0}, {0, 2}, {1, 1}};
        for (int i = 0; i < bad.length; i++) {
            Ask ask = ask();
            ask.shards = bad[i];
            rig.reserve(10 + i, ask);
            String said = senders[0].take().getFirst();
            assertTrue(said.startsWith("REJECT " + (10 + i) + " BAD_REQUEST") && said.contains("sourceShard="), said);
        }
        rig.close();
    }

    private static Ask ask() {
        Ask ask = new Ask();
        ask.parts = new int[] {0, 1};
        ask.shards = new int[] {0, 1};
        ask.incarnations = new long[] {0x5555, ReceiverRig.STRANGER};
        return ask;
    }

    private void bindBoth(String scheme) {
        rig.reserve(1, ask());
        assertEquals(List.of("GRANT 1"), senders[0].take());
        grant = senders[0].grants.get(ReceiverRig.id(1));
        for (int part = 0; part < 2; part++) {
            bind(rig, senders[part], grant, part, scheme);
            assertEquals(List.of("ADDRESSES part=" + part + " extents=" + BLOCKS), senders[part].take());
        }
    }

    private static void bind(ReceiverRig rig, ScriptedSender sender, ScriptedSender.Grant grant, int part, String scheme) {
        rig.proxy.bind(sender.session, 500 + part, grant.reservation(), part, grant.tokenHigh(), grant.tokenLow(), scheme);
        rig.step(2);
    }

    private void lines(int part, int round, int... cells) {
        rig.proxy.chunkBegin(senders[part].session, grant.reservation(), part, round, 0);
        for (int cell : cells) {
            rig.proxy.chunkLine(cell, HALF, ReceiverRig.crcOf(cell), Lanes.laneOf(0, cell / 2, RecordingZone.LANES), 1);
        }
        rig.proxy.chunkEnd();
        rig.step(2);
    }

    /** Lines and bytes of that part, all right. */
    private void send(int part) {
        lines(part, 1, CELLS[part]);
        for (int cell : CELLS[part]) {
            verified(cell);
        }
    }

    private void verified(int cell) {
        rig.core.receiving().onCellVerified(grant.reservation().counter(), cell, HALF);
    }

    private void close(int part) {
        fin(part, 1, CELLS[part].length, digest(part));
        marks(part, 1);
    }

    private void fin(int part, int round, int cells, long digest) {
        rig.proxy.finBegin(senders[part].session, grant.reservation(), part, round, BLOCKS * ReceiverRig.BLOCK_TOKENS, cells,
            (long) cells * HALF, digest);
        for (int lane = 0; lane < RecordingZone.LANES; lane++) {
            rig.proxy.finLane(lane, 1);
        }
        rig.proxy.finEnd(new UnsafeBuffer(AUX[part]), 0, AUX[part].length);
        rig.step(2);
    }

    private void marks(int part, int round) {
        for (int lane = 0; lane < RecordingZone.LANES; lane++) {
            rig.core.receiving().onMark(grant.reservation().counter(), part, round, lane, 1, true);
        }
        rig.step(2);
    }

    private static long digest(int part) {
        return Digests.of(HALF, AUX[part], CELLS[part]);
    }

    private void taken() {
        long handle = grant.reservation().counter();
        assertTrue(rig.core.receiving().take(handle));
        assertTrue(rig.core.receiving().release(handle));
        rig.close();
    }

    private void end() {
        rig.core.cancel(ReceiverRig.id(1), EndReason.CANCELLED);
        freed();
    }

    private void freed() {
        rig.revokedBy(grant, 0);
        rig.revokedBy(grant, 1);
        assertEquals(ReceiverRig.EXTENTS, rig.totals().free());
        rig.close();
    }
}
