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
import dev.baton.kv.ShardedLayout;
import dev.baton.transport.node.AddressOptions;
import dev.baton.transport.node.Daemon;
import dev.baton.transport.node.HostPort;
import dev.baton.transport.node.NodeContext;
import dev.baton.transport.node.NodeOptions;
import dev.baton.transport.node.NodeRuntime;

/** {@code baton sender}: the prefill side as a process of its own. */
@Command(
    name = "sender",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = "Runs a sender: keeps sessions with receivers and answers what they want. Prints LISTENING " +
        "when it is ready; SIGTERM drains it. Engines use it as a library inside their process.")
public final class SenderCommand implements Callable<Integer> {
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
        return new Daemon(runtime, node.drainNs()).run(() -> 0, () -> 0);
    }
}
