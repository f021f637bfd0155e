package dev.baton.transport.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.transport.RemoteSlab;
import dev.baton.transport.WireMaxima;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What sessions and handoffs are named by: bounds, equality, and how it is written where people read it. */
class SessionValuesTest {
    private static NodeIdentity node(String id, long incarnation, int lanes, int extentBytes, Set<Role> roles) {
        return new NodeIdentity(id, incarnation, 0xAB, roles, lanes, extentBytes,
            List.of(new Offer("tcp", 4001, 5, 6), new Offer("shm", 0, 5, 6), new Offer("tcp", 4002, 5, 6, LaneAddress.of("10.9.0.1"))),
            List.of(new RemoteSlab(0, 0, 4096)), new byte[] {1});
    }

    private static NodeIdentity node(String id, long incarnation) {
        return node(id, incarnation, 2, 4096, Set.of(Role.DECODE));
    }

    @Test
    void shouldWriteNamesInHexadecimalAndAttemptsUnsigned() {
        assertEquals("1f/a-ffffffffffffffff/4294967295", new HandoffId(0x1F, 10, -1, -1).toString());
        assertEquals("ff#-3", new ReservationId(255, -3).toString());
        assertEquals("nodeId=n incarnation=1f hostId=ab roles=[DECODE] lanes=2 extentBytes=4096 offers=3 slabs=1 isEncrypting=false layoutHash=20",
            node("n", 31).toString());
    }

    @Test
    void shouldNotWriteTheTokenThatOpensALane() {
        assertEquals("tcp:4001", new Offer("tcp", 4001, 0x1234, 0x5678).toString());
    }

    @Test
    void shouldRefuseANodeBeyondItsBounds() {
        assertEquals(1, node("n", 1, 0, 0, Set.of(Role.DECODE)).nodeId().length());
        assertEquals(WireMaxima.LANES_MAX, node("n".repeat(128), 1, WireMaxima.LANES_MAX, WireMaxima.EXTENT_BYTES_MAX, Set.of(Role.DECODE)).lanes());
        refused("nodeId.length=0", () -> node("", 1));
        refused("nodeId.length=129", () -> node("n".repeat(129), 1));
        refused("incarnation=0", () -> node("n", 0));
        refused("roles=[]", () -> node("n", 1, 2, 4096, Set.of()));
        refused("lanes=-1", () -> node("n", 1, -1, 4096, Set.of(Role.DECODE)));
        refused("lanes=" + (WireMaxima.LANES_MAX + 1), () -> node("n", 1, WireMaxima.LANES_MAX + 1, 4096, Set.of(Role.DECODE)));
        refused("extentBytes=-1", () -> node("n", 1, 2, -1, Set.of(Role.DECODE)));
        assertThrows(NullPointerException.class,
            () -> new NodeIdentity("n", 1, 0, Set.of(Role.DECODE), 0, 0, List.of(), List.of(), null));
    }

    @Test
    void shouldRefuseAnOfferBeyondItsBounds() {
        assertEquals("!~aaaaaaaaaa:65535", new Offer("!~aaaaaaaaaa", 65_535, 0, 0).toString());
        refused("scheme=", () -> new Offer("", 1, 0, 0));
        refused("scheme=aaaaaaaaaaaaa", () -> new Offer("aaaaaaaaaaaaa", 1, 0, 0));
        refused("scheme=a b", () -> new Offer("a b", 1, 0, 0));
        refused("scheme=a\u007f", () -> new Offer("a\u007f", 1, 0, 0));
        refused("port=-1", () -> new Offer("tcp", -1, 0, 0));
        refused("port=65536", () -> new Offer("tcp", 65_536, 0, 0));
    }

    private static void refused(String named, Runnable made) {
        String message = assertThrows(IllegalArgumentException.class, made::run).getMessage();
        assertTrue(message.contains(named), () -> "names the value: wanted=" + named + " message=" + message);
    }

    @Test
    void shouldTakeTwoTellingsOfOneProcessForTheSame() {
        NodeIdentity node = node("n", 7);
        assertEquals(node, node("n", 7, 0, 0, Set.of(Role.OBSERVER)));
        assertEquals(node.hashCode(), node("n", 7, 0, 0, Set.of(Role.OBSERVER)).hashCode());
        assertNotEquals(node, node("m", 7));
        assertNotEquals(node, node("n", 8));
        assertFalse(node.equals("n"), "is no text");
        assertEquals(4_000, EnumSet.range(Role.PREFILL, Role.OBSERVER).stream().flatMap(role -> java.util.stream.IntStream.rangeClosed(1, 1_000)
            .mapToObj(i -> node(role.name(), i).hashCode())).distinct().count(), "hashes of nodes and lives differ");
    }

    @Test
    void shouldKeepWhatItWasToldWhateverItsTellerDoes() {
        Set<Role> roles = EnumSet.of(Role.DECODE);
        List<Offer> offers = new ArrayList<>(List.of(new Offer("tcp", 1, 0, 0)));
        List<RemoteSlab> slabs = new ArrayList<>(List.of(new RemoteSlab(0, 0, 64)));
        NodeIdentity node = new NodeIdentity("n", 1, 0, roles, 1, 64, offers, slabs, new byte[0]);
        roles.add(Role.PREFILL);
        offers.clear();
        slabs.clear();
        assertEquals(Set.of(Role.DECODE), node.roles());
        assertEquals(1, node.offers().size());
        assertEquals(1, node.slabs().size());
        assertThrows(UnsupportedOperationException.class, () -> node.roles().add(Role.PREFILL));
    }

    @Test
    void shouldFindTheLanesOfASchemeInTheirOrder() {
        assertEquals(List.of(4001, 4002), node("n", 1).offers("tcp").stream().map(Offer::port).toList());
        assertEquals(List.of(), node("n", 1).offers("rdma"));
    }

    @Test
    void shouldGiveItsLanesAnotherTokenAndChangeNothingElse() {
        NodeIdentity node = new NodeIdentity("n", 3, 4, Set.of(Role.PREFILL), 2, 64, node("n", 3).offers(), node("n", 3).slabs(), true, new byte[] {9});
        NodeIdentity opened = node.withLaneToken(77, 78);
        for (int lane = 0; lane < 3; lane++) {
            Offer before = node.offers().get(lane);
            assertEquals(new Offer(before.scheme(), before.port(), 77, 78, before.address()), opened.offers().get(lane));
        }
        assertEquals(3, opened.offers().size());
        assertEquals(node.toString(), opened.toString());
        assertTrue(opened.isEncrypting());
    }

    @Test
    void shouldKnowAnObserverWhoHasNothing() {
        NodeIdentity observer = NodeIdentity.observer("o", 5);
        assertTrue(observer.isObserver());
        assertTrue(observer.hasRole(Role.OBSERVER));
        assertFalse(observer.hasRole(Role.DECODE));
        assertEquals("nodeId=o incarnation=5 hostId=0 roles=[OBSERVER] lanes=0 extentBytes=0 offers=0 slabs=0 isEncrypting=false layoutHash=1",
            observer.toString());
        assertFalse(node("n", 1).isObserver());
        assertTrue(node("n", 1).hasRole(Role.DECODE));
    }

    @Test
    void shouldWriteAndReadNumericAddresses() {
        assertEquals(new LaneAddress(0, 0xFFFF_0A09_0001L), LaneAddress.of("10.9.0.1"));
        assertEquals(new LaneAddress(0, 0xFFFF_FFFF_FFFEL), LaneAddress.of("255.255.255.254"));
        assertEquals("10.9.0.1", LaneAddress.of("10.9.0.1").host());
        assertEquals(new LaneAddress(0xFE80_0000_0000_0000L, 0x1234_0000_0000_0001L), LaneAddress.of("fe80::1234:0:0:1"));
        assertEquals("fe80:0:0:0:1234:0:0:1", LaneAddress.of("fe80::1234:0:0:1").host());
        assertEquals(LaneAddress.NONE, LaneAddress.of(""));
        assertEquals("", LaneAddress.NONE.host());
        assertThrows(IllegalArgumentException.class, () -> LaneAddress.of("localhost"));
    }
}
