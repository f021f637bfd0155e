package dev.baton.sim.chaos;

import java.util.ArrayList;
import java.util.List;

import dev.baton.memory.Copier;
import dev.baton.platform.AgentHost;
import dev.baton.sim.fabric.Fabric;
import dev.baton.sim.fabric.SimProcess;
import dev.baton.sim.fabric.SimGround;
import dev.baton.sim.time.Agenda;
import dev.baton.sim.time.Chance;
import dev.baton.sim.time.DriftingClock;
import dev.baton.transport.node.NodeContext;
import dev.baton.transport.node.NodeRuntime;
import dev.baton.transport.node.NodeService;

/**
 * A node and the engine beside it, over all its incarnations. A cycle of its agents takes {@link #CYCLE_NS}; while they
 * have work, or something came for it, one follows the other. Then they are looked after less and less often, as timers
 * of the cores can be due that nobody outside knows of.
 */
abstract class Member {
    static final int PORT = 1;
    private static final long CYCLE_NS = 20_000;
    private static final long IDLE_MIN_NS = 20_000_000;
    private static final long IDLE_MAX_NS = 400_000_000;
    private static final int IDLE_FACTOR = 20;
    private static final long READ_MAX_NS = 20_000_000;
    private static final long READ_SLOWLY_MAX_NS = 3_000_000_000L;

    final Cluster cluster;
    final int node;
    final String host;
    final Agenda agenda;
    final Chance chance;
    int life;
    SimProcess process;
    NodeRuntime runtime;
    private final Agenda.Happening stepDue = this::stepIfDue;
    private long idleNs = IDLE_MIN_NS;
    /** When it steps next; what was asked of the agenda for another time counts for nothing. */
    private long nextStepNs = Long.MAX_VALUE;
    private long downUntilNs;
    private DriftingClock clock;
    /** Null but from when it was told to end until it has, or died. */
    private Departure departure;
    private long pausedUntilNs;
    private long wentOnNs;

    Member(Cluster cluster, int node, String role) {
        this.cluster = cluster;
        this.node = node;
        this.name = role + "-" + node;
        this.host = "127.0.0." + (node + 1);
        this.agenda = cluster.agenda();
        this.chance = Chance.of(cluster.plan().seed, "member" + node);
    }

    final String name;

    String name() {
        return name;
    }

    abstract List<NodeService> services();

    /** The runtime is there; its engine begins. */
    abstract void onStarted();

    /**
     * The process is gone, its engine with it.
     *
     * @param isInOrder it had closed everything; else it died, and nothing is closed yet
     */
    abstract void onGone(boolean isInOrder);

    /** The process is about to end in order, and ran for long enough that its engine must have heard of every end (L11). */
    abstract void requireTold();

    /** Its time to drain is over: what is left is ended from now on. */
    void onShutdown() {}

    /**
     * One cycle of the engine; the time it next wants one, or MAX. Work is told by {@link #worked}.
     *
     * @param hasMoved the agents had work, so what the engine waits for may be there
     */
    abstract long engineCycle(long nowNs, boolean hasMoved);

    boolean worked;

    void start() {
        life++;
        Fabric fabric = cluster.fabric();
        process = new SimProcess(fabric, node, host, PORT, chance.nextLong() | 1, this::wake);
        Plan plan = cluster.plan();
        double rate = plan.has(FaultKind.CLOCK_RATE) ? 0.99 + 0.02 * chance.fraction() : 1;
        if (rate != 1) {
            cluster.happened(FaultKind.CLOCK_RATE);
        }
        clock = new DriftingClock(agenda, plan.scope.origins().ofNs(plan.seed, node, chance.between(-1L << 62, 1L << 62)), rate);
        NodeContext context = new NodeContext().nodeId(name()).host(host).port(PORT).lanes(plan.lanes)
            .transports(schemes()).threading(AgentHost.Mode.STEPPED).copier(Copier.java())
            .ledger(cluster.memory()).layout(layout()).secret(plan.secret)
            .insecure(plan.secret == null).conclude();
        List<NodeService> services = new ArrayList<>(List.of(new Watch(this)));
        services.addAll(services());
        runtime = NodeRuntime.launch(context, services, new SimGround(process, clock, chance));
        onStarted();
        schedule(agenda.nowNs());
    }

    abstract byte[] layout();

    /** Lanes that it has, the best first. */
    List<String> schemes() {
        return cluster.plan().schemes;
    }

    /** What an engine takes to read something. */
    long readTimeNs(Chance from) {
        return engineTimeNs(from, 1, READ_MAX_NS, READ_SLOWLY_MAX_NS);
    }

    /** What an engine takes for something, which is longer where engines are slow. */
    long engineTimeNs(Chance from, long minNs, long maxNs, long slowMaxNs) {
        boolean isSlow = cluster.plan().has(FaultKind.SLOW_ENGINE) && !cluster.isHealed();
        long timeNs = from.between(minNs, isSlow ? slowMaxNs : maxNs);
        if (timeNs > maxNs) {
            cluster.happened(FaultKind.SLOW_ENGINE);
        }
        return timeNs;
    }

    boolean isUp() {
        return runtime != null;
    }

    boolean isRunning() {
        return runtime != null && !process.isPaused();
    }

    /** Dies now; comes back as another incarnation after that time. False if it was dead, and is so longer. */
    boolean crash(long forNs) {
        long untilNs = agenda.nowNs() + forNs;
        downUntilNs = Math.max(downUntilNs, untilNs);
        boolean dies = isUp();
        if (dies) {
            process.kill();
            departure = null;
            onGone(false);
            close();
        }
        agenda.at(untilNs, this::restart);
        return dies;
    }

    /** Is told to end, as by SIGTERM. Nothing happens where it is dead, or was told before. */
    void goDown(DrainPlan drain) {
        if (isUp() && departure == null) {
            cluster.note(name(), () -> "is told to end: " + drain);
            cluster.oracle().seen(node, "drain", drain.node());
            departure = new Departure(this, drain, clockNs());
            wake();
            departure.look();
        }
    }

    /** Whether it has not stood still for so long. */
    boolean hasRunFor(long forNs) {
        return isRunning() && agenda.nowNs() - wentOnNs >= forNs;
    }

    boolean isLeaving() {
        return departure != null;
    }

    boolean isLeaving(Departure by) {
        return departure == by;
    }

    /** Whether its control agent has carried out that it drains. */
    boolean isDraining() {
        return departure != null && departure.isDraining();
    }

    /** Of its process. */
    long clockNs() {
        return clock.nanoTime();
    }

    /** Nothing is left, or its time is over: its node is closed, which its peers hear of, and comes back after a while. */
    void leave(long downNs, boolean isToldAll) {
        cluster.note(name(), () -> "ends in order, isToldAll=" + isToldAll);
        cluster.oracle().seen(node, "drain-left", 0);
        departure = null;
        if (isToldAll) {
            requireTold();
        }
        if (this instanceof ReceiverMember receiver) {
            cluster.drains().requirePeersTold(receiver);
        }
        try {
            close();
        } catch (RuntimeException ex) {
            throw new Violation("L11", "a node that was told to end does not close: node=" + name() + " " + ex, ex);
        }
        process.ended();
        onGone(true);
        downUntilNs = Math.max(downUntilNs, agenda.nowNs() + (cluster.isHealed() ? 0 : downNs));
        agenda.at(downUntilNs, this::restart);
    }

    private void restart() {
        if (!isUp() && downUntilNs <= agenda.nowNs()) {
            cluster.note(name(), "starts again");
            start();
        }
    }

    /** Stops as a whole for that time. False if it is dead. */
    boolean pause(long forNs) {
        if (!isUp()) {
            return false;
        }
        pausedUntilNs = Math.max(pausedUntilNs, agenda.nowNs() + forNs);
        process.paused(true);
        SimProcess stopped = process;
        agenda.at(pausedUntilNs, () -> {
            if (process == stopped && pausedUntilNs <= agenda.nowNs()) {
                resume();
            }
        });
        return true;
    }

    private void resume() {
        if (isUp() && process.isPaused()) {
            cluster.note(name(), "goes on");
            wentOnNs = agenda.nowNs();
            process.paused(false);
        }
    }

    /** Whatever was done to it is over. */
    void heal() {
        downUntilNs = 0;
        pausedUntilNs = 0;
        resume();
        restart();
    }

    /** Something came for it. */
    void wake() {
        idleNs = IDLE_MIN_NS;
        schedule(agenda.nowNs() + CYCLE_NS);
    }

    /** Then, if nothing is to be done earlier. */
    private void schedule(long atNs) {
        if (atNs < nextStepNs) {
            nextStepNs = atNs;
            agenda.at(atNs, stepDue);
        }
    }

    private void stepIfDue() {
        if (agenda.nowNs() == nextStepNs) {
            nextStepNs = Long.MAX_VALUE;
            if (isRunning()) {   // going on, or starting, wakes it
                step();
            }
        }
    }

    private void step() {
        long nowNs = agenda.nowNs();
        int work = runtime.step(0);
        boolean isBehind = false;
        for (int agent = 1; agent < runtime.agentCount(); agent++) {
            if (isSlow()) {
                isBehind = true;
            } else {
                work += runtime.step(agent);
            }
        }
        worked = false;
        long engineNs = engineCycle(nowNs, work > 0);
        boolean hasMoved = work > 0 || worked;
        cluster.oracle().afterStep(this, hasMoved);
        cluster.drains().afterStep();
        if (departure != null) {
            departure.onCycle();
        }
        if (hasMoved || isBehind) {
            idleNs = IDLE_MIN_NS;
            schedule(nowNs + CYCLE_NS);
        } else {
            schedule(Math.max(nowNs + CYCLE_NS, Math.min(nowNs + idleNs, engineNs)));
            idleNs = Math.min(idleNs * IDLE_FACTOR, IDLE_MAX_NS);
        }
    }

    /** Other agents may be behind by a cycle: their order must not matter. */
    private boolean isSlow() {
        boolean isSlow = cluster.plan().has(FaultKind.SLOW_AGENT) && !cluster.isHealed() && chance.happens(0.2);
        if (isSlow) {
            cluster.happened(FaultKind.SLOW_AGENT);
        }
        return isSlow;
    }

    /** What an agent threw; null if none did. */
    Throwable failure() {
        return runtime == null ? null : runtime.failure();
    }

    void close() {
        if (runtime != null) {
            NodeRuntime closing = runtime;
            runtime = null;
            closing.close();
        }
    }
}
