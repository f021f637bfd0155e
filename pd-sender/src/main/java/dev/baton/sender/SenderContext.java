package dev.baton.sender;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

import org.agrona.ErrorHandler;
import org.agrona.concurrent.NanoClock;
import org.agrona.concurrent.SystemNanoClock;

import dev.baton.buffer.BufferPool;
import dev.baton.buffer.slab.ShardRange;
import dev.baton.kv.CellMap;
import dev.baton.kv.LayerGroup;
import dev.baton.kv.ShardPairing;
import dev.baton.kv.ShardedLayout;
import dev.baton.memory.MemoryLedger;
import dev.baton.memory.Regions;
import dev.baton.platform.AgentHost;
import dev.baton.platform.Require;
import dev.baton.platform.StepListener;
import dev.baton.sender.core.EndLog;
import dev.baton.sender.core.FetchTenants;
import dev.baton.sender.core.OutboundState;
import dev.baton.sender.core.SchemeChoice;
import dev.baton.sender.core.SenderCore;
import dev.baton.sender.core.SenderTimeouts;
import dev.baton.transport.Transport;
import dev.baton.transport.session.ControlPlane;
import dev.baton.transport.shm.OwnFiles;

/** Everything a sender is told before it starts. Set what differs, {@link #conclude()} once, then only read. */
public final class SenderContext {
    private static final int AGENTS_MAX = 64;

    private ControlPlane controlPlane;
    private boolean isControlPolled = true;
    private ShardedLayout layout;
    private ShardRange shardsHere;
    private final Map<String, Transport> transports = new LinkedHashMap<>();
    private String transport = "";
    private Set<String> wirePlain = Set.of();
    private int dataAgents = 1;
    private int handoffsMax = 1024;
    private int parkedMax;
    private long windowBytes = 256L << 20;
    private long wholeBytes = 256L << 20;
    private Path stagingDirectory;
    private SenderTimeouts timeouts = SenderTimeouts.DEFAULT;
    private FetchTenants fetchTenants = FetchTenants.ALL;
    private BufferPool pool;
    private MemoryLedger ledger;
    private AgentHost.Mode threads = AgentHost.Mode.DEDICATED;
    private AgentHost.Idle idle = AgentHost.Idle.BACKOFF;
    private ErrorHandler errorHandler;
    private NanoClock clock;
    private RandomGenerator random;
    private EndLog log;
    private StepListener<? super OutboundState> steps = StepListener.NONE;
    private boolean concluded;

    /** Sessions with peers. It stays its owner's to close, after the sender. */
    public SenderContext controlPlane(ControlPlane value) {
        requireOpen();
        controlPlane = value;
        return this;
    }

    public ControlPlane controlPlane() {
        return controlPlane;
    }

    /** Whether the sender's agent polls the control plane; not where another agent on the same thread does. */
    public SenderContext isControlPolled(boolean value) {
        requireOpen();
        isControlPolled = value;
        return this;
    }

    public boolean isControlPolled() {
        return isControlPolled;
    }

    /** The engine's layout and how its ranks split it; what HELLO tells must be the same. */
    public SenderContext layout(ShardedLayout value) {
        requireOpen();
        layout = value;
        return this;
    }

    public ShardedLayout layout() {
        return layout;
    }

    /** Shards of the layout that this process has, as one of several ranks; default: all. */
    public SenderContext shardsHere(ShardRange value) {
        requireOpen();
        shardsHere = value;
        return this;
    }

    public ShardRange shardsHere() {
        return shardsHere == null ? ShardRange.all(layout.sharding().count()) : shardsHere;
    }

    /** A transport to use where a peer offers it, if no earlier one is. It stays its owner's to close, after the sender. */
    public SenderContext addTransport(Transport value) {
        requireOpen();
        transports.put(value.scheme(), value);
        return this;
    }

    public Map<String, Transport> transports() {
        return transports;
    }

    /** Forces one scheme; empty for the best that both ends have. */
    public SenderContext transport(String value) {
        requireOpen();
        transport = value;
        return this;
    }

    /** Names of layer groups whose bytes go as they are, also over lanes that encode. */
    public SenderContext wirePlain(Set<String> value) {
        requireOpen();
        wirePlain = Set.copyOf(value);
        return this;
    }

    public Set<String> wirePlain() {
        return wirePlain;
    }

    /** Threads that copy; 1 to 64. */
    public SenderContext dataAgents(int value) {
        requireOpen();
        dataAgents = value;
        return this;
    }

    public int dataAgents() {
        return dataAgents;
    }

    /** Handoffs under way at once, at most; 1 to {@link SenderCore#HANDOFFS_MAX}. */
    public SenderContext handoffsMax(int value) {
        requireOpen();
        handoffsMax = value;
        return this;
    }

    public int handoffsMax() {
        return handoffsMax;
    }

    /** Prefills that nobody has asked for yet, at most, those still under way among them; 0 for all that may be under way. */
    public SenderContext parkedMax(int value) {
        requireOpen();
        parkedMax = value;
        return this;
    }

    public int parkedMax() {
        return parkedMax;
    }

    /** Staging of destination-first handoffs, in bytes; at least one block's images of all shards. */
    public SenderContext windowBytes(long value) {
        requireOpen();
        windowBytes = value;
        return this;
    }

    public long windowBytes() {
        return windowBytes;
    }

    /** Staging of source-first handoffs, in bytes: whole requests. */
    public SenderContext wholeBytes(long value) {
        requireOpen();
        wholeBytes = value;
        return this;
    }

    public long wholeBytes() {
        return wholeBytes;
    }

    /**
     * Where the files of staging go, so that engines which are processes of their own can map it; null for memory that no other
     * process can map, unless the node receives and keeps its slabs in files anyway.
     */
    public SenderContext stagingDirectory(Path value) {
        requireOpen();
        stagingDirectory = value;
        return this;
    }

    public Path stagingDirectory() {
        return stagingDirectory;
    }

    /** Claims this process's names in that directory, before it has files there, and removes those of processes that are gone. */
    OwnFiles claimStaging(long incarnation) {
        return OwnFiles.claim(Regions.privateDirectory(stagingDirectory), incarnation);
    }

    public SenderContext timeouts(SenderTimeouts value) {
        requireOpen();
        timeouts = value;
        return this;
    }

    public SenderTimeouts timeouts() {
        return timeouts;
    }

    /** Whose blocks other nodes may fetch from here. */
    public SenderContext fetchTenants(FetchTenants value) {
        requireOpen();
        fetchTenants = value;
        return this;
    }

    public FetchTenants fetchTenants() {
        return fetchTenants;
    }

    /** The process's pool, open and with staging of these sizes; null for one of the sender's own. */
    public SenderContext pool(BufferPool value) {
        requireOpen();
        pool = value;
        return this;
    }

    public BufferPool pool() {
        return pool;
    }

    public SenderContext ledger(MemoryLedger value) {
        requireOpen();
        ledger = value;
        return this;
    }

    public MemoryLedger ledger() {
        return ledger;
    }

    public SenderContext threads(AgentHost.Mode value) {
        requireOpen();
        threads = value;
        return this;
    }

    public AgentHost.Mode threads() {
        return threads;
    }

    public SenderContext idle(AgentHost.Idle value) {
        requireOpen();
        idle = value;
        return this;
    }

    public AgentHost.Idle idle() {
        return idle;
    }

    /** Hears what agents throw; it must not throw itself. Needed by {@link PrefillSender#launch} only. */
    public SenderContext errorHandler(ErrorHandler value) {
        requireOpen();
        errorHandler = value;
        return this;
    }

    public ErrorHandler errorHandler() {
        return errorHandler;
    }

    public SenderContext clock(NanoClock value) {
        requireOpen();
        clock = value;
        return this;
    }

    public NanoClock clock() {
        return clock;
    }

    /** For jitter only. */
    public SenderContext random(RandomGenerator value) {
        requireOpen();
        random = value;
        return this;
    }

    public RandomGenerator random() {
        return random;
    }

    /** Hears of abnormal ends and lost sessions in place of this process's log. */
    SenderContext log(EndLog value) {
        requireOpen();
        log = value;
        return this;
    }

    EndLog log() {
        return log;
    }

    /** Who hears each step of each handoff, on the control agent's thread; nobody unless told. */
    public SenderContext steps(StepListener<? super OutboundState> value) {
        requireOpen();
        steps = value;
        return this;
    }

    StepListener<? super OutboundState> steps() {
        return steps;
    }

    /** What this sender would choose for a peer; meaningful once concluded. */
    SchemeChoice schemes() {
        List<String> schemes = new ArrayList<>();
        for (String scheme : transports.keySet()) {
            if (transport.isEmpty() || transport.equals(scheme)) {
                schemes.add(scheme);
            }
        }
        return new SchemeChoice(schemes, controlPlane.identity().hostId());
    }

    /**
     * Checks what was set, fills what was not, and closes this context to change. Starts and allocates nothing.
     * @throws IllegalArgumentException naming what is missing or out of its range
     */
    public SenderContext conclude() {
        requireOpen();
        Objects.requireNonNull(controlPlane, "controlPlane");
        Objects.requireNonNull(layout, "layout");
        Require.that(!transports.isEmpty(), "transports", transports.keySet(), "at least one");
        Require.that(transport.isEmpty() || transports.containsKey(transport), "transport", transport,
            "one of those opened: " + transports.keySet());
        Require.between("dataAgents", dataAgents, 1, AGENTS_MAX);
        Require.between("handoffsMax", handoffsMax, 1, SenderCore.HANDOFFS_MAX);
        Require.between("parkedMax", parkedMax, 0, handoffsMax);
        parkedMax = parkedMax == 0 ? handoffsMax : parkedMax;
        Require.that(shardsHere().last() < layout.sharding().count(), "shardsHere", shardsHere(),
            "shards of the layout, which has " + layout.sharding().count());
        for (String group : wirePlain) {
            Require.that(layout.layout().groups().stream().anyMatch(each -> each.name().equals(group)), "wirePlain", group,
                "a layer group of the layout: " + layout.layout().groups().stream().map(LayerGroup::name).toList());
        }
        requireUnits();
        ledger = ledger == null ? new MemoryLedger() : ledger;
        clock = clock == null ? SystemNanoClock.INSTANCE : clock;
        random = random == null ? new SplittableRandom() : random;
        log = log == null ? new SenderLog(System.getLogger(PrefillSender.class.getName())) : log;
        concluded = true;
        return this;
    }

    /** Bytes of one block's images of all these shards: no staging is smaller. */
    static long unitBytes(ShardedLayout layout, ShardRange shards) {
        ShardPairing self = ShardPairing.of(layout.layout(), layout.sharding(), layout.layout(), layout.sharding());
        return CellMap.ofTarget(self, layout.layout().blockTokens(), 0, 0, 4 << 20)
            .sourceImages(shards.first(), shards.last() + 1).unitBytesMax();
    }

    void requireUnits() {
        long unitBytes = unitBytes(layout, shardsHere());
        Require.atLeast("windowBytes", windowBytes, unitBytes);
        Require.atLeast("wholeBytes", wholeBytes, unitBytes);
    }

    boolean isConcluded() {
        return concluded;
    }

    private void requireOpen() {
        if (concluded) {
            throw new IllegalStateException("the context is concluded: set everything before");
        }
    }
}
