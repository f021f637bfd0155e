package dev.baton.sim.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;

class ProgressTest {
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    private final StringWriter said = new StringWriter();
    private int done;

    @Test
    void shouldSayLessOftenInALogTheLongerItTakes() {
        try (Progress progress = new Progress(new PrintWriter(said), false, () -> "done: " + done)) {
            for (int second = 0; second < 1_000; second++) {
                done = second;
                progress.step(second * SECOND);
            }
        }
        String lines = said.toString();

        assertTrue(lines.startsWith(String.join(System.lineSeparator(), "done: 0", "done: 5", "done: 10", "")), lines);
        assertTrue(lines.endsWith("done: 999" + System.lineSeparator()), lines);
        assertTrue(lines.lines().count() < 80, () -> "lines=" + lines.lines().count());
        assertEquals(0, lines.chars().filter(each -> each == '\r').count());
    }

    @Test
    void shouldDrawOneLineInPlaceOnATerminalAndMakeRoomForWhatElseIsSaid() {
        Progress progress = new Progress(new PrintWriter(said), true, () -> "done: " + done);
        progress.step(0);
        progress.step(SECOND / 10);
        done = 7;
        progress.step(SECOND / 5);
        progress.makeRoom();
        progress.makeRoom();
        progress.close();

        assertEquals("\rdone: 0\rdone: 7\r       \r\rdone: 7" + System.lineSeparator(), said.toString());
    }

    @Test
    void shouldSayNothingOfARunThatNeverBegan() {
        new Progress(new PrintWriter(said), true, () -> "done: " + done).close();

        assertEquals("", said.toString());
    }
}
