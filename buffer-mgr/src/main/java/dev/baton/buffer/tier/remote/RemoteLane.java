package dev.baton.buffer.tier.remote;

import dev.baton.buffer.tier.IoThread;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.agrona.concurrent.ManyToManyConcurrentArrayQueue;

/**
 * One kind of operation: its places, which bound what is under way, its queue, and threads of its own, so that it waits
 * for nothing but its like. All but the queue belongs to the store's thread.
 */
final class RemoteLane {
    private final RemoteJob[] free;
    private final RemoteJob[] underWay;
    private final Queue<RemoteJob> queue;
    private final List<IoThread> threads = new ArrayList<>();
    private int freeCount;
    private int count;

    RemoteLane(int jobsMax) {
        free = new RemoteJob[jobsMax];
        underWay = new RemoteJob[jobsMax];
        queue = new ManyToManyConcurrentArrayQueue<>(Math.max(2, jobsMax));
        for (int i = 0; i < jobsMax; i++) {
            free[i] = new RemoteJob();
        }
        freeCount = jobsMax;
    }

    Queue<RemoteJob> queue() {
        return queue;
    }

    void start(IoThread.Worker worker) {
        threads.add(new IoThread(worker));
    }

    /** One that is free, or null; it is under way from here on, and goes by {@link #submit}. */
    RemoteJob takeOrNull(RemoteJob.Kind kind, long tag) {
        if (freeCount == 0) {
            return null;
        }
        RemoteJob job = free[--freeCount];
        job.kind = kind;
        job.tag = tag;
        job.isAnswered = false;
        job.isTimed = false;
        job.isSeenBegun = false;
        job.isCancelled = false;
        job.isBegun = false;
        job.isStrike = false;
        job.isExpired = false;
        job.foundBytes = RemoteConnection.ABSENT;
        job.index = count;
        underWay[count++] = job;
        return job;
    }

    void submit(RemoteJob job) {
        if (!queue.offer(job)) {
            throw new IllegalStateException("queue holds every job there is, and is full");
        }
        for (int i = 0; i < threads.size() && !threads.get(i).wake(); i++) {
            // The first that slept does it; where none sleeps, the next that is done.
        }
    }

    void giveBack(RemoteJob job) {
        RemoteJob last = underWay[--count];
        underWay[job.index] = last;
        last.index = job.index;
        underWay[count] = null;
        free[freeCount++] = job;
    }

    int count() {
        return count;
    }

    RemoteJob job(int index) {
        return underWay[index];
    }

    /** What threads that hang still hold of the caller's memory they touch no more, but for a file system's own calls. */
    void endMemory() {
        for (int i = 0; i < count; i++) {
            BlockMemory memory = underWay[i].memory;
            if (memory != null) {
                memory.end();
            }
        }
    }

    boolean close(int patienceMs) {
        boolean isEnded = true;
        for (IoThread thread : threads) {
            isEnded &= thread.close(isEnded ? patienceMs : patienceMs / 10);
        }
        return isEnded;
    }
}
