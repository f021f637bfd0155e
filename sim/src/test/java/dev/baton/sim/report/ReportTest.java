package dev.baton.sim.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReportTest {
    @Test
    void shouldAlignNumbersRightAndWordsLeft() {
        Table table = new Table("transport", "bytes", "GB/s")
            .row("shm", 134_217_728L, 9.4123)
            .row("aeron", 1_024L, null);

        assertEquals("""
            transport        bytes  GB/s
            ---------  -----------  ----
            shm        134,217,728  9.41
            aeron            1,024     -
            """, table.toString());
        assertThrows(IllegalArgumentException.class, () -> table.row("one cell"));
    }

    @Test
    void shouldKeepKeysInOrderAndStayJsonWithoutNumbers() {
        StringWriter out = new StringWriter();
        JsonReport report = new JsonReport()
            .add("requests", 3)
            .add("bytesPerSecond", Double.NaN)
            .add("transport", "a \"quoted\" name")
            .addNull("deadlock")
            .add("handoffMs", new JsonReport().add("p50", 1.5).add("p99", 2L))
            .add("cycle", List.of(new JsonReport().add("request", "r0")));
        report.print(new PrintWriter(out));

        assertEquals("{\"requests\":3,\"bytesPerSecond\":null,\"transport\":\"a \\\"quoted\\\" name\",\"deadlock\":null," +
            "\"handoffMs\":{\"p50\":1.5,\"p99\":2},\"cycle\":[{\"request\":\"r0\"}]}\n", out.toString());
        assertThrows(IllegalStateException.class, () -> report.add("requests", 4));
    }

    @ParameterizedTest
    @CsvSource({"0, 0 B", "1023, 1023 B", "1024, 1.00 KiB", "4194304, 4.00 MiB", "1342177280, 1.25 GiB",
        "-1024, -1.00 KiB", "9223372036854775807, 8192 PiB"})
    void shouldShowBytesInBinaryUnits(long lengthBytes, String shown) {
        assertEquals(shown, Human.bytes(lengthBytes));
    }

    @ParameterizedTest
    @CsvSource({"950, 950 ns", "12300, 12.3 us", "12345678, 12.3 ms", "4200000000, 4.20 s", "185000000000, 3 min 05 s"})
    void shouldShowDurationsInTheUnitThatFits(long durationNs, String shown) {
        assertEquals(shown, Human.duration(durationNs));
    }

    @ParameterizedTest
    @CsvSource({"9410000000, 9.41 GB/s", "125000000, 125 MB/s", "1500, 1.50 kB/s", "NaN, -", "Infinity, -"})
    void shouldShowRatesInDecimalUnits(double bytesPerSecond, String shown) {
        assertEquals(shown, Human.rate(bytesPerSecond));
    }

    @Test
    void shouldRedrawOneLineOnATerminal() {
        StringWriter err = new StringWriter();
        String[] line = {"1 of 10 requests"};
        try (Progress progress = new Progress(new PrintWriter(err), true, () -> line[0])) {
            progress.step(0);
            progress.step(100_000_000L);                     // too soon to draw again
            line[0] = "9 of 10";
            progress.step(200_000_000L);
        }
        String padded = "\r9 of 10" + " ".repeat("1 of 10 requests".length() - "9 of 10".length());
        assertEquals("\r1 of 10 requests" + padded + "\r9 of 10\n", err.toString());
    }

    @Test
    void shouldWriteFewWholeLinesToALog() {
        StringWriter err = new StringWriter();
        int[] done = {0};
        try (Progress progress = new Progress(new PrintWriter(err), false, () -> done[0] + " done")) {
            for (long nowNs = 0; nowNs < 11_000_000_000L; nowNs += 100_000_000L) {
                done[0]++;
                progress.step(nowNs);
            }
        }
        assertEquals("1 done\n51 done\n101 done\n110 done\n", err.toString());
    }
}
