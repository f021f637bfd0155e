package dev.baton.sender.core;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import dev.baton.transport.LinkContext;
import dev.baton.transport.session.LaneAddress;
import dev.baton.transport.session.Offer;

/** Where a lane is dialled, of what the peer offers. */
class LanePathsTest {
    @ParameterizedTest(name = "{0} {1}, lane {2}: {3} else {4}")
    @CsvSource(nullValues = "none", value = {
        "rdma, 10.9.0.1 10.9.1.1, 0, 10.9.0.1, 10.9.1.1", "rdma, 10.9.0.1 10.9.1.1, 1, 10.9.1.1, 10.9.0.1",
        "rdma, 10.9.0.1 10.9.1.1 10.9.0.1 10.9.1.1, 2, 10.9.0.1, 10.9.1.1", "rdma, a a b b c c, 2, b, c a", "rdma, 10.9.0.1, 0, 10.9.0.1, none",
        "rdma-sim, 127.0.0.1 127.0.0.2, 1, 127.0.0.2, 127.0.0.1", "rdma, - -, 1, peer, none",
        // Nobody is dialled because a payload says so but a card, whose lanes open by a token.
        "tcp, 10.9.0.1 10.9.1.1, 0, peer, none"})
    void shouldDialTheOfferedAddressAndKnowTheOthers(String scheme, String addresses, int lane, String host, String others) {
        List<Offer> offers = new ArrayList<>();
        for (String address : addresses.split(" ", -1)) {
            offers.add(new Offer(scheme, 100 + offers.size(), 1, 2, LaneAddress.of(numeric(address))));
        }
        LinkContext link = LanePaths.link(offers, lane, 7, "peer", 9, List.of());
        assertEquals(numeric(host), link.host());
        assertEquals(others == null ? List.of() : List.of(others.split(" ", -1)).stream().map(LanePathsTest::numeric).toList(),
            link.otherHosts());
        assertEquals(100 + lane, link.port());
        assertEquals(lane, link.lane());
    }

    private static String numeric(String word) {
        return word.equals("-") ? "" : word.length() == 1 ? "10.0.0." + (word.charAt(0) - 'a' + 1) : word;
    }
}
