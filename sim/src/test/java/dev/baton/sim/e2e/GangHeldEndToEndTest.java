package dev.baton.sim.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import dev.baton.kv.BlockKey;
import dev.baton.kv.CellMap;
import dev.baton.kv.KvLayout;
import dev.baton.kv.ModelShapes;
import dev.baton.kv.ShardPairing;
import dev.baton.kv.ShardedLayout;
import dev.baton.kv.Sharding;

/** Requests that begin alike, to an instance of several processes: the beginning is sent once, and each engine reads all of its shards. */
@Timeout(90)
class GangHeldEndToEndTest {
    private static final int BLOCK = 256;
    private static final int SHARED_BLOCKS = 5;
    /** Of Llama-3.2-1B: 16 layers, 8 heads, 64 wide, keys and values, bf16. */
    private static final long BYTES_PER_TOKEN = 16 * 8 * 64 * 2 * 2;
    private static final int[] TOKENS = {SHARED_BLOCKS * BLOCK + 700, SHARED_BLOCKS * BLOCK + 1, SHARED_BLOCKS * BLOCK};

    @TempDir
    Path temporary;

    /** Shared blocks are named alike in all requests, the others after their request. */
    private static List<BlockKey> keys(int request, int tokens) {
        List<BlockKey> keys = new ArrayList<>();
        for (int block = 0; block < tokens / BLOCK; block++) {
            keys.add(new BlockKey(block, 0, 0, block < SHARED_BLOCKS ? 0 : request));
        }
        return keys;
    }

    /** One request, delivered and read everywhere; the bytes that went. */
    private static long sent(GangNodes nodes, int request, int tokens, long readByEach) {
        PatternFeed feed = nodes.begin(request, new int[] {tokens}, _ -> spec -> spec.withBlockKeys(keys(request, tokens)));
        nodes.awaitDelivered(readByEach);
        nodes.awaitMemoryBack();
        return feed.bytes();
    }

    @ParameterizedTest(name = "tp {0} to {1}: leader has {2} by {3}, a member {4} by {5}")
    @CsvSource({
        "1, 2, 0, shm, 1, shm",
        "2, 2, 1, shm, 0, tcp",
        "2, 4, 1-3, tcp, 0, tcp",
    })
    void shouldSendASharedBeginningOnceAndShowItToEveryEngine(int prefillTp, int decodeTp, String leaderHas, String leaderBy,
        String memberHas, String memberBy) throws Exception {
        try (GangNodes nodes = new GangNodes(layout(prefillTp), layout(decodeTp), temporary)) {
            nodes.receiver(leaderHas, leaderBy).receiver(memberHas, memberBy).sender("0-" + (prefillTp - 1), "shm+tcp");
            assertOnlyTheRestIsSent(nodes);
        }
    }

    @Test
    void shouldSendTheRestOnlyFromEveryRankOfASender() throws Exception {
        try (GangNodes nodes = new GangNodes(layout(2), layout(2), temporary)) {
            nodes.receiver("0", "shm+tcp").receiver("1", "tcp").sender("0", "shm+tcp").sender("1", "tcp");
            assertOnlyTheRestIsSent(nodes);
        }
    }

    private static void assertOnlyTheRestIsSent(GangNodes nodes) {
        long whole = 0;
        for (int i = 0; i < TOKENS.length; i++) {
            long of = TOKENS[i] * BYTES_PER_TOKEN;
            // The last is the shared beginning and nothing else: its last block is sent though it lies there.
            long heldBlocks = i == 0 ? 0 : i == 1 ? SHARED_BLOCKS : SHARED_BLOCKS - 1;
            assertEquals(of - heldBlocks * BLOCK * BYTES_PER_TOKEN, sent(nodes, i + 1, TOKENS[i], i + 1), "request=" + (i + 1));
            whole += of;
            assertEquals(whole, nodes.bytesRead(), "every request was read whole, each byte at one process");
        }
    }

    /** Half of each block went with it: all is sent once more, and nothing that is read is of the memory from before. */
    @ParameterizedTest
    @CsvSource({"shm", "tcp"})
    void shouldSendAllOnceMoreWhenAMemberCameBack(String memberBy) throws Exception {
        try (GangNodes nodes = new GangNodes(layout(2), layout(2), temporary)) {
            nodes.receiver("0", "tcp").receiver("1", memberBy).sender("0-1", "shm+tcp");
            assertEquals(TOKENS[0] * BYTES_PER_TOKEN, sent(nodes, 1, TOKENS[0], 1));
            assertEquals(BYTES_PER_TOKEN, sent(nodes, 2, TOKENS[1], 2));
            nodes.restart(1, "1", memberBy);
            PatternFeed again = nodes.begin(3, new int[] {TOKENS[1]}, _ -> spec -> spec.withBlockKeys(keys(3, TOKENS[1])));
            nodes.await("delivered", () -> again.isDone() && nodes.engine(0).requests() == 3 && nodes.engine(1).requests() == 1);
            nodes.assertRight();
            assertEquals(TOKENS[1] * BYTES_PER_TOKEN, again.bytes());
            nodes.awaitMemoryBack();
            PatternFeed held = nodes.begin(4, new int[] {TOKENS[1]}, _ -> spec -> spec.withBlockKeys(keys(4, TOKENS[1])));
            nodes.await("delivered", () -> held.isDone() && nodes.engine(0).requests() == 4 && nodes.engine(1).requests() == 2);
            nodes.assertRight();
            assertEquals(BYTES_PER_TOKEN, held.bytes());
            assertEquals((TOKENS[0] + 3L * TOKENS[1]) * BYTES_PER_TOKEN, nodes.bytesRead());
        }
    }

    /**
     * Of each layer group the members' engines are told what they read, and where: a window of 128 tokens, four blocks of 32, for the counts of 10
     * blocks (first request) and 11 (7 to 9 of the first, 10 of the second).
     */
    @Test
    void shouldShowEveryEngineWhatItsLayerGroupsNeed() throws Exception {
        KvLayout layout = ModelShapes.layout("gpt-oss-20b").withBlockTokens(32);
        ShardedLayout source = new ShardedLayout(layout, Sharding.tensor(1));
        ShardedLayout target = new ShardedLayout(layout, Sharding.tensor(2));
        ShardPairing pairing = ShardPairing.of(layout, source.sharding(), layout, target.sharding());
        int[] tokens = {320, 453, 384};
        int[] heldBlocks = {0, 10, 11};
        try (GangNodes nodes = new GangNodes(source, target, temporary)) {
            nodes.receiver("0", "shm").receiver("1", "tcp").sender("0", "shm+tcp");
            long whole = 0;
            for (int i = 0; i < tokens.length; i++) {
                List<BlockKey> keys = IntStream.range(0, tokens[i] / 32).mapToObj(block -> new BlockKey(block, 5, 0, 5)).toList();
                PatternFeed feed = nodes.begin(i + 1, new int[] {tokens[i]}, _ -> spec -> spec.withBlockKeys(keys));
                nodes.awaitDelivered(i + 1);
                nodes.awaitMemoryBack();
                assertEquals(bytes(pairing, tokens[i], heldBlocks[i] * 32), feed.bytes(), "request=" + (i + 1));
                whole += bytes(pairing, tokens[i], 0);
                assertEquals(whole, nodes.bytesRead(), "every request was read whole, and nothing twice");
            }
        }
    }

    private static long bytes(ShardPairing pairing, int tokens, int haveTokens) {
        return CellMap.ofTarget(pairing, tokens, 0, haveTokens, GangNodes.EXTENT_BYTES).totalBytes();
    }

    private static ShardedLayout layout(int tp) {
        return new ShardedLayout(ModelShapes.layout("Llama-3.2-1B"), Sharding.tensor(tp));
    }
}
