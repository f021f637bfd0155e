package dev.baton.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.NoSuchFileException;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Command;

import dev.baton.sim.report.CommandException;
import dev.baton.sim.report.ExitCode;

class BatonTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(String... args) {
        return Baton.run(new PrintWriter(out), new PrintWriter(err), args);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "help", "--help", "help test"})
    void shouldShowWhatThereIs(String args) {
        assertEquals(ExitCode.DONE, run(args.isEmpty() ? new String[0] : args.split(" ")));
        assertTrue(out.toString().startsWith("Usage: baton"), out::toString);
        assertEquals("", err.toString());
    }

    @Test
    void shouldHintAtTheCommandThatWasMeant() {
        assertEquals(ExitCode.USAGE, run("tst"));
        assertEquals("", out.toString());
        assertEquals("baton: unknown command: tst; did you mean: stats or test? try: baton --help\n", err.toString());
    }

    @Test
    void shouldRefuseAnUnknownOptionInOneLine() {
        assertEquals(ExitCode.USAGE, run("test", "--speed"));
        assertEquals("baton: unknown option: --speed; try: baton test --help\n", err.toString());
    }

    static Stream<Arguments> ends() {
        return Stream.of(
            Arguments.of(CommandException.notPossible("no RDMA: device=mlx5_0", "type: modprobe rdma_rxe"), 3,
                "baton: no RDMA: device=mlx5_0; type: modprobe rdma_rxe"),
            Arguments.of(CommandException.usage("unknown model: model=x", "type: baton help demo"), 2,
                "baton: unknown model: model=x; type: baton help demo"),
            Arguments.of(new IllegalArgumentException("scale must be at least 1: scale=0"), 2,
                "baton: scale must be at least 1: scale=0"),
            Arguments.of(new UncheckedIOException(new NoSuchFileException("/no/such")), 2,
                "baton: no such file: file=/no/such; check the path"),
            Arguments.of(new IOException("disk gone"), 1, "baton: IOException: disk gone; add --debug to see where"),
            Arguments.of(new IllegalStateException("two\n  lines"), 1,
                "baton: IllegalStateException: two lines; add --debug to see where"));
    }

    @ParameterizedTest
    @MethodSource("ends")
    void shouldTellEachEndInOneLineAndItsCode(Exception thrown, int exitCode, String line) {
        for (boolean isDebug : new boolean[] {false, true}) {
            StringWriter errors = new StringWriter();
            ErrorLine handler = new ErrorLine(() -> isDebug);
            CommandLine command = new CommandLine(new Failing(thrown))
                .setErr(new PrintWriter(errors)).setExecutionExceptionHandler(handler);

            assertEquals(exitCode, command.execute());
            assertEquals(line, errors.toString().lines().findFirst().orElseThrow());
            assertEquals(isDebug, errors.toString().contains("\tat "));
        }
    }

    @Test
    void shouldExamineThisMachineForPeopleAndPrograms() throws IOException {
        assertEquals(ExitCode.DONE, run("doctor"));
        assertTrue(out.toString().lines().anyMatch(line -> line.startsWith("ok   jdk ")), out::toString);

        out.getBuffer().setLength(0);
        assertEquals(ExitCode.DONE, run("doctor", "--json", "--pool-mib", "999999999"));
        JsonNode json = new ObjectMapper().readTree(out.toString());
        assertEquals(1, out.toString().lines().count());
        assertEquals(json.get("findings").size(), json.get("present").asInt() + json.get("absent").asInt());
        for (JsonNode finding : json.get("findings")) {
            if (finding.get("name").asText().equals("memory")) {
                assertFalse(finding.get("isPresent").asBoolean(), "no machine has a pebibyte free");
                assertFalse(finding.get("remedy").asText().isEmpty());
            }
        }
        assertEquals(ExitCode.USAGE, run("doctor", "--pool-mib", "-1"));
    }

    @Test
    void shouldNotPretendToRunTestsWithoutTheLauncher() {
        assertEquals(ExitCode.NOT_POSSIBLE, run("test"));
        assertFalse(err.toString().isEmpty());
    }

    /** Ends as it was told. */
    @Command(name = "failing")
    private record Failing(Exception thrown) implements Callable<Integer> {
        @Override
        public Integer call() throws Exception {
            throw thrown;
        }
    }
}
