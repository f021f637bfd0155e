package dev.baton.sim.chaos;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import dev.baton.sim.Baton;

/** As many seeds of a range that was played before as two minutes allow, less where the check is late, on every core there is. */
@Timeout(300)
class ChaosSystemTest {
    private static final long FROM = 8_000_001;
    private static final int SEEDS_MAX = 30_000;
    private static final long SECONDS_MIN = 30;
    private static final long SECONDS_MAX = 120;
    /** What the compiler's second stage takes of two cores to pay for itself. */
    private static final long COMPILED_SECONDS_MIN = 60;
    /** Of the whole check. What comes after the seeds takes half as long as what comes before them. */
    private static final long CHECK_SECONDS = 600;
    private static final Pattern SUMMARY = Pattern.compile("(\\d+) seeds, (\\d+) failed, .*");

    /** Since the check began, or none of it where no check is: all of the time. */
    private static long seconds() {
        String began = System.getenv("BATON_TEST_BEGAN");
        long before = began == null ? 0 : Instant.now().getEpochSecond() - Long.parseLong(began);
        return Math.clamp(CHECK_SECONDS - before - before / 2, SECONDS_MIN, SECONDS_MAX);
    }

    @Test
    void shouldHoldEveryInvariantInAsManySeedsAsFit() throws IOException {
        long seconds = seconds();
        List<String> search = List.of(Baton.class.getName(), "sim", "chaos", "--from", Long.toString(FROM), "--seeds", Integer.toString(SEEDS_MAX),
            "--minutes", Double.toString(seconds / 60.0), "--threads", Integer.toString(Runtime.getRuntime().availableProcessors()));
        Process child = seconds < COMPILED_SECONDS_MIN ? Child.start("", search) : Child.startLong(search);
        List<String> told;
        try (BufferedReader lines = child.inputReader()) {
            told = lines.lines().peek(System.out::println).toList();
        } finally {
            child.destroyForcibly();
        }
        Matcher summary = told.stream().map(SUMMARY::matcher).filter(Matcher::matches).findFirst()
            .orElseThrow(() -> new AssertionError("it ended before it was done: " + told));

        assertEquals("0", summary.group(2), () -> String.join("\n", told.stream().filter(line -> line.startsWith("FAILED")).toList()));
        assertTrue(Integer.parseInt(summary.group(1)) >= 3 * seconds, () -> summary.group(1) + " seeds in " + seconds + " s");
    }
}
