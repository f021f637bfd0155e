package dev.baton.transport.node;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

import picocli.CommandLine.Option;

import dev.baton.platform.AgentHost;
import dev.baton.transport.RdmaOptions;
import dev.baton.transport.secret.SharedSecret;

/**
 * The settings that every daemon has, whatever its role: as flags, as BATON_* and as keys of the configuration file.
 */
public final class NodeOptions {
    @Option(names = "--config", paramLabel = "FILE",
        description = "YAML file of settings; keys are the flags' names without dashes.")
    private Path config;

    @Option(names = "--node-id", paramLabel = "NAME", description = "Names this node to peers and people.")
    private String nodeId;

    @Option(names = "--listen", converter = AddressOptions.class, paramLabel = "HOST:PORT",
        defaultValue = "127.0.0.1:0",
            description = "Where control messages come in; port 0: the system's choice. Default: ${DEFAULT-VALUE}.")
    private HostPort listen;

    @Option(names = "--insecure", description = "Allow --listen beyond loopback without credentials.")
    private boolean isInsecure;

    @Option(names = "--secret-file", paramLabel = "FILE",
        description = "Secret of all nodes that may talk to each other: at least 16 bytes, readable by its owner only.")
    private Path secretFile;

    @Option(names = "--encrypt",
        description = "Encrypt KV on its way by AES-GCM: needs --secret-file, and peers that encrypt too.")
    private boolean isEncrypting;

    @Option(names = "--transports", split = ",", paramLabel = "SCHEME",
        description = "Ways of moving bytes on offer, the best first. Default: shm,tcp,aeron; with --encrypt tcp,aeron.")
    private List<String> transports;

    @Option(names = "--shm-dir", paramLabel = "DIR", defaultValue = "/dev/shm/baton",
        description = "Where memory that processes of this host share lies. Default: ${DEFAULT-VALUE}.")
    private Path sharedMemoryDir;

    @Option(names = "--spill-dir", paramLabel = "DIR",
        description = "Where receivers of this host keep KV that their pools have no room for; senders name it too.")
    private Path spillDir;

    @Option(names = "--aeron-dir", paramLabel = "DIR",
        description = "An external media driver's directory; default: one inside.")
    private Path aeronDir;

    @Option(names = "--rails", split = ",", paramLabel = "ADDRESS",
        description = "Addresses of this host's devices for rdma, numeric, one each; or near=0000:3b:00.0, those nearest to that PCI device."
            + " Default: every device with a cable.")
    private List<String> rails = List.of();

    @Option(names = "--rdma-events",
        description = "Inlets of rdma with nothing to do sleep until their device has something, 1 ms at most, instead of polling.")
    private boolean isEventDriven;

    @Option(names = "--lanes", paramLabel = "N", defaultValue = "1",
        description = "Data agents of a receiver. Default: ${DEFAULT-VALUE}.")
    private int lanes;

    @Option(names = "--threading", defaultValue = "DEDICATED",
        description = "${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
    private AgentHost.Mode threading;

    @Option(names = "--idle", defaultValue = "BACKOFF",
        description = "What idle agents do: ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
    private AgentHost.Idle idle;

    @Option(names = "--drain-seconds", paramLabel = "N", defaultValue = "30",
        description = "Longest drain after SIGTERM. Default: ${DEFAULT-VALUE}.")
    private int drainSeconds;

    /** A context with these settings, still open for the layout and what else its owner sets. */
    public NodeContext context() {
        NodeContext context = new NodeContext().host(listen.host()).port(listen.port()).insecure(isInsecure)
            .encrypting(isEncrypting)
            .sharedMemoryDir(sharedMemoryDir).spillDir(spillDir).aeronDir(aeronDir).rdma(new RdmaOptions(rails, isEventDriven)).lanes(lanes).threading(threading).idle(idle);
        if (secretFile != null) {
            context.secret(SharedSecret.read(secretFile));
        }
        if (transports != null) {
            context.transports(transports);
        }
        return context.nodeId(nodeId == null ? defaultNodeId() : nodeId);
    }

    /**
     * A node that comes back at its port is the same node to its peers, which then ask it what became of their handoffs;
     * where the system chose the port, only the process tells nodes apart.
     */
    private String defaultNodeId() {
        return "baton-" + HostIdentity.name() + "-" + (listen.port() == 0 ? "pid" + ProcessHandle.current().pid()
            : listen.port());
    }

    /** The file whose settings were read before the flags; null for none. */
    public Path config() {
        return config;
    }

    public HostPort listen() {
        return listen;
    }

    public long drainNs() {
        return TimeUnit.SECONDS.toNanos(drainSeconds);
    }
}
