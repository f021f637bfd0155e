package dev.baton.sim.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.memory.Regions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SpillBenchTest {
    @TempDir
    private Path folder;

    @Test
    void shouldMeasureBothTiersRoundByRoundAndLeaveNothing() throws IOException {
        Path fast = Regions.privateDirectory(folder.resolve("fast"));
        Path spill = Regions.privateDirectory(folder.resolve("spill"));

        SpillBench.Result[] results = new SpillBench(9L << 20, 3).run(fast, spill);

        assertEquals(2, results.length);
        for (SpillBench.Result result : results) {
            assertTrue(result.fastBytesPerSecond() > 0 && result.spillBytesPerSecond() > 0, result::toString);
            assertEquals(3, result.ratio().count());
        }
        for (Path directory : new Path[] {fast, spill}) {
            try (var left = Files.list(directory)) {
                assertEquals(0, left.count());
            }
        }
    }
}
