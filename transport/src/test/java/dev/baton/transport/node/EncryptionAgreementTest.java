package dev.baton.transport.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.transport.secret.SharedSecret;
import dev.baton.transport.session.ControlCounters.Kind;
import dev.baton.transport.session.NodeIdentity;
import dev.baton.transport.session.Role;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Both ends encrypt, or neither does; a node that encrypts has a secret and no lane in the clear. */
class EncryptionAgreementTest {
    private static final SharedSecret SECRET =
        SharedSecret.of("a secret of some length".getBytes(StandardCharsets.US_ASCII));

    private final TappedMedium[] media = TappedMedium.pair();
    private final Planes.Events atA = new Planes.Events();
    private final Planes.Events atB = new Planes.Events();
    private ControlHub a;
    private ControlHub b;
    private long nowNs = 1;

    @ParameterizedTest(name = "dialler {0}, acceptor {1}")
    @CsvSource({"true, false, it does not encrypt", "false, true, it encrypts"})
    void shouldRefuseByNameAtBothEndsWhereOneEncryptsAndTheOtherDoesNot(boolean atDialler, boolean atAcceptor,
        String told) {
        connect(identity("a", 1, Role.PREFILL, atDialler), identity("b", 2, Role.DECODE, atAcceptor));

        assertTrue(atA.opened.isEmpty() && atB.opened.isEmpty());
        assertTrue(atA.failures.getFirst().startsWith("ENCRYPTION") && atA.failures.getFirst().contains(told),
            atA.failures::toString);
        assertTrue(b.counters().count(Kind.HELLOS_REFUSED) > 0);
        assertEquals(0, b.sessionCount());
    }

    @ParameterizedTest
    @CsvSource({"true", "false"})
    void shouldOpenASessionWhereBothSayTheSameAndTellSo(boolean isEncrypting) {
        connect(identity("a", 1, Role.PREFILL, isEncrypting), identity("b", 2, Role.DECODE, isEncrypting));

        assertEquals(isEncrypting, atA.opened.getFirst().peer().isEncrypting());
        assertEquals(isEncrypting, atB.opened.getFirst().peer().isEncrypting());
    }

    @Test
    void shouldLetObserversAskNodesThatEncrypt() {
        connect(NodeIdentity.observer("stats", 1), identity("b", 2, Role.DECODE, true));
        assertEquals(1, atA.opened.size());
    }

    @Test
    void shouldNotEncryptWithoutASecret() {
        IllegalArgumentException refused = assertThrows(IllegalArgumentException.class,
            () -> new NodeContext().encrypting(true).conclude());
        assertTrue(refused.getMessage().contains("--secret-file"), refused::getMessage);
    }

    @Test
    void shouldNotEncryptBesideSharedMemory() {
        IllegalArgumentException refused = assertThrows(IllegalArgumentException.class,
            () -> new NodeContext().encrypting(true).secret(SECRET).transports(List.of("tcp", "shm")).conclude());
        assertTrue(refused.getMessage().contains("--transports tcp,aeron"), refused::getMessage);
    }

    @Test
    void shouldLeaveSharedMemoryOutWhereNoTransportsWereNamed() {
        assertEquals(List.of("tcp", "aeron"), new NodeContext().encrypting(true).secret(SECRET).conclude().transports());
        assertEquals(List.of("shm", "tcp", "aeron"), new NodeContext().conclude().transports());
    }

    private static NodeIdentity identity(String name, long incarnation, Role role, boolean isEncrypting) {
        NodeIdentity plain = Planes.identity(name, incarnation, role);
        return new NodeIdentity(name, incarnation, plain.hostId(), plain.roles(), plain.lanes(), plain.extentBytes(),
            plain.offers(), plain.slabs(), isEncrypting, plain.layout());
    }

    private void connect(NodeIdentity dialler, NodeIdentity acceptor) {
        a = new ControlHub(Planes.context(dialler).host("a").port(1).secret(SECRET).conclude(), media[0]);
        a.addSessionListener(atA);
        b = new ControlHub(Planes.context(acceptor).host("b").port(1).secret(SECRET).conclude(), media[1]);
        b.addSessionListener(atB);
        a.dial("b", 1);
        for (int i = 0; i < 3_000; i++) {
            nowNs += TimeUnit.MILLISECONDS.toNanos(1);
            a.poll(nowNs);
            b.poll(nowNs);
        }
    }
}
