package dev.baton.sender;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;

import org.agrona.concurrent.Agent;

import dev.baton.buffer.BufferPool;
import dev.baton.platform.AgentHost;
import dev.baton.platform.WatchedProcess;
import dev.baton.sender.core.OutboundState;
import dev.baton.sender.core.SenderCore;
import dev.baton.sender.core.SenderCounters;
import dev.baton.sender.data.DataAgents;
import dev.baton.sender.data.WireKinds;
import dev.baton.sender.engine.EngineMail;
import dev.baton.sender.engine.PrefillEngine;
import dev.baton.sender.engine.Staging;
import dev.baton.transport.node.HostPort;
import dev.baton.transport.session.Peering;
import dev.baton.transport.shm.OwnFiles;
import dev.baton.transport.wire.SenderAdapter;

/**
 * A sender in this process: the front door. {@link #launch} runs its agents; {@link #of} leaves that to a host of its
 * own, where several services share a control agent's thread. One thread makes and closes it; {@link #engine()} belongs
 * to the engine's thread.
 */
public final class PrefillSender implements AutoCloseable {
    private final SenderContext context;
    private final OwnFiles ownFilesOrNull;
    private final BufferPool ownPoolOrNull;
    private final Staging staging;
    private final PrefillEngine engine;
    private final DataAgents data;
    private final SenderCounters counters = new SenderCounters();
    private final SenderCore core;
    private final SenderAgent agent;
    private final EngineMail mail;
    private AgentHost host;
    private int peerCount;
    /** The control agent's. */
    private boolean isDraining;

    private PrefillSender(SenderContext context) {
        this.context = context;
        ownFilesOrNull = context.pool() != null || context.stagingDirectory() == null ? null
            : context.claimStaging(context.controlPlane().identity().incarnation());
        ownPoolOrNull = context.pool() != null ? null
            : new BufferPool().stage(context.windowBytes(), context.wholeBytes(), Staging.GRAIN_BYTES)
                .mappableIn(context.stagingDirectory()).open(context.ledger(), context.controlPlane().identity().incarnation());
        staging = new Staging(ownPoolOrNull == null ? context.pool() : ownPoolOrNull, context.layout(), context.shardsHere());
        context.transports().values().forEach(staging::registerWith);
        mail = new EngineMail(context.handoffsMax(), staging.windowUnitsMax());
        engine = new PrefillEngine(context.layout(), context.shardsHere(), staging, mail, context.handoffsMax(),
            context.clock());
        data = new DataAgents(context.dataAgents(), context.handoffsMax(), context.transports(), context.ledger(),
            context.clock(), new WireKinds(context.wirePlain()));
        counters.steps(context.steps());
        core = new SenderCore(context.layout(), context.shardsHere(), context.schemes(), context.timeouts(), context.parkedMax(),
            data, mail,
            context.random()::nextLong, counters, context.log(), context.clock().nanoTime());
        core.fetchTenants(context.fetchTenants());
        core.sealed(context.pool() == null ? null : context.pool().sealedOrNull());
        agent = new SenderAgent(context.clock(), context.controlPlane(), context.isControlPolled(), mail, data, core);
        context.controlPlane().drainedThrough(data.drains()::drainedThrough);
        context.controlPlane().addSessionListener(core);
        context.controlPlane().addMessageListener(new SenderAdapter(core.messages()));
    }

    /** Makes a sender whose {@link #agents()} somebody else runs. The context is concluded if it was not. */
    public static PrefillSender of(SenderContext context) {
        return new PrefillSender(context.isConcluded() ? context : context.conclude());
    }

    /** Makes a sender and runs it on the threads that the context says. */
    public static PrefillSender launch(SenderContext context) {
        Objects.requireNonNull(context.errorHandler(), "errorHandler");
        PrefillSender sender = of(context);
        sender.host = AgentHost.start(context.threads(), context.idle(), context.errorHandler(), sender.agents());
        return sender;
    }

    /** The control agent first; it must run on the thread that polls the control plane. */
    public List<Agent> agents() {
        List<Agent> agents = new ArrayList<>();
        agents.add(agent);
        agents.addAll(data.agents());
        return agents;
    }

    /**
     * Dials a receiver and keeps a session with it. From any thread.
     * @return its index, for {@link dev.baton.sender.core.HandoffSpec#peer()}
     */
    public synchronized int connect(String peerHost, int peerPort) {
        agent.command(() -> core.addPeering(context.controlPlane().dial(peerHost, peerPort)));
        return nextPeer();
    }

    /**
     * The same for an instance of several processes: its leader, which is asked for memory, and the members that hold
     * other shards.
     */
    public synchronized int connect(HostPort leader, List<HostPort> members) {
        agent.command(() -> {
            List<Peering> gang = new ArrayList<>();
            gang.add(context.controlPlane().dial(leader.host(), leader.port()));
            members.forEach(member -> gang.add(context.controlPlane().dial(member.host(), member.port())));
            core.addGang(gang);
        });
        return nextPeer();
    }

    private int nextPeer() {
        engine.receivers(peerCount + 1);
        return peerCount++;
    }

    /** Empty once there is a session with that peer, else why there is none yet. From any thread. */
    public CompletableFuture<String> whyNotConnected(int peer) {
        CompletableFuture<String> answer = new CompletableFuture<>();
        agent.command(() -> answer.complete(core.whyNotConnected(peer)));
        return answer;
    }

    /** What moves the bytes to that peer, empty while there is no session. From any thread. */
    public CompletableFuture<String> schemeTo(int peer) {
        CompletableFuture<String> answer = new CompletableFuture<>();
        agent.command(() -> answer.complete(core.schemeTo(peer)));
        return answer;
    }

    /** One cycle of the control agent, on its thread. */
    int doControlWork(long nowNs) {
        return agent.doWork(nowNs);
    }

    /** Handoffs that have not ended, as the control agent sees it; asked on its thread. */
    int handoffCount() {
        return core.handoffCount();
    }

    /** Whether {@link #drain()} was carried out, with all that the engine had begun before it; asked on the control agent's thread. */
    boolean isDraining() {
        return isDraining;
    }

    /** Where a handoff stands; null once it has ended. Asked on the control agent's thread. */
    OutboundState state(long handoff) {
        return core.state(handoff);
    }

    /** Names this process in {@link dev.baton.sender.core.Rank}: new with each start. */
    public long incarnation() {
        return context.controlPlane().identity().incarnation();
    }

    /** The producer's verbs; for one thread. */
    public PrefillEngine engine() {
        return engine;
    }

    public SenderCounters counters() {
        return counters;
    }

    public DataAgents data() {
        return data;
    }

    public Staging staging() {
        return staging;
    }

    /** One cycle of every agent; for STEPPED senders. */
    public int step() {
        return host.step();
    }

    /**
     * The engine is a process of its own that locks this file as {@link WatchedProcess} says. When it is gone, however it
     * ended, what it had not prefilled whole ends as ENGINE_LOST at both ends, and {@link #engine()} tells so, and what it had
     * loaded and read is released; the rest goes on. The file is made here, and goes with the watch. For a new process, watch anew: one that was seen there is over with
     * that, whether or not it was seen to go. What a process before asked to load may be answered to the next one, which releases it,
     * and what one asks for while it is being watched may be answered as gone: ask again. From any thread.
     *
     * @throws IllegalStateException if the file is there already, or this system has no such locks
     */
    public void watchEngine(Path lockFile) {
        watchEngine(WatchedProcess.by(lockFile));
    }

    /** The same for a process that is watched in another way. */
    public void watchEngine(WatchedProcess process) {
        mail.changing();
        agent.command(() -> {
            try {
                agent.watch(process, mail.engine());
            } finally {
                mail.changed();
            }
        });
    }

    /** Nothing new begins here, and every peer is told so; what is under way goes on. From any thread. */
    public void drain() {
        engine.drain();
        agent.command(() -> {
            core.drain();
            isDraining = true;
        });
    }

    /** Ends every handoff and tells its peer; the engine hears of each in its next polls. From any thread. */
    public void shutdown() {
        agent.command(core::shutdown);
    }

    /**
     * Stops the agents and gives the memory back. Handoffs under way are lost: {@link #shutdown()} first tells their
     * peers.
     */
    @Override
    public void close() {
        try {
            if (host != null) {
                host.close();
            }
        } finally {
            agent.stopWatching();
            if (ownPoolOrNull != null) {
                ownPoolOrNull.close();
            }
            if (ownFilesOrNull != null) {
                ownFilesOrNull.close();
            }
        }
    }
}
