package dev.baton.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.baton.memory.cuda.Cuda;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.api.io.TempDir;

/**
 * The bundle for GPU machines, made, unpacked and run as there, by its own Java. This machine has no GPU: it says so, and
 * over a stand-in of the driver's library, whose device memory is the host's, two processes go the whole way.
 */
@EnabledIfEnvironmentVariable(named = "BATON_TEST_LONG", matches = "1", disabledReason = "part of baton test full")
@Timeout(240)
class GpuBundleSystemTest {
    private static final Path NATIVE = Path.of("..", "native").toAbsolutePath().normalize();

    @TempDir
    private Path folder;

    private record Ended(int exitCode, String out, String err) {}

    @Test
    void shouldRunWithoutAJavaOfTheMachine() throws Exception {
        assumeFalse(Cuda.availability().isPresent(), "this machine has a GPU: run native/src/test/gpu/run.sh itself");
        Path bundle = folder.resolve("gpu.tar");
        Ended made = run(Map.of("JAVA_HOME", System.getProperty("java.home"), "BATON_BUILD", "never"),
            NATIVE.resolve("src/test/gpu/run.sh").toString(), "--bundle", bundle.toString());
        assertEquals(0, made.exitCode(), made::err);
        assertEquals(0, run(Map.of(), "tar", "-xf", bundle.toString(), "-C", folder.toString()).exitCode());
        String script = folder.resolve("gpu/run.sh").toString();

        Ended absent = run(Map.of("JAVA_HOME", "/nowhere"), script);
        assertEquals(3, absent.exitCode(), absent::err);
        assertEquals("", absent.out());
        assertTrue(absent.err().contains("gpu: no GPU: "), absent::err);

        Path library = folder.resolve("libcuda.so.1");
        Ended compiled = run(Map.of(), "sh", "-c", "command -v cc >/dev/null || exit 99; exec cc -O1 -shared -fPIC -fvisibility=hidden " +
            "-Wl,-soname,libcuda.so.1 -o '" + library + "' '" + NATIVE.resolve("src/test/c/stand_in_cuda.c") + "'");
        assumeFalse(compiled.exitCode() == 99, "no C compiler for the stand-in");
        assertEquals(0, compiled.exitCode(), compiled::err);
        Ended whole = run(Map.of("JAVA_HOME", "/nowhere", "LD_LIBRARY_PATH", folder.toString()), script,
            "--size", "3MiB", "--chunk", "64KiB", "--rounds", "2");
        assertEquals(0, whole.exitCode(), whole::err);
        JsonNode json = new ObjectMapper().readTree(whole.out());
        assertEquals("stand-in of host memory", json.path("device").asText());
        assertEquals(2L * 2 * (3 << 20), json.path("bytesVerified").asLong());
        assertEquals("exported", json.path("dmabuf").asText());
        for (String way : List.of("plainDeviceToDevice", "plainDeviceToHost", "plainHostToDevice", "ipc", "staged")) {
            assertTrue(json.path(way).path("median").asDouble() > 0, way);
        }
        assertTrue(whole.err().contains("STEP ipc"), whole::err);
    }

    private Ended run(Map<String, String> environment, String... command) throws IOException, InterruptedException {
        File out = Files.createTempFile(folder, "out", ".txt").toFile();
        File err = Files.createTempFile(folder, "err", ".txt").toFile();
        ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile())
            .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null"))).redirectOutput(out).redirectError(err);
        builder.environment().putAll(environment);
        Process process = builder.start();
        try {
            assertTrue(process.waitFor(120, TimeUnit.SECONDS), () -> "ends in 120 s: " + builder.command());
        } finally {
            process.destroyForcibly();
        }
        return new Ended(process.exitValue(), Files.readString(out.toPath()), Files.readString(err.toPath()));
    }
}
