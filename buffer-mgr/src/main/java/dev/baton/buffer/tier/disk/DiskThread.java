package dev.baton.buffer.tier.disk;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.agrona.concurrent.AgentRunner;
import org.agrona.concurrent.IdleStrategy;

/** The thread of one I/O worker: sleeps while there is nothing to do, and is woken by whoever gives it something. */
final class DiskThread implements IdleStrategy {
    private static final System.Logger LOG = System.getLogger(DiskThread.class.getName());
    private static final long SLEEP_MAX_NS = TimeUnit.MILLISECONDS.toNanos(50);

    private final DiskWorker worker;
    private final AgentRunner runner;
    private final Thread thread;
    private volatile boolean isSleeping;

    DiskThread(DiskWorker worker) {
        this.worker = worker;
        runner = new AgentRunner(this, error -> LOG.log(System.Logger.Level.ERROR, "disk tier: an I/O thread failed", error),
            null, worker);
        thread = new Thread(runner, "baton-" + worker.roleName());
        thread.setDaemon(true);
        thread.start();
    }

    /** Whether it slept, and is awake now. Called after the work was put where the worker finds it. */
    boolean wake() {
        if (!isSleeping) {
            return false;
        }
        isSleeping = false;
        LockSupport.unpark(thread);
        return true;
    }

    /** Whether it has ended in that time; a thread that hangs in a device is left behind, as a daemon. */
    boolean close(int patienceMs) {
        boolean[] isStuck = new boolean[1];
        try {
            runner.close(patienceMs, _ -> {
                isStuck[0] = true;
                throw new IllegalStateException("disk tier: an I/O thread hangs in its device: thread=" + thread.getName());
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
        if (!worker.hasWork()) {
            LockSupport.parkNanos(this, SLEEP_MAX_NS);
        }
        isSleeping = false;
    }

    @Override
    public void reset() {
        isSleeping = false;
    }
}
