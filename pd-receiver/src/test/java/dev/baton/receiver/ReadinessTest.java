package dev.baton.receiver;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import dev.baton.buffer.reserve.ReservationState;
import dev.baton.transport.wire.ChunkDecoder;
import dev.baton.transport.wire.FinDecoder;

/** S4: READY only when FIN, every lane's last mark, every cell and the digest are there; and the rounds of NACK. */
class ReadinessTest {
    private static final int BLOCKS = 3;
    private static final byte[] AUX = {1, 2, 3};

    /** Each step is one piece of evidence; whichever comes last makes it ready, and nothing before does. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 5})
    void shouldHoldReadyBackForWhateverIsMissing(int withheld) {
        try (ReceiverRig rig = new ReceiverRig()) {
            ScriptedSender.Grant grant = rig.boundWithLines(1, BLOCKS, "tcp");
            for (int step = 0; step < 6; step++) {
                if (step != withheld) {
                    evidence(rig, grant, step);
                }
            }
            rig.step(100);
            assertEquals(List.of(), rig.sender.take());
            assertEquals(List.of(), rig.engine.told);
            evidence(rig, grant, withheld);
            assertEquals(List.of("READY 1"), rig.sender.take());
            assertEquals(List.of("ready 1"), rig.engine.told);
            assertEquals(BLOCKS, rig.totals().sealed());
            assertEquals(0, rig.totals().evictable());
        }
    }

    @Test
    void shouldBecomeReadyInAnyOrderOfEvidence() {
        long seed = 20_240_117;
        Random random = new Random(seed);
        for (int round = 0; round < 50; round++) {
            List<Integer> order = new ArrayList<>(List.of(0, 1, 2, 3, 4, 5));
            Collections.shuffle(order, random);
            try (ReceiverRig rig = new ReceiverRig()) {
                ScriptedSender.Grant grant = rig.bound(1, BLOCKS, "tcp");
                rig.lines(grant, 1, 2, 0, 1);
                for (int i = 0; i < 6; i++) {
                    assertEquals(List.of(), rig.engine.told, () -> "seed=" + seed + " order=" + order);
                    evidence(rig, grant, order.get(i));
                }
                assertEquals(List.of("ready 1"), rig.engine.told, () -> "seed=" + seed + " order=" + order);
            }
        }
    }

    @Test
    void shouldGiveTheEngineAuxAndTokensAndTakeThemBackOnRelease() {
        try (ReceiverRig rig = new ReceiverRig()) {
            ScriptedSender.Grant grant = rig.ready(1, BLOCKS);
            var ready = rig.engine.ready.getFirst();
            assertArrayEquals(AUX, ready.aux());
            assertEquals(BLOCKS * ReceiverRig.BLOCK_TOKENS, ready.computedTokens());
            assertEquals(ReceiverRig.CELL_BYTES, ready.landed().contiguousBytes(1, 0));
            assertTrue(rig.core.receiving().take(ready.handle()));
            assertFalse(rig.core.receiving().take(ready.handle()), "taken once");
            rig.step(2);
            assertEquals(List.of("OUTCOME 1 DELIVERED NONE"), rig.sender.take());
            assertTrue(rig.core.receiving().release(ready.handle()));
            assertFalse(rig.core.receiving().release(grant.reservation().counter()), "released once");
            assertEquals(BLOCKS, rig.totals().evictable());   // sealed blocks stay, for whoever asks for their keys
        }
    }

    @Test
    void shouldNotReleaseWhatWasNotTaken() {
        try (ReceiverRig rig = new ReceiverRig()) {
            ScriptedSender.Grant grant = rig.ready(1, BLOCKS);
            assertFalse(rig.core.receiving().release(grant.reservation().counter()));
            assertEquals(ReservationState.READY, rig.state(1));
        }
    }

    @Test
    void shouldEndWhatWasSentWithAnotherDigest() {
        shouldEndOnFin(BLOCKS, (long) BLOCKS * ReceiverRig.CELL_BYTES, ReceiverRig.digest(BLOCKS, AUX) + 1, AUX);
    }

    @Test
    void shouldEndWhatWasSentWithOtherAuxBytes() {
        shouldEndOnFin(BLOCKS, (long) BLOCKS * ReceiverRig.CELL_BYTES, ReceiverRig.digest(BLOCKS, AUX), new byte[] {1, 2, 4});
    }

    @Test
    void shouldEndWhatWasSentWithAnotherCellCount() {
        shouldEndOnFin(BLOCKS - 1, (long) BLOCKS * ReceiverRig.CELL_BYTES, ReceiverRig.digest(BLOCKS, AUX), AUX);
    }

    @Test
    void shouldEndWhatWasSentWithOtherBytes() {
        shouldEndOnFin(BLOCKS, (long) BLOCKS * ReceiverRig.CELL_BYTES - 1, ReceiverRig.digest(BLOCKS, AUX), AUX);
    }

    @Test
    void shouldEndOnFinThatComesWithoutEveryLine() {
        try (ReceiverRig rig = new ReceiverRig()) {
            ScriptedSender.Grant grant = rig.bound(1, BLOCKS, "tcp");
            rig.lines(grant, 1, 0, 1);
            rig.fin(grant, 1, 2);   // right in itself, but not the whole request
            assertEquals(List.of("ABORT 1 DIGEST", "OUTCOME 1 ABORTED DIGEST"), rig.sender.take());
        }
    }

    @Test
    void shouldEndOnAManifestLineThatDoesNotFit() {
        int[][] bad = {{BLOCKS, ReceiverRig.CELL_BYTES, 1}, {-1, ReceiverRig.CELL_BYTES, 0}, {0, ReceiverRig.CELL_BYTES - 1, 0},
            {0, ReceiverRig.CELL_BYTES, 1}, {0, ReceiverRig.CELL_BYTES, 77}};
        for (int[] line : bad) {
            try (ReceiverRig rig = new ReceiverRig()) {
                ScriptedSender.Grant grant = rig.bound(1, BLOCKS, "tcp");
                rig.proxy.chunkBegin(rig.sender.session, grant.reservation(), 0, 1, 0);
                rig.proxy.chunkLine(line[0], line[1], 5, line[2], 1);
                rig.proxy.chunkEnd();
                rig.step(2);
                assertEquals(List.of("ABORT 1 PROTOCOL", "OUTCOME 1 ABORTED PROTOCOL"), rig.sender.take());
                assertEquals(List.of("ended 1 PROTOCOL"), rig.engine.told);
                assertEquals(List.of(), rig.zone.ordersOf("line"));
            }
        }
    }

    @Test
    void shouldEndOnMoreLinesThanCells() {
        try (ReceiverRig rig = new ReceiverRig()) {
            ScriptedSender.Grant grant = rig.bound(1, BLOCKS, "tcp");
            rig.lines(grant, 1, 0, 1, 2, 2);
            assertEquals(List.of("ABORT 1 PROTOCOL", "OUTCOME 1 ABORTED PROTOCOL"), rig.sender.take());
        }
    }

    @Test
    void shouldEndOnAFinThatNamesALaneNobodyOffered() {
        try (ReceiverRig rig = new ReceiverRig()) {
            ScriptedSender.Grant grant = rig.bound(1, BLOCKS, "tcp");
            rig.proxy.finBegin(rig.sender.session, grant.reservation(), 0, 1, 1, 0, 0, 0);
            rig.proxy.finLane(RecordingZone.LANES, 1);
            rig.proxy.finEnd(null, 0, 0);
            rig.step(2);
            assertEquals(List.of("ABORT 1 PROTOCOL", "OUTCOME 1 ABORTED PROTOCOL"), rig.sender.take());
        }
    }

    /** The engine hears how many it computed: no more than the request has with its growth. */
    @ParameterizedTest(name = "computedTokens={0}")
    @CsvSource({"4294967295, false", "2147483648, false", "65, false", "64, true", "0, true"})
    void shouldEndOnAFinThatComputedMoreThanTheRequestHas(long computedTokens, boolean isReady) {
        try (ReceiverRig rig = new ReceiverRig()) {
            Ask ask = new Ask();
            ask.tokens = (long) BLOCKS * ReceiverRig.BLOCK_TOKENS;
            ask.growthTokens = ReceiverRig.BLOCK_TOKENS;
            assertEquals(64, ask.tokens + ask.growthTokens);
            rig.reserve(1, ask);
            ScriptedSender.Grant grant = rig.sender.grants.get(ReceiverRig.id(1));
            rig.bind(grant, grant.tokenLow(), "tcp");
            rig.lines(grant, 1, 0, 1, 2);
            for (int step = 0; step < 5; step++) {
                evidence(rig, grant, step);
            }
            rig.sender.take();
            rig.proxy.finBegin(rig.sender.session, grant.reservation(), 0, 1, (int) computedTokens, BLOCKS,
                (long) BLOCKS * ReceiverRig.CELL_BYTES, ReceiverRig.digest(BLOCKS, AUX));
            for (int lane = 0; lane < RecordingZone.LANES; lane++) {
                rig.proxy.finLane(lane, 1);
            }
            rig.proxy.finEnd(new UnsafeBuffer(AUX), 0, AUX.length);
            rig.step(2);
            assertEquals(isReady ? List.of("READY 1") : List.of("ABORT 1 PROTOCOL", "OUTCOME 1 ABORTED PROTOCOL"), rig.sender.take());
            assertEquals(List.of(isReady ? "ready 1" : "ended 1 PROTOCOL"), rig.engine.told);
            assertEquals(isReady ? 0 : 1, rig.core.counters().protocolErrors());
        }
    }

    /** What closes a lane is the mark that FIN names: another one says that the ends do not count alike. */
    @Test
    void shouldEndOnALastMarkThatIsNotTheOneFinNames() {
        for (boolean isFinFirst : new boolean[] {true, false}) {
            try (ReceiverRig rig = new ReceiverRig()) {
                ScriptedSender.Grant grant = rig.boundWithLines(1, BLOCKS, "tcp");
                if (isFinFirst) {
                    rig.fin(grant, 1, BLOCKS);
                }
                rig.core.receiving().onMark(grant.reservation().counter(), 0, 1, 0, 2, true);
                rig.step(2);
                if (!isFinFirst) {
                    rig.fin(grant, 1, BLOCKS);
                }
                assertEquals(List.of("ABORT 1 PROTOCOL", "OUTCOME 1 ABORTED PROTOCOL"), rig.sender.take());
            }
        }
    }

    @Test
    void shouldAnswerChunkAndFinOfAnotherRoundOrUnboundPartWithStale() {
        try (ReceiverRig rig = new ReceiverRig()) {
            ScriptedSender.Grant grant = rig.granted(1, BLOCKS);
            rig.lines(grant, 1, 0);
            rig.fin(grant, 1, BLOCKS);
            rig.bind(grant, grant.tokenLow(), "tcp");
            rig.lines(grant, 2, 0);
            assertEquals(List.of("STALE what=RESERVATION template=" + ChunkDecoder.TEMPLATE_ID, "STALE what=RESERVATION template=" + FinDecoder.TEMPLATE_ID,
                "ADDRESSES part=0 extents=3", "STALE what=RESERVATION template=" + ChunkDecoder.TEMPLATE_ID), rig.sender.take());
            assertEquals(List.of(), rig.zone.ordersOf("line"));
        }
    }

    @Test
    void shouldNackCorruptCellsOnTwoSidedLanesAndBecomeReadyAfterTheResend() {
        try (ReceiverRig rig = new ReceiverRig()) {
            ScriptedSender.Grant grant = corruptedRound(rig, "tcp");
            assertEquals(List.of("NACK round=1 cells 1"), rig.sender.take());
            assertEquals(List.of("reopen " + grant.reservation().counter() + " lane=1 cell=1"), rig.zone.ordersOf("reopen"));
            assertEquals(ReservationState.RECEIVING, rig.state(1));
            rig.lines(grant, 1, 1);
            assertEquals(List.of("STALE what=RESERVATION template=" + ChunkDecoder.TEMPLATE_ID), rig.sender.take());
            rig.lines(grant, 2, 1);
            rig.verified(grant, 1);
            assertEquals(List.of(), rig.engine.told);   // FIN and marks of round 1 do not count for round 2
            rig.finAndMarks(grant, 2, BLOCKS);
            assertEquals(List.of("READY 1"), rig.sender.take());
            assertEquals(1, rig.core.counters().nacks());
        }
    }

    @Test
    void shouldEndAsCorruptAfterTheThirdRound() {
        try (ReceiverRig rig = new ReceiverRig()) {
            ScriptedSender.Grant grant = corruptedRound(rig, "tcp");
            for (int round = 2; round <= 3; round++) {
                assertEquals(List.of("NACK round=" + (round - 1) + " cells 1"), rig.sender.take());
                rig.lines(grant, round, 1);
                rig.finAndMarks(grant, round, BLOCKS);
                rig.corrupt(grant, 1);
                rig.step(1);
            }
            assertEquals(List.of("ABORT 1 CORRUPT", "OUTCOME 1 ABORTED CORRUPT"), rig.sender.take());
            assertEquals(List.of("ended 1 CORRUPT"), rig.engine.told);
            assertEquals(1, rig.core.counters().ends(dev.baton.transport.session.EndReason.CORRUPT));
        }
    }

    @Test
    void shouldNackCellsReportedMissingWhenTheLanesWereClosed() {
        try (ReceiverRig rig = new ReceiverRig()) {
            ScriptedSender.Grant grant = rig.boundWithLines(1, BLOCKS, "tcp");
            rig.verified(grant, 0);
            rig.finAndMarks(grant, 1, BLOCKS);
            rig.core.receiving().onCellMissing(grant.reservation().counter(), 1, 1);
            rig.step(1);
            assertEquals(List.of(), rig.sender.take());   // cell 2 has not been judged
            rig.verified(grant, 2);
            rig.step(1);
            assertEquals(List.of("NACK round=1 cells 1"), rig.sender.take());
        }
    }

    /** Agents tell of so many missing cells only: with more, waiting for the rest would be waiting for ever. */
    @Test
    void shouldEndAtOnceWhenMoreCellsAreMissingThanAreTold() {
        try (ReceiverRig rig = new ReceiverRig()) {
            ScriptedSender.Grant grant = rig.verifying(1, BLOCKS);
            rig.core.receiving().onCellMissing(grant.reservation().counter(), 1, 1_000_000);
            rig.step(2);
            assertEquals(List.of("ABORT 1 MISSING", "OUTCOME 1 ABORTED MISSING"), rig.sender.take());
        }
    }

    @Test
    void shouldEndAtOnceOnACorruptCellOfAOneSidedLane() {
        try (ReceiverRig rig = new ReceiverRig()) {
            ScriptedSender.Grant grant = rig.boundWithLines(1, BLOCKS, "shm");
            rig.corrupt(grant, 1);
            rig.step(1);
            assertEquals(List.of("ABORT 1 CORRUPT", "OUTCOME 1 ABORTED CORRUPT"), rig.sender.take());
            assertEquals(ReservationState.REVOKING, rig.state(1));
            assertEquals(BLOCKS, rig.totals().owned());
        }
    }

    @Test
    void shouldNotAcceptDataMessagesWhileVerifying() {
        try (ReceiverRig rig = new ReceiverRig()) {
            ScriptedSender.Grant grant = rig.verifying(1, BLOCKS);
            assertEquals(ReservationState.VERIFYING, rig.state(1));
            assertEquals(List.of("seal " + grant.reservation().counter()), rig.zone.ordersOf("seal"));
            rig.lines(grant, 1, 0);
            rig.fin(grant, 1, BLOCKS);
            assertEquals(List.of("STALE what=RESERVATION template=" + ChunkDecoder.TEMPLATE_ID,
                "STALE what=RESERVATION template=" + FinDecoder.TEMPLATE_ID), rig.sender.take());
        }
    }

    private static ScriptedSender.Grant corruptedRound(ReceiverRig rig, String scheme) {
        ScriptedSender.Grant grant = rig.boundWithLines(1, BLOCKS, scheme);
        rig.verified(grant, 0);
        rig.corrupt(grant, 1);
        rig.finAndMarks(grant, 1, BLOCKS);
        rig.verified(grant, 2);
        rig.step(1);
        return grant;
    }

    private static void shouldEndOnFin(int cells, long bytes, long digest, byte[] aux) {
        try (ReceiverRig rig = new ReceiverRig()) {
            ScriptedSender.Grant grant = rig.boundWithLines(1, BLOCKS, "tcp");
            rig.fin(grant, 1, cells, bytes, digest, aux);
            assertEquals(List.of("ABORT 1 DIGEST", "OUTCOME 1 ABORTED DIGEST"), rig.sender.take());
            assertEquals(List.of("ended 1 DIGEST"), rig.engine.told);
        }
    }

    private static void evidence(ReceiverRig rig, ScriptedSender.Grant grant, int step) {
        switch (step) {
            case 0, 1, 2 -> rig.verified(grant, step);
            case 3, 4 -> rig.mark(grant, 1, step - 3);
            default -> rig.fin(grant, 1, BLOCKS);
        }
    }
}
