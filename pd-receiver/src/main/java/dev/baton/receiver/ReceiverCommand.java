package dev.baton.receiver;

import java.io.PrintWriter;
import java.util.concurrent.Callable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import dev.baton.buffer.LayoutOptions;
import dev.baton.kv.ShardedLayout;
import dev.baton.receiver.core.ReadyHandoff;
import dev.baton.receiver.engine.VerifyingEngine;
import dev.baton.transport.node.Daemon;
import dev.baton.transport.node.NodeContext;
import dev.baton.transport.node.NodeOptions;

/** {@code baton receiver}: the decode side as a process of its own. */
@Command(
    name = "receiver",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = "Runs a receiver: reserves whole requests, lands and verifies their KV. Prints LISTENING when it is ready; SIGTERM drains it.")
public final class ReceiverCommand implements Callable<Integer> {
    private static final int EVENTS_PER_CYCLE_MAX = 16;

    @Mixin
    private NodeOptions node;

    @Mixin
    private LayoutOptions layoutOptions;

    @Mixin
    private ReceiverOptions receiverOptions;

    @Option(names = "--json", description = "Print one JSON object at the end, and LISTENING on stderr.")
    private boolean isJson;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        ShardedLayout layout = layoutOptions.layout();
        NodeContext context = node.context().layout(layout.encode()).conclude();
        DecodeReceiver receiver = DecodeReceiver.launch(context, receiverOptions.context(layout));
        PrintWriter out = spec.commandLine().getOut();
        PrintWriter ready = isJson ? spec.commandLine().getErr() : out;
        ready.println("LISTENING " + context.host() + ":" + receiver.port() + " nodeId=" + context.nodeId());
        ready.flush();

        Long seed = receiverOptions.patternSeed();
        VerifyingEngine engine = seed == null ? null : verifyingEngine(receiver, seed);
        return new Daemon(receiver.runtime(), node.drainNs()).run(
            () -> engine == null ? 0 : receiver.poll(engine, EVENTS_PER_CYCLE_MAX),
            () -> summary(engine, out, isJson));
    }

    /** Attached from the start: requests are granted memory from now on. */
    public static VerifyingEngine verifyingEngine(DecodeReceiver receiver, long seed) {
        VerifyingEngine engine = new VerifyingEngine(seed, new VerifyingEngine.Verbs() {
            @Override
            public boolean take(ReadyHandoff handoff) {
                return receiver.take(handoff);
            }

            @Override
            public void release(long handle) {
                receiver.release(handle);
            }
        });
        receiver.attach();
        return engine;
    }

    /**
     * Says what was verified, as one JSON object or as a sentence.
     *
     * @param engine null where nobody verified: all counts are 0 then, and there is no sentence
     * @return the exit code: 1 if a byte was wrong
     */
    public static int summary(VerifyingEngine engine, PrintWriter out, boolean isJson) {
        if (engine == null) {
            if (isJson) {
                out.println("{\"requests\":0,\"verifiedBytes\":0,\"mismatches\":0,\"ended\":0}");
                out.flush();
            }
            return 0;
        }
        if (isJson) {
            out.println("{\"requests\":" + engine.requests() + ",\"verifiedBytes\":" + engine.bytes() +
                ",\"mismatches\":" + engine.mismatches() + ",\"ended\":" + engine.ended() + "}");
        } else {
            out.println("verified " + engine.requests() + " requests, " + engine.bytes() + " bytes, " +
                engine.mismatches() + " wrong bytes" + (engine.firstMismatch().isEmpty() ? "" : "; first: " +
                    engine.firstMismatch()));
        }
        out.flush();
        return engine.mismatches() == 0 ? 0 : 1;
    }
}
