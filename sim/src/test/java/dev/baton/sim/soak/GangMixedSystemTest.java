package dev.baton.sim.soak;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * An instance of two receiver processes, one reached through shared memory, the other by sockets: three times one prompt, which is sent once
 * but for its end, and every byte compared by both engines.
 */
@Timeout(120)
class GangMixedSystemTest extends ProcessesTest {
    private static final int TOKENS = 600;
    private static final int REQUESTS = 3;
    /** Of Llama-3.2-1B: 16 layers, 8 heads, 64 wide, keys and values, bf16. */
    private static final long BYTES_PER_TOKEN = 16 * 8 * 64 * 2 * 2;

    @Test
    void shouldSendToEachProcessByItsOwnWayAndWhatLiesThereOnce() throws Exception {
        BatonChild leader = start("shm", receiver("decode-0", "--gang-shards", "0"));
        String leaderAt = leader.awaitListening(60);
        BatonChild member = start("tcp", receiver("decode-1", "--gang-shards", "1", "--gang-leader", leaderAt));
        String memberAt = member.awaitListening(60);

        BatonChild send = start("shm,tcp", List.of("send", "--to", leaderAt, "--gang-members", memberAt, "--node-id", "prefill", "--window",
            "16MiB", "--whole-staging", "16MiB", "--chunk-tokens", "256", "--json", "--tokens", Integer.toString(TOKENS), "--pattern", "7",
            "--requests", Integer.toString(REQUESTS), "--concurrency", "1", "--named"));
        assertEquals(0, send.awaitEnd(60_000), send::toString);
        assertEquals(REQUESTS, send.json().get("completed").asInt());
        await("both have read all, and memory is back", leaderAt, stats -> number(stats, "reservations", "live") == 0
            && number(stats, "pool", "quarantinedExtents") == 0 && number(stats, "pool", "ownedExtents") == 0);
        assertTrue(number(stats(leaderAt), "counters", "blocksHeld") >= 4, "two whole blocks lay there for the second and the third request");

        long verified = 0;
        for (BatonChild child : List.of(member, leader)) {
            assertEquals(0, child.terminate(60_000), child::toString);
            assertEquals(0, child.json().get("mismatches").asLong());
            assertEquals(REQUESTS, child.json().get("requests").asLong());
            verified += child.json().get("verifiedBytes").asLong();
        }
        assertEquals(REQUESTS * TOKENS * BYTES_PER_TOKEN, verified, "every request whole, each byte at one process");
    }

    private static List<String> receiver(String node, String... gang) {
        List<String> args = new ArrayList<>(List.of("receiver", "--node-id", node, "--verify-pattern", "7", "--listen", "127.0.0.1:0",
            "--pool", "64MiB", "--json"));
        args.addAll(List.of(gang));
        return args;
    }

    private BatonChild start(String transports, List<String> command) throws IOException {
        List<String> args = new ArrayList<>(command);
        args.addAll(List.of("--model", "Llama-3.2-1B", "--tp", "2", "--transports", transports, "--shm-dir", shared.toString()));
        BatonChild child = BatonChild.start(folder, List.of(), Map.of(), args);
        children.add(child);
        return child;
    }
}
