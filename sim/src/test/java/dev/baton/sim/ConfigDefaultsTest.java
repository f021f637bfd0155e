package dev.baton.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

import dev.baton.sim.report.ExitCode;

class ConfigDefaultsTest {
    private final StringWriter err = new StringWriter();
    private final Daemon daemon = new Daemon();

    @TempDir
    private Path folder;

    /** Settings of each kind. */
    @Command(name = "daemon")
    private static final class Daemon implements Runnable {
        @Option(names = "--config")
        private Path config;

        @Option(names = "--lanes", defaultValue = "1")
        private int lanes;

        @Option(names = "--shm-dir", defaultValue = "/default")
        private String sharedMemoryDir;

        @Option(names = "--transports", split = ",", defaultValue = "shm,tcp")
        private List<String> transports;

        @Option(names = "--insecure")
        private boolean isInsecure;

        @Option(names = "--to", required = true)
        private String to;

        @Override
        public void run() {}
    }

    private int run(Map<String, String> environment, String... args) {
        ErrorLine errors = new ErrorLine(() -> false);
        return new CommandLine(daemon).setErr(new PrintWriter(err)).setParameterExceptionHandler(errors)
            .setExecutionExceptionHandler(errors).setDefaultValueProvider(new ConfigDefaults(List.of(args), environment)).execute(args);
    }

    private String file(String... lines) throws IOException {
        return Files.write(folder.resolve("baton.yaml"), List.of(lines)).toString();
    }

    @Test
    void shouldPreferFlagsThenVariablesThenTheFileThenDefaults() throws IOException {
        String file = file("lanes: 2", "shm-dir: /file", "to: file:1", "insecure: true");

        assertEquals(ExitCode.DONE, run(Map.of("BATON_LANES", "3", "BATON_TO", "env:1", "BATON_CONFIG", file), "--to", "flag:1"),
            err::toString);

        assertEquals("flag:1", daemon.to);
        assertEquals(3, daemon.lanes);
        assertEquals("/file", daemon.sharedMemoryDir);
        assertTrue(daemon.isInsecure);
        assertEquals(List.of("shm", "tcp"), daemon.transports);
        assertEquals(file, daemon.config.toString());
    }

    @Test
    void shouldPreferTheFileThatTheFlagNames() throws IOException {
        String named = file("to: flag-file:1");
        String other = Files.writeString(folder.resolve("other.yaml"), "to: env-file:1\n").toString();

        assertEquals(ExitCode.DONE, run(Map.of("BATON_CONFIG", other), "--config", named), err::toString);
        assertEquals("flag-file:1", daemon.to);
        assertEquals(ExitCode.DONE, run(Map.of("BATON_CONFIG", other), "--config=" + named), err::toString);
        assertEquals("flag-file:1", daemon.to);
        assertEquals(ExitCode.DONE, run(Map.of("BATON_CONFIG", other)), err::toString);
        assertEquals("env-file:1", daemon.to);
    }

    @ParameterizedTest
    @ValueSource(strings = {"transports: [tcp, aeron]", "transports: tcp,aeron", "transports:\n  - tcp\n  - aeron"})
    void shouldTakeListsWhereAFlagTakesSeveral(String yaml) throws IOException {
        assertEquals(ExitCode.DONE, run(Map.of(), "--config", file(yaml), "--to", "x"), err::toString);
        assertEquals(List.of("tcp", "aeron"), daemon.transports);
    }

    static Stream<String> emptyFiles() {
        return Stream.of("", "# nothing yet", "---");
    }

    @ParameterizedTest
    @MethodSource("emptyFiles")
    void shouldTakeAFileThatSetsNothing(String text) throws IOException {
        assertEquals(ExitCode.DONE, run(Map.of(), "--config", file(text), "--to", "x"), err::toString);
        assertEquals(1, daemon.lanes);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', value = {
        "lane: 2               | unknown key: key=lane         | near: lanes",
        "config: x             | unknown key: key=config       | known: ",
        "shmDir: /x            | unknown key: key=shmDir       | near: shm-dir",
        "lanes: [1, 2]         | key=lanes                     | one plain value",
        "lanes: {a: 1}         | key=lanes                     | one plain value",
        "lanes: ~              | key=lanes                     | one plain value",
        "transports: [[tcp]]   | key=transports                | one plain value",
        "lanes: two            | --lanes                       | 'two' is not an int",
        "insecure: perhaps     | --insecure                    | 'perhaps' is not a boolean",
        "- lanes               | one mapping                   | baton.yaml",
        "lanes                 | one mapping                   | baton.yaml",
    })
    void shouldNameWhatIsWrongInAFile(String yaml, String what, String more) throws IOException {
        String file = file(yaml);

        assertEquals(ExitCode.USAGE, run(Map.of(), "--config", file, "--to", "x"));

        assertEquals(1, err.toString().lines().count(), err::toString);
        assertTrue(err.toString().contains(what), err::toString);
        assertTrue(err.toString().contains(more), err::toString);
        assertTrue(err.toString().contains(file), err::toString);
    }

    @ParameterizedTest
    @ValueSource(strings = {"lanes: [1", "lanes: 1\nlanes: 2", "lanes: 'x", "a: b: c", "\tlanes: 1"})
    void shouldNameTheLineOfAFileThatIsNotYaml(String yaml) throws IOException {
        assertEquals(ExitCode.USAGE, run(Map.of(), "--config", file("shm-dir: /x", yaml), "--to", "x"));

        assertEquals(1, err.toString().lines().count(), err::toString);
        assertTrue(err.toString().matches("(?s).*file=\\S*baton.yaml line=[234]:.*"), err::toString);
    }

    @Test
    void shouldNameAFileThatIsNotThere() {
        assertEquals(ExitCode.USAGE, run(Map.of("BATON_CONFIG", "/no/such.yaml"), "--to", "x"));
        assertTrue(err.toString().startsWith("baton: no such configuration file: file=/no/such.yaml"), err::toString);
    }

    @Test
    void shouldNameABadVariable() {
        assertEquals(ExitCode.USAGE, run(Map.of("BATON_LANES", "two", "BATON_UNHEARD_OF", "1"), "--to", "x"));
        assertTrue(err.toString().contains("--lanes"), err::toString);
        assertTrue(err.toString().contains("variable BATON_LANES value=two"), err::toString);
    }

    @Test
    void shouldGiveSettingsToTheDaemonsAlone() throws IOException {
        String file = file("lanes: 0", "model: Llama-3.2-1B");
        Map<String, String> environment = Map.of("BATON_CONFIG", file, "BATON_POOL_MIB", "-5");

        StringWriter out = new StringWriter();
        assertEquals(ExitCode.DONE, Baton.run(environment, new PrintWriter(out), new PrintWriter(err), "doctor"), err::toString);
        assertEquals(ExitCode.USAGE, Baton.run(environment, new PrintWriter(out), new PrintWriter(err), "receiver"), err::toString);
        assertTrue(err.toString().contains("lanes=0"), err::toString);
    }
}
