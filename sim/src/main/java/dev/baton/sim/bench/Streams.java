package dev.baton.sim.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Runs one task a stream, each on a thread of its own; a single one on the caller's. */
final class Streams {
    private Streams() {}

    /** One stream's work; gives a count. */
    interface Task {
        int run(int stream) throws Exception;
    }

    /** The sum of what they give, when all are done; the first failure, if one fails. */
    static int runAll(int streams, Task task) throws Exception {
        if (streams == 1) {
            return task.run(0);
        }
        try (ExecutorService threads = Executors.newFixedThreadPool(streams)) {
            List<Callable<Integer>> calls = new ArrayList<>();
            for (int i = 0; i < streams; i++) {
                int stream = i;
                calls.add(() -> task.run(stream));
            }
            int sum = 0;
            for (Future<Integer> done : threads.invokeAll(calls)) {
                sum += done.get();
            }
            return sum;
        } catch (ExecutionException ex) {
            throw new IllegalStateException("a stream failed: cause=" + ex.getCause(), ex.getCause());
        }
    }
}
