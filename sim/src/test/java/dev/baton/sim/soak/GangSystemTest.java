package dev.baton.sim.soak;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * An instance of two receiver processes, one shard each: every byte is compared where it lies; the member is killed with
 * -9 while requests flow, everybody is told, memory comes back, and with the member come new grants.
 */
@EnabledIfEnvironmentVariable(named = "BATON_TEST_LONG", matches = "1", disabledReason = "part of baton test full")
@Timeout(180)
class GangSystemTest extends ProcessesTest {

    @Test
    void shouldGoOnWithAMemberThatWasKilledAndCameBack() throws Exception {
        killAMember("shm", "shm", "shm");
    }

    @Test
    @EnabledIfEnvironmentVariable(named = "BATON_TEST_LONG", matches = "1", disabledReason = "part of baton test full")
    void shouldGoOnWithAMemberOverTcpThatWasKilledAndCameBack() throws Exception {
        killAMember("tcp", "tcp", "tcp");
    }

    /** All requests are one prompt, of which blocks lie there, in the memory of both; what went with the member must not be read. */
    @ParameterizedTest
    @CsvSource({"shm, tcp", "tcp, shm"})
    void shouldHoldNothingOfAMemberThatWasKilledThoughEachHasLanesOfItsOwn(String leaderBy, String memberBy) throws Exception {
        killAMember(leaderBy, memberBy, "shm,tcp", "--named");
    }

    private void killAMember(String leaderBy, String memberBy, String transport, String... more) throws Exception {
        BatonChild leader = receiver(leaderBy, "decode-0", "127.0.0.1:0", "--gang-shards", "0");
        String leaderAt = leader.awaitListening(60);
        BatonChild member = receiver(memberBy, "decode-1", "127.0.0.1:0", "--gang-shards", "1", "--gang-leader", leaderAt);
        String memberAt = member.awaitListening(60);

        BatonChild first = send(transport, "prefill-0", leaderAt, memberAt, 6, more);
        assertEquals(0, first.awaitEnd(60_000), first::toString);
        assertEquals(6, first.json().get("completed").asInt());

        BatonChild endless = send(transport, "prefill-1", leaderAt, memberAt, 1_000_000, more);
        await("requests flow", leaderAt, stats -> number(stats, "counters", "delivered") > 10
            && number(stats, "reservations", "receiving") > 0);
        member.signal("KILL");
        long startNs = System.nanoTime();
        await("both ends are told", leaderAt, stats -> stats.get("ends").has("member_lost"));
        await("memory is back", leaderAt, stats -> number(stats, "reservations", "live") == 0
            && number(stats, "pool", "quarantinedExtents") == 0 && number(stats, "pool", "ownedExtents") == 0);
        System.out.println(leaderBy + " and " + memberBy + ": member killed -> memory back: " + elapsedMs(startNs) + " ms");
        await("it is refused by name", leaderAt, stats -> stats.get("rejections").has("gang_incomplete"));
        await("the sender was told", () -> endless.errText().contains("reason=member_lost"));
        long delivered = number(stats(leaderAt), "counters", "delivered");
        assertEquals("no process of the gang has lent shard=1", stats(leaderAt).get("gang").get("missing").asText());

        long againNs = System.nanoTime();
        BatonChild back = receiver(memberBy, "decode-1", memberAt, "--gang-shards", "1", "--gang-leader", leaderAt);
        back.awaitListening(60);
        await("it is granted again", leaderAt, stats -> number(stats, "counters", "delivered") > delivered + 10);
        System.out.println(leaderBy + " and " + memberBy + ": member started -> 10 delivered, JVM start included: " + elapsedMs(againNs) + " ms");
        assertTrue(endless.isAlive());
        endless.signal("KILL");
        await("nothing is left", leaderAt, stats -> number(stats, "reservations", "live") == 0);
        for (BatonChild child : List.of(back, leader)) {
            assertEquals(0, child.terminate(60_000));
            assertEquals(0, child.json().get("mismatches").asLong());
            assertTrue(child.json().get("verifiedBytes").asLong() > 0);
        }
    }

    /** Its members fence all sessions, and lend to the next one what nobody writes to any more. */
    @ParameterizedTest
    @EnabledIfEnvironmentVariable(named = "BATON_TEST_LONG", matches = "1", disabledReason = "part of baton test full")
    @ValueSource(strings = {"shm", "tcp"})
    void shouldLendToALeaderThatWasKilledAndCameBack(String transport) throws Exception {
        BatonChild leader = receiver(transport, "decode-0", "127.0.0.1:0", "--gang-shards", "0");
        String leaderAt = leader.awaitListening(60);
        BatonChild member = receiver(transport, "decode-1", "127.0.0.1:0", "--gang-shards", "1", "--gang-leader", leaderAt);
        String memberAt = member.awaitListening(60);
        BatonChild endless = send(transport, "prefill-0", leaderAt, memberAt, 1_000_000);
        await("requests flow", leaderAt, stats -> number(stats, "counters", "delivered") > 10
            && number(stats, "reservations", "receiving") > 0);
        leader.signal("KILL");
        leader.awaitEnd(10_000);
        long startNs = System.nanoTime();
        BatonChild next = receiver(transport, "decode-0", leaderAt, "--gang-shards", "0");
        next.awaitListening(60);
        await("it grants", leaderAt, stats -> number(stats, "counters", "delivered") > 10);
        System.out.println(transport + ": leader killed -> 10 delivered, JVM start included: " + elapsedMs(startNs) + " ms");
        assertTrue(member.isAlive() && endless.isAlive());
        endless.signal("KILL");
        await("nothing is left", leaderAt, stats -> number(stats, "reservations", "live") == 0
            && number(stats, "pool", "quarantinedExtents") == 0);
        for (BatonChild child : List.of(member, next)) {
            assertEquals(0, child.terminate(60_000));
            assertEquals(0, child.json().get("mismatches").asLong());
        }
    }

    private BatonChild receiver(String transport, String node, String listen, String... gang) throws IOException {
        return start(transport, List.of("receiver", "--node-id", node, "--verify-pattern", "7", "--listen", listen, "--pool",
            "64MiB", "--json"), List.of(gang));
    }

    private BatonChild send(String transport, String node, String to, String member, int requests, String... more) throws IOException {
        return start(transport, List.of("send", "--to", to, "--gang-members", member, "--node-id", node, "--window", "32MiB",
            "--whole-staging", "32MiB", "--chunk-tokens", "256", "--json", "--tokens", "512", "--pattern", "7", "--requests",
            Integer.toString(requests), "--concurrency", "2"), List.of(more));
    }

    private BatonChild start(String transport, List<String> command, List<String> more) throws IOException {
        List<String> args = new ArrayList<>(command);
        args.addAll(List.of("--model", "Llama-3.2-1B", "--tp", "2", "--transports", transport, "--shm-dir", shared.toString()));
        args.addAll(more);
        BatonChild child = BatonChild.start(folder, List.of(), Map.of(), args);
        children.add(child);
        return child;
    }
}
