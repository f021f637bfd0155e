package dev.baton.sim.models;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The models of the protocol, checked with Spin where it is installed: safe variants hold, unsafe ones are found out. */
@Timeout(420)
class ModelsSystemTest {
    /** The script cannot do its work here. */
    private static final int NOT_HERE = 3;

    @TempDir
    private Path folder;

    private record Ended(int exitCode, String output) {}

    private Ended run(Path script, String... models) throws IOException, InterruptedException {
        File output = Files.createTempFile(folder, "run", ".txt").toFile();
        ProcessBuilder builder = new ProcessBuilder(script.toString()).directory(folder.toFile())
            .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
            .redirectErrorStream(true).redirectOutput(output);
        builder.command().addAll(List.of(models));
        Process process = builder.start();
        try {
            assertTrue(process.waitFor(400, TimeUnit.SECONDS), () -> "ends in 400 s: " + builder.command());
        } finally {
            process.destroy();
        }
        return new Ended(process.exitValue(), Files.readString(output.toPath()));
    }

    @Test
    void shouldFindWhatEachModelMustShow() throws Exception {
        Ended ended = run(StateTable.FOLDER.resolve("run"));

        assumeTrue(ended.exitCode() != NOT_HERE, ended::output);
        assertEquals(0, ended.exitCode(), ended::output);
    }

    /** A copy whose safe variant pins while it is queued: the script must not let that pass. */
    @Test
    void shouldFailWhenASafeVariantIsBroken() throws Exception {
        for (String file : List.of("run", "states.pml", "reach.pml", "pin.pml")) {
            Files.copy(StateTable.FOLDER.resolve(file), folder.resolve(file));
        }
        Path script = folder.resolve("run");
        assertTrue(script.toFile().setExecutable(true));
        Path model = folder.resolve("pin.pml");
        Files.writeString(model, Files.readString(model).replace("#ifdef PIN_WHILE_QUEUED", "#ifndef NO_SUCH_NAME"));

        Ended ended = run(script, "pin");

        assumeTrue(ended.exitCode() != NOT_HERE, ended::output);
        assertEquals(1, ended.exitCode(), ended::output);
        assertTrue(ended.output().contains("expected: holds"), ended::output);
    }
}
