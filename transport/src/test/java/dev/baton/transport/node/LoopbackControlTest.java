package dev.baton.transport.node;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;

import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

import dev.baton.transport.session.ControlCounters.Kind;
import dev.baton.transport.session.ControlPlane;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.HandoffId;
import dev.baton.transport.session.NodeIdentity;
import dev.baton.transport.session.Peering;
import dev.baton.transport.session.ReservationId;
import dev.baton.transport.session.Role;
import dev.baton.transport.session.Session;
import dev.baton.transport.session.SessionListener;
import dev.baton.transport.wire.FinDecoder;
import dev.baton.transport.wire.QueryDecoder;
import dev.baton.transport.wire.ReceiverProxy;

/** Sessions over queues, on the test's own clock: the same handshake, checks and outboxes that run over Aeron. */
class LoopbackControlTest {
    private static final long STEP_NS = MILLISECONDS.toNanos(1);
    private static final ReservationId RESERVATION = new ReservationId(5, 6);

    private final LoopbackControl network = new LoopbackControl();
    private final List<ControlPlane> planes = new ArrayList<>();
    private final Planes.Events atA = new Planes.Events();
    private final Planes.Events atB = new Planes.Events();
    private final ReceiverProxy proxy = new ReceiverProxy();
    private long nowNs = Long.MAX_VALUE - SECONDS.toNanos(2);   // the clock wraps while the tests run

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

    @Test
    void shouldKeepWhatThePathDoesNotTakeAndSendItInOrder() {
        ControlPlane a = openA(1);
        ControlPlane b = openB(2);
        List<Long> correlations = new ArrayList<>();
        b.addMessageListener((session, templateId, buffer, bodyOffset, blockLength, version, length) -> {
            assertEquals(QueryDecoder.TEMPLATE_ID, templateId);
            correlations.add(new QueryDecoder().wrap(buffer, bodyOffset, blockLength, version).envelope().correlation());
            return true;
        });
        a.dial("b", 2);
        step(10);
        network.pathCapacity(3);
        network.hold("b", 2);
        for (int i = 0; i < 500; i++) {
            proxy.query(atA.opened.getFirst(), i, HandoffId.NONE);
        }
        step(100);
        assertTrue(correlations.isEmpty());
        assertTrue(a.counters().count(Kind.BACK_PRESSURED) >= 490);
        network.release("b", 2);
        step(500);

        assertEquals(500, correlations.size());
        for (int i = 0; i < 500; i++) {
            assertEquals(i, correlations.get(i));
        }
        assertEquals(List.of(), atA.closed);
    }

    /** The dialler hears of a session with the acceptor's first word; a listener may end it then, as by what it sends at once. */
    @Test
    void shouldNotUseTheFirstWordOfASessionThatEndedAsItOpened() {
        ControlPlane a = openA(1);
        ControlPlane b = openB(2);
        List<Integer> used = new ArrayList<>();
        b.addSessionListener(new SessionListener() {
            @Override
            public void onSessionOpened(Session session) {
                proxy.query(session, 7, HandoffId.NONE);
            }

            @Override
            public void onSessionClosed(Session session, EndReason reason) {}
        });
        a.addSessionListener(new SessionListener() {
            @Override
            public void onSessionOpened(Session session) {
                session.close(EndReason.STALLED);
            }

            @Override
            public void onSessionClosed(Session session, EndReason reason) {}
        });
        a.addMessageListener((session, templateId, buffer, bodyOffset, blockLength, version, length) -> used.add(templateId));
        a.dial("b", 2);
        step(10);
        assertEquals(List.of(EndReason.STALLED), atA.closed);
        assertEquals(List.of(), used);
    }

    @Test
    void shouldLoseAPeerThatTakesNothingForThreeSeconds() {
        ControlPlane a = openA(1);
        openB(2);
        a.dial("b", 2);
        step(10);
        network.pathCapacity(0);
        proxy.query(atA.opened.getFirst(), 1, HandoffId.NONE);
        step(2_900);
        assertEquals(List.of(), atA.closed);
        step(200);
        assertEquals(List.of(EndReason.BACK_PRESSURE), atA.closed);
    }

    @Test
    void shouldLoseASessionWhoseOutboxOverflows() {
        ControlPlane a = open(Planes.context(Planes.identity("a", 1, Role.PREFILL)).host("a").port(1).outboxLengthMax(128 << 10), atA);
        openB(2);
        a.dial("b", 2);
        step(10);
        network.pathCapacity(0);
        Session session = atA.opened.getFirst();
        int sent = 0;
        while (session.isOpen() && sent < 10_000) {
            proxy.query(session, sent++, HandoffId.NONE);
        }
        assertTrue(sent > 500 && sent < 10_000, () -> "queries until full, of 108 bytes in 128 KiB");
        assertEquals(List.of(), atA.closed);   // told in poll, not inside send
        step(1);
        assertEquals(List.of(EndReason.BACK_PRESSURE), atA.closed);
    }

    @Test
    void shouldCarryAMessageOfOneMebibyteInPieces() {
        ControlPlane a = openA(1);
        ControlPlane b = openB(2);
        byte[] aux = new byte[1 << 20];
        new java.util.SplittableRandom(42).nextBytes(aux);
        List<byte[]> landed = new ArrayList<>();
        List<Integer> templates = new ArrayList<>();
        b.addMessageListener((session, templateId, buffer, bodyOffset, blockLength, version, length) -> {
            templates.add(templateId);
            if (templateId == FinDecoder.TEMPLATE_ID) {
                FinDecoder fin = new FinDecoder().wrap(buffer, bodyOffset, blockLength, version);
                FinDecoder.LanesDecoder lanes = fin.lanes();
                assertEquals(1, lanes.count());
                assertEquals(8, lanes.next().lastSeq());
                byte[] bytes = new byte[fin.auxLength()];
                fin.getAux(bytes, 0, bytes.length);
                landed.add(bytes);
            }
            return true;
        });
        a.dial("b", 2);
        step(10);
        Session session = atA.opened.getFirst();
        for (int i = 0; i < 2; i++) {
            proxy.query(session, 1, HandoffId.NONE);
            proxy.finBegin(session, RESERVATION, 1, 1, 100, 10, 1_000, 77);
            proxy.finLane(3, 8);
            proxy.finEnd(new UnsafeBuffer(aux), 0, aux.length);
            proxy.query(session, 2, HandoffId.NONE);
        }
        step(10);

        assertEquals(List.of(27, 17, 27, 27, 17, 27), templates);
        assertEquals(2, b.counters().count(Kind.REASSEMBLED));
        org.junit.jupiter.api.Assertions.assertArrayEquals(aux, landed.getFirst());
        org.junit.jupiter.api.Assertions.assertArrayEquals(aux, landed.getLast());
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

    private ControlPlane openA(long incarnation) {
        return open(Planes.context(Planes.identity("a", incarnation, Role.PREFILL)).host("a").port(1), atA);
    }

    private ControlPlane openB(long incarnation) {
        return open(Planes.context(Planes.identity("b", incarnation, Role.DECODE)).host("b").port(2), atB);
    }

    private ControlPlane open(ControlContext context, Planes.Events events) {
        ControlPlane plane = network.open(context);
        plane.addSessionListener(events);
        planes.add(plane);
        return plane;
    }

    private void step(int count) {
        for (int i = 0; i < count; i++) {
            nowNs += STEP_NS;
            planes.forEach(plane -> plane.poll(nowNs));
        }
    }

    private static void assertSameTelling(NodeIdentity told, NodeIdentity heard) {
        assertEquals(told.toString(), heard.toString());
        assertEquals(told.offers(), heard.offers());
        assertEquals(told.slabs(), heard.slabs());
        org.junit.jupiter.api.Assertions.assertArrayEquals(told.layout(), heard.layout());
    }
}
