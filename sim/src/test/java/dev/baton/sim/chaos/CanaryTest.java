package dev.baton.sim.chaos;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import dev.baton.platform.Canary;
import dev.baton.sim.Baton;

/**
 * The test of the tests: each {@link Canary} is found by the simulation, by an invariant of PROTOCOL.md that it checks
 * anyway, and that holds as soon as the defect is gone. Defects live in processes of their own, which take on one after
 * the other and play seeds until one fails: what a process has compiled serves all of them.
 */
@Timeout(240)
class CanaryTest {
    private static final int CHILDREN = 2;

    @Test
    void shouldFindEveryCanary() throws Exception {
        assertEquals(Set.of(Canary.values()), Hunt.ALL.keySet());
        assertTrue(Hunt.ALL.size() >= 20, () -> "canaries=" + Hunt.ALL.size());
        Queue<Canary> left = new ConcurrentLinkedQueue<>(List.of(Canary.values()));
        Callable<List<String>> hunts = () -> hunt(left);
        List<String> told = new ArrayList<>();
        try (ExecutorService children = Executors.newFixedThreadPool(CHILDREN)) {
            for (Future<List<String>> some : children.invokeAll(Collections.nCopies(CHILDREN, hunts))) {
                told.addAll(some.get());
            }
        }

        for (Canary canary : Canary.values()) {
            assertEquals(1, told.stream().filter(line -> line.startsWith("canary=" + canary + " found: ")).count(),
                () -> canary + " is found, once: " + told);
        }
    }

    @Test
    void shouldNotServeWithACanary() throws IOException, InterruptedException {
        Process child = Child.start("CRC_SKIPPED", List.of(Baton.class.getName(), "receiver", "--pool", "64MiB", "--listen", "127.0.0.1:0"));
        try {
            assertTrue(child.waitFor(60, TimeUnit.SECONDS), "a receiver with a defect ends");
            String said = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertNotEquals(0, child.exitValue(), said);
            assertTrue(said.contains("baton.canary=CRC_SKIPPED"), said);
        } finally {
            child.destroyForcibly();
        }
    }

    @Test
    void shouldHaveNoDefectItself() {
        assertEquals(List.of(), Arrays.stream(Canary.values()).filter(Canary::isActive).toList());
        Canary.requireNone();
    }

    /** What a process tells that takes on what is left, one after the other. */
    private static List<String> hunt(Queue<Canary> left) throws IOException {
        List<String> told = new ArrayList<>();
        Process child = Child.start("ANY", List.of(HuntMain.class.getName()));
        try (BufferedReader answers = child.inputReader(); BufferedWriter names = child.outputWriter()) {
            for (Canary next = left.poll(); next != null; next = left.poll()) {
                names.write(next + "\n");
                names.flush();
                String answer = answers.readLine();
                while (answer != null && !answer.startsWith("canary=" + next + " ")) {
                    told.add(answer);
                    answer = answers.readLine();
                }
                told.add(answer == null ? "the process that was to find " + next + " ended" : answer);
                System.out.println(told.getLast());
            }
            return told;
        } finally {
            child.destroyForcibly();
        }
    }
}
