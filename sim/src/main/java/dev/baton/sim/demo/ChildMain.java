package dev.baton.sim.demo;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** What both kinds of child processes do the same way: how they begin and end, and what they measure of themselves. */
final class ChildMain {
    private static final int DONE = 0;
    private static final int FAILED = 1;
    private static final long UNWIND_SECONDS_MAX = 5;

    private ChildMain() {}

    /**
     * Runs a child to its end and ends the process. What is thrown is told to the coordinator, and in full on standard
     * error.
     */
    static void run(Consumer<Coordinator> child) {
        Coordinator coordinator = new Coordinator();
        CountDownLatch unwound = new CountDownLatch(1);
        // A signal ends the JVM without unwinding the main thread, which alone can give shared memory back.
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            coordinator.hangUp();
            try {
                unwound.await(UNWIND_SECONDS_MAX, TimeUnit.SECONDS);
            } catch (InterruptedException ex) {
                Thread.currentThread().interrupt();
            }
        }, "baton-demo-unwind"));
        int exitCode = DONE;
        try {
            child.accept(coordinator);
        } catch (RuntimeException | Error ex) {
            // Stderr is the child's log; the coordinator shows its end when the child fails.
            ex.printStackTrace();
            boolean isLacking = ex instanceof UnsupportedOperationException;
            coordinator.say(Line.of("failed").put("what", String.valueOf(ex.getMessage())).put("isLacking", isLacking));
            exitCode = FAILED;
        }
        unwound.countDown();
        System.exit(exitCode);
    }

    /** CPU time that this process has used so far, all threads. */
    static long cpuNs() {
        return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime();
    }

    /** An agent that failed is the end of the process: nothing it says later could be trusted. */
    static void requireWell(Throwable failure) {
        if (failure != null) {
            throw new IllegalStateException("an agent failed: " + failure, failure);
        }
    }

    static int[] numbers(JsonNode array) {
        int[] numbers = new int[array.size()];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = array.get(i).asInt();
        }
        return numbers;
    }
}
