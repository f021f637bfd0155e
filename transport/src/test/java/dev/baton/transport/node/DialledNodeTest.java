package dev.baton.transport.node;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.List;

import org.junit.jupiter.api.Test;

import dev.baton.transport.secret.SharedSecret;
import dev.baton.transport.session.ControlCounters.Kind;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.Peering;
import dev.baton.transport.session.Role;
import dev.baton.transport.wire.HelloDecoder;

/** A node that dials two others, and somebody in between who sees every message: an address leads to the node that is there, and to no other. */
class DialledNodeTest {
    private static final SharedSecret SECRET = SharedSecret.of("the secret of all three".getBytes(StandardCharsets.US_ASCII));

    private final TappedMedium[] media = TappedMedium.pair();
    private final TappedMedium mediumOfC = media[0].beside("c");
    private final Planes.Events atA = new Planes.Events();
    private final ControlHub a = hub("a", 1, Role.PREFILL, media[0]);
    private final ControlHub b = hub("b", 2, Role.DECODE, media[1]);
    private final ControlHub c = hub("c", 3, Role.DECODE, mediumOfC);
    private long nowNs = Long.MAX_VALUE - SECONDS.toNanos(20);

    private static ControlHub hub(String name, long incarnation, Role role, TappedMedium medium) {
        return new ControlHub(Planes.context(Planes.identity(name, incarnation, role)).host(name).port(1).secret(SECRET).conclude(), medium);
    }

    private void step(int millis) {
        for (int i = 0; i < millis; i++) {
            nowNs += MILLISECONDS.toNanos(1);
            a.poll(nowNs);
            b.poll(nowNs);
            c.poll(nowNs);
        }
    }

    private static byte[] lastHello(TappedMedium medium) {
        List<byte[]> hellos = medium.heard.stream().filter(message -> (message[2] & 0xFF) == HelloDecoder.TEMPLATE_ID).toList();
        return hellos.getLast();
    }

    /** It has a session with the node that the Hello was shown to, so it is told which one. */
    @Test
    void shouldNotTakeAnotherNodesAnswerForThatOfTheDialledOne() {
        a.addSessionListener(atA);
        Peering toB = a.dial("b", 1);
        Peering toC = a.dial("c", 1);
        step(10);
        assertEquals("b", toB.session().peer().nodeId());
        FrameSource ofA = mediumOfC.heardFrom.getLast();

        media[1].isHeld = true;
        toB.session().close(EndReason.SESSION_LOST);
        step(3_000);
        assertNull(toB.session());
        mediumOfC.inject(ofA, lastHello(media[1]));
        step(20);
        assertNull(toB.session(), () -> "leads to nodeId=" + toB.session().peer().nodeId());
        assertTrue(toB.whyNot().contains("answered by nodeId=c, to which another address leads: dialled=c:1"), toB::whyNot);
        assertEquals(1, a.counters().count(Kind.DROPPED_HANDSHAKE));

        media[1].isHeld = false;
        step(3_000);
        assertEquals("b", toB.session().peer().nodeId());
        assertEquals("c", toC.session().peer().nodeId());
    }

    /** The same address dialled twice leads to one session. */
    @Test
    void shouldLeadToOneSessionHoweverOftenAnAddressIsDialled() {
        Peering first = a.dial("b", 1);
        step(10);
        Peering second = a.dial("b", 1);
        step(1_000);
        assertNotNull(second.session());
        assertEquals(first.session().id(), second.session().id());
    }

    /** Nothing tells it from a copied Hello; why there is no session is said. */
    @Test
    void shouldSayWhereASecondNameOfANodeLeads() {
        media[1].alias("also-b");
        Peering first = a.dial("b", 1);
        step(10);
        Peering second = a.dial("also-b", 1);
        step(1_000);
        assertNotNull(first.session());
        assertNull(second.session());
        assertTrue(second.whyNot().contains("answered by nodeId=b, to which another address leads: dialled=b:1"), second::whyNot);
    }
}
