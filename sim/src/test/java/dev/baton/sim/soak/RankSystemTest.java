package dev.baton.sim.soak;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;

/**
 * Two prefill processes send each request together, one shard each, to a third: every byte is compared where it lies; one of
 * them is killed with -9 while requests flow, the other is told of each, memory comes back, and the next two deliver.
 */
@EnabledIfEnvironmentVariable(named = "BATON_TEST_LONG", matches = "1", disabledReason = "part of baton test full")
@Timeout(180)
class RankSystemTest extends ProcessesTest {
    private static final String RANK = "dev.baton.sim.e2e.RankMain";

    private int begun;

    @Test
    void shouldEndWholeRequestsWhenOneOfTheirRanksIsKilled() throws Exception {
        killARank("shm", 1);
    }

    @Test
    @EnabledIfEnvironmentVariable(named = "BATON_TEST_LONG", matches = "1", disabledReason = "part of baton test full")
    void shouldEndWholeRequestsOverTcpWhenTheRankThatReservesIsKilled() throws Exception {
        killARank("tcp", 0);
    }

    private void killARank(String transport, int killed) throws Exception {
        BatonChild receiver = BatonChild.start(folder, List.of(), Map.of(), List.of("receiver", "--node-id", "decode",
            "--verify-pattern", "42", "--listen", "127.0.0.1:0", "--pool", "128MiB", "--json", "--model", "Llama-3.2-1B",
            "--transports", transport, "--shm-dir", shared.toString()));
        children.add(receiver);
        String at = receiver.awaitListening(60);

        List<BatonChild> first = ranks(transport, at, "first", 4, 60_000);
        for (BatonChild rank : first) {
            assertEquals(0, rank.awaitEnd(60_000), rank::toString);
            assertEquals("ENDED 4 well", rank.outText().strip());
        }
        assertEquals(4, number(stats(at), "counters", "delivered"));

        List<BatonChild> doomed = ranks(transport, at, "doomed", 200, 12_000);
        await("requests flow", at, stats -> number(stats, "counters", "delivered") > 6
            && number(stats, "reservations", "receiving") > 0);
        doomed.get(killed).signal("KILL");
        long startNs = System.nanoTime();
        await("memory is back", at, stats -> number(stats, "reservations", "live") == 0
            && number(stats, "pool", "quarantinedExtents") == 0 && number(stats, "pool", "ownedExtents") == 0);
        BatonChild other = doomed.get(1 - killed);
        assertEquals(0, other.awaitEnd(60_000), other::toString);
        assertTrue(other.outText().startsWith("ENDED 200 failed "), other.outText());
        System.out.println(transport + ": rank killed -> memory back, every request told: " + elapsedMs(startNs) + " ms");

        List<BatonChild> next = ranks(transport, at, "next", 4, 60_000);
        for (BatonChild rank : next) {
            assertEquals(0, rank.awaitEnd(60_000), rank::toString);
            assertEquals("ENDED 4 well", rank.outText().strip());
        }
        assertEquals(0, receiver.terminate(60_000));
        assertEquals(0, receiver.json().get("mismatches").asLong());
        assertTrue(receiver.json().get("verifiedBytes").asLong() > 0);
    }

    private List<BatonChild> ranks(String transport, String at, String name, int requests, long deadlineMs) throws IOException {
        Path between = Files.createDirectory(folder.resolve(name));
        List<BatonChild> ranks = new ArrayList<>();
        for (int rank = 0; rank < 2; rank++) {
            BatonChild child = BatonChild.start(folder, name + rank, List.of(), Map.of(), List.of(RANK, between.toString(),
                Integer.toString(rank), "2", at.substring(at.lastIndexOf(':') + 1), transport, shared.toString(),
                Integer.toString(requests), Long.toString(deadlineMs), Integer.toString(begun)));
            ranks.add(child);
            children.add(child);
        }
        begun += requests;
        return ranks;
    }
}
