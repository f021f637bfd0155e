package dev.baton.receiver;

import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.security.SecureRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import com.fasterxml.jackson.databind.ObjectMapper;
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
import dev.baton.kv.ShardPairing;
import dev.baton.kv.ShardedLayout;
import dev.baton.platform.Require;
import dev.baton.receiver.core.FetchAsk;
import dev.baton.receiver.core.FetchEnd;
import dev.baton.receiver.core.ReadyHandoff;
import dev.baton.receiver.engine.DecodeListener;
import dev.baton.transport.node.AddressOptions;
import dev.baton.transport.node.HostPort;
import dev.baton.transport.node.NodeOptions;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.HandoffId;

/** {@code baton fetch}: acts as a decode node that has another node's blocks handed to it; what {@code send --named} left there. */
@Command(
    name = "fetch",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = "Fetches the beginning of a prompt out of another node's memory, as a decode node would that expects its request, and says " +
        "how much of it was there. The prompt is the one of send --named. Exit code 0 if some of it came.")
public final class FetchCommand implements Callable<Integer>, DecodeListener {
    private static final int EVENTS_MAX = 4;

    @Option(names = "--from", required = true, paramLabel = "HOST:PORT", converter = AddressOptions.class,
        description = "Control address of a node with the prefill role; with the decode role too, what it received is there.")
    private HostPort from;

    @Option(names = "--pattern", paramLabel = "SEED", defaultValue = "42", description = "Names the prompt. Default: ${DEFAULT-VALUE}.")
    private long seed;

    @Option(names = "--tokens", paramLabel = "N", defaultValue = "4096", description = "Of the prompt; whole blocks count. Default: ${DEFAULT-VALUE}.")
    private int tokens;

    @Option(names = "--tenant", paramLabel = "HASH", defaultValue = "0",
        description = "Whose prompt it is, by its 64-bit hash in hexadecimal. Default: ${DEFAULT-VALUE}, that of send.")
    private String tenant;

    @Option(names = "--within-seconds", paramLabel = "N", defaultValue = "10",
        description = "Longest wait for the node, and for its blocks. Default: ${DEFAULT-VALUE}.")
    private int withinSeconds;

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean isJson;

    @Mixin
    private LayoutOptions layoutOptions;

    @Mixin
    private ReceiverOptions receiverOptions;

    @Mixin
    private NodeOptions node;

    @Spec
    private CommandSpec spec;

    private FetchEnd end;

    @Override
    public Integer call() {
        ShardedLayout layout = layoutOptions.layout();
        int blockTokens = layout.layout().blockTokens();
        Require.between("tokens", tokens, blockTokens, CellMap.TOKENS_MAX);
        Require.between("within-seconds", withinSeconds, 1, 600);
        HandoffId id = new HandoffId(tenantHash(), new SecureRandom().nextLong(), new SecureRandom().nextLong(), 0);
        try (DecodeReceiver receiver = DecodeReceiver.launch(node.context().layout(layout.encode()).conclude(), receiverOptions.context(layout))) {
            String nodeId = connect(receiver);
            long startNs = System.nanoTime();
            receiver.fetch(new FetchAsk(nodeId, id, PatternSeed.names(seed, tokens / blockTokens), withinSeconds * 1_000L));
            IdleStrategy idle = new BackoffIdleStrategy(10, 20, 1_000, 200_000);
            while (end == null) {
                idle.idle(receiver.poll(this, EVENTS_MAX));
                if (receiver.runtime().failure() != null) {
                    throw new IllegalStateException("an agent failed: " + receiver.runtime().failure(), receiver.runtime().failure());
                }
            }
            return report(layout, nodeId, (System.nanoTime() - startNs) / 1e9);
        }
    }

    private long tenantHash() {
        try {
            return Long.parseUnsignedLong(tenant, 16);
        } catch (NumberFormatException ex) {
            throw new IllegalArgumentException("a tenant is 64 bits in hexadecimal, like c0ffee: --tenant=" + tenant, ex);
        }
    }

    private String connect(DecodeReceiver receiver) {
        try {
            return receiver.connect(from).get(withinSeconds, TimeUnit.SECONDS);
        } catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while it waited for " + from, ex);
        } catch (ExecutionException | TimeoutException ex) {
            throw new UncheckedIOException(new ConnectException("no session with " + from + " in " + withinSeconds + " s" +
                (ex.getCause() == null ? "" : ": " + ex.getCause().getMessage())));
        }
    }

    private int report(ShardedLayout layout, String nodeId, double seconds) {
        int came = end instanceof FetchEnd.Landed landed ? landed.tokens() : 0;
        long bytes = came == 0 ? 0 : CellMap.ofTarget(ShardPairing.of(layout.layout(), layout.sharding(), layout.layout(), layout.sharding()), came,
            0, 0, CellMap.EXTENT_BYTES_MAX).totalBytes();
        String why = switch (end) {
            case FetchEnd.Landed _, FetchEnd.Held _ -> "";
            case FetchEnd.NotHere notHere -> notHere.reason().tag();
            case FetchEnd.Failed failed -> failed.reason().tag() + ": " + failed.detail();
        };
        PrintWriter out = spec.commandLine().getOut();
        if (isJson) {
            ObjectNode json = new ObjectMapper().createObjectNode();
            json.put("node", nodeId).put("tokens", came).put("asked", tokens).put("bytes", bytes).put("seconds", seconds).put("why", why);
            out.println(json);
        } else if (came > 0) {
            out.printf("%d of %d tokens came from %s: %d bytes, every cell verified, in %.3f s, %.2f GB/s%n", came, tokens, nodeId, bytes, seconds,
                bytes / seconds / 1e9);
        } else {
            out.printf("nothing came from %s: %s%n", nodeId, why);
        }
        out.flush();
        return came > 0 ? 0 : 1;
    }

    @Override
    public void onFetched(FetchEnd how) {
        end = how;
    }

    @Override
    public void onReady(ReadyHandoff handoff) {
        throw new IllegalStateException("a request came that nobody here asked for: handoff=" + handoff.handoffId());
    }

    @Override
    public void onEnded(HandoffId handoff, EndReason reason, String detail) {}

    @Override
    public void onNotHere(HandoffId handoff, EndReason reason) {}
}
