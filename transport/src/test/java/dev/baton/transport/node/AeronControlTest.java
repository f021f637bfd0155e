package dev.baton.transport.node;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import dev.baton.platform.ThreadAllocation;
import dev.baton.transport.secret.SharedSecret;
import dev.baton.transport.session.ControlCounters.Kind;
import dev.baton.transport.session.ControlPlane;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.NodeIdentity;
import dev.baton.transport.session.ReservationId;
import dev.baton.transport.session.Role;
import dev.baton.transport.session.Session;
import dev.baton.transport.wire.ChunkDecoder;
import dev.baton.transport.wire.FinDecoder;
import dev.baton.transport.wire.ReceiverProxy;
import io.aeron.ExclusivePublication;

/** Real embedded drivers, real UDP over loopback, ports of the system's choice; both planes stepped by the test's thread. */
@Timeout(60)
class AeronControlTest {
    private static final long WITHIN_NS = SECONDS.toNanos(20);
    private static final ReservationId RESERVATION = new ReservationId(5, 6);

    private static final int IN_FLIGHT_MAX = 100;

    private final SplittableRandom random = new SplittableRandom();
    private final List<AutoCloseable> opened = new ArrayList<>();
    private final List<ControlPlane> planes = new ArrayList<>();
    private final Planes.Events atA = new Planes.Events();
    private final Planes.Events atB = new Planes.Events();
    private final ReceiverProxy proxy = new ReceiverProxy();
    private SharedSecret secret;
    private int chunksSeen;
    private long linesSeen;

    @AfterEach
    void closeAll() throws Exception {
        for (AutoCloseable each : opened.reversed()) {
            each.close();
        }
    }

    @Test
    void shouldOpenOneSessionAndTellBothSidesWhoTheOtherIs() {
        NodeIdentity identityA = Planes.identity("a", incarnation(), Role.PREFILL);
        NodeIdentity identityB = Planes.identity("b", incarnation(), Role.DECODE);
        ControlPlane a = open(identityA, atA);
        ControlPlane b = open(identityB, atB);
        assertTrue(a.localPort() > 0 && a.localPort() != b.localPort());
        a.dial("127.0.0.1", b.localPort());
        await("a session at both ends", () -> atA.opened.size() == 1 && atB.opened.size() == 1);

        assertEquals(identityB.toString(), atA.opened.getFirst().peer().toString());
        assertEquals(identityA.toString(), atB.opened.getFirst().peer().toString());
        assertEquals("127.0.0.1", atB.opened.getFirst().host());
        assertEquals(a.localPort(), atB.opened.getFirst().port());
        assertEquals(0, a.counters().dropped() + b.counters().dropped());
    }

    @Test
    void shouldNoticeARestartedPeerAndOpenASessionWithItsNewIncarnation() throws Exception {
        ControlPlane b = open(Planes.identity("b", incarnation(), Role.DECODE), atB);
        AeronNode firstNode = AeronNode.embedded(incarnation());
        ControlPlane first = AeronControl.open(firstNode, Planes.context(Planes.identity("a", incarnation(), Role.PREFILL)));
        planes.add(first);
        first.dial("127.0.0.1", b.localPort());
        await("the first session", () -> atB.opened.size() == 1 && first.sessionCount() == 1);
        planes.remove(first);   // from here on it says nothing: as if killed

        ControlPlane second = open(Planes.identity("a", incarnation(), Role.PREFILL), atA);
        second.dial("127.0.0.1", b.localPort());
        await("the second session", () -> atA.opened.size() == 1 && atB.opened.size() == 2);
        assertEquals(List.of(EndReason.REPLACED), atB.closed);
        first.close();
        firstNode.close();
    }

    @Test
    void shouldCarryOneMebibyteInPieces() {
        ControlPlane a = open(Planes.identity("a", incarnation(), Role.PREFILL), atA);
        ControlPlane b = open(Planes.identity("b", incarnation(), Role.DECODE), atB);
        byte[] aux = new byte[1 << 20];
        random.nextBytes(aux);
        List<byte[]> landed = new ArrayList<>();
        b.addMessageListener((session, templateId, buffer, bodyOffset, blockLength, version, length) -> {
            FinDecoder fin = new FinDecoder().wrap(buffer, bodyOffset, blockLength, version);
            fin.lanes();
            byte[] bytes = new byte[fin.auxLength()];
            fin.getAux(bytes, 0, bytes.length);
            return landed.add(bytes);
        });
        a.dial("127.0.0.1", b.localPort());
        await("a session", () -> atA.opened.size() == 1);
        proxy.finBegin(atA.opened.getFirst(), RESERVATION, 0, 1, 1, 1, 1, 1);
        proxy.finEnd(new UnsafeBuffer(aux), 0, aux.length);
        await("the whole message", () -> landed.size() == 1);

        assertArrayEquals(aux, landed.getFirst());
        assertEquals(1, b.counters().count(Kind.REASSEMBLED));
        assertTrue(a.counters().count(Kind.BACK_PRESSURED) > 0, "1 MiB does not fit the window: the outbox was not used");
    }

    @Test
    void shouldSayWhichPortIsInUse() {
        ControlPlane a = open(Planes.identity("a", incarnation(), Role.PREFILL), atA);
        AeronNode node = AeronNode.embedded(incarnation());
        opened.add(node);
        long startNs = System.nanoTime();
        UncheckedIOException refused = assertThrows(UncheckedIOException.class, () -> AeronControl.open(node,
            Planes.context(Planes.identity("b", incarnation(), Role.DECODE)).port(a.localPort())));

        assertTrue(refused.getMessage().contains("port in use: endpoint=127.0.0.1:" + a.localPort()), refused.getMessage());
        assertTrue(System.nanoTime() - startNs < WITHIN_NS);
    }

    @Test
    void shouldCloseAPathOfNoSessionInTimeAndKeepSessionsWhateverTheirAge() {
        ControlPlane b = openWith(Planes.context(Planes.identity("b", incarnation(), Role.DECODE))
            .strangerWithinNs(MILLISECONDS.toNanos(200)), atB);
        ControlPlane a = open(Planes.identity("a", incarnation(), Role.PREFILL), atA);
        a.dial("127.0.0.1", b.localPort());
        await("a session", () -> atA.opened.size() == 1 && atB.opened.size() == 1);
        AeronNode strange = AeronNode.embedded(incarnation());
        opened.add(strange);
        ExclusivePublication silent = stranger(strange, b);
        await("the silent stranger to be let in", silent::isConnected);
        await("the stranger to be closed", () -> b.counters().count(Kind.STRANGERS_CLOSED) > 0);
        await("the stranger to hear of it", () -> !silent.isConnected());

        assertEquals(1, b.sessionCount());
        assertEquals(List.of(), atA.closed);
        assertEquals(List.of(), atB.closed);
    }

    @Test
    void shouldCloseTheOldestOfTooManyPathsOfNoSessionAndLetAPeerIn() {
        ControlPlane b = openWith(Planes.context(Planes.identity("b", incarnation(), Role.DECODE)).strangerPathsMax(2),
            atB);
        AeronNode strange = AeronNode.embedded(incarnation());
        opened.add(strange);
        List<ExclusivePublication> strangers = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            ExclusivePublication next = stranger(strange, b);
            strangers.add(next);
            await("a stranger to be let in", next::isConnected);
        }
        await("three of five to be closed", () -> b.counters().count(Kind.STRANGERS_CLOSED) >= 3);
        assertTrue(strangers.get(3).isConnected() && strangers.get(4).isConnected(), "the newest were closed");
        ControlPlane a = open(Planes.identity("a", incarnation(), Role.PREFILL), atA);
        a.dial("127.0.0.1", b.localPort());
        await("a session", () -> atA.opened.size() == 1 && atB.opened.size() == 1);
        assertEquals(1, b.sessionCount());
    }

    private static ExclusivePublication stranger(AeronNode node, ControlPlane to) {
        return node.aeron().addExclusivePublication("aeron:udp?endpoint=127.0.0.1:" + to.localPort()
            + "|term-length=64k", AeronControl.STREAM_ID);
    }

    @Test
    void shouldAnswerAnObserverThatAsksForStatistics() throws Exception {
        ControlPlane a = open(Planes.identity("a", incarnation(), Role.PREFILL), atA);
        String json = "{\"x\":\"" + "y".repeat(200_000) + "\"}";
        a.statsSource(() -> json);
        AtomicBoolean isDone = new AtomicBoolean();
        Thread agent = new Thread(() -> {
            while (!isDone.get()) {
                if (a.poll(System.nanoTime()) == 0) {
                    LockSupport.parkNanos(100_000);
                }
            }
        }, "control-under-test");
        agent.start();
        try {
            assertEquals(json, StatsClient.ask("127.0.0.1", a.localPort(), null, WITHIN_NS));
        } finally {
            isDone.set(true);
            agent.join();
        }
    }

    @Test
    void shouldAnswerNoObserverThatDoesNotProveTheSecret() throws Exception {
        secret = SharedSecret.of(new byte[32]);
        ControlPlane a = open(Planes.identity("a", incarnation(), Role.DECODE), atA);
        a.statsSource(() -> "{\"x\":1}");
        AtomicBoolean isDone = new AtomicBoolean();
        Thread poller = new Thread(() -> {
            while (!isDone.get()) {
                a.poll(System.nanoTime());
                Thread.onSpinWait();
            }
        });
        poller.start();
        try {
            for (SharedSecret wrong : new SharedSecret[] {null, SharedSecret.of(new byte[33])}) {
                IOException refused = assertThrows(IOException.class,
                    () -> StatsClient.ask("127.0.0.1", a.localPort(), wrong, WITHIN_NS));
                assertTrue(refused.getMessage().contains("give both the same --secret-file"), refused::getMessage);
            }
            assertEquals("{\"x\":1}", StatsClient.ask("127.0.0.1", a.localPort(), secret, WITHIN_NS));
        } finally {
            isDone.set(true);
            poller.join();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldAllocateNothingPerChunkMessageOnceWarm(boolean isSealed) {
        secret = isSealed ? SharedSecret.of(new byte[32]) : null;
        ControlPlane a = open(Planes.identity("a", incarnation(), Role.PREFILL), atA);
        ControlPlane b = open(Planes.identity("b", incarnation(), Role.DECODE), atB);
        ChunkDecoder chunk = new ChunkDecoder();
        b.addMessageListener((session, templateId, buffer, bodyOffset, blockLength, version, length) -> {
            for (ChunkDecoder.LinesDecoder line : chunk.wrap(buffer, bodyOffset, blockLength, version).lines()) {
                linesSeen += line.cell();
            }
            chunksSeen++;
            return true;
        });
        a.dial("127.0.0.1", b.localPort());
        await("a session", () -> atA.opened.size() == 1 && atB.opened.size() == 1);
        Session session = atA.opened.getFirst();
        sendChunks(a, b, session, 20_000);
        // An optimisation that ends or a class that is loaded late allocates now and then; what a chunk costs is in every window.
        long[] windows = new long[5];
        for (int i = 0; i < windows.length; i++) {
            long before = ThreadAllocation.currentThreadBytes();
            sendChunks(a, b, session, 2_000);
            windows[i] = ThreadAllocation.currentThreadBytes() - before;
        }

        assertEquals(0, Arrays.stream(windows).min().orElseThrow(), () -> Arrays.toString(windows));
        assertEquals(30_000, chunksSeen);
        assertEquals(30_000L * (1 + 2 + 3 + 4), linesSeen);
        assertEquals(0, b.counters().dropped());
    }

    private void sendChunks(ControlPlane a, ControlPlane b, Session session, int count) {
        int target = chunksSeen + count;
        int sent = 0;
        long deadlineNs = System.nanoTime() + WITHIN_NS;
        while (chunksSeen < target) {
            long nowNs = System.nanoTime();
            // Within Aeron's window, so that the outbox, which grows when it is first needed, is not what is measured.
            if (sent < count && sent - (chunksSeen - target + count) < IN_FLIGHT_MAX) {
                proxy.chunkBegin(session, RESERVATION, 1, 1, sent);
                for (int cell = 1; cell <= 4; cell++) {
                    proxy.chunkLine(cell, 1_000, sent, 0, 0);
                }
                proxy.chunkEnd();
                sent++;
            }
            a.poll(nowNs);
            b.poll(nowNs);
            if (nowNs - deadlineNs > 0) {
                throw new AssertionError("chunks did not arrive in time: seen=" + chunksSeen + " wanted=" + target);
            }
        }
    }

    private long incarnation() {
        return random.nextLong() | 1;
    }

    private ControlPlane open(NodeIdentity identity, Planes.Events events) {
        return openWith(Planes.context(identity).secret(secret), events);
    }

    private ControlPlane openWith(ControlContext context, Planes.Events events) {
        AeronNode node = AeronNode.embedded(context.identity().incarnation());
        opened.add(node);
        ControlPlane plane = AeronControl.open(node, context);
        opened.add(plane);
        plane.addSessionListener(events);
        planes.add(plane);
        return plane;
    }

    private void await(String what, BooleanSupplier condition) {
        long deadlineNs = System.nanoTime() + WITHIN_NS;
        while (!condition.getAsBoolean()) {
            long nowNs = System.nanoTime();
            if (nowNs - deadlineNs > 0) {
                throw new AssertionError("waited in vain for " + what);
            }
            int workCount = 0;
            for (ControlPlane plane : planes) {
                workCount += plane.poll(nowNs);
            }
            if (workCount == 0) {
                LockSupport.parkNanos(100_000);
            }
        }
    }
}
