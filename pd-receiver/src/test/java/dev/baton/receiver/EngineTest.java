package dev.baton.receiver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import dev.baton.buffer.reserve.ReservationState;
import dev.baton.transport.session.EndReason;

/** An engine that goes, one that does not release, a node that drains; and that each abnormal end is told once (S19). */
class EngineTest {
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    @Test
    void shouldEndWhatNobodyTookWhenTheEngineGoes() {
        try (ReceiverRig rig = new ReceiverRig()) {
            rig.ready(1, 2);
            rig.core.engineAttached(false);
            rig.step(2);
            assertNull(rig.state(1));
            assertEquals(List.of("OUTCOME 1 ABORTED ENGINE_LOST"), rig.sender.take());
            assertEquals(List.of("ready 1", "ended 1 ENGINE_LOST"), rig.engine.told);
            assertEquals(2, rig.totals().sealed());   // whole blocks stay, and may give way to others
            assertEquals(2, rig.totals().evictable());
        }
    }

    @Test
    void shouldReleaseWhatAnEngineHadTakenWhenItGoes() {
        try (ReceiverRig rig = new ReceiverRig()) {
            ScriptedSender.Grant grant = rig.ready(1, 2);
            assertTrue(rig.core.receiving().take(grant.reservation().counter()));
            rig.core.engineAttached(false);
            rig.step(2);
            assertNull(rig.state(1));
            assertEquals(List.of("OUTCOME 1 DELIVERED NONE"), rig.sender.take());
            assertEquals(2, rig.totals().evictable());
        }
    }

    /** Its process is gone: nobody is there to take what comes, so what is on its way ends at both ends, too. */
    @Test
    void shouldEndEverythingThatWasForAnEngineWhoseProcessIsGone() {
        try (ReceiverRig rig = new ReceiverRig()) {
            assertTrue(rig.core.receiving().take(rig.ready(1, 1).reservation().counter()));
            rig.step(2);
            rig.sender.take();
            rig.ready(2, 1);
            ScriptedSender.Grant receiving = rig.boundWithLines(3, 2, "tcp");
            rig.granted(4, 2);
            rig.reserve(5, ReceiverRig.EXTENTS);
            assertEquals(ReservationState.QUEUED, rig.state(5));
            rig.sender.take();
            rig.engine.told.clear();
            rig.core.engineLost();
            rig.step(2);
            List<String> heard = new ArrayList<>(rig.sender.take().stream().sorted().toList());
            String refusal = heard.removeLast();
            assertTrue(refusal.startsWith("REJECT 5 NO_ENGINE retryAfterMs=100 "), refusal);
            assertEquals(List.of("ABORT 3 ENGINE_LOST", "OUTCOME 2 ABORTED ENGINE_LOST", "OUTCOME 3 ABORTED ENGINE_LOST",
                "OUTCOME 4 ABORTED ENGINE_LOST"), heard);
            assertEquals(List.of("ended 2 ENGINE_LOST", "ended 3 ENGINE_LOST", "ended 4 ENGINE_LOST"),
                rig.engine.told.stream().sorted().toList());
            rig.revokedBy(receiving, 0);
            rig.revokedBy(receiving, 1);
            assertEquals(ReceiverRig.EXTENTS, rig.totals().free() + rig.totals().evictable());
            assertEquals(1, rig.core.counters().enginesLost());
            rig.reserve(6, 1);
            assertTrue(rig.sender.take().getFirst().startsWith("REJECT 6 NO_ENGINE"), "until another comes");
            rig.core.engineAttached(true);
            rig.pass(SECOND);
            rig.granted(7, 1);
        }
    }

    /** Down without a time to drain: peers are told, and what waits is told to come again. */
    @Test
    void shouldTellThatItDrainsThoughItGoesDownAtOnce() {
        try (ReceiverRig rig = new ReceiverRig()) {
            rig.granted(1, ReceiverRig.EXTENTS);
            rig.reserve(2, 1);
            rig.sender.take();
            rig.core.shutdown();
            rig.step(2);
            List<String> heard = rig.sender.take().stream().sorted().toList();
            assertEquals(3, heard.size(), heard::toString);
            assertEquals("DRAINING", heard.get(0));
            assertEquals("OUTCOME 1 ABORTED SHUTDOWN", heard.get(1));
            assertTrue(heard.get(2).startsWith("REJECT 2 DRAINING"), heard::toString);
        }
    }

    @Test
    void shouldTellOnceOfAnEngineThatDoesNotReleaseAndKeepItsMemory() {
        try (ReceiverRig rig = new ReceiverRig()) {
            ScriptedSender.Grant grant = rig.ready(1, 2);
            rig.core.receiving().take(grant.reservation().counter());
            rig.pass(59 * SECOND);
            assertEquals(0, rig.core.counters().releasesLateCount());
            rig.pass(62 * SECOND);
            assertEquals(1, rig.core.counters().releasesLateCount());
            assertEquals(List.of("ready 1", "releaseLate 1"), rig.engine.told);
            assertEquals(ReservationState.TAKEN, rig.state(1));
            assertTrue(rig.core.receiving().release(grant.reservation().counter()));
        }
    }

    @Test
    void shouldTellPeersThatItDrainsAndGrantNothingNew() {
        try (ReceiverRig rig = new ReceiverRig()) {
            ScriptedSender.Grant grant = rig.bound(1, ReceiverRig.EXTENTS, "tcp");
            rig.reserve(2, 2);
            rig.sender.take();
            rig.core.drain();
            rig.core.drain();
            rig.step(2);
            List<String> heard = rig.sender.take();
            assertEquals(2, heard.size(), heard::toString);
            assertTrue(heard.get(0).startsWith("REJECT 2 DRAINING retryAfterMs=1000"), heard::toString);
            assertEquals("DRAINING", heard.get(1));
            assertNull(rig.state(2));
            assertEquals(ReservationState.GRANTED, rig.state(1));
            rig.lines(grant, 1, 0);
            assertEquals(ReservationState.RECEIVING, rig.state(1));
            assertEquals(List.of("DRAINING"), rig.stranger().take());   // one that comes later is told too
        }
    }

    @Test
    void shouldTellEveryoneWhatItEndsWhenItGoesDownBeforeAllIsDrained() {
        try (ReceiverRig rig = new ReceiverRig()) {
            ScriptedSender.Grant taken = rig.ready(1, 1);
            assertTrue(rig.core.receiving().take(taken.reservation().counter()));
            rig.step(2);
            rig.sender.take();
            rig.ready(2, 1);
            rig.granted(3, 1);
            ScriptedSender.Grant receiving = rig.bound(4, 1, "tcp");
            rig.lines(receiving, 1, 0);
            ScriptedSender.Grant verifying = rig.bound(5, 1, "tcp");
            rig.lines(verifying, 1, 0);
            rig.fin(verifying, 1, 1);
            rig.mark(verifying, 1, 0);
            rig.mark(verifying, 1, 1);
            assertEquals(ReservationState.VERIFYING, rig.state(5));
            rig.sender.take();
            rig.engine.told.clear();
            rig.core.drain();
            rig.step(2);
            assertEquals(List.of("DRAINING"), rig.sender.take());
            rig.core.shutdown();
            rig.core.shutdown();
            rig.step(2);
            assertEquals(List.of("ABORT 4 SHUTDOWN", "ABORT 5 SHUTDOWN", "OUTCOME 2 ABORTED SHUTDOWN", "OUTCOME 3 ABORTED SHUTDOWN",
                "OUTCOME 4 ABORTED SHUTDOWN", "OUTCOME 5 ABORTED SHUTDOWN"), rig.sender.take().stream().sorted().toList());
            assertEquals(List.of("ended 2 SHUTDOWN", "ended 3 SHUTDOWN", "ended 4 SHUTDOWN", "ended 5 SHUTDOWN"),
                rig.engine.told.stream().sorted().toList());
            assertEquals(ReservationState.TAKEN, rig.state(1));
            assertEquals(2, rig.totals().owned(), "memory still leaves on evidence only");
            for (ScriptedSender.Grant grant : List.of(receiving, verifying)) {
                rig.revokedBy(grant, 0);
                rig.revokedBy(grant, 1);
            }
            assertTrue(rig.core.receiving().release(taken.reservation().counter()));
            assertEquals(0, rig.totals().owned());
        }
    }

    @Test
    void shouldTellTheJournalOfEachAbnormalEndOnce() {
        try (ReceiverRig rig = new ReceiverRig()) {
            List<String> lines = new ArrayList<>();
            rig.core.journal((reason, handoff, reservation, peer, detail, nowNs) ->
                lines.add(reason + " " + handoff.requestLow() + " " + reservation.counter() + " " + peer));
            ScriptedSender.Grant aborted = rig.bound(1, 2, "tcp");
            rig.core.cancel(ReceiverRig.id(1), EndReason.CANCELLED);
            rig.core.cancel(ReceiverRig.id(1), EndReason.CANCELLED);
            rig.revokedBy(aborted, 0);
            rig.revokedBy(aborted, 1);
            rig.sender.take();
            ScriptedSender.Grant delivered = rig.ready(2, 2);
            rig.core.receiving().take(delivered.reservation().counter());
            rig.core.receiving().release(delivered.reservation().counter());
            assertEquals(List.of("CANCELLED 1 " + aborted.reservation().counter() + " sender"), lines);
        }
    }

    /** The engine has taken it and reads, and its order is still on its way to the control agent. */
    @ParameterizedTest
    @ValueSource(strings = {"consumeWithin", "cancel", "shutdown"})
    void shouldNotEndWhatTheEngineReadsAlready(String end) {
        try (ReceiverRig rig = new ReceiverRig()) {
            ScriptedSender.Grant grant = rig.ready(1, 2);
            assertTrue(rig.engine.ready.getFirst().take());
            end(rig, end);
            assertEquals(ReservationState.TAKEN, rig.state(1));
            assertEquals(0, rig.totals().evictable(), "it is read");
            assertEquals(end.equals("cancel") ? List.of("ready 1", "cancelled 1") : List.of("ready 1"), rig.engine.told, "it has not ended");
            assertTrue(rig.sender.take().contains("OUTCOME 1 DELIVERED NONE"));
            rig.core.receiving().take(grant.reservation().counter());   // now it comes
            assertTrue(rig.core.receiving().release(grant.reservation().counter()));
            assertEquals(2, rig.totals().evictable());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"consumeWithin", "cancel", "shutdown"})
    void shouldAnswerAnEngineThatComesTooLate(String end) {
        try (ReceiverRig rig = new ReceiverRig()) {
            ScriptedSender.Grant grant = rig.ready(1, 2);
            end(rig, end);
            assertFalse(rig.engine.ready.getFirst().take());
            assertFalse(rig.engine.ready.getFirst().take(), "and so it stays");
            assertFalse(rig.core.receiving().take(grant.reservation().counter()));
            assertEquals(2, rig.engine.told.size(), rig.engine.told::toString);
        }
    }

    /** It took it, and was gone before anybody knew: delivered, and read no more. */
    @Test
    void shouldReleaseWhatAnEngineTookJustBeforeItWent() {
        try (ReceiverRig rig = new ReceiverRig()) {
            rig.ready(1, 2);
            assertTrue(rig.engine.ready.getFirst().take());
            rig.core.engineAttached(false);
            rig.step(2);
            assertNull(rig.state(1));
            assertEquals(List.of("OUTCOME 1 DELIVERED NONE"), rig.sender.take());
        }
    }

    private static void end(ReceiverRig rig, String end) {
        switch (end) {
            case "consumeWithin" -> rig.pass(61 * SECOND);
            case "cancel" -> rig.core.cancel(ReceiverRig.id(1), EndReason.CANCELLED);
            default -> rig.core.shutdown();
        }
        rig.step(2);
    }
}
