package dev.baton.sim.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import dev.baton.buffer.slab.ShardRange;
import dev.baton.kv.BlockKey;
import dev.baton.kv.ModelShapes;
import dev.baton.kv.ShardedLayout;
import dev.baton.kv.Sharding;
import dev.baton.memory.MemoryLedger;
import dev.baton.receiver.DecodeReceiver;
import dev.baton.receiver.ReceiverCommand;
import dev.baton.receiver.ReceiverContext;
import dev.baton.receiver.engine.VerifyingEngine;
import dev.baton.sender.SenderContext;
import dev.baton.sender.SenderService;
import dev.baton.sender.core.HandoffSpec;
import dev.baton.sender.core.Rank;
import dev.baton.sender.core.SenderCounters.Kind;
import dev.baton.transport.node.NodeContext;
import dev.baton.transport.node.NodeRuntime;
import dev.baton.transport.node.NodeService;

/**
 * Two ranks of a prefill engine, each in a node that has received prompts itself, hand requests off together: what lies at a rank goes from
 * there, what lies at the receiver is sent by none of them, in both orders.
 */
@Timeout(90)
class RanksHeldEndToEndTest {
    private static final int BLOCK = 32;
    private static final int SHARED_BLOCKS = 5;
    /** Of Llama-3.2-1B: 16 layers, 8 heads, 64 wide, keys and values, bf16. */
    private static final long BYTES_PER_TOKEN = 16 * 8 * 64 * 2 * 2;

    @TempDir
    Path temporary;

    private final MemoryLedger memory = new MemoryLedger();
    private final ShardedLayout source = layout(2);
    private final List<SenderService> services = new ArrayList<>();
    private final List<NodeRuntime> nodes = new ArrayList<>();
    private final List<DecodeReceiver> receiving = new ArrayList<>();
    private final List<VerifyingEngine> engines = new ArrayList<>();
    private final List<Rank> ranks = new ArrayList<>();
    private List<PatternFeed> feeds = List.of();

    private static ShardedLayout layout(int tp) {
        return new ShardedLayout(ModelShapes.layout("Llama-3.2-1B").withBlockTokens(BLOCK), Sharding.tensor(tp));
    }

    /** Shared blocks are named alike in all requests, the others after their request. */
    private static List<BlockKey> keys(int request, int tokens) {
        List<BlockKey> keys = new ArrayList<>();
        for (int block = 0; block < tokens / BLOCK; block++) {
            keys.add(new BlockKey(block, 0, 9, block < SHARED_BLOCKS ? 0 : request));
        }
        return keys;
    }

    @ParameterizedTest
    @CsvSource({"shm, 2", "tcp, 1", "tcp, 4"})
    void shouldTakeWhatLiesAtTheRanksAndSendNothingThatLiesAtTheReceiver(String scheme, int decodeTp) throws Exception {
        Path shm = Files.exists(Path.of("/dev/shm")) ? Files.createTempDirectory(Path.of("/dev/shm"), "baton-test") : temporary;
        try (DecodeReceiver decodes = DecodeReceiver.launch(node("decode", layout(decodeTp), scheme, shm), receiver(layout(decodeTp)))) {
            receiving.add(decodes);
            engines.add(ReceiverCommand.verifyingEngine(decodes, PatternFeed.SEED));
            launchRank(0, scheme, shm);
            launchRank(1, scheme, shm);
            fillRanks(scheme, shm);

            int first = (SHARED_BLOCKS + 2) * BLOCK + 5;
            assertEquals(first * BYTES_PER_TOKEN, deliver(10, first, false), "the receiver has nothing of it");
            feeds.forEach(feed -> assertEquals(3, feed.filled(), "what is behind the shared beginning"));
            services.forEach(service -> assertEquals(SHARED_BLOCKS, service.sender().counters().count(Kind.POOL_BLOCKS_HELD)));

            int second = (SHARED_BLOCKS + 1) * BLOCK;
            assertEquals(BLOCK * BYTES_PER_TOKEN, deliver(11, second, false));
            feeds.forEach(feed -> assertEquals(1, feed.filled()));

            int third = (SHARED_BLOCKS + 1) * BLOCK + 1;
            assertEquals((BLOCK + 1) * BYTES_PER_TOKEN, deliver(12, third, true));
            assertEquals((first + second + third) * BYTES_PER_TOKEN, engines.getFirst().bytes(), "every request was read whole");
        } finally {
            nodes.forEach(NodeRuntime::close);
        }
        assertTrue(memory.isEmpty(), memory::toString);
        if (!shm.equals(temporary)) {
            Files.delete(shm);   // nothing is left in it
        }
    }

    /** A prefill of all shards hands the shared beginning, and a token, to each rank's node; then it goes. */
    private void fillRanks(String scheme, Path shm) {
        SenderService origin = new SenderService(new SenderContext().layout(source).windowBytes(16L << 20).wholeBytes(16L << 20));
        try (NodeRuntime prefill = NodeRuntime.launch(node("origin", source, scheme, shm), List.of(origin))) {
            for (int rank = 0; rank < 2; rank++) {
                int request = rank + 1;
                int tokens = SHARED_BLOCKS * BLOCK + 1;
                int peer = origin.sender().connect("127.0.0.1", nodes.get(rank).port());
                feeds = List.of(new PatternFeed(origin.sender().engine(), source, request, new int[] {tokens},
                    _ -> HandoffSpec.destinationFirst(PatternFeed.id(request), peer, tokens).withBlockKeys(keys(request, tokens))));
                VerifyingEngine at = engines.get(rank + 1);
                await("the beginning at rank " + rank, () -> {
                    assertNull(prefill.failure());
                    return feeds.getFirst().isDone() && at.requests() == 1;
                });
            }
        }
    }

    /** By both ranks; how many bytes were sent. */
    private long deliver(int request, int tokens, boolean isParked) {
        List<PatternFeed> begun = new ArrayList<>();
        for (int rank = 0; rank < 2; rank++) {
            boolean isLeader = rank == 0;
            begun.add(new PatternFeed(services.get(rank).sender().engine(), source, request, new int[] {tokens}, _ -> {
                HandoffSpec spec = (isParked ? HandoffSpec.sourceFirst(PatternFeed.id(request), tokens)
                    : HandoffSpec.destinationFirst(PatternFeed.id(request), 0, tokens)).withBlockKeys(keys(request, tokens));
                return isLeader ? spec.withRanks(ranks) : spec.joining();
            }));
        }
        begun.getFirst().handOn((_, grant) -> begun.get(1).join(grant));
        feeds = begun;
        Wanter wanter = new Wanter(receiving.getFirst(), engines.getFirst(), "rank-0", PatternFeed.id(request));
        long before = engines.getFirst().requests();
        await("request " + request, () -> {
            if (isParked) {
                wanter.poll();
            }
            return feeds.stream().allMatch(PatternFeed::isDone) && engines.getFirst().requests() == before + 1;
        });
        await("memory is back", () -> receiving.getFirst().ledger().liveCount() == 0);
        engines.forEach(engine -> assertEquals(0, engine.mismatches(), engine::firstMismatch));
        assertEquals(begun.getFirst().bytes(), begun.get(1).bytes(), "every rank was told the same of what is held");
        return begun.getFirst().bytes();
    }

    private void launchRank(int rank, String scheme, Path shm) {
        SenderService prefills = new SenderService(new SenderContext().layout(source).shardsHere(new ShardRange(rank, rank))
            .windowBytes(16L << 20).wholeBytes(16L << 20));
        NodeService decodes = DecodeReceiver.service(receiver(source));
        NodeRuntime runtime = NodeRuntime.launch(node("rank-" + rank, source, scheme, shm), List.of(prefills, decodes));
        nodes.add(runtime);
        services.add(prefills);
        receiving.add(DecodeReceiver.of(runtime, decodes));
        engines.add(ReceiverCommand.verifyingEngine(receiving.getLast(), PatternFeed.SEED));
        prefills.sender().connect("127.0.0.1", receiving.getFirst().port());
        ranks.add(new Rank(prefills.sender().incarnation(), new ShardRange(rank, rank)));
    }

    private void await(String what, BooleanSupplier done) {
        long startNs = System.nanoTime();
        while (!done.getAsBoolean()) {
            feeds.forEach(feed -> {
                feed.step();
                assertEquals("", feed.trouble());
            });
            for (int i = 0; i < receiving.size(); i++) {
                receiving.get(i).poll(engines.get(i), 4);
            }
            nodes.forEach(node -> assertNull(node.failure()));
            assertTrue(System.nanoTime() - startNs < TimeUnit.SECONDS.toNanos(30), () -> "waited 30 s for " + what);
            Until.rest();
        }
    }

    private static ReceiverContext receiver(ShardedLayout layout) {
        return new ReceiverContext().layout(layout).poolBytesPerShard(32L << 20).extentBytes(256 << 10).conclude();
    }

    private NodeContext node(String name, ShardedLayout layout, String scheme, Path shm) {
        return new NodeContext().nodeId(name).layout(layout.encode()).transports(List.of(scheme)).sharedMemoryDir(shm).ledger(memory).conclude();
    }
}
