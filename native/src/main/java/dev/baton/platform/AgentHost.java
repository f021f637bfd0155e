package dev.baton.platform;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.agrona.ErrorHandler;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.AgentInvoker;
import org.agrona.concurrent.AgentRunner;
import org.agrona.concurrent.BackoffIdleStrategy;
import org.agrona.concurrent.BusySpinIdleStrategy;
import org.agrona.concurrent.CompositeAgent;
import org.agrona.concurrent.IdleStrategy;
import org.agrona.concurrent.YieldingIdleStrategy;

/**
 * Gives agents their threads, so that an agent never knows which one it has: a thread each, one for all, or the
 * caller's, cycle by cycle. What an agent throws goes to the error handler and the agent runs on; only an
 * {@link Error} or an {@code AgentTerminationException} ends it. Threads are daemons named {@code baton-...}.
 *
 * <p>Made, stepped and closed by one thread; {@link #isRunning()} may be asked by any.
 */
public final class AgentHost implements AutoCloseable {
    /** Where agents run. */
    public enum Mode {
        /** A thread for each agent. */
        DEDICATED,
        /** One thread that runs all agents in turn. */
        SHARED,
        /** No thread: the caller runs a cycle of every agent with {@link AgentHost#step()}. */
        STEPPED
    }

    /** What a thread does when a cycle found nothing to do. */
    public enum Idle {
        /** Spins, yields, then parks for 1 us to 100 us: little CPU, and up to 0.1 ms until work is seen. */
        BACKOFF,
        /** Yields to other threads of this machine; for agents that poll bulk data on few cores. */
        YIELD,
        /** Spins; for agents with a core of their own. */
        SPIN
    }

    private static final long CLOSE_TIMEOUT_MS = TimeUnit.SECONDS.toMillis(10);
    private static final long PARK_MIN_NS = TimeUnit.MICROSECONDS.toNanos(1);
    private static final long PARK_MAX_NS = TimeUnit.MICROSECONDS.toNanos(100);
    private static final String PREFIX = "baton-";

    private final List<AgentRunner> runners = new ArrayList<>();
    private final List<AgentInvoker> invokers = new ArrayList<>();
    private final long closeTimeoutMs;

    private AgentHost(long closeTimeoutMs) {
        this.closeTimeoutMs = closeTimeoutMs;
    }

    /**
     * Starts the agents. A SHARED thread is named after the first; a STEPPED host has run every {@code onStart} when
     * it comes back.
     */
    public static AgentHost start(Mode mode, Idle idle, ErrorHandler errorHandler, List<? extends Agent> agents) {
        return start(mode, idle, errorHandler, agents, CLOSE_TIMEOUT_MS);
    }

    static AgentHost start(
        Mode mode, Idle idle, ErrorHandler errorHandler, List<? extends Agent> agents, long closeTimeoutMs) {
        Require.that(!agents.isEmpty(), "agents", agents, "at least one");
        AgentHost host = new AgentHost(closeTimeoutMs);
        switch (mode) {
            case DEDICATED -> agents.forEach(agent -> host.run(agent, agent.roleName(), idle, errorHandler));
            case SHARED -> host.run(agents.size() == 1 ? agents.getFirst() : new CompositeAgent(agents),
                agents.getFirst().roleName(), idle, errorHandler);
            case STEPPED -> agents.forEach(agent -> host.invokers.add(new AgentInvoker(errorHandler, null, agent)));
        }
        host.invokers.forEach(AgentInvoker::start);
        return host;
    }

    /** One cycle of every agent, in order, on the calling thread; the work they did. For STEPPED hosts only. */
    public int step() {
        Require.that(runners.isEmpty(), "mode", "threaded", "STEPPED to be stepped by hand");
        int workCount = 0;
        for (int i = 0; i < invokers.size(); i++) {
            workCount += invokers.get(i).invoke();
        }
        return workCount;
    }

    /** One cycle of one agent, {@code index} counting as they were handed over. For STEPPED hosts only. */
    public int step(int index) {
        Require.that(runners.isEmpty(), "mode", "threaded", "STEPPED to be stepped by hand");
        return invokers.get(index).invoke();
    }

    /** Agents that a STEPPED host steps. */
    public int steppedCount() {
        return invokers.size();
    }

    /** Whether every agent is still alive: false once one ended itself, could not start, or this host was closed. */
    public boolean isRunning() {
        for (AgentRunner runner : runners) {
            if (runner.isClosed()) {
                return false;
            }
        }
        for (AgentInvoker invoker : invokers) {
            if (!invoker.isRunning()) {
                return false;
            }
        }
        return true;
    }

    /**
     * Stops the agents, the last first, and waits until each has closed itself: at most 10 s for one.
     * @throws IllegalStateException if an agent's thread would not end; the others are closed all the same
     */
    @Override
    public void close() {
        IllegalStateException stuck = null;
        for (AgentRunner runner : runners.reversed()) {
            try {
                close(runner);
            } catch (IllegalStateException ex) {
                if (stuck != null) {
                    ex.addSuppressed(stuck);
                }
                stuck = ex;
            }
        }
        for (AgentInvoker invoker : invokers.reversed()) {
            invoker.close();
        }
        if (stuck != null) {
            throw stuck;
        }
    }

    private void run(Agent agent, String roleName, Idle idle, ErrorHandler errorHandler) {
        AgentRunner runner = new AgentRunner(idleStrategy(idle), errorHandler, null, agent);
        runners.add(runner);
        Thread thread = new Thread(runner, roleName.startsWith(PREFIX) ? roleName : PREFIX + roleName);
        thread.setDaemon(true);
        thread.start();
    }

    /** Agrona asks again for ever; here the first time-out interrupts the thread and the second gives it up. */
    private void close(AgentRunner runner) {
        boolean[] interrupted = {false};
        runner.close((int) Math.max(1, closeTimeoutMs / 2), thread -> {
            if (interrupted[0]) {
                throw new IllegalStateException(
                    "agent does not stop: thread=" + thread.getName() + " closeTimeoutMs=" + closeTimeoutMs);
            }
            interrupted[0] = true;
        });
    }

    private static IdleStrategy idleStrategy(Idle idle) {
        return switch (idle) {
            case BACKOFF -> new BackoffIdleStrategy(10, 20, PARK_MIN_NS, PARK_MAX_NS);
            case YIELD -> YieldingIdleStrategy.INSTANCE;
            case SPIN -> BusySpinIdleStrategy.INSTANCE;
        };
    }
}
