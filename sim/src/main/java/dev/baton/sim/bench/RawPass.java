package dev.baton.sim.bench;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/** One pass of several threads over all pieces of a set, each taking the next. */
final class RawPass {
    /** What is done with a piece. */
    @FunctionalInterface
    interface Piece {
        void move(int thread, long piece) throws Exception;
    }

    private RawPass() {}

    /**
     * Time that all pieces took, in nanoseconds.
     * @throws IllegalStateException if one failed
     */
    static long run(int threadCount, long pieces, Piece work) {
        AtomicLong next = new AtomicLong();
        AtomicReference<Exception> failed = new AtomicReference<>();
        Thread[] threads = new Thread[threadCount];
        long beganNs = System.nanoTime();
        for (int i = 0; i < threads.length; i++) {
            int thread = i;
            threads[i] = Thread.ofPlatform().name("baton-bench-raw-" + i).start(() -> {
                try {
                    for (long piece = next.getAndIncrement(); piece < pieces; piece = next.getAndIncrement()) {
                        work.move(thread, piece);
                    }
                } catch (Exception ex) {
                    failed.compareAndSet(null, ex);
                }
            });
        }
        for (Thread thread : threads) {
            try {
                thread.join();
            } catch (InterruptedException ex) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted while the raw limit was measured", ex);
            }
        }
        if (failed.get() != null) {
            throw new IllegalStateException("failed while the raw limit was measured: " + failed.get().getMessage(), failed.get());
        }
        return System.nanoTime() - beganNs;
    }
}
