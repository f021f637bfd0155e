package dev.baton.transport.node;

import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.IntSupplier;

import org.agrona.concurrent.BackoffIdleStrategy;

/**
 * Runs a node as a long-lived process. SIGTERM and SIGINT drain it: no new work, what is in flight finishes or is told,
 * then the process ends with the exit code that its work deserves, 0 where nothing went wrong (L11).
 */
public final class Daemon {
    private static final long CHECK_NS = TimeUnit.MILLISECONDS.toNanos(10);

    private final NodeRuntime runtime;
    private final long drainNs;
    private final CountDownLatch finished = new CountDownLatch(1);
    private volatile boolean isStopped;
    private volatile int exitCode;

    /** @param drainNs longest time from the signal until what is still in flight is ended, and told so */
    public Daemon(NodeRuntime runtime, long drainNs) {
        this.runtime = runtime;
        this.drainNs = drainNs;
    }

    /**
     * Calls {@code cycle} again and again on this thread until the process is told to end or an agent fails.
     *
     * @param cycle  one turn of what this process does itself, an engine for instance; returns a work count
     * @param ending said last, after the node is closed; gives the exit code, if nothing else went wrong
     * @return the exit code, for the caller that was not ended by a signal
     */
    public int run(IntSupplier cycle, IntSupplier ending) {
        Thread hook = new Thread(this::drainAndEnd, "baton-drain");
        Runtime.getRuntime().addShutdownHook(hook);
        BackoffIdleStrategy idle = new BackoffIdleStrategy(10, 20, 1_000, 1_000_000);
        boolean hasFailed = false;
        while (!isStopped && !hasFailed) {
            idle.idle(cycle.getAsInt());
            hasFailed = runtime.failure() != null;
        }
        try {
            runtime.close();
        } finally {
            exitCode = Math.max(hasFailed ? 1 : 0, ending.getAsInt());
            finished.countDown();
        }
        return exitCode;
    }

    /**
     * Drains; what is not drained in time is ended, and its peers are told before the process goes.
     *
     * @param isOver the process ends by itself meanwhile
     */
    static void goDown(List<NodeService> services, long drainNs, BooleanSupplier isOver) {
        GoingDown down = new GoingDown(services, drainNs, System.nanoTime());
        while (!isOver.getAsBoolean() && !down.isOver(System.nanoTime())) {
            LockSupport.parkNanos(CHECK_NS);
        }
    }

    private void drainAndEnd() {
        goDown(runtime.services(), drainNs, () -> finished.getCount() == 0);
        isStopped = true;
        try {
            finished.await();
        } catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
        }
        System.out.flush();
        System.err.flush();
        Runtime.getRuntime().halt(exitCode);
    }
}
