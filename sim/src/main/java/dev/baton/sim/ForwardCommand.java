package dev.baton.sim;

import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.security.SecureRandom;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import com.fasterxml.jackson.databind.ObjectMapper;

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
import dev.baton.receiver.DecodeReceiver;
import dev.baton.receiver.ReceiverContext;
import dev.baton.receiver.ReceiverOptions;
import dev.baton.sender.PrefillSender;
import dev.baton.sender.SenderOptions;
import dev.baton.sender.SenderService;
import dev.baton.sender.core.HandoffSpec;
import dev.baton.sim.report.ExitCode;
import dev.baton.transport.node.AddressOptions;
import dev.baton.transport.node.HostPort;
import dev.baton.transport.node.NodeOptions;
import dev.baton.transport.node.NodeRuntime;
import dev.baton.transport.node.NodeService;
import dev.baton.transport.session.HandoffId;

/** {@code baton forward}: a prefill node that fetches the beginning of its prompt out of another node's memory in place of computing it. */
@Command(
    name = "forward",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = "Acts as a prefill node that was given a prompt whose beginning another node has: fetches that beginning into its own memory, " +
        "reads it, computes the rest, and hands all of it to a decode node. The prompt is the one of send --named. Exit code 0 if it was " +
        "delivered and no byte that was read is wrong.")
final class ForwardCommand implements Callable<Integer> {
    @Option(names = "--from", required = true, paramLabel = "HOST:PORT", converter = AddressOptions.class,
        description = "Control address of a node with the prefill role; with the decode role too, what it received is there.")
    private HostPort from;

    @Option(names = "--to", required = true, paramLabel = "HOST:PORT", converter = AddressOptions.class,
        description = "Control address of the node that is to decode it.")
    private HostPort to;

    @Option(names = "--pattern", paramLabel = "SEED", defaultValue = "42", description = "Names the prompt. Default: ${DEFAULT-VALUE}.")
    private long seed;

    @Option(names = "--tokens", paramLabel = "N", defaultValue = "4096", description = "Of the prompt. Default: ${DEFAULT-VALUE}.")
    private int tokens;

    @Option(names = "--within-seconds", paramLabel = "N", defaultValue = "10",
        description = "Longest wait for each node, and for the blocks. Default: ${DEFAULT-VALUE}.")
    private int withinSeconds;

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean isJson;

    @Mixin
    private LayoutOptions layoutOptions;

    @Mixin
    private ReceiverOptions receiverOptions;

    @Mixin
    private SenderOptions senderOptions;

    @Mixin
    private NodeOptions node;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        ShardedLayout layout = layoutOptions.layout();
        Require.between("tokens", tokens, layout.layout().blockTokens(), CellMap.TOKENS_MAX);
        Require.between("within-seconds", withinSeconds, 1, 600);
        ReceiverContext receiving = receiverOptions.context(layout);
        NodeService receives = DecodeReceiver.service(receiving);
        SenderService sends = new SenderService(senderOptions.contextWithin(layout, receiving.poolBytesPerShard() * layout.sharding().count()));
        try (NodeRuntime runtime = NodeRuntime.launch(node.context().layout(layout.encode()).conclude(), List.of(sends, receives))) {
            int peer = sends.sender().connect(to.host(), to.port());
            String nodeId = answer("no session with " + from, DecodeReceiver.of(runtime, receives).connect(from));
            awaitSession(sends.sender(), peer);
            return forward(runtime, layout, sends, peer, nodeId);
        }
    }

    private int forward(NodeRuntime runtime, ShardedLayout layout, SenderService sends, int peer, String nodeId) {
        SecureRandom random = new SecureRandom();
        HandoffSpec handoff = HandoffSpec.destinationFirst(new HandoffId(0, random.nextLong(), random.nextLong(), 0), peer, tokens)
            .withBlockKeys(PatternSeed.names(seed, tokens / layout.layout().blockTokens()));
        ForwardingEngine engine = new ForwardingEngine(sends.sender().engine(), layout, handoff, seed);
        engine.begin(nodeId, new HandoffId(0, random.nextLong(), random.nextLong(), 0), withinSeconds * 1_000L);
        long startNs = System.nanoTime();
        IdleStrategy idle = new BackoffIdleStrategy(10, 20, 1_000, 200_000);
        while (!engine.isDone()) {
            idle.idle(engine.doWork());
            if (runtime.failure() != null) {
                throw new IllegalStateException("an agent failed: " + runtime.failure(), runtime.failure());
            }
        }
        report(engine, nodeId, (System.nanoTime() - startNs) / 1e9);
        return engine.end().equals("delivered") && engine.bytesWrong() == 0 ? ExitCode.DONE : ExitCode.FAILED;
    }

    private <T> T answer(String whatNot, Future<T> answer) {
        try {
            return answer.get(withinSeconds, TimeUnit.SECONDS);
        } catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while it waited: " + whatNot, ex);
        } catch (ExecutionException | TimeoutException ex) {
            throw new UncheckedIOException(new ConnectException(whatNot + " in " + withinSeconds + " s" +
                (ex.getCause() == null ? "" : ": " + ex.getCause().getMessage())));
        }
    }

    private void awaitSession(PrefillSender sender, int peer) {
        long startNs = System.nanoTime();
        IdleStrategy idle = new BackoffIdleStrategy(1, 1, 1_000_000, 10_000_000);
        String why = answer("no word of " + to, sender.whyNotConnected(peer));
        for (; !why.isEmpty(); why = answer("no word of " + to, sender.whyNotConnected(peer))) {
            if (System.nanoTime() - startNs > TimeUnit.SECONDS.toNanos(withinSeconds)) {
                throw new UncheckedIOException(new ConnectException("no session with " + to + " in " + withinSeconds + " s: " + why));
            }
            idle.idle(0);
        }
    }

    private void report(ForwardingEngine engine, String nodeId, double seconds) {
        PrintWriter out = spec.commandLine().getOut();
        if (isJson) {
            out.println(new ObjectMapper().createObjectNode().put("node", nodeId).put("blocksRead", engine.blocksRead()).put("bytesRead", engine.bytesRead())
                .put("bytesWrong", engine.bytesWrong()).put("blocksComputed", engine.blocksComputed()).put("end", engine.end())
                .put("why", engine.whyNotMore()).put("seconds", seconds));
        } else {
            out.printf("read %d blocks that came from %s: %d bytes, %d wrong; computed %d blocks%s; %s to %s in %.3f s%n", engine.blocksRead(), nodeId,
                engine.bytesRead(), engine.bytesWrong(), engine.blocksComputed(), engine.whyNotMore().isEmpty() ? "" : " (" + engine.whyNotMore() + ")",
                engine.end(), to, seconds);
        }
        out.flush();
    }
}
