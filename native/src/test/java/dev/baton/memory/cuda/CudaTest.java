package dev.baton.memory.cuda;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.baton.memory.MemoryLedger;
import dev.baton.platform.Availability;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * CUDA where there is none, over a stand-in of the driver's library that has host memory for a device, and, where there
 * is a GPU, for real. The stand-in shows the order and arguments of calls, and nothing about a GPU.
 */
@Timeout(120)
class CudaTest {
    private static final String JAVA = Path.of(System.getProperty("java.home"), "bin", "java").toString();

    @TempDir
    private Path directory;

    @Test
    void shouldSayWhatIsMissingWhereThereIsNoGpu() {
        assumeFalse(Cuda.availability().isPresent(), () -> "this machine has one: " + Cuda.availability().describe());
        Availability.Absent absent = assertInstanceOf(Availability.Absent.class, Cuda.availability());
        assertTrue(absent.reason().contains("libcuda.so.1") || absent.reason().contains("cause="), absent::reason);
        assertFalse(absent.remedy().isBlank());
        assertEquals(0, Cuda.deviceCount());
        IllegalStateException ex =
            assertThrows(IllegalStateException.class, () -> Cuda.open(new MemoryLedger(), 0));
        assertTrue(ex.getMessage().contains(absent.reason()), ex::getMessage);
    }

    @Test
    void shouldLoadNothingBeforeItIsAsked() throws Exception {
        Path log = directory.resolve("classes");
        List<String> output = run(Map.of(), "-Xlog:class+load:file=" + log, QuietMain.class.getName());
        assertEquals(List.of("QUIET"), output);
        List<String> loaded = Files.readAllLines(log);
        assertTrue(loaded.stream().anyMatch(line -> line.contains("dev.baton.memory.cuda.Cuda ")), "the front door is known");
        assertEquals(List.of(), loaded.stream().filter(line -> line.contains("jcuda.") || line.contains("CudaLibrary")).toList());
    }

    @Test
    void shouldCarryHandlesAsSixtyFourBytes() {
        byte[] bytes = new byte[IpcHandle.LENGTH_BYTES];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (i * 7 - 100);
        }
        IpcHandle handle = IpcHandle.of(bytes);
        assertArrayEquals(bytes, handle.bytes());
        assertEquals(handle, IpcHandle.parse(handle.toString()));
        assertEquals(handle, IpcHandle.of(handle.toJCuda()), "JCuda's own class keeps the bytes");
        bytes[0]++;
        assertNotEquals(handle, IpcHandle.of(bytes));
        assertThrows(IllegalArgumentException.class, () -> IpcHandle.of(new byte[63]));
        assertThrows(IllegalArgumentException.class, () -> IpcHandle.parse("00"));
        assertThrows(IllegalArgumentException.class, () -> IpcHandle.parse("g".repeat(128)));
    }

    @Test
    void shouldNameTheCallTheCodeAndWhatWasAsked() {
        CudaException ex = assertThrows(CudaException.class, () -> CudaException.check("cuMemAlloc", 2, "ordinal=0 lengthBytes=5"));
        assertEquals("cuMemAlloc failed: error=2 name=CUDA_ERROR_OUT_OF_MEMORY ordinal=0 lengthBytes=5", ex.getMessage());
        assertEquals(2, ex.code());
        CudaException.check("cuMemAlloc", 0, "");
    }

    @Test
    void shouldMoveAndShareEveryByteOnTheGpu() throws Exception {
        assumeTrue(Cuda.availability().isPresent(), () -> "no GPU: " + Cuda.availability().describe());
        assertWalked(run(Map.of(), CudaWalkMain.class.getName()));
    }

    @Test
    void shouldMakeEveryCallInOrderOverTheStandIn() throws Exception {
        List<String> output = run(standIn(), CudaWalkMain.class.getName());
        assertEquals("PRESENT devices=[stand-in of host memory 1.0GiB] driver=CUDA 12.4", output.getFirst());
        assertWalked(output);
        assertTrue(output.contains("STEP dmabuf"), output::toString);
    }

    @Test
    void shouldSayWhichCallTheDriverRefused() throws Exception {
        Map<String, String> environment = standIn();
        assertRefused(environment, "cuInit:100", "ABSENT", "cuInit failed: error=100 name=CUDA_ERROR_NO_DEVICE");
        assertRefused(environment, "cuMemAlloc:2", "REFUSED 2", "cuMemAlloc failed: error=2");
        assertRefused(environment, "cuMemHostRegister:712", "REFUSED 712", "lengthBytes=2097152");
        assertRefused(environment, "cuEventQuery:700", "REFUSED 700", "name=CUDA_ERROR_ILLEGAL_ADDRESS");
    }

    private void assertRefused(Map<String, String> environment, String order, String start, String part) throws Exception {
        Map<String, String> told = new HashMap<>(environment);
        told.put("STAND_IN_CUDA_FAIL", order);
        List<String> output = run(told, CudaWalkMain.class.getName());
        assertTrue(output.stream().anyMatch(line -> line.startsWith(start) && line.contains(part)), output::toString);
        if (!start.equals("ABSENT")) {
            assertEquals("MemoryLedger totalBytes=0 {}", output.getLast());
        }
    }

    private static void assertWalked(List<String> output) {
        for (String step : List.of("STEP pinned allocatedBytes=0", "STEP registered counted=2097152", "STEP ipc",
            "STEP refusals", "PEER MemoryLedger totalBytes=0 {}")) {
            assertTrue(output.contains(step), () -> step + " is missing: " + output);
        }
        assertTrue(output.stream().anyMatch(line -> line.startsWith("PEER REFUSED lengthBytes must be at most")), output::toString);
        assertEquals("MemoryLedger totalBytes=0 {}", output.getLast());
    }

    private Map<String, String> standIn() throws Exception {
        Path source = Path.of(System.getProperty("basedir", "."), "src/test/c/stand_in_cuda.c");
        Process compiler;
        try {
            compiler = new ProcessBuilder("cc", "-O1", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-fvisibility=hidden",
                "-Wl,-soname,libcuda.so.1", "-o", directory.resolve("libcuda.so.1").toString(), source.toString())
                .inheritIO().start();
        } catch (IOException ex) {
            assumeTrue(false, "no C compiler: " + ex.getMessage());
            return Map.of();
        }
        assertEquals(0, compiler.waitFor());
        return Map.of("LD_LIBRARY_PATH", directory.toString());
    }

    private static List<String> run(Map<String, String> environment, String... words) throws Exception {
        List<String> command = new ArrayList<>(List.of(JAVA, "--enable-native-access=ALL-UNNAMED", "-Xmx128m", "-cp",
            System.getProperty("java.class.path")));
        command.addAll(List.of(words));
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
        builder.environment().putAll(environment);
        Process process = builder.start();
        try {
            List<String> lines = process.inputReader(UTF_8).lines().toList();
            assertTrue(process.waitFor(60, TimeUnit.SECONDS));
            assertEquals(0, process.exitValue(), lines::toString);
            return lines;
        } finally {
            process.destroyForcibly();
        }
    }
}
