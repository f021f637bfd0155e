package dev.baton.sender;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import org.agrona.concurrent.Agent;

import dev.baton.buffer.BufferPool;
import dev.baton.sender.core.SenderCounters;
import dev.baton.sender.engine.KeptCounters;
import dev.baton.sender.engine.Staging;
import dev.baton.transport.node.NodeService;
import dev.baton.transport.node.NodeSetup;
import dev.baton.transport.session.ControlPlane;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.Role;
import dev.baton.transport.shm.OwnFiles;

/** The sending role of a node: a {@link PrefillSender} on the node's own control thread. */
public final class SenderService implements NodeService {
    private final SenderContext context;
    private PrefillSender sender;
    private volatile int handoffCount;
    /** Written after {@link #handoffCount}: what the engine began before it was told to drain is counted by then. */
    private volatile boolean isDraining;

    /** @param context not concluded: the node's control plane, transports and ledger are added to it */
    public SenderService(SenderContext context) {
        this.context = context;
    }

    /** The front door; there once the node is launched. */
    public PrefillSender sender() {
        return sender;
    }

    @Override
    public Role role() {
        return Role.PREFILL;
    }

    @Override
    public void declare(NodeSetup setup) {
        context.requireUnits();
        if (context.stagingDirectory() != null) {
            setup.shared(OwnFiles.class, () -> context.claimStaging(setup.incarnation()));
        }
        setup.shared(BufferPool.class, BufferPool::new).stage(context.windowBytes(), context.wholeBytes(),
            Staging.GRAIN_BYTES).mappableIn(context.stagingDirectory());
    }

    @Override
    public void prepare(NodeSetup setup) {
        BufferPool pool = setup.shared(BufferPool.class, BufferPool::new).open(setup.context().ledger(),
            setup.incarnation());
        setup.stats("pool", pool::stats);
        context.pool(pool);
        setup.transports().values().forEach(context::addTransport);
        context.ledger(setup.context().ledger()).clock(setup.clock());
    }

    @Override
    public void start(ControlPlane plane) {
        sender = PrefillSender.of(context.controlPlane(plane).isControlPolled(false));
    }

    @Override
    public List<Agent> dataAgents() {
        return sender.data().agents();
    }

    @Override
    public int doControlWork(long nowNs) {
        int workCount = sender.doControlWork(nowNs);
        handoffCount = sender.handoffCount();
        isDraining = sender.isDraining();
        return workCount;
    }

    @Override
    public boolean hasRoom() {
        return true;
    }

    @Override
    public Map<String, Object> stats() {
        SenderCounters counters = sender.counters();
        Map<String, Object> stats = new LinkedHashMap<>();
        stats.put("handoffs", handoffCount);
        for (SenderCounters.Kind kind : SenderCounters.Kind.values()) {
            stats.put(kind.tag(), counters.count(kind));
        }
        Map<String, Object> failures = new LinkedHashMap<>();
        for (EndReason reason : EndReason.values()) {
            if (counters.failures(reason) > 0) {
                failures.put(reason.tag(), counters.failures(reason));
            }
        }
        stats.put("failures", failures);
        for (KeptCounters.Kind kind : KeptCounters.Kind.values()) {
            stats.put(kind.tag(), sender.staging().kept().count(kind));
        }
        stats.put("windowFreeBytes", sender.staging().windowFreeBytes());
        stats.put("wholeFreeBytes", sender.staging().wholeFreeBytes());
        return stats;
    }

    @Override
    public void drain() {
        sender.drain();
    }

    @Override
    public void shutdown() {
        sender.shutdown();
    }

    @Override
    public boolean isDrained() {
        return isDraining && handoffCount == 0;
    }

    @Override
    public void close() {
        if (sender != null) {
            sender.close();
        }
    }
}
