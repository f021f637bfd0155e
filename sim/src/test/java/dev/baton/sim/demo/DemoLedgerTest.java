package dev.baton.sim.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.baton.sim.demo.DemoLedger.Stage;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DemoLedgerTest {
    private static final int MS = 1_000_000;

    private final DemoLedger ledger = new DemoLedger(new DemoPlan(1, new int[] {10, 20, 30}, 600, 300, 1 << 22, 1 << 22, 256));

    private static ObjectNode consumed(int request, long bytes, long mismatches) {
        return Line.of("consumed").put("request", request).put("attempt", 0).put("bytes", bytes).put("verifiedBytes", bytes).put("heldTokens", 3)
            .put("mismatches", mismatches).put("firstMismatch", mismatches > 0 ? "request=" + request + " cell=7" : "")
            .put("admissionNs", 2 * MS).put("wireNs", 3 * MS).put("verifyNs", MS).put("readyNs", 107 * MS).put("releasedNs", 111 * MS);
    }

    private static ObjectNode ended(int request, RequestOutcome outcome, String reason) {
        return Line.of("ended").put("request", request).put("attempt", 0).put("outcome", outcome.word()).put("reason", reason).put("detail", "")
            .put("fromNs", 100 * MS).put("prefilledNs", 103 * MS);
    }

    private void complete(int request, long bytes) {
        ledger.onConsumed(consumed(request, bytes, 0));
        ledger.onEnded(ended(request, RequestOutcome.COMPLETED, "none"));
    }

    @Test
    void shouldBeRightWhenAllCameAndNothingDiffers() {
        complete(0, 100);
        complete(1, 200);
        assertFalse(ledger.isRight());
        complete(2, 300);

        assertTrue(ledger.isSettled());
        assertTrue(ledger.isRight());
        assertEquals(60, ledger.tokens());
        assertEquals(600, ledger.bytes());
        assertEquals(600, ledger.verifiedBytes());
        assertEquals(9, ledger.heldTokens());
    }

    @Test
    void shouldNotCountARequestThatOnlyOneEndCallsComplete() {
        ledger.onConsumed(consumed(0, 100, 0));
        ledger.onEnded(ended(1, RequestOutcome.COMPLETED, "none"));

        assertEquals(0, ledger.completed());
        assertEquals(0, ledger.settled());
    }

    @Test
    void shouldBeRightWithRejectedRequestsAndSayWhy() {
        complete(0, 100);
        complete(2, 300);
        ledger.onEnded(ended(1, RequestOutcome.REJECTED, "request_too_big"));

        assertTrue(ledger.isRight());
        assertEquals(1, ledger.rejected());
        assertEquals(Map.of("request_too_big", 1), ledger.reasons());
        assertEquals("request=1 reason=request_too_big", ledger.firstRejection());
    }

    @Test
    void shouldBeWrongForOneByte() {
        complete(0, 100);
        complete(1, 200);
        ledger.onConsumed(consumed(2, 300, 1));
        ledger.onEnded(ended(2, RequestOutcome.COMPLETED, "none"));

        assertFalse(ledger.isRight());
        assertEquals(1, ledger.mismatches());
        assertEquals("request=2 cell=7", ledger.firstMismatch());
    }

    /** A wrong byte counts, whatever became of its request afterwards. */
    @Test
    void shouldBeWrongForABadByteOfARequestThatFailedLater() {
        ledger.onConsumed(consumed(2, 300, 5));
        ledger.onEnded(ended(2, RequestOutcome.FAILED, "session_lost"));

        assertEquals(5, ledger.mismatches());
        assertEquals(1, ledger.failed());
        assertEquals(0, ledger.bytes());
    }

    @Test
    void shouldBeWrongWhenNotAllWasCompared() {
        complete(0, 100);
        complete(1, 200);
        ledger.onConsumed(consumed(2, 300, 0).put("verifiedBytes", 299).put("heldTokens", 3));
        ledger.onEnded(ended(2, RequestOutcome.COMPLETED, "none"));

        assertFalse(ledger.isRight());
    }

    @Test
    void shouldCountWhatNeverEndedAsFailed() {
        complete(0, 100);
        ledger.giveUp("stalled");

        assertTrue(ledger.isSettled());
        assertFalse(ledger.isRight());
        assertEquals(2, ledger.failed());
        assertEquals(3, ledger.completed() + ledger.rejected() + ledger.failed());
        assertEquals(Map.of("stalled", 2), ledger.reasons());
    }

    @Test
    void shouldSplitTheTimeOfARequestIntoStages() {
        complete(0, 100);

        assertEquals(1, ms(Stage.QUEUE));           // 107 - 1 - 3 - 2 = 101 had RESERVE, begun at 100
        assertEquals(2, ms(Stage.ADMISSION));
        assertEquals(3, ms(Stage.WIRE));
        assertEquals(1, ms(Stage.VERIFY));
        assertEquals(4, ms(Stage.CONSUME));
        assertEquals(7, Math.round(ledger.handoff().getMean() / MS));
        assertEquals(4, Math.round(ledger.afterPrefill().getMean() / MS));
    }

    private long ms(Stage stage) {
        return Math.round(ledger.stage(stage).getMean() / MS);
    }

    @Test
    void shouldRefuseToHearOfOneEndTwice() {
        complete(0, 100);

        assertThrows(IllegalStateException.class, () -> complete(0, 100));
        assertThrows(IllegalStateException.class, () -> ledger.onEnded(ended(0, RequestOutcome.FAILED, "none")));
    }

    @Test
    void shouldCountARequestOnceThatCameToBothOfItsAttempts() {
        complete(0, 100);
        complete(1, 200);
        ledger.onConsumed(consumed(2, 300, 0));
        ledger.onEnded(ended(2, RequestOutcome.COMPLETED, "none").put("attempt", 1));
        assertFalse(ledger.isSettled(), "the attempt that was delivered is not the one that was compared");

        ledger.onConsumed(consumed(2, 300, 0).put("attempt", 1));
        assertTrue(ledger.isSettled());
        assertEquals(3, ledger.settled());
        assertEquals(600, ledger.bytes());
        assertThrows(IllegalStateException.class, () -> ledger.onConsumed(consumed(2, 300, 0).put("attempt", 1)));
    }

    @Test
    void shouldSettleARequestOnceWhenItsBytesComeAfterItWasGivenUp() {
        ledger.onEnded(ended(0, RequestOutcome.FAILED, "session_lost"));
        ledger.onConsumed(consumed(0, 100, 0));

        assertEquals(1, ledger.settled());
        assertEquals(1, ledger.failed());
    }
}
