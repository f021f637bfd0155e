package dev.baton.transport.node;

import java.net.InetAddress;
import java.nio.file.Path;
import java.util.List;

import dev.baton.memory.Copier;
import dev.baton.memory.MemoryLedger;
import dev.baton.platform.AgentHost;
import dev.baton.platform.Require;
import dev.baton.transport.RdmaOptions;
import dev.baton.transport.WireMaxima;
import dev.baton.transport.secret.SharedSecret;

/**
 * What a node is told before it starts, whatever roles it has. Set what differs, {@link #conclude()} once, then only
 * read. A setting's property in files, flags and the environment has the same name as the method.
 */
public final class NodeContext {
    /** Below this many processors a node's agents rest when idle; from there on they may have cores of their own. */
    public static final int PROCESSORS_FOR_SPINNING = 8;

    private String nodeId = "baton-" + ProcessHandle.current().pid();
    private String host = "127.0.0.1";
    private int port;
    private boolean isInsecure;
    private SharedSecret secret;
    private byte[] layout = {};
    private boolean isEncrypting;
    private List<String> transports;
    private Path sharedMemoryDir = Path.of("/dev/shm/baton");
    private Path spillDir;
    private Path aeronDir;
    private RdmaOptions rdma = RdmaOptions.DEFAULTS;
    private int lanes = 1;
    private AgentHost.Mode threading = AgentHost.Mode.DEDICATED;
    private AgentHost.Idle idle = AgentHost.Idle.BACKOFF;
    private Copier copier;
    private MemoryLedger ledger = new MemoryLedger();
    private boolean isConcluded;

    /** Names this node to peers and people; 1 to 128 characters. */
    public NodeContext nodeId(String value) {
        requireOpen();
        nodeId = value;
        return this;
    }

    public String nodeId() {
        return nodeId;
    }

    /** Address to listen at; anything but loopback needs a {@link #secret}, or {@link #insecure} said aloud. */
    public NodeContext host(String value) {
        requireOpen();
        host = value;
        return this;
    }

    public String host() {
        return host;
    }

    /** Control port; 0 for one of the system's choice. */
    public NodeContext port(int value) {
        requireOpen();
        port = value;
        return this;
    }

    public int port() {
        return port;
    }

    /** What every peer must prove to know, and whoever asks for statistics; null for none. */
    public NodeContext secret(SharedSecret value) {
        requireOpen();
        secret = value;
        return this;
    }

    public SharedSecret secret() {
        return secret;
    }

    /** Lanes are encrypted by AES-GCM; needs a {@link #secret}, two-sided transports, and peers that say the same. */
    public NodeContext encrypting(boolean value) {
        requireOpen();
        isEncrypting = value;
        return this;
    }

    public boolean isEncrypting() {
        return isEncrypting;
    }

    /** Said aloud: bind beyond loopback without credentials. */
    public NodeContext insecure(boolean value) {
        requireOpen();
        isInsecure = value;
        return this;
    }

    /** This node's KV layout and sharding, as the kv package encodes them. */
    public NodeContext layout(byte[] value) {
        requireOpen();
        layout = value.clone();
        return this;
    }

    public byte[] layout() {
        return layout.clone();
    }

    /** Schemes on offer, the best first; by default shm, tcp and aeron, of which shm cannot be encrypted. */
    public NodeContext transports(List<String> value) {
        requireOpen();
        transports = List.copyOf(value);
        return this;
    }

    public List<String> transports() {
        return transports;
    }

    /** Where slab and ring files of all nodes of this host lie; made with mode 0700. */
    public NodeContext sharedMemoryDir(Path value) {
        requireOpen();
        sharedMemoryDir = value;
        return this;
    }

    public Path sharedMemoryDir() {
        return sharedMemoryDir;
    }

    /**
     * Where slab files of the slower tier of all nodes of this host lie; made with mode 0700. Null where no node has
     * such a tier. A sender needs it too, for it maps those files.
     */
    public NodeContext spillDir(Path value) {
        requireOpen();
        spillDir = value;
        return this;
    }

    public Path spillDir() {
        return spillDir;
    }

    /** Over which devices lanes of rdma are laid, in turn, and how their completions are waited for. */
    public NodeContext rdma(RdmaOptions value) {
        requireOpen();
        rdma = value;
        return this;
    }

    public RdmaOptions rdma() {
        return rdma;
    }

    /** Directory of an external media driver; null for one inside this process. */
    public NodeContext aeronDir(Path value) {
        requireOpen();
        aeronDir = value;
        return this;
    }

    public Path aeronDir() {
        return aeronDir;
    }

    /** Data agents of a receiver, hence lanes of each scheme to it; 1 to 64. */
    public NodeContext lanes(int value) {
        requireOpen();
        lanes = value;
        return this;
    }

    public int lanes() {
        return lanes;
    }

    /** A thread for each agent, one for all, or none: stepped by hand. */
    public NodeContext threading(AgentHost.Mode value) {
        requireOpen();
        threading = value;
        return this;
    }

    public AgentHost.Mode threading() {
        return threading;
    }

    /** What agents with nothing to do do. */
    public NodeContext idle(AgentHost.Idle value) {
        requireOpen();
        idle = value;
        return this;
    }

    public AgentHost.Idle idle() {
        return idle;
    }

    public NodeContext copier(Copier value) {
        requireOpen();
        copier = value;
        return this;
    }

    public Copier copier() {
        return copier;
    }

    /** Counts the memory that this node owns. */
    public NodeContext ledger(MemoryLedger value) {
        requireOpen();
        ledger = value;
        return this;
    }

    public MemoryLedger ledger() {
        return ledger;
    }

    /** Checks what was set, fills what was not, and closes this context to change. Starts and allocates nothing. */
    public NodeContext conclude() {
        requireOpen();
        Require.between("port", port, 0, 65_535);
        Require.between("lanes", lanes, 1, WireMaxima.LANES_MAX);
        if (transports == null) {
            transports = isEncrypting ? List.of("tcp", "aeron") : List.of("shm", "tcp", "aeron");
        }
        Require.that(!transports.isEmpty(), "transports", transports, "at least one of shm, rdma, tcp, aeron, aeron-ipc, rdma-sim");
        Require.that(!isEncrypting || secret != null, "encrypt", isEncrypting,
            "off without --secret-file FILE: the lanes' keys are made of the secret");
        Require.that(!isEncrypting || !transports.contains("shm"), "transports", transports,
            "without shm under --encrypt: shared memory stays in the clear; say --transports tcp,aeron");
        Require.that(isInsecure || secret != null || isLoopback(host), "host", host,
            "a loopback address: a node that others can reach needs --secret-file FILE, or --insecure said aloud");
        Require.that(isInsecure || secret != null || !transports.contains("rdma"), "transports", transports,
            "without rdma where there is no --secret-file: its lanes listen at the cards' addresses, which others reach; or --insecure said aloud");
        if (!(rdma.rails().size() == 1 && rdma.rails().getFirst().startsWith("near="))) {
            rdma.rails().forEach(InetAddress::ofLiteral);
        }
        copier = copier == null ? Copier.best() : copier;
        isConcluded = true;
        return this;
    }

    public boolean isConcluded() {
        return isConcluded;
    }

    private static boolean isLoopback(String host) {
        return host.matches("127(\\.\\d{1,3}){3}") || host.equals("localhost")
            || host.equals("::1") || host.equals("[::1]");
    }

    private void requireOpen() {
        if (isConcluded) {
            throw new IllegalStateException("this context is concluded: set it up before it is used");
        }
    }
}
