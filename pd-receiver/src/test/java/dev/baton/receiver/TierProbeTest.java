package dev.baton.receiver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.platform.Availability;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TierProbeTest {
    private static final long MIB_64 = 64L << 20;

    @TempDir
    private Path parent;

    @Test
    void shouldSayWhatADirectoryHasAndLeaveNothingThere() throws IOException {
        Availability there = TierProbe.of("disk:" + parent + "," + parent.resolve("a/b"), MIB_64, 0);

        assertTrue(there.isPresent(), there::describe);
        assertTrue(there.describe().contains("directory=" + parent + " fileSystem=") && there.describe().contains("directIo="), there::describe);
        assertTrue(there.describe().contains("b (would be made)"), there::describe);
        assertTrue(TierProbe.of("disk:" + parent, MIB_64, 90_000).describe().endsWith(" ttl=PT1M30S"));
        try (Stream<Path> left = Files.list(parent)) {
            assertEquals(0, left.count());
        }
    }

    @Test
    void shouldSayWhereThereIsTooLittleRoomOrNoDirectoryCanBe() throws IOException {
        Availability full = TierProbe.of("disk:" + parent, Long.MAX_VALUE / 2, 0);
        assertFalse(full.isPresent());
        assertTrue(full.describe().contains("less room than the tier may take") && full.describe().contains("--tier-space"), full::describe);

        Path file = Files.createFile(parent.resolve("file"));
        Availability none = TierProbe.of("disk:" + file.resolve("x"), MIB_64, 0);
        assertFalse(none.isPresent());
        assertTrue(none.describe().contains("cannot be written to: at=" + file), none::describe);
    }

    @Test
    void shouldSayWhetherAServerAnswers() throws IOException {
        int port;
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = taken.getLocalPort();
        }
        Availability nobody = TierProbe.of("redis://:secret@127.0.0.1:" + port, MIB_64, 0);
        assertFalse(nobody.isPresent());
        assertTrue(nobody.describe().startsWith("no answer: address=redis://127.0.0.1:" + port), nobody::describe);

        assertTrue(TierProbe.of("file:" + parent, MIB_64, 0).describe().startsWith("address=file:" + parent + " answeredInMs="));
        assertThrows(IllegalArgumentException.class, () -> TierProbe.of("ftp://there", MIB_64, 0));
    }
}
