package dev.baton.sender;

import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.agrona.concurrent.BackoffIdleStrategy;
import org.agrona.concurrent.IdleStrategy;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import dev.baton.buffer.LayoutOptions;
import dev.baton.kv.CellMap;
import dev.baton.kv.PatternSeed;
import dev.baton.kv.ShardedLayout;
import dev.baton.platform.Require;
import dev.baton.transport.node.AddressOptions;
import dev.baton.transport.node.HostPort;
import dev.baton.transport.node.NodeOptions;
import dev.baton.transport.node.NodeRuntime;

/**
 * {@code baton send}: acts as a prefill engine whose KV is a pattern that {@code baton receiver --verify-pattern}
 * knows.
 */
@Command(
    name = "send",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = "Sends requests to receivers as a prefill engine would, with KV that a seed makes. Exit code 0 if all were delivered.")
public final class SendCommand implements Callable<Integer> {
    @Option(names = "--to", required = true, paramLabel = "HOST:PORT", split = ",", converter = AddressOptions.class,
        description = "The receiver's control address; of a gang, its leader's. Several receivers have the requests in turn.")
    private List<HostPort> to;

    @Option(names = "--gang-members", paramLabel = "HOST:PORT", split = ",", converter = AddressOptions.class,
        description = "Control addresses of the gang's other processes; with one --to. Default: none.")
    private List<HostPort> gangMembers = List.of();

    @Option(names = "--pattern", paramLabel = "SEED", defaultValue = "42",
        description = "Makes the KV. Default: ${DEFAULT-VALUE}.")
    private long seed;

    @Option(names = "--tokens", paramLabel = "N", defaultValue = "4096",
        description = "Tokens of each prompt. Default: ${DEFAULT-VALUE}.")
    private int tokens;

    @Option(names = "--chunk-tokens", paramLabel = "N", defaultValue = "1024",
        description = "Tokens that prefill hands over at once; whole blocks. Default: ${DEFAULT-VALUE}.")
    private int chunkTokens;

    @Option(names = "--requests", paramLabel = "N", defaultValue = "1",
        description = "How many. Default: ${DEFAULT-VALUE}.")
    private int requests;

    @Option(names = "--concurrency", paramLabel = "N", defaultValue = "4",
        description = "Requests under way at a time to each receiver. Default: ${DEFAULT-VALUE}.")
    private int concurrency;

    @Option(names = "--cancel-percent", paramLabel = "N", defaultValue = "0",
        description = "Share of requests to cancel at some moment, as users that go away do. Default: ${DEFAULT-VALUE}.")
    private int cancelPercent;

    @Option(names = "--named", description = "All requests are one prompt, whose blocks have names that the pattern gives: what is there already " +
        "is not sent again, and other nodes can fetch it.")
    private boolean isNamed;

    @Option(names = "--connect-seconds", paramLabel = "N", defaultValue = "10",
        description = "Longest wait for the receiver. Default: ${DEFAULT-VALUE}.")
    private int connectSeconds;

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean isJson;

    @Mixin
    private LayoutOptions layoutOptions;

    @Mixin
    private SenderOptions senderOptions;

    @Mixin
    private RankOptions rankOptions;

    @Mixin
    private NodeOptions node;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        Require.between("tokens", tokens, 1, CellMap.TOKENS_MAX);
        Require.atLeast("chunk-tokens", chunkTokens, 1);
        Require.atLeast("requests", requests, 1);
        Require.atLeast("concurrency", concurrency, 1);
        Require.between("cancel-percent", cancelPercent, 0, 100);
        Require.that(cancelPercent == 0 || rankOptions.rankCount() == 1, "cancel-percent", cancelPercent, "0 where there are several --ranks");
        Require.that(to.stream().distinct().count() == to.size(), "to", to, "each address once");
        Require.that(gangMembers.isEmpty() || to.size() == 1, "to", to, "one address where there are --gang-members");
        ShardedLayout layout = layoutOptions.layout();
        int shardCount = layout.sharding().count();
        try (PatternRanks ranks = rankOptions.ranks(shardCount)) {
            return send(layout, ranks, new SenderService(senderOptions.context(layout).shardsHere(ranks.shardsHere(shardCount))));
        }
    }

    private int send(ShardedLayout layout, PatternRanks ranks, SenderService service) {
        try (NodeRuntime runtime = NodeRuntime.launch(node.context().layout(layout.encode()).conclude(),
            List.of(service))) {
            List<Integer> peers = new ArrayList<>();
            List<String> transports = new ArrayList<>();
            dial(service.sender(), peers, transports);
            long runId = ranks.meet(service.sender().incarnation(), new SecureRandom().nextLong(), connectSeconds);
            PatternEngine engine = new PatternEngine(service.sender().engine(), layout, ranks, peers, seed, runId, tokens, chunkTokens, requests,
                concurrency, cancelPercent,
                isNamed ? PatternSeed.names(seed, tokens / layout.layout().blockTokens()) : List.of());
            long startNs = System.nanoTime();
            IdleStrategy idle = new BackoffIdleStrategy(10, 20, 1_000, 200_000);
            while (!engine.isDone()) {
                idle.idle(engine.doWork());
                if (runtime.failure() != null) {
                    throw new IllegalStateException("an agent of the sender failed: " + runtime.failure(),
                        runtime.failure());
                }
            }
            report(engine, layout, transports, System.nanoTime() - startNs);
            return engine.completed() + engine.cancelled() == requests ? 0 : 1;
        }
    }

    /** All of them at once; adds the number of each, and what moves the bytes there. */
    private void dial(PrefillSender sender, List<Integer> peers, List<String> transports) {
        for (HostPort one : to) {
            peers.add(gangMembers.isEmpty() ? sender.connect(one.host(), one.port()) : sender.connect(one, gangMembers));
        }
        long startNs = System.nanoTime();
        for (int i = 0; i < peers.size(); i++) {
            awaitSession(sender, peers.get(i), to.get(i), startNs);
            transports.add(sender.schemeTo(peers.get(i)).orTimeout(connectSeconds, TimeUnit.SECONDS).join());
        }
    }

    private void awaitSession(PrefillSender sender, int peer, HostPort address, long startNs) {
        IdleStrategy idle = new BackoffIdleStrategy(1, 1, 1_000_000, 10_000_000);
        String why;
        do {
            CompletableFuture<String> answer = sender.whyNotConnected(peer);
            why = answer.orTimeout(connectSeconds, TimeUnit.SECONDS).join();
            idle.idle(0);
        } while (!why.isEmpty() && System.nanoTime() - startNs < TimeUnit.SECONDS.toNanos(connectSeconds));
        if (!why.isEmpty()) {
            throw new UncheckedIOException(new ConnectException("no session with " + address + " in " + connectSeconds +
                " s: " + why));
        }
    }

    private void report(PatternEngine engine, ShardedLayout layout, List<String> transports, long elapsedNs) {
        PrintWriter out = spec.commandLine().getOut();
        long[] durationsNs = engine.durationsNs().stream().mapToLong(Long::longValue).sorted().toArray();
        double seconds = elapsedNs / 1e9;
        if (isJson) {
            ObjectNode json = new ObjectMapper().createObjectNode();
            json.put("requests", requests).put("completed", engine.completed()).put("rejected", engine.rejected())
                .put("failed", engine.failed()).put("cancelled", engine.cancelled()).put("retried", engine.retried())
                .put("tokens", (long) tokens * engine.completed())
                .put("bytes", engine.bytes()).put("seconds", seconds).put("bytesPerSecond", engine.bytes() / seconds)
                .put("rank", rankOptions.rank()).put("ranks", rankOptions.rankCount()).put("model", layout.layout().model())
                .put("transport", String.join(",", new LinkedHashSet<>(transports))).put("firstTrouble", engine.firstTrouble());
            json.putObject("handoffMs").put("p50", percentileMs(durationsNs, 0.5)).put("p99",
                percentileMs(durationsNs, 0.99));
            ArrayNode receivers = json.putArray("receivers");
            for (int i = 0; i < to.size(); i++) {
                receivers.addObject().put("to", to.get(i).toString()).put("transport", transports.get(i)).put("completed", engine.completedBy(i));
            }
            ObjectNode ends = json.putObject("ends");
            engine.ends().forEach(ends::put);
            out.println(json);
        } else {
            out.printf("%d of %d requests delivered, %d rejected, %d failed, %d cancelled, %d retries; %d bytes in %.2f s, %.2f GB/s; handoff p50 " +
                "%.1f ms, p99 %.1f ms%n", engine.completed(), requests, engine.rejected(), engine.failed(),
                engine.cancelled(), engine.retried(), engine.bytes(), seconds, engine.bytes() / seconds / 1e9,
                percentileMs(durationsNs, 0.5), percentileMs(durationsNs, 0.99));
            for (int i = 0; i < to.size() && to.size() > 1; i++) {
                out.printf("  %s over %s: %d delivered%n", to.get(i), transports.get(i), engine.completedBy(i));
            }
            if (!engine.firstTrouble().isEmpty()) {
                out.println("first trouble: " + engine.firstTrouble());
            }
        }
        out.flush();
    }

    private static double percentileMs(long[] sortedNs, double share) {
        return sortedNs.length == 0 ? 0
            : sortedNs[(int) Math.min(sortedNs.length - 1, Math.floor(share * sortedNs.length))] / 1e6;
    }
}
