package dev.baton.receiver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;

import dev.baton.buffer.reserve.RejectReason;

/** A node whose bytes are corrupt again and again is granted nothing for a while (PROTOCOL, section 7). */
class SuspectTest {
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    /** One handoff of one block that ends as CORRUPT, its memory back. */
    static void corrupt(ReceiverRig rig, long request) {
        ScriptedSender.Grant grant = rig.bound(request, 1, "shm");
        rig.lines(grant, 1, 0);
        rig.corrupt(grant, 0);
        rig.step(1);
        assertEquals(List.of("ABORT " + request + " CORRUPT", "OUTCOME " + request + " ABORTED CORRUPT"), rig.sender.take());
        rig.revokedBy(grant, 0);
        rig.revokedBy(grant, 1);
        rig.drained(grant, 0);
        rig.step(2);
        assertNull(rig.state(request));
    }

    private static String refusal(ReceiverRig rig, long request) {
        rig.reserve(request, 1);
        String heard = rig.sender.take().getFirst();
        assertTrue(heard.startsWith("REJECT " + request + " PEER_SUSPECT "), heard);
        assertTrue(heard.contains("nodeId=sender"), heard);
        return heard;
    }

    private static int refusedForMs(ReceiverRig rig, long request) {
        return Integer.parseInt(refusal(rig, request).replaceFirst(".*retryAfterMs=([0-9]+) .*", "$1"));
    }

    private static void assertNear(long expectedMs, int toldMs) {
        assertTrue(toldMs <= expectedMs && toldMs > expectedMs - 100, () -> "toldMs=" + toldMs);
    }

    @Test
    void shouldGrantASuspectNothingForLongerEachTime() {
        try (ReceiverRig rig = new ReceiverRig()) {
            List<String> alarms = new ArrayList<>();
            corrupt(rig, 1);
            rig.core.drainAlarms(alarms::add);
            assertEquals(List.of(), alarms, "once may be chance");
            rig.pass(50 * SECOND);
            corrupt(rig, 2);
            rig.core.drainAlarms(alarms::add);
            assertEquals(1, alarms.size());
            assertTrue(alarms.getFirst().contains("nodeId=sender times=2 grantedNothingForMs=5000"), alarms::toString);
            assertNear(5_000, refusedForMs(rig, 3));
            for (long[] next : new long[][] {{5, 10}, {10, 20}, {20, 40}, {40, 60}, {60, 60}}) {
                rig.pass(next[0] * SECOND);
                corrupt(rig, 100 + next[0] * 10 + next[1]);
                assertNear(next[1] * 1_000, refusedForMs(rig, 200 + next[0] * 10 + next[1]));
            }
            assertEquals(6, rig.ledger.counters().rejections(RejectReason.PEER_SUSPECT));
        }
    }

    @Test
    void shouldForgetWhatWasLongAgo() {
        try (ReceiverRig rig = new ReceiverRig()) {
            corrupt(rig, 1);
            rig.pass(61 * SECOND);
            corrupt(rig, 2);
            rig.pass(61 * SECOND);
            corrupt(rig, 3);
            rig.granted(4, 1);
        }
    }

    /** What was under way when it became suspect counts no further, and other nodes are as welcome as ever. */
    @Test
    void shouldCountOneFaultOnceAndBlameNobodyElse() {
        try (ReceiverRig rig = new ReceiverRig()) {
            ScriptedSender.Grant many = rig.bound(1, 4, "tcp");
            rig.lines(many, 1, 0, 1, 2, 3);
            for (int cell = 0; cell < 4; cell++) {
                rig.corrupt(many, cell);
            }
            rig.step(1);
            rig.granted(2, 1);
            ScriptedSender other = rig.stranger();
            corrupt(rig, 3);
            refusal(rig, 4);
            InquiryTest.reserveBy(rig, other, 5, 1);
            assertEquals(List.of("GRANT 5"), other.take());
        }
    }
}
