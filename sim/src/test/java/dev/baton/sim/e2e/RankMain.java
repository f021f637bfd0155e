package dev.baton.sim.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import org.agrona.concurrent.BackoffIdleStrategy;
import org.agrona.concurrent.IdleStrategy;

import dev.baton.buffer.slab.ShardRange;
import dev.baton.kv.ModelShapes;
import dev.baton.kv.ShardedLayout;
import dev.baton.kv.Sharding;
import dev.baton.sender.SenderContext;
import dev.baton.sender.SenderService;
import dev.baton.sender.core.HandoffSpec;
import dev.baton.sender.core.Rank;
import dev.baton.transport.node.NodeContext;
import dev.baton.transport.node.NodeRuntime;

/**
 * One rank of a prefill engine as a process of its own. Its ranks talk by files in a folder: who they are, and the grants of
 * the first one. Arguments: folder, rank, ranks, port of the receiver, scheme, folder of shared memory, requests, ms that each
 * may take, number of the first. Says how all ended.
 */
public final class RankMain {
    private static final int TOKENS = 512;

    private RankMain() {}

    public static void main(String[] args) throws IOException {
        Path folder = Path.of(args[0]);
        int rank = Integer.parseInt(args[1]);
        int rankCount = Integer.parseInt(args[2]);
        int[] tokens = new int[Integer.parseInt(args[6])];
        Arrays.fill(tokens, TOKENS);
        ShardedLayout layout = new ShardedLayout(ModelShapes.layout("Llama-3.2-1B"), Sharding.tensor(rankCount));
        SenderService service = new SenderService(new SenderContext().layout(layout).shardsHere(new ShardRange(rank, rank))
            .windowBytes(32L << 20).wholeBytes(32L << 20));
        IdleStrategy idle = new BackoffIdleStrategy(10, 20, 1_000, 200_000);
        try (NodeRuntime node = NodeRuntime.launch(new NodeContext().nodeId("prefill-" + rank).layout(layout.encode())
            .transports(List.of(args[4])).sharedMemoryDir(Path.of(args[5])).conclude(), List.of(service))) {
            service.sender().connect("127.0.0.1", Integer.parseInt(args[3]));
            write(folder, "rank-" + rank, Long.toString(service.sender().incarnation()).getBytes(StandardCharsets.UTF_8));
            List<Rank> ranks = rank == 0 ? awaitRanks(folder, rankCount, idle) : List.of();
            PatternFeed feed = new PatternFeed(service.sender().engine(), layout, Integer.parseInt(args[8]), tokens, i -> {
                HandoffSpec spec = HandoffSpec.destinationFirst(PatternFeed.id(i), 0, TOKENS).withDeadlineMs(Long.parseLong(args[7]));
                return rank == 0 ? spec.withRanks(ranks) : spec.joining();
            });
            int[] told = new int[rankCount];
            feed.handOn((part, grant) -> write(folder, "grant-" + part + "-" + told[part]++, grant));
            int joined = 0;
            while (feed.ended() < tokens.length) {
                feed.step();
                Path next = folder.resolve("grant-" + rank + "-" + joined);
                if (rank > 0 && Files.exists(next)) {
                    feed.join(Files.readAllBytes(next));
                    joined++;
                }
                if (node.failure() != null) {
                    throw new IllegalStateException("an agent failed", node.failure());
                }
                idle.idle(0);
            }
            System.out.println("ENDED " + feed.ended() + " " + (feed.trouble().isEmpty() ? "well" : feed.trouble()));
        }
    }

    private static List<Rank> awaitRanks(Path folder, int count, IdleStrategy idle) throws IOException {
        List<Rank> ranks = new ArrayList<>();
        while (ranks.size() < count) {
            Path file = folder.resolve("rank-" + ranks.size());
            if (Files.exists(file)) {
                ranks.add(new Rank(Long.parseLong(Files.readString(file)), new ShardRange(ranks.size(), ranks.size())));
            }
            idle.idle(0);
        }
        return ranks;
    }

    /** Whole, or not there. */
    private static void write(Path folder, String name, byte[] bytes) {
        try {
            Path part = Files.write(folder.resolve(name + ".part"), bytes);
            Files.move(part, folder.resolve(name), StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException ex) {
            throw new UncheckedIOException(ex);
        }
    }
}
