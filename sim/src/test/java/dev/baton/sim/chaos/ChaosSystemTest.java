package dev.baton.sim.chaos;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import dev.baton.sim.Baton;

/** As many seeds of a range that was played before as a minute allows, on every core there is. */
@Timeout(240)
class ChaosSystemTest {
    private static final long FROM = 1_000_001;
    private static final int SEEDS_MAX = 8_770;
    private static final double MINUTES = 1;
    private static final Pattern SUMMARY = Pattern.compile("(\\d+) seeds, (\\d+) failed, .*");

    @Test
    void shouldHoldEveryInvariantInAsManySeedsAsFit() throws IOException {
        Process child = Child.start("", List.of(Baton.class.getName(), "sim", "chaos", "--from", Long.toString(FROM), "--seeds", Integer.toString(SEEDS_MAX),
            "--minutes", Double.toString(MINUTES), "--threads", Integer.toString(Runtime.getRuntime().availableProcessors())));
        List<String> told;
        try (BufferedReader lines = child.inputReader()) {
            told = lines.lines().peek(System.out::println).toList();
        } finally {
            child.destroyForcibly();
        }
        Matcher summary = told.stream().map(SUMMARY::matcher).filter(Matcher::matches).findFirst()
            .orElseThrow(() -> new AssertionError("it ended before it was done: " + told));

        assertEquals("0", summary.group(2), () -> String.join("\n", told.stream().filter(line -> line.startsWith("FAILED")).toList()));
        assertTrue(Integer.parseInt(summary.group(1)) >= 400, summary.group(1));
    }
}
