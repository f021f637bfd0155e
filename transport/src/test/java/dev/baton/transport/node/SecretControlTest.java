package dev.baton.transport.node;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

import dev.baton.transport.secret.Sealer;
import dev.baton.transport.secret.SharedSecret;
import dev.baton.transport.session.ControlCounters.Kind;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.HandoffId;
import dev.baton.transport.session.Peering;
import dev.baton.transport.session.ReservationId;
import dev.baton.transport.session.Role;
import dev.baton.transport.session.Session;
import dev.baton.transport.session.StaleWhat;
import dev.baton.transport.wire.EveryMessage;
import dev.baton.transport.wire.Frames;
import dev.baton.transport.wire.HelloAckDecoder;
import dev.baton.transport.wire.HelloCodec;
import dev.baton.transport.wire.HelloDecoder;
import dev.baton.transport.wire.HelloDoneDecoder;
import dev.baton.transport.wire.HelloRefusedDecoder;
import dev.baton.transport.wire.KeepAliveDecoder;
import dev.baton.transport.wire.ReceiverProxy;
import dev.baton.transport.wire.SenderProxy;

/** Two planes, a secret, and somebody in between who sees every message and may send any. */
class SecretControlTest {
    private static final SharedSecret SECRET = secret("the secret of both ends");

    private final TappedMedium[] media = TappedMedium.pair();
    private final Planes.Events atA = new Planes.Events();
    private final Planes.Events atB = new Planes.Events();
    private final List<Integer> landed = new ArrayList<>();
    private ControlHub a;
    private ControlHub b;
    private long nowNs = Long.MAX_VALUE - SECONDS.toNanos(2);

    private static SharedSecret secret(String text) {
        return SharedSecret.of(text.getBytes(StandardCharsets.US_ASCII));
    }

    private void open(SharedSecret ofA, SharedSecret ofB) {
        a = new ControlHub(Planes.context(Planes.identity("a", 1, Role.PREFILL)).host("a").port(1).secret(ofA).conclude(), media[0]);
        a.addSessionListener(atA);
        openB(ofB, 2);
    }

    private void openB(SharedSecret ofB, long incarnation) {
        b = new ControlHub(Planes.context(Planes.identity("b", incarnation, Role.DECODE)).host("b").port(1).secret(ofB).conclude(), media[1]);
        b.addSessionListener(atB);
        b.addMessageListener((session, templateId, buffer, bodyOffset, blockLength, version, length) -> landed.add(templateId));
    }

    private void step(int millis) {
        for (int i = 0; i < millis; i++) {
            nowNs += MILLISECONDS.toNanos(1);
            a.poll(nowNs);
            b.poll(nowNs);
        }
    }

    private Session connect() {
        open(SECRET, SECRET);
        a.dial("b", 1);
        step(10);
        assertEquals(1, atA.opened.size());
        assertEquals(1, atB.opened.size());
        return atA.opened.getFirst();
    }

    private static int template(byte[] message) {
        return message[2] & 0xFF;
    }

    private static byte[] first(TappedMedium medium, int templateId) {
        return medium.heard.stream().filter(message -> template(message) == templateId).findFirst().orElseThrow();
    }

    @Test
    void shouldOpenASessionAndCarryMessagesOfAnyLength() {
        Session session = connect();
        ReceiverProxy proxy = new ReceiverProxy();
        for (int i = 0; i < 3_000; i++) {
            proxy.query(session, i, HandoffId.NONE);
            step(1);
        }
        proxy.finBegin(session, new ReservationId(2, 3), 0, 1, 10, 0, 0, 0);
        proxy.finEnd(new UnsafeBuffer(new byte[1 << 20]), 0, 1 << 20);
        step(10);

        assertEquals(3_001, landed.size());
        assertEquals(0, a.counters().dropped() + b.counters().dropped());
        assertEquals(List.of(), atA.closed);
    }

    @Test
    void shouldGiveBothEndsTheSameLaneTokensAndTellThemToNobody() {
        Session atDialler = connect();
        Session atAcceptor = atB.opened.getFirst();
        assertEquals(atAcceptor.laneTokenHigh(), atDialler.peer().offers().getFirst().laneTokenHigh());
        assertEquals(atAcceptor.laneTokenLow(), atDialler.peer().offers().getFirst().laneTokenLow());
        assertEquals(atDialler.laneTokenHigh(), atAcceptor.peer().offers().getFirst().laneTokenHigh());
        assertNotEquals(atDialler.laneTokenHigh(), atAcceptor.laneTokenHigh());
        for (TappedMedium medium : media) {
            for (byte[] message : medium.heard) {
                UnsafeBuffer bytes = new UnsafeBuffer(message);
                for (int i = 0; i + 8 <= message.length; i++) {
                    assertNotEquals(atAcceptor.laneTokenHigh(), bytes.getLong(i));
                }
            }
        }
    }

    @Test
    void shouldRefuseAnotherSecretAndSayWhyAtBothEnds() {
        open(SECRET, secret("another secret entirely"));
        a.dial("b", 1);
        step(3_000);

        assertTrue(atA.opened.isEmpty() && atB.opened.isEmpty());
        assertTrue(atA.failures.getFirst().startsWith("AUTHENTICATION")
            && atA.failures.getFirst().contains("another secret: give both the same --secret-file"), atA.failures::toString);
        assertTrue(b.counters().count(Kind.SECRETS_REFUSED) > 0 && a.counters().count(Kind.SECRETS_REFUSED) > 0);
        assertEquals(0, b.sessionCount());
    }

    @Test
    void shouldRefuseAPeerWithoutASecretAndOneWithWhereThereIsNone() {
        open(null, SECRET);
        a.dial("b", 1);
        step(500);
        assertTrue(atA.failures.getFirst().contains("wants a secret, the peer gave none"), atA.failures::toString);

        b.dial("a", 1);
        step(500);
        assertTrue(atB.failures.getFirst().contains("has no secret, the peer has"), atB.failures::toString);
        assertTrue(atA.opened.isEmpty() && atB.opened.isEmpty());
    }

    @Test
    void shouldTellStrangersNothingButTheReason() {
        open(null, SECRET);
        a.dial("b", 1);
        step(100);
        byte[] refusal = first(media[0], HelloRefusedDecoder.TEMPLATE_ID);
        HelloRefusedDecoder refused = new HelloRefusedDecoder().wrap(new UnsafeBuffer(refusal), Frames.HEADER_LENGTH,
            HelloRefusedDecoder.BLOCK_LENGTH, 1);
        assertEquals(EndReason.AUTHENTICATION.code(), refused.reason());
        assertEquals(0, refused.versionMax());
        assertFalse(refused.detail().contains("nodeId"));
    }

    @Test
    void shouldBoundWhatStrangersMakeItDo() {
        open(null, SECRET);
        a.dial("b", 1);
        step(5);
        byte[] hello = first(media[1], HelloDecoder.TEMPLATE_ID);
        FrameSource stranger = new FrameSource("a");
        for (int i = 0; i < 20_000; i++) {
            hello[Frames.CORRELATION_OFFSET] = (byte) i;
            media[1].inject(stranger, hello.clone());
        }
        int pathsBefore = media[1].pathsOpened;
        step(100);
        assertEquals(0, b.sessionCount());
        assertTrue(media[1].pathsOpened - pathsBefore <= 64, () -> "paths=" + media[1].pathsOpened);
        assertTrue(b.counters().count(Kind.SECRETS_REFUSED) >= 20_000);
    }

    @Test
    void shouldBoundTheHandshakesThatReplayedHellosBegin() {
        open(SECRET, SECRET);
        media[1].isHeld = true;
        Set<Integer> seen = new HashSet<>();
        for (int i = 0; i < 700; i++) {
            Dial dial = (Dial) a.dial("b", 1);
            step(2);   // opens the path, then says Hello
            seen.add(media[1].heard.size());
            dial.close();
        }
        media[1].isHeld = false;
        FrameSource stranger = new FrameSource("nowhere");
        for (byte[] message : media[1].heard) {
            media[1].inject(stranger, message);
        }
        step(5);
        // One incarnation dialled them all, so that one handshake is kept, whichever came last; and not all were looked at.
        assertTrue(seen.size() > 600);
        assertTrue(b.counters().count(Kind.DROPPED_RATE) > 0);
        assertEquals(0, b.sessionCount());
    }

    @Test
    void shouldOpenNothingByAReplayedHandshake() {
        Session session = connect();
        byte[] hello = first(media[1], HelloDecoder.TEMPLATE_ID);
        byte[] done = first(media[1], HelloDoneDecoder.TEMPLATE_ID);
        FrameSource again = new FrameSource("a");
        media[1].inject(again, hello);
        media[1].inject(again, done);
        step(10);
        assertEquals(1, b.counters().count(Kind.DROPPED_REPLAY));
        assertEquals(1, atB.opened.size());

        // And against the process that comes after it: the Hello is as good as new there, but nobody can finish it.
        session.close(EndReason.SHUTDOWN);
        step(10);
        openB(SECRET, 77);
        a.close();
        media[1].inject(again, hello);
        for (int i = 0; i < 10; i++) {
            b.poll(nowNs += 1);
        }
        media[1].inject(again, done);
        byte[] patched = done.clone();   // for the new incarnation and session, which are not secret
        byte[] ack = media[0].heard.reversed().stream().filter(m -> template(m) == HelloAckDecoder.TEMPLATE_ID).findFirst().orElseThrow();
        new UnsafeBuffer(patched).putLong(Frames.TO_INCARNATION_OFFSET, 77, java.nio.ByteOrder.LITTLE_ENDIAN);
        System.arraycopy(ack, Frames.SESSION_OFFSET, patched, Frames.SESSION_OFFSET, 8);
        media[1].inject(again, patched);
        for (int i = 0; i < 10; i++) {
            b.poll(nowNs += 1);
        }
        assertEquals(0, b.sessionCount());
        assertEquals(1, atB.opened.size());
    }

    @Test
    void shouldHaveNoEffectTwice() {
        Session session = connect();
        new ReceiverProxy().query(session, 9, HandoffId.NONE);
        byte[] query = media[1].heard.getLast();
        FrameSource source = media[1].heardFrom.getLast();
        for (int i = 0; i < 5; i++) {
            media[1].inject(source, query);
        }
        step(5);
        assertEquals(1, landed.size());
        assertEquals(5, b.counters().count(Kind.DROPPED_REPLAY));
        assertTrue(session.isOpen());
    }

    @Test
    void shouldTakeMessagesThatOvertookEachOther() {
        Session session = connect();
        media[1].isHeld = true;
        int before = media[1].heard.size();
        for (int i = 0; i < 20; i++) {
            new ReceiverProxy().query(session, i, HandoffId.NONE);
        }
        for (int i = 19; i >= 0; i--) {
            media[1].inject(media[1].heardFrom.get(before + i), media[1].heard.get(before + i));
        }
        step(3);
        assertEquals(20, landed.size());
    }

    @Test
    void shouldRefuseWhatIsSentBackToItsSender() {
        Session session = connect();
        new SenderProxy().renewAck(session, 1, new ReservationId(2, 3), 5);
        byte[] message = media[1].heard.getLast();
        new UnsafeBuffer(message).putLong(Frames.TO_INCARNATION_OFFSET, 1, java.nio.ByteOrder.LITTLE_ENDIAN);
        FrameSource ofB = media[0].heardFrom.getLast();
        media[0].inject(ofB, message);                       // made to fit
        media[0].inject(ofB, first(media[1], HelloDecoder.TEMPLATE_ID));
        media[0].inject(ofB, first(media[1], HelloDoneDecoder.TEMPLATE_ID));
        step(5);
        assertEquals(1, a.counters().count(Kind.DROPPED_SEAL));
        assertEquals(1, atA.opened.size());
        assertEquals(0, atA.closed.size());
    }

    /** A word of the handshake that is sent back, or a refusal under no seal, is for another process and names a session that stands. */
    @Test
    void shouldCallNoSessionStaleThatItHas() {
        Session session = connect();
        FrameSource ofA = media[1].heardFrom.getLast();
        FrameSource ofB = media[0].heardFrom.getLast();
        media[1].inject(ofA, first(media[0], HelloAckDecoder.TEMPLATE_ID));
        step(200);
        media[0].inject(ofB, first(media[1], HelloDoneDecoder.TEMPLATE_ID));
        step(200);
        HelloCodec codec = new HelloCodec();
        byte[] refusal = new byte[codec.refused(99, 7, EndReason.AUTHENTICATION.code(), 0, 0, "")];
        codec.buffer().getBytes(0, refusal);
        new UnsafeBuffer(refusal).putLong(Frames.SESSION_OFFSET, session.id(), java.nio.ByteOrder.LITTLE_ENDIAN);
        media[1].inject(ofA, refusal);
        step(200);

        assertEquals(1, a.counters().count(Kind.DROPPED_INCARNATION));
        assertEquals(2, b.counters().count(Kind.DROPPED_INCARNATION));
        assertEquals(0, a.counters().count(Kind.STALE_SENT) + b.counters().count(Kind.STALE_SENT));
        assertTrue(session.isOpen() && atB.opened.getFirst().isOpen());
    }

    /** Every node says so of sessions that it does not know, to whoever seems to ask: what another one said of this session may have been kept, and shown here. */
    @Test
    void shouldEndASessionByAStaleOfItsPeerAlone() {
        Session session = connect();
        FrameSource ofB = media[0].heardFrom.getLast();
        media[0].inject(ofB, staleBy(3, session));
        step(200);
        assertEquals(1, a.counters().count(Kind.DROPPED_SOURCE));
        assertTrue(session.isOpen());

        media[0].inject(ofB, staleBy(2, session));
        step(5);
        assertEquals(List.of(EndReason.SESSION_LOST), atA.closed);
    }

    private static byte[] staleBy(long incarnation, Session session) {
        HelloCodec codec = new HelloCodec();
        int length = codec.stale(1, session.id(), 0, StaleWhat.SESSION, KeepAliveDecoder.TEMPLATE_ID, incarnation);
        Sealer sealer = new Sealer(Frames.LENGTH_MAX);
        sealer.seal(SECRET.handshakeKey(), 0, codec.buffer(), 0, length);
        byte[] message = new byte[length];
        sealer.sealed().getBytes(0, message);
        return message;
    }

    @Test
    void shouldRefuseAMessageOfAnEarlierSessionEvenIfItIsReaddressed() {
        Session old = connect();
        new ReceiverProxy().query(old, 9, HandoffId.NONE);
        byte[] query = media[1].heard.getLast();
        step(2);
        old.close(EndReason.SESSION_LOST);
        step(2_000);
        assertEquals(2, atB.opened.size());
        FrameSource source = media[1].heardFrom.getLast();
        media[1].inject(source, query);
        byte[] readdressed = query.clone();
        new UnsafeBuffer(readdressed).putLong(Frames.SESSION_OFFSET, atB.opened.getLast().id(), java.nio.ByteOrder.LITTLE_ENDIAN);
        media[1].inject(source, readdressed);
        step(2);
        assertEquals(1, landed.size());
        assertEquals(1, b.counters().count(Kind.DROPPED_SEAL));
        assertEquals(1, b.counters().count(Kind.DROPPED_SESSION));
        assertTrue(atB.opened.getLast().isOpen());
    }

    /** Every bit position would say no more: a MAC that misses a byte misses all its bits. */
    @Test
    void shouldRefuseEachMessageWithAnyByteChanged() {
        Session session = connect();
        media[1].isHeld = true;
        int before = media[1].heard.size();
        int count = EveryMessage.sendAll(session);
        List<byte[]> messages = new ArrayList<>(media[1].heard.subList(before, media[1].heard.size()));
        FrameSource source = media[1].heardFrom.getLast();
        Set<Integer> templates = new HashSet<>();
        long tried = 0;
        for (byte[] message : messages) {
            templates.add(template(message));
            for (int at = 0; at < message.length; at++) {
                byte[] tampered = message.clone();
                tampered[at] ^= (byte) (1 + at % 255);
                media[1].inject(source, tampered);
                tried++;
                if (tried % 200 == 0) {
                    b.poll(nowNs);
                }
            }
        }
        b.poll(nowNs);
        b.poll(nowNs);
        assertTrue(count > 30 && templates.size() == count, templates::toString);
        assertEquals(List.of(), landed);
        assertEquals(tried, b.counters().dropped());
        assertTrue(atB.opened.getFirst().isOpen() && atB.closed.isEmpty());
        templates.removeIf(EveryMessage::isOfThePlane);
        for (byte[] message : messages) {   // not one of them was spent by its forgeries
            if (templates.contains(template(message))) {
                media[1].inject(source, message);
            }
        }
        b.poll(nowNs);
        assertEquals(templates, new HashSet<>(landed));
    }

    @Test
    void shouldRefuseEachHandshakeMessageWithAnyByteChanged() {
        open(SECRET, SECRET);
        media[0].isHeld = true;
        media[1].isHeld = true;
        Peering peering = a.dial("b", 1);
        step(2);
        byte[] hello = media[1].heard.getFirst();
        FrameSource ofA = media[1].heardFrom.getFirst();
        media[1].injectTampered(ofA, hello);
        step(2);
        assertEquals(0, media[0].heard.stream().filter(m -> template(m) == HelloAckDecoder.TEMPLATE_ID).count());
        media[1].inject(ofA, hello);
        step(2);
        byte[] ack = first(media[0], HelloAckDecoder.TEMPLATE_ID);
        FrameSource ofB = media[0].heardFrom.getLast();
        media[0].injectTampered(ofB, ack);
        step(2);
        assertEquals(List.of(), atA.opened);
        media[0].inject(ofB, ack);
        step(2);
        byte[] done = first(media[1], HelloDoneDecoder.TEMPLATE_ID);
        media[1].injectTampered(ofA, done);
        step(2);
        assertEquals(List.of(), atB.opened);
        media[1].inject(ofA, done);
        step(2);
        assertEquals(1, atB.opened.size());
        byte[] word = first(media[0], KeepAliveDecoder.TEMPLATE_ID);
        media[0].injectTampered(ofB, word);
        step(2);
        assertTrue(atA.opened.isEmpty() && peering.session() == null, "nobody has told A yet that B has the session");
        media[0].inject(ofB, word);
        step(2);
        assertEquals(atA.opened.getFirst(), peering.session());
    }

    /** A Hello that was late opens a session at the acceptor, and its answer comes while the dialler waits to dial anew. */
    @Test
    void shouldDropAnAnswerToAHelloWhoseSessionIsOver() {
        open(null, null);
        a.dial("b", 1);
        step(10);
        byte[] hello = first(media[1], HelloDecoder.TEMPLATE_ID);
        atB.opened.getFirst().close(EndReason.SESSION_LOST);
        step(3);
        assertEquals(List.of(EndReason.SESSION_LOST), atA.closed);
        media[1].inject(media[1].heardFrom.getFirst(), hello);
        step(3);

        assertEquals(1, a.counters().count(Kind.DROPPED_HANDSHAKE));
        step(3_000);
        assertEquals(2, atA.opened.size());
        assertTrue(atA.opened.getLast().isOpen());
    }
}
