package dev.baton.transport.node;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;

import dev.baton.transport.session.ControlCounters.Kind;
import dev.baton.transport.session.ControlPlane;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.HandoffId;
import dev.baton.transport.session.NodeIdentity;
import dev.baton.transport.session.Peering;
import dev.baton.transport.session.Role;
import dev.baton.transport.session.Session;

/** Sessions over queues, on the test's own clock: the same handshake, checks and outboxes that run over Aeron. */
class LoopbackControlTest extends LoopbackPlanes {
    @Test
    void shouldTellBothSidesWhoTheOtherIs() {
        NodeIdentity identityA = Planes.identity("a", 1, Role.PREFILL);
        NodeIdentity identityB = Planes.identity("b", 2, Role.DECODE);
        open(Planes.context(identityA).host("a").port(1), atA).dial("b", 2);
        open(Planes.context(identityB).host("b").port(2), atB);
        step(10);

        assertEquals(1, atA.opened.size());
        assertEquals(1, atB.opened.size());
        Session atDialler = atA.opened.getFirst();
        Session atAcceptor = atB.opened.getFirst();
        assertEquals(atDialler.id(), atAcceptor.id());
        assertNotEquals(0, atDialler.id());
        assertSameTelling(identityB, atDialler.peer());
        assertSameTelling(identityA, atAcceptor.peer());
        assertEquals("a", atAcceptor.host());
        assertEquals(1, atAcceptor.port());
        assertTrue(atDialler.isDialled());
        assertFalse(atAcceptor.isDialled());
        assertEquals(0, atDialler.peerDrainedThrough());
    }

    @Test
    void shouldRefuseAVersionItDoesNotSpeakAndSayBothRanges() {
        ControlPlane a = open(Planes.context(Planes.identity("a", 1, Role.PREFILL)).host("a").port(1).versions(3, 4), atA);
        ControlPlane b = open(Planes.context(Planes.identity("b", 2, Role.DECODE)).host("b").port(2), atB);
        Peering peering = a.dial("b", 2, SECONDS.toNanos(1));
        step(50);

        assertTrue(peering.isDone());
        assertEquals(1, atA.failures.size());
        assertTrue(atA.failures.getFirst().contains("reason=VERSION ours=3..4 theirs=1..1"), atA.failures.getFirst());
        assertEquals(0, atB.opened.size());
        assertEquals(1, b.counters().count(Kind.HELLOS_REFUSED));
    }

    @Test
    void shouldKeepOneSessionWhereBothDialAtOnce() {
        ControlPlane a = openA(1);
        ControlPlane b = openB(2);
        Peering fromA = a.dial("b", 2);
        Peering fromB = b.dial("a", 1);
        step(2_000);

        assertEquals(1, a.sessionCount());
        assertEquals(1, b.sessionCount());
        assertEquals(List.of(), atA.closed);
        assertEquals(List.of(), atB.closed);
        assertNotNull(fromA.session());
        assertNotNull(fromB.session());
        assertEquals(fromA.session().id(), fromB.session().id());
    }

    @Test
    void shouldAnswerTheSameHelloWithTheSameSession() {
        ControlPlane a = openA(1);
        openB(2);
        a.dial("b", 2);
        network.hold("a", 1);
        step(1_200);   // three Hellos go out before an answer gets back
        network.release("a", 1);
        step(10);

        assertEquals(1, atB.opened.size());
        assertEquals(1, atA.opened.size());
        assertEquals(atA.opened.getFirst().id(), atB.opened.getFirst().id());
    }

    @Test
    void shouldCloseTheOldSessionWhenANewIncarnationComes() {
        openA(1).dial("b", 2);
        openB(2);
        step(10);
        network.kill("a", 1);
        planes.removeFirst();
        Planes.Events again = new Planes.Events();
        open(Planes.context(Planes.identity("a", 3, Role.PREFILL)).host("a").port(1), again).dial("b", 2);
        step(10);

        assertEquals(1, again.opened.size());
        assertEquals(List.of(EndReason.REPLACED), atB.closed);
        assertEquals(2, atB.opened.size());
        assertEquals(3, atB.opened.getLast().peer().incarnation());
    }

    @Test
    void shouldLoseASilentPeerAndFindItAgain() {
        openA(1).dial("b", 2);
        openB(2);
        step(10);
        network.kill("b", 2);
        planes.removeLast();
        step(4_900);
        assertEquals(List.of(), atA.closed);
        step(400);
        assertEquals(1, atA.closed.size());

        open(Planes.context(Planes.identity("b", 9, Role.DECODE)).host("b").port(2), new Planes.Events());
        step(3_000);
        assertEquals(2, atA.opened.size());
        assertEquals(9, atA.opened.getLast().peer().incarnation());
    }

    @Test
    void shouldReconnectWithinOneIncarnationAfterAnEnd() {
        ControlPlane a = openA(1);
        openB(2);
        a.dial("b", 2);
        step(10);
        long first = atA.opened.getFirst().id();
        atA.opened.getFirst().close(EndReason.SESSION_LOST);
        assertFalse(atA.opened.getFirst().isOpen());
        step(2_000);

        assertEquals(List.of(EndReason.SESSION_LOST), atA.closed);
        assertEquals(List.of(EndReason.SESSION_LOST), atB.closed);
        assertEquals(2, atA.opened.size());
        assertTrue(Long.compareUnsigned(atA.opened.getLast().id(), first) > 0);
    }

    /** The dialler hears of a session with the acceptor's first word; a listener may end it then, as by what it sends at once. */
    @Test
    void shouldNotUseTheFirstWordOfASessionThatEndedAsItOpened() {
        ControlPlane a = openA(1);
        ControlPlane b = openB(2);
        List<Integer> used = new ArrayList<>();
        b.addSessionListener(new Planes.Events() {
            @Override
            public void onSessionOpened(Session session) {
                proxy.query(session, 7, HandoffId.NONE);
            }
        });
        a.addSessionListener(new Planes.Events() {
            @Override
            public void onSessionOpened(Session session) {
                session.close(EndReason.STALLED);
            }
        });
        a.addMessageListener((session, templateId, buffer, bodyOffset, blockLength, version, length) -> used.add(templateId));
        a.dial("b", 2);
        step(10);
        assertEquals(List.of(EndReason.STALLED), atA.closed);
        assertEquals(List.of(), used);
    }

    @Test
    void shouldSayGoodbyeOnClose() {
        ControlPlane a = openA(1);
        openB(2);
        a.dial("b", 2);
        step(10);
        a.close();
        planes.remove(a);
        step(1);

        assertEquals(List.of(EndReason.SHUTDOWN), atA.closed);
        assertEquals(List.of(EndReason.SHUTDOWN), atB.closed);
        assertFalse(atA.opened.getFirst().isMissed(), "it is this process that went");
        assertTrue(atB.opened.getFirst().isEndedByPeer());
        assertTrue(atB.opened.getFirst().isMissed());
    }

    @Test
    void shouldMissAPeerThatIsLostAndNoneThatOnlyAskedForStatistics() {
        openA(1).dial("b", 2);
        openB(2);
        ControlPlane asking = open(Planes.context(NodeIdentity.observer("stats", 3)).host("c").port(3), new Planes.Events());
        asking.dial("b", 2);
        step(10);
        assertEquals(2, atB.opened.size());
        asking.close();
        planes.remove(asking);
        atB.opened.stream().filter(session -> !session.peer().isObserver()).toList().getFirst().close(EndReason.SILENT);
        step(2);

        assertEquals(2, atB.closed.size());
        for (Session session : atB.opened.subList(0, 2)) {
            assertEquals(!session.peer().isObserver(), session.isMissed(), session::toString);
            assertEquals(session.peer().isObserver(), session.isEndedByPeer(), session::toString);
        }
    }

    @Test
    void shouldSayInTheNextHelloWhatIsDrainedAndWaitALittleForIt() {
        ControlPlane a = openA(1);
        long[] through = {0};
        long[] asked = new long[2];
        a.drainedThrough((peer, lastSessionId) -> {
            asked[0] = peer;
            asked[1] = lastSessionId;
            return through[0];
        });
        a.dial("b", 2);
        openB(2);
        step(10);
        Session first = atA.opened.getFirst();
        first.close(EndReason.SILENT);
        step(900);
        assertEquals(2, asked[0]);
        assertEquals(first.id(), asked[1]);
        assertEquals(1, atA.opened.size(), "copies of the first one still run");
        through[0] = first.id();
        step(20);
        assertEquals(first.id(), atB.opened.get(1).peerDrainedThrough());

        atA.opened.get(1).close(EndReason.SILENT);
        step(1_500);
        assertEquals(first.id(), atB.opened.get(2).peerDrainedThrough(), "it does not wait for ever");
    }

    @Test
    void shouldTellWhenNobodyAnswersADialInTime() {
        ControlPlane a = openA(1);
        Peering peering = a.dial("nobody", 7, SECONDS.toNanos(1));
        step(990);
        assertFalse(peering.isDone());
        step(20);
        assertTrue(peering.isDone());
        assertNull(peering.session());
        assertEquals(1, atA.failures.size());
        assertTrue(atA.failures.getFirst().contains("host=nobody port=7"), atA.failures.getFirst());
    }

    /** Nobody is turned out for it, however idle; it goes on dialling and has the place of one that goes. */
    @Test
    void shouldRefuseOneMoreThanItHasPlacesForUntilOneGoes() {
        ControlPlane b = open(Planes.context(Planes.identity("b", 2, Role.DECODE)).host("b").port(2).sessionCountMax(1), atB);
        ControlPlane a = openA(1);
        a.dial("b", 2);
        step(20);
        Planes.Events atLate = new Planes.Events();
        ControlPlane late = open(Planes.context(Planes.identity("late", 3, Role.PREFILL)).host("late").port(3), atLate);
        Peering peering = late.dial("b", 2, SECONDS.toNanos(60));
        step(3_000);
        assertTrue(peering.whyNot().contains("TOO_MANY_PEERS"), peering.whyNot());
        assertFalse(peering.isDone());
        assertTrue(atA.opened.getFirst().isOpen());
        assertEquals(1, b.sessionCount());

        planes.remove(a);
        a.close();
        step(5_000);
        assertEquals(1, atLate.opened.size());
        assertEquals("late", atB.opened.getLast().peer().nodeId());
    }

    private static void assertSameTelling(NodeIdentity told, NodeIdentity heard) {
        assertEquals(told.toString(), heard.toString());
        assertEquals(told.offers(), heard.offers());
        assertEquals(told.slabs(), heard.slabs());
        assertArrayEquals(told.layout(), heard.layout());
    }
}
