package dev.baton.sim;

import dev.baton.buffer.LayoutOptions;
import dev.baton.kv.ShardedLayout;
import dev.baton.receiver.DecodeReceiver;
import dev.baton.receiver.ReceiverCommand;
import dev.baton.receiver.ReceiverContext;
import dev.baton.receiver.ReceiverOptions;
import dev.baton.receiver.engine.VerifyingEngine;
import dev.baton.sender.SenderCommand;
import dev.baton.sender.SenderContext;
import dev.baton.sender.SenderOptions;
import dev.baton.sender.SenderService;
import dev.baton.transport.node.AddressOptions;
import dev.baton.transport.node.Daemon;
import dev.baton.transport.node.HostPort;
import dev.baton.transport.node.NodeContext;
import dev.baton.transport.node.NodeOptions;
import dev.baton.transport.node.NodeRuntime;
import dev.baton.transport.node.NodeService;
import dev.baton.transport.session.Role;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code baton node}: both ends in one process, around one control port. */
@Command(
    name = "node",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = "Runs the roles that are named in one process with one control port. Prints LISTENING when it is ready; SIGTERM drains it.")
final class NodeCommand implements Callable<Integer> {
    private static final int EVENTS_PER_CYCLE_MAX = 16;

    @Option(names = "--roles", split = ",", paramLabel = "ROLE", defaultValue = "prefill,decode",
        description = "prefill, decode, or both. Default: ${DEFAULT-VALUE}.")
    private List<Role> roles;

    @Option(names = "--peers", split = ",", paramLabel = "HOST:PORT", converter = AddressOptions.class,
        description = "Nodes to keep a session with; needs the prefill role.")
    private List<HostPort> peers = List.of();

    @Mixin
    private NodeOptions node;

    @Mixin
    private LayoutOptions layoutOptions;

    @Mixin
    private ReceiverOptions receiverOptions;

    @Mixin
    private SenderOptions senderOptions;

    @Option(names = "--json", description = "Print one JSON object at the end, and LISTENING on stderr.")
    private boolean isJson;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        Set<Role> wanted = EnumSet.copyOf(roles);
        if (!EnumSet.of(Role.PREFILL, Role.DECODE).containsAll(wanted)) {
            throw new IllegalArgumentException("roles are prefill, decode or both: roles=" + roles);
        }
        if (!peers.isEmpty() && !wanted.contains(Role.PREFILL)) {
            throw new IllegalArgumentException("only the prefill role dials: peers=" + peers + " roles=" + roles +
                "; add prefill to --roles");
        }
        Long seed = receiverOptions.patternSeed();
        if (seed != null && !wanted.contains(Role.DECODE)) {
            throw new IllegalArgumentException("only the decode role verifies: verify-pattern=" + seed + " roles=" +
                roles + "; add decode to --roles");
        }
        ShardedLayout layout = layoutOptions.layout();
        NodeContext context = node.context().layout(layout.encode()).conclude();
        ReceiverContext receiving = wanted.contains(Role.DECODE) ? receiverOptions.context(layout) : null;
        NodeService receiver = receiving == null ? null : DecodeReceiver.service(receiving);
        SenderService sender = wanted.contains(Role.PREFILL) ? new SenderService(sending(layout, receiving)) : null;
        List<NodeService> services = new ArrayList<>();
        if (sender != null) {
            services.add(sender);
        }
        if (receiver != null) {
            services.add(receiver);
        }
        NodeRuntime runtime = NodeRuntime.launch(context, services);
        for (HostPort peer : peers) {
            sender.sender().connect(peer.host(), peer.port());
        }
        return serve(context, runtime, sender, receiver, seed);
    }

    /** With a receiving role in the same process, staging is a share of its pool. */
    private SenderContext sending(ShardedLayout layout, ReceiverContext receiving) {
        return receiving == null ? senderOptions.context(layout)
            : senderOptions.contextWithin(layout, receiving.poolBytesPerShard() * layout.sharding().count());
    }

    private int serve(NodeContext context, NodeRuntime runtime, SenderService sender, NodeService receiver, Long seed) {
        DecodeReceiver decode = receiver == null ? null : DecodeReceiver.of(runtime, receiver);
        VerifyingEngine engine = seed == null ? null : ReceiverCommand.verifyingEngine(decode, seed);
        PrintWriter out = spec.commandLine().getOut();
        PrintWriter ready = isJson ? spec.commandLine().getErr() : out;
        ready.println("LISTENING " + context.host() + ":" + runtime.port() + " nodeId=" + context.nodeId());
        ready.flush();
        return new Daemon(runtime, node.drainNs()).run(
            () -> (engine == null ? 0 : decode.poll(engine, EVENTS_PER_CYCLE_MAX))
                + (sender == null ? 0 : sender.sender().engine().poll(SenderCommand.NO_ENGINE, EVENTS_PER_CYCLE_MAX)),
            () -> ReceiverCommand.summary(engine, out, isJson));
    }
}
