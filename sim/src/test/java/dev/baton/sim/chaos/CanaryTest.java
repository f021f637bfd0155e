package dev.baton.sim.chaos;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import dev.baton.platform.Canary;
import dev.baton.sim.Baton;

/**
 * The test of the tests: each {@link Canary} is found by the simulation, by an invariant of PROTOCOL.md that it checks
 * anyway. A defect lives in a process of its own, which plays seeds one after the other until one fails.
 */
@Timeout(240)
class CanaryTest {
    private static final int CHILDREN = 2;
    private static final String SEEDS_MAX = "200";
    /** A crash of the simulation is not an invariant, so it does not count. */
    private static final Pattern FOUND = Pattern.compile("(?:FAILED seed=(\\d+) )?([SL]\\d+): .*");

    /** Where to look: the first seed, and the invariants that may tell. */
    private record Hunt(long from, Set<String> invariants, List<String> options) {
        Hunt(long from, Set<String> invariants) {
            this(from, invariants, List.of());
        }

        /** With no first seed, all orders of events between both cores are searched instead. */
        boolean isSearch() {
            return from == 0;
        }
    }

    private static final Map<Canary, Hunt> HUNTS = new EnumMap<>(Map.ofEntries(
        Map.entry(Canary.FREED_ON_TIMER, new Hunt(74, Set.of("S3"))),
        Map.entry(Canary.AGENTS_NOT_AWAITED, new Hunt(0, Set.of("S3"))),
        Map.entry(Canary.FIN_WITHOUT_MARKS, new Hunt(9, Set.of("L8"))),
        Map.entry(Canary.READY_BEFORE_LAST_CELL, new Hunt(33, Set.of("S4"))),
        Map.entry(Canary.CRC_SKIPPED, new Hunt(8, Set.of("S4"))),
        Map.entry(Canary.DUPLICATE_RESERVE_ALLOCATES, new Hunt(16, Set.of("S8"))),
        Map.entry(Canary.TOMBSTONES_IGNORED, new Hunt(331, Set.of("S9"))),
        Map.entry(Canary.GROWTH_IGNORED, new Hunt(1, Set.of("S6"))),
        Map.entry(Canary.ONE_SHARD_MISSING, new Hunt(12, Set.of("L8"))),
        Map.entry(Canary.QUARANTINE_COUNTED_FREE, new Hunt(3, Set.of("S1"))),
        Map.entry(Canary.FIRST_FIT, new Hunt(5, Set.of("L4"))),
        Map.entry(Canary.RECLAIMS_ONLY_WHEN_BUSY, new Hunt(181, Set.of("L1"))),
        Map.entry(Canary.ONE_TICK_A_CYCLE, new Hunt(2074, Set.of("L1"))),
        Map.entry(Canary.RUN_LEAKED, new Hunt(1, Set.of("L1"))),
        Map.entry(Canary.FREED_WHEN_TAKEN, new Hunt(1, Set.of("S2"))),
        Map.entry(Canary.KEY_TRUNCATED, new Hunt(1, Set.of("S12"))),
        Map.entry(Canary.TENANT_IGNORED, new Hunt(1, Set.of("S18"))),
        Map.entry(Canary.SLICE_KEY_TRUNCATED, new Hunt(1, Set.of("S12"))),
        Map.entry(Canary.SLICE_TENANT_IGNORED, new Hunt(1, Set.of("S18"))),
        Map.entry(Canary.SLICE_GROUP_IGNORED, new Hunt(36, Set.of("S4"))),
        Map.entry(Canary.TORN_RECORD_ACCEPTED, new Hunt(464, Set.of("S13"))),
        Map.entry(Canary.MISDIRECTED_KEY, new Hunt(415, Set.of("S12"))),
        Map.entry(Canary.LATE_TIER_WRITE, new Hunt(26, Set.of("L10"))),
        Map.entry(Canary.KEPT_UNREAD, new Hunt(7, Set.of("S4"))),
        Map.entry(Canary.REASON_DROPPED, new Hunt(6, Set.of("S19"))),
        Map.entry(Canary.END_UNTOLD, new Hunt(1, Set.of("L6"))),
        Map.entry(Canary.QUEUE_PAIR_LEFT, new Hunt(103, Set.of("S3"), List.of("--cards"))),
        Map.entry(Canary.COMPLETE_WHEN_POSTED, new Hunt(4, Set.of("S16"), List.of("--cards"))),
        Map.entry(Canary.GRANTED_WITHOUT_MEMBER, new Hunt(3, Set.of("S6"), List.of("--gangs"))),
        Map.entry(Canary.MEMBER_NOT_AWAITED, new Hunt(2, Set.of("S3"), List.of("--gangs"))),
        Map.entry(Canary.NO_REDIAL, new Hunt(3, Set.of("L8"))),
        Map.entry(Canary.STAGED_FOR_ALL, new Hunt(26, Set.of("S18"))),
        Map.entry(Canary.POST_AFTER_FIN, new Hunt(1, Set.of("S5"))),
        Map.entry(Canary.FIN_BEFORE_LAST_CELL, new Hunt(7, Set.of("L8"))),
        Map.entry(Canary.DRAINED_WITHOUT_COMPLETIONS, new Hunt(15, Set.of("S16"))),
        Map.entry(Canary.SOURCE_REUSED_EARLY, new Hunt(3, Set.of("S16"))),
        Map.entry(Canary.OUTCOME_GUESSED, new Hunt(102, Set.of("S9"))),
        Map.entry(Canary.UNKNOWN_TAKEN_FOR_FAILED, new Hunt(162, Set.of("S9"))),
        Map.entry(Canary.SCRATCH_LEAKED, new Hunt(22, Set.of("S14")))));

    @Test
    void shouldFindEveryCanary() throws Exception {
        assertEquals(Set.of(Canary.values()), HUNTS.keySet());
        assertTrue(HUNTS.size() >= 20, () -> "canaries=" + HUNTS.size());
        List<Callable<String>> hunts = new ArrayList<>();
        HUNTS.forEach((canary, hunt) -> hunts.add(() -> hunt(canary, hunt)));
        List<String> missed = new ArrayList<>();
        try (ExecutorService children = Executors.newFixedThreadPool(CHILDREN)) {
            for (Future<String> whyMissed : children.invokeAll(hunts)) {
                if (!whyMissed.get().isEmpty()) {
                    missed.add(whyMissed.get());
                }
            }
        }

        assertEquals(List.of(), missed);
    }

    @Test
    void shouldNotServeWithACanary() throws IOException, InterruptedException {
        Process child = start(Canary.CRC_SKIPPED, "receiver", "--pool", "64MiB", "--listen", "127.0.0.1:0");
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

    /** Empty, or why it was not found. */
    private static String hunt(Canary canary, Hunt hunt) throws IOException {
        long startNs = System.nanoTime();
        Process child = hunt.isSearch() ? start(canary, "sim", "check", "--scenario", "tcp: resend", "--states", "2000")
            : start(canary, Stream.concat(Stream.of("sim", "chaos", "--from", Long.toString(hunt.from), "--seeds", SEEDS_MAX),
                hunt.options.stream()).toArray(String[]::new));
        String last = "";
        try (BufferedReader lines = child.inputReader()) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                Matcher found = FOUND.matcher(line);
                if (found.matches() && hunt.invariants.contains(found.group(2))) {
                    System.out.printf("canary=%s seed=%s invariant=%s seconds=%.1f%n", canary,
                        hunt.isSearch() ? "all-orders" : found.group(1), found.group(2),
                        (System.nanoTime() - startNs) / 1e9);
                    return "";
                }
                last = line.startsWith("FAILED") || last.isEmpty() ? line : last;
            }
        } finally {
            child.destroyForcibly();
        }
        return "canary=" + canary + " was not found by " + hunt + ": " + last;
    }

    private static Process start(Canary canary, String... args) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        for (String flag : ManagementFactory.getRuntimeMXBean().getInputArguments()) {
            if (!flag.startsWith("-agent") && !flag.startsWith("-javaagent") && !flag.startsWith("-Xm")) {
                command.add(flag);
            }
        }
        command.addAll(List.of("-XX:TieredStopAtLevel=1", "-Xmx512m", "-Dbaton.canary=" + canary, "-cp",
            System.getProperty("java.class.path"), Baton.class.getName()));
        command.addAll(List.of(args));
        return new ProcessBuilder(command).redirectErrorStream(true).start();
    }
}
