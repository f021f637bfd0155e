package dev.baton.sim.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.function.UnaryOperator;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import dev.baton.kv.ModelShapes;
import dev.baton.kv.ShardedLayout;
import dev.baton.kv.Sharding;

/** The processes of one instance offer different lanes: every sender takes to each the best that both have, and every byte is right. */
@Timeout(90)
class GangMixedEndToEndTest {
    private static final int[] TOKENS = {256, 1000, 77, 2049};

    @TempDir
    Path temporary;

    @ParameterizedTest(name = "tp {0} to {1}: leader has {2} by {3}, a member {4} by {5}")
    @CsvSource({
        "1, 2, 0, shm, 1, tcp",
        "2, 2, 1, tcp, 0, shm",
        "4, 2, 0, aeron, 1, shm+tcp",
        "2, 4, 1-3, shm, 0, tcp",
    })
    void shouldSendToEachProcessByTheBestThatBothHave(int prefillTp, int decodeTp, String leaderHas, String leaderBy, String memberHas,
        String memberBy) throws Exception {
        try (GangNodes nodes = new GangNodes(layout(prefillTp), layout(decodeTp), temporary)) {
            nodes.receiver(leaderHas, leaderBy).receiver(memberHas, memberBy).sender("0-" + (prefillTp - 1), "shm+tcp+aeron");
            PatternFeed feed = nodes.begin(0, TOKENS, _ -> UnaryOperator.identity());
            nodes.awaitDelivered(TOKENS.length);
            assertEquals(feed.bytes(), nodes.bytesRead(), "each byte at one process");
            nodes.awaitMemoryBack();
        }
    }

    /** Ranks that have not the same lanes themselves: four pairs of processes, three of them by tcp. */
    @Test
    void shouldSendFromEachRankToEachProcessByTheBestThatBothHave() throws Exception {
        try (GangNodes nodes = new GangNodes(layout(2), layout(2), temporary)) {
            nodes.receiver("0", "shm+tcp").receiver("1", "tcp").sender("0", "shm+tcp").sender("1", "tcp");
            PatternFeed feed = nodes.begin(0, TOKENS, _ -> UnaryOperator.identity());
            nodes.awaitDelivered(TOKENS.length);
            assertEquals(feed.bytes(), nodes.bytesRead());
            nodes.awaitMemoryBack();
        }
    }

    /** Half of a request lies there: nobody is given it, all of its memory comes back, and the next one is whole. */
    @ParameterizedTest
    @CsvSource({"shm, tcp", "tcp, shm"})
    void shouldGiveNothingOfARequestWhoseMemberWentHalfWay(String leaderBy, String memberBy) throws Exception {
        try (GangNodes nodes = new GangNodes(layout(2), layout(2), temporary)) {
            nodes.pool(160L << 20).receiver("0", leaderBy).receiver("1", memberBy).sender("0-1", "shm+tcp");
            // Several, so that some have bytes on the lane to the member that will not get through: what is said of those is no word of the other.
            PatternFeed lost = nodes.begin(0, new int[] {2048, 2048, 2048, 2048}, _ -> UnaryOperator.identity());
            nodes.await("some of it was staged", () -> lost.filled() >= 4);
            nodes.restart(1, "1", memberBy);
            nodes.await("its end", lost::isDone);
            assertTrue(lost.trouble().contains("MEMBER_LOST") || lost.trouble().contains("SESSION_LOST")
                || lost.trouble().contains("PEER_LOST") || lost.trouble().contains("SHUTDOWN"), lost::trouble);
            assertEquals(0, nodes.bytesRead(), "nobody was given a part of it");
            nodes.awaitMemoryBack();
            PatternFeed next = nodes.begin(4, new int[] {1500}, _ -> UnaryOperator.identity());
            nodes.awaitDelivered(1);
            assertEquals(next.bytes(), nodes.bytesRead());
            nodes.awaitMemoryBack();
        }
    }

    private static ShardedLayout layout(int tp) {
        return new ShardedLayout(ModelShapes.layout("Llama-3.2-1B"), Sharding.tensor(tp));
    }
}
