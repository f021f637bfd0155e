package dev.baton.receiver;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;

import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

import dev.baton.transport.session.ManifestDigest;

/** What FIN of each round is held against: lines, digest, and the lanes that its cells came on. Cell 1 was corrupt and is asked for again. */
class RoundsTest {
    private static final int BLOCKS = 3;
    private static final byte[] AUX = {1, 2, 3};

    /** FIN of every round says all that its part has brought, and a line that was said again counts in place of the one before. */
    @Test
    void shouldHoldTheFinOfALaterRoundAgainstItsLines() {
        long bytes = (long) BLOCKS * ReceiverRig.CELL_BYTES;
        long changed = ReceiverRig.digest(BLOCKS, AUX) - ManifestDigest.ofLine(1, ReceiverRig.CELL_BYTES, ReceiverRig.crcOf(1))
            + ManifestDigest.ofLine(1, ReceiverRig.CELL_BYTES, 77);
        for (int wrong = 0; wrong < 5; wrong++) {
            try (ReceiverRig rig = new ReceiverRig()) {
                ScriptedSender.Grant grant = asked(rig);
                rig.proxy.chunkBegin(rig.sender.session, grant.reservation(), 0, 2, 0);
                rig.proxy.chunkLine(1, ReceiverRig.CELL_BYTES, 77, ReceiverRig.laneOf(1), 1);
                rig.proxy.chunkEnd();
                rig.step(2);
                switch (wrong) {
                    case 0 -> rig.fin(grant, 2, BLOCKS, bytes, ReceiverRig.digest(BLOCKS, AUX), AUX);
                    case 1 -> rig.fin(grant, 2, 1, bytes, changed, AUX);
                    case 2 -> rig.fin(grant, 2, BLOCKS, ReceiverRig.CELL_BYTES, changed, AUX);
                    case 3 -> rig.fin(grant, 2, BLOCKS, bytes, changed, new byte[] {1, 2, 4});
                    default -> rig.fin(grant, 2, BLOCKS, bytes, changed, AUX);
                }
                if (wrong < 4) {
                    assertEquals(List.of("ABORT 1 DIGEST", "OUTCOME 1 ABORTED DIGEST"), rig.sender.take());
                } else {
                    rig.verified(grant, 1);
                    rig.mark(grant, 2, 0);
                    rig.mark(grant, 2, 1);
                    assertEquals(List.of("READY 1"), rig.sender.take());
                }
            }
        }
    }

    @Test
    void shouldEndOnAFinThatComesBeforeTheLinesOfALaterRound() {
        try (ReceiverRig rig = new ReceiverRig()) {
            ScriptedSender.Grant grant = asked(rig);
            rig.fin(grant, 2, BLOCKS);
            assertEquals(List.of("ABORT 1 DIGEST", "OUTCOME 1 ABORTED DIGEST"), rig.sender.take());
        }
    }

    @Test
    void shouldEndOnALineThatNobodyAskedForAgain() {
        for (int cell : new int[] {0, 2}) {
            try (ReceiverRig rig = new ReceiverRig()) {
                ScriptedSender.Grant grant = asked(rig);
                rig.lines(grant, 2, 1, cell);
                assertEquals(List.of("ABORT 1 PROTOCOL", "OUTCOME 1 ABORTED PROTOCOL"), rig.sender.take());
            }
        }
    }

    /** Of a lane that FIN does not name no last mark is awaited: what is still on its way there would come after the seal. */
    @Test
    void shouldEndOnAFinThatLeavesOutALaneOfItsCells() {
        for (int named = 0; named < RecordingZone.LANES; named++) {
            try (ReceiverRig rig = new ReceiverRig()) {
                ScriptedSender.Grant grant = rig.boundWithLines(1, BLOCKS, "tcp");
                finNaming(rig, grant, 1, BLOCKS, named);
                assertEquals(List.of("ABORT 1 PROTOCOL", "OUTCOME 1 ABORTED PROTOCOL"), rig.sender.take());
                assertEquals(List.of(), rig.zone.ordersOf("seal"));
            }
        }
    }

    /** In a later round those lanes count that carry what comes again, and no others. */
    @Test
    void shouldAwaitInALaterRoundTheLanesOfWhatComesAgain() {
        for (int named : new int[] {ReceiverRig.laneOf(1), ReceiverRig.laneOf(0)}) {
            try (ReceiverRig rig = new ReceiverRig()) {
                ScriptedSender.Grant grant = asked(rig);
                rig.lines(grant, 2, 1);
                finNaming(rig, grant, 2, BLOCKS, named);
                assertEquals(named == ReceiverRig.laneOf(1) ? List.of() : List.of("ABORT 1 PROTOCOL", "OUTCOME 1 ABORTED PROTOCOL"),
                    rig.sender.take());
            }
        }
    }

    /** Of three cells the second was not as its line says. */
    private static ScriptedSender.Grant asked(ReceiverRig rig) {
        ScriptedSender.Grant grant = rig.boundWithLines(1, BLOCKS, "tcp");
        rig.verified(grant, 0);
        rig.corrupt(grant, 1);
        rig.finAndMarks(grant, 1, BLOCKS);
        rig.verified(grant, 2);
        rig.step(1);
        assertEquals(List.of("NACK round=1 cells 1"), rig.sender.take());
        return grant;
    }

    /** Right but for the lanes: it names that one alone. */
    private static void finNaming(ReceiverRig rig, ScriptedSender.Grant grant, int round, int cells, int lane) {
        rig.proxy.finBegin(rig.sender.session, grant.reservation(), 0, round, cells * ReceiverRig.BLOCK_TOKENS, cells,
            (long) cells * ReceiverRig.CELL_BYTES, ReceiverRig.digest(cells, AUX));
        rig.proxy.finLane(lane, 1);
        rig.proxy.finEnd(new UnsafeBuffer(AUX), 0, AUX.length);
        rig.step(2);
    }
}
