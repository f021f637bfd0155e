package dev.baton.sender.core;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import dev.baton.transport.session.NodeIdentity;
import dev.baton.transport.session.Offer;
import dev.baton.transport.session.Role;

class SchemeChoiceTest {
    @ParameterizedTest(name = "own {0}, offered {1}, host {2}: {3}")
    @CsvSource(nullValues = "none", value = {"shm tcp, tcp shm, 1, shm", "tcp shm, tcp shm, 1, tcp", "shm tcp, tcp shm, 2, tcp",
        "aeron tcp, tcp aeron, 1, aeron", "shm, tcp, 1, none", "shm, shm, 2, none",
        "rdma tcp, tcp rdma, 2, rdma", "rdma-sim tcp, tcp rdma-sim, 1, rdma-sim", "rdma-sim tcp, tcp rdma-sim, 2, tcp"})
    void shouldTakeTheFirstOfItsOwnThatReachesThePeer(String own, String offered, long peerHost, String chosen) {
        List<Offer> offers = new ArrayList<>();
        Arrays.stream(offered.split(" ")).forEach(scheme -> offers.add(new Offer(scheme, 1, 2, 3)));
        NodeIdentity peer = new NodeIdentity("peer", 9, peerHost, EnumSet.of(Role.DECODE), 1, 4096, offers, List.of(), new byte[0]);
        assertEquals(chosen, new SchemeChoice(List.of(own.split(" ")), 1).choose(peer));
    }
}
