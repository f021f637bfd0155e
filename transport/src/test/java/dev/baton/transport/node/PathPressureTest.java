package dev.baton.transport.node;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

import dev.baton.transport.session.ControlCounters.Kind;
import dev.baton.transport.session.ControlPlane;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.HandoffId;
import dev.baton.transport.session.ReservationId;
import dev.baton.transport.session.Role;
import dev.baton.transport.session.Session;
import dev.baton.transport.wire.FinDecoder;
import dev.baton.transport.wire.QueryDecoder;

/** What a path does not take at once: kept in order, for so long and so much; and what is larger than it takes in one piece. */
class PathPressureTest extends LoopbackPlanes {
    private static final ReservationId RESERVATION = new ReservationId(5, 6);

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
        new SplittableRandom(42).nextBytes(aux);
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
        assertArrayEquals(aux, landed.getFirst());
        assertArrayEquals(aux, landed.getLast());
    }
}
