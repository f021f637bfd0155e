package dev.baton.sender;

import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import dev.baton.buffer.LayoutOptions;
import dev.baton.kv.CellMap;
import dev.baton.kv.ShardedLayout;
import dev.baton.sender.engine.PrefillListener;
import dev.baton.transport.node.AddressOptions;
import dev.baton.transport.node.Daemon;
import dev.baton.transport.node.HostPort;
import dev.baton.transport.node.NodeContext;
import dev.baton.transport.node.NodeOptions;
import dev.baton.transport.node.NodeRuntime;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.wire.OutcomeKind;

/** {@code baton sender}: the prefill side as a process of its own. */
@Command(
    name = "sender",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = "Runs a sender: keeps sessions with receivers and answers what they want. Prints LISTENING " +
        "when it is ready; SIGTERM drains it. Engines use it as a library inside their process.")
public final class SenderCommand implements Callable<Integer> {
    /** Where no engine is embedded nothing is handed off but what peers fetch, of which no engine hears. */
    public static final PrefillListener NO_ENGINE = new PrefillListener() {
        @Override
        public void onGranted(long handoff, CellMap cells) {
            throw new IllegalStateException("nobody began it: handoff=" + handoff);
        }

        @Override
        public void onRejected(long handoff, int reasonCode, long retryAfterMs, String detail) {}

        @Override
        public void onLanded(long handoff) {}

        @Override
        public void onOutcome(long handoff, OutcomeKind kind, EndReason reason) {}

        @Override
        public void onFailed(long handoff, EndReason reason, String detail) {}
    };

    private static final int EVENTS_PER_CYCLE_MAX = 16;

    @Mixin
    private NodeOptions node;

    @Mixin
    private LayoutOptions layoutOptions;

    @Mixin
    private SenderOptions senderOptions;

    @Option(names = "--to", split = ",", paramLabel = "HOST:PORT", converter = AddressOptions.class,
        description = "Receivers to keep a session with.")
    private List<HostPort> receivers = List.of();

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        ShardedLayout layout = layoutOptions.layout();
        SenderService service = new SenderService(senderOptions.context(layout));
        NodeContext context = node.context().layout(layout.encode()).conclude();
        NodeRuntime runtime = NodeRuntime.launch(context, List.of(service));
        for (HostPort receiver : receivers) {
            service.sender().connect(receiver.host(), receiver.port());
        }
        PrintWriter out = spec.commandLine().getOut();
        out.println("LISTENING " + context.host() + ":" + runtime.port() + " nodeId=" + context.nodeId());
        out.flush();
        return new Daemon(runtime, node.drainNs()).run(() -> service.sender().engine().poll(NO_ENGINE, EVENTS_PER_CYCLE_MAX), () -> 0);
    }
}
