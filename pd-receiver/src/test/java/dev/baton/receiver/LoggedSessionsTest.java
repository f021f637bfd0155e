package dev.baton.receiver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;

import dev.baton.buffer.reserve.ReservationState;
import dev.baton.platform.LineLimit;
import dev.baton.receiver.core.ReceiverCounters;
import dev.baton.transport.node.ControlContext;
import dev.baton.transport.session.ControlPlane;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.NodeIdentity;
import dev.baton.transport.session.Session;

/** The log hears of every session that is lost, whatever was under way on it. */
class LoggedSessionsTest {
    @Test
    void shouldSayASessionThatIsLostWhileNothingIsUnderWay() {
        try (ReceiverRig rig = new ReceiverRig()) {
            rig.reconnect();
            rig.loseSession();
            assertEquals(List.of("WARNING session lost: reason=silent peer=sender handoffsEnded=0",
                "DEBUG session lost: reason=shutdown peer=sender handoffsEnded=0"), rig.sessionLines);
        }
    }

    /** What is granted or half here ends with its session; what is ready, or waits in the queue, does not. */
    @Test
    void shouldCountTheHandoffsThatTheLossEnds() {
        try (ReceiverRig rig = new ReceiverRig()) {
            ScriptedSender.Grant ready = rig.ready(1, 2);
            rig.granted(2, 2);
            ScriptedSender.Grant half = rig.boundWithLines(3, 2, "tcp");
            rig.reserve(4, 8);
            assertEquals(ReservationState.QUEUED, rig.state(4));
            rig.loseSession();
            assertEquals(List.of("WARNING session lost: reason=shutdown peer=sender handoffsEnded=2"), rig.sessionLines);
            rig.revokedBy(half, 0);
            rig.revokedBy(half, 1);
            assertTrue(rig.core.receiving().take(ready.reservation().counter()));
            assertTrue(rig.core.receiving().release(ready.reservation().counter()));
        }
    }

    @Test
    void shouldNotSayThatSomebodyAskedForStatistics() {
        try (ReceiverRig rig = new ReceiverRig()) {
            long[] random = {1};
            ControlPlane asking = rig.network.open(new ControlContext().identity(NodeIdentity.observer("stats", 0x1234)).host("o").port(1)
                .random(() -> random[0] += 7));
            asking.dial("r", 2);
            for (int i = 0; i < 10; i++) {
                asking.poll(rig.nowNs);
                rig.step(1);
            }
            assertEquals(1, asking.sessionCount());
            asking.close();
            rig.step(2);
            assertEquals(List.of(), rig.sessionLines);
        }
    }

    @Test
    void shouldBoundItsLinesAndCountWhatItLeavesOut() {
        try (ReceiverRig rig = new ReceiverRig()) {
            Session session = rig.session();
            rig.loseSession();
            assertFalse(session.isOpen());
            long[] nowNs = {-5};
            List<String> lines = new ArrayList<>();
            LoggedSessions log = LoggedSessions.of(List.of(), new ReceiverCounters(), () -> nowNs[0], (_, line) -> lines.add(line));
            for (int i = 0; i < 100; i++) {
                log.onSessionClosed(session, EndReason.SILENT);
            }
            assertEquals(LineLimit.LINES_PER_SECOND_MAX, lines.size());
            nowNs[0] += 1_000_000_000L;
            log.onSessionClosed(session, EndReason.SILENT);
            assertTrue(lines.getLast().endsWith(" linesLeftOut=80"), lines.getLast());
        }
    }

    @Test
    void shouldCountAtTheLeaderWhatEndsWithAMember() {
        try (GangRig rig = new GangRig().withMember()) {
            rig.granted(1);
            rig.killMember();
            assertEquals(List.of("WARNING session lost: reason=shutdown peer=member handoffsEnded=1"), rig.leaderLines);
            assertEquals(List.of(), rig.memberLines, "it went itself");
        }
    }

    @Test
    void shouldSayAtAMemberThatItsLeaderIsLostAndWithItEverySender() {
        try (GangRig rig = new GangRig().withMember()) {
            rig.granted(1);
            rig.bind(rig.toMember, "tcp");
            rig.isMemberAgentStuck = true;
            rig.partMember();
            assertEquals(List.of("WARNING session lost: reason=silent peer=leader sharesHere=1",
                "WARNING session lost: reason=leader_lost peer=sender sharesHere=1"), rig.memberLines);
        }
    }
}
