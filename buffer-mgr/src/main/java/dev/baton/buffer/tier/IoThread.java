package dev.baton.buffer.tier;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.AgentRunner;
import org.agrona.concurrent.IdleStrategy;

/**
 * The thread of one worker that does a tier's I/O: sleeps while there is nothing to do, and is woken by whoever gives it
 * something.
 */
public final class IoThread implements IdleStrategy {
    /** What the thread runs. */
    public interface Worker extends Agent {
        /** Whether something waits to be done. Any thread. */
        boolean hasWork();
    }

    private static final System.Logger LOG = System.getLogger(IoThread.class.getName());
    private static final long SLEEP_MAX_NS = TimeUnit.MILLISECONDS.toNanos(50);

    private final Worker worker;
    private final AgentRunner runner;
    private final Thread thread;
    private volatile boolean isSleeping;
    private volatile boolean isClosing;

    public IoThread(Worker worker) {
        this.worker = worker;
        runner = new AgentRunner(this, error -> LOG.log(System.Logger.Level.ERROR, "tier: an I/O thread failed", error),
            null, worker);
        thread = new Thread(runner, "baton-" + worker.roleName());
        thread.setDaemon(true);
        thread.start();
    }

    /** Whether it slept, and is awake now. Called after the work was put where the worker finds it. */
    public boolean wake() {
        if (!isSleeping) {
            return false;
        }
        isSleeping = false;
        LockSupport.unpark(thread);
        return true;
    }

    /** Whether it has ended in that time; a thread that hangs in its I/O is left behind, as a daemon. */
    public boolean close(int patienceMs) {
        boolean[] isStuck = new boolean[1];
        isClosing = true;
        LockSupport.unpark(thread);
        try {
            runner.close(patienceMs, _ -> {
                isStuck[0] = true;
                throw new IllegalStateException("tier: an I/O thread hangs: thread=" + thread.getName());
            });
        } catch (IllegalStateException ex) {
            if (!isStuck[0]) {
                throw ex;
            }
            LOG.log(System.Logger.Level.WARNING, ex.getMessage());
        }
        return !isStuck[0];
    }

    @Override
    public void idle(int workCount) {
        if (workCount == 0) {
            idle();
        }
    }

    @Override
    public void idle() {
        isSleeping = true;
        // Looked at again after it was said: who came in between either is seen here or sees the flag.
        if (!isClosing && !worker.hasWork()) {
            LockSupport.parkNanos(this, SLEEP_MAX_NS);
        }
        isSleeping = false;
    }

    @Override
    public void reset() {
        isSleeping = false;
    }
}
