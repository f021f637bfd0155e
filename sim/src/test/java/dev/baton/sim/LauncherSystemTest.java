package dev.baton.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The launcher as a user starts it: a process of its own, run from the jars that were just made. */
@Timeout(60)
class LauncherSystemTest {
    private static final Path LAUNCHER = Path.of("..", "baton").toAbsolutePath().normalize();

    @TempDir
    private Path folder;

    private record Ended(int exitCode, String out, String err) {}

    private Ended run(Path launcher, Map<String, String> environment, String... args) throws IOException, InterruptedException {
        File out = Files.createTempFile(folder, "out", ".txt").toFile();
        File err = Files.createTempFile(folder, "err", ".txt").toFile();
        ProcessBuilder builder = new ProcessBuilder(launcher.toString()).directory(folder.toFile())
            .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null"))).redirectOutput(out).redirectError(err);
        builder.command().addAll(List.of(args));
        builder.environment().put("BATON_BUILD", "never");
        builder.environment().putAll(environment);
        Process process = builder.start();
        try {
            assertTrue(process.waitFor(50, TimeUnit.SECONDS), () -> "ends in 50 s: " + builder.command());
        } finally {
            process.destroyForcibly();
        }
        return new Ended(process.exitValue(), Files.readString(out.toPath()), Files.readString(err.toPath()));
    }

    @Test
    void shouldRunFromAnyFolderThroughALink() throws Exception {
        Path first = Files.createSymbolicLink(folder.resolve("first"), LAUNCHER);
        Path second = Files.createSymbolicLink(folder.resolve("second"), Path.of("first"));

        Ended ended = run(second, Map.of(), "help");
        Files.delete(second);
        Files.delete(first);

        assertEquals(0, ended.exitCode(), ended::err);
        assertTrue(ended.out().startsWith("Usage: baton"), ended::out);
        assertEquals("", ended.err());
    }

    @Test
    void shouldRefuseAnUnknownCommandWithAHint() throws Exception {
        Ended ended = run(LAUNCHER, Map.of(), "dmo");

        assertEquals(2, ended.exitCode());
        assertEquals("", ended.out());
        assertTrue(ended.err().startsWith("baton: unknown command: dmo; "), ended::err);
    }

    @Test
    void shouldPassArgumentsThroughUntouched() throws Exception {
        Ended ended = run(LAUNCHER, Map.of(), "two words; $HOME *");

        assertEquals(2, ended.exitCode());
        assertTrue(ended.err().startsWith("baton: unknown command: two words; $HOME *; "), ended::err);
    }

    @Test
    void shouldRefuseToTestAnUnknownModule() throws Exception {
        Ended ended = run(LAUNCHER, Map.of(), "test", "no-such-module", "--json");

        assertEquals(2, ended.exitCode());
        assertEquals("", ended.out());
        assertEquals("baton: unknown module: no-such-module; try: baton test --help\n", ended.err());
    }

    /** A JDK that says what it was asked for stands in for the real one. */
    private String saidByAJdk(Map<String, String> environment, String... args) throws IOException, InterruptedException {
        Path bin = Files.createDirectories(folder.resolve("jdk").resolve("bin"));
        Files.writeString(folder.resolve("jdk").resolve("release"), "JAVA_VERSION=\"25\"\n");
        for (String tool : List.of("java", "javac")) {
            Files.writeString(bin.resolve(tool), "#!/bin/sh\nprintf '%s\\n' \"$@\"\n");
            assertTrue(bin.resolve(tool).toFile().setExecutable(true));
        }
        Map<String, String> said = new HashMap<>(environment);
        said.put("JAVA_HOME", bin.getParent().toString());
        return run(LAUNCHER, said, args).out();
    }

    @Test
    void shouldGiveSearchesOfTheSimulationFlagsOfTheirOwnAndTheUserTheLastWord() throws Exception {
        String chaos = saidByAJdk(Map.of(), "sim", "chaos", "--seed", "1");
        String check = saidByAJdk(Map.of("BATON_JVM_OPTIONS", "-Xmx1g"), "sim", "check");
        String demo = saidByAJdk(Map.of(), "demo");

        assertTrue(chaos.contains("/search.options\n-Xms") && chaos.endsWith("\nsim\nchaos\n--seed\n1\n"), chaos);
        assertTrue(check.contains("/search.options\n-Xmx1g\n") && check.endsWith("\nsim\ncheck\n"), check);
        assertFalse(demo.contains("search.options"), demo);
        assertFalse(check.contains("-Xms"), check);
    }

    @Test
    void shouldPassTheUsersOwnFlagsToTheJvmAfterThoseOfTheProject() throws Exception {
        String said = saidByAJdk(Map.of("BATON_JVM_OPTIONS", "-Xmx3g  -Dname=$HOME"), "help");
        String without = saidByAJdk(Map.of("BATON_JVM_OPTIONS", ""), "help");

        assertTrue(said.contains("jvm.options\n-Xmx3g\n-Dname=$HOME\n"), said);
        assertFalse(without.contains("\n\n") || without.contains("-Xmx"), without);
    }

    /** What the build kept of a start needs room in the old generation, and would end the JVM where there is none. */
    @Test
    void shouldStartWithAYoungGenerationAsLargeAsTheHeap() throws Exception {
        Ended ended = run(LAUNCHER, Map.of("BATON_JVM_OPTIONS", "-Xms64m -Xmn64m"), "help");

        assertEquals(0, ended.exitCode(), ended::err);
        assertTrue(ended.out().contains("Usage: baton"), ended::out);
    }

    /** A copy in an empty folder has no build; with a PATH that holds the shell's tools but no Maven it cannot make one. */
    @Test
    void shouldSayInOneLineWhatToInstallWhereMavenIsAbsent() throws Exception {
        Path tools = Files.createDirectory(folder.resolve("tools"));
        for (String tool : List.of("bash", "dirname", "readlink", "find", "mkdir", "flock", "env", "rm", "touch", "mv")) {
            for (String place : List.of("/usr/bin/", "/bin/")) {
                if (Files.isExecutable(Path.of(place + tool)) && Files.notExists(tools.resolve(tool))) {
                    Files.writeString(tools.resolve(tool), "#!/bin/sh\nexec " + place + tool + " \"$@\"\n");
                    assertTrue(tools.resolve(tool).toFile().setExecutable(true));
                }
            }
        }
        Path copy = Files.copy(LAUNCHER, Files.createDirectory(folder.resolve("clone")).resolve("baton"));
        assertTrue(copy.toFile().setExecutable(true));
        String javaHome = System.getProperty("java.home");

        Ended ended = run(copy, Map.of("PATH", tools.toString(), "JAVA_HOME", javaHome, "BATON_BUILD", ""), "help");

        assertEquals(3, ended.exitCode(), ended::err);
        assertEquals("", ended.out());
        assertTrue(ended.err().endsWith("baton: Maven is not here; install Maven 3.9 (Debian: apt-get install maven)\n"), ended::err);
        assertFalse(ended.err().contains("syntax"), ended::err);
    }
}
