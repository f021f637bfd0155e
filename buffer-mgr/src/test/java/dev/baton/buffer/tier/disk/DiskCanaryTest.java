package dev.baton.buffer.tier.disk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.platform.Canary;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The test of {@link DiskStormTest}: a process with a defect of the disk tier plays the same storms, and one of them tells. */
@Timeout(180)
class DiskCanaryTest {
    @ParameterizedTest(name = "{0}")
    @CsvSource({"TORN_RECORD_ACCEPTED, wrong bytes", "MISDIRECTED_KEY, wrong bytes", "LATE_TIER_WRITE, written to"})
    void shouldBeFoundByAStorm(Canary canary, String told) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        for (String flag : ManagementFactory.getRuntimeMXBean().getInputArguments()) {
            if (!flag.startsWith("-agent") && !flag.startsWith("-javaagent") && !flag.startsWith("-Xm")) {
                command.add(flag);
            }
        }
        command.addAll(List.of("-Xmx256m", "-Dbaton.canary=" + canary, "-cp", System.getProperty("java.class.path"),
            StormChild.class.getName()));
        Process child = new ProcessBuilder(command).redirectErrorStream(true).start();
        try {
            String said = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertEquals(StormChild.FOUND, child.onExit().join().exitValue(), said);
            assertTrue(said.contains(told), said);
        } finally {
            child.destroyForcibly();
        }
    }
}
