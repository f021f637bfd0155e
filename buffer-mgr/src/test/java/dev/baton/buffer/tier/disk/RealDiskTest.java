package dev.baton.buffer.tier.disk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.baton.buffer.tier.LoadResult;
import dev.baton.buffer.tier.StoreResult;
import dev.baton.memory.RegionException;
import dev.baton.platform.Posix;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The tier on the file system of this machine, with its threads. */
@Timeout(120)
class RealDiskTest {
    static final long MEMORY_BYTES = 24 << 20;

    @TempDir
    private Path parent;
    private Path folder;

    @BeforeEach
    void requirePosix() {
        assumeTrue(Posix.availability().isPresent(), () -> Posix.availability().describe());
        folder = parent.resolve("cache");
    }

    static DiskContext context(Path folder) {
        return new DiskContext().directories(List.of(folder)).fileBytes(16 << 20).spaceBytesMax(64 << 20);
    }

    @ParameterizedTest(name = "direct {0}")
    @ValueSource(booleans = {true, false})
    void shouldLoadWhatWasStoredAndAgainAfterARestart(boolean isDirect) {
        int[] lengths = {1, 4032, 5000, 1 << 20, (4 << 20) + 17, 8 << 20};
        try (TierRig rig = new TierRig(context(folder).io(new PosixDiskIo(isDirect)), MEMORY_BYTES)) {
            for (int i = 0; i < lengths.length; i++) {
                assertEquals(StoreResult.STORED, rig.store(i, lengths[i]));
                assertEquals(LoadResult.HIT, rig.load(TierRig.named(i), i, lengths[i], 0));
                assertEquals(LoadResult.HIT, rig.load(TierRig.named(i), i, lengths[i], 40));
            }
        }
        try (TierRig rig = new TierRig(context(folder).io(new PosixDiskIo(isDirect)), MEMORY_BYTES)) {
            rig.awaitScanned();
            for (int i = 0; i < lengths.length; i++) {
                assertEquals(LoadResult.HIT, rig.load(i, lengths[i]));
            }
            assertEquals(0, rig.stats().corrupt());
        }
    }

    @Test
    void shouldKeepItsFilesToItself() throws IOException {
        try (TierRig rig = new TierRig(context(folder), MEMORY_BYTES)) {
            rig.store(1, 5000);
            assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(folder)));
            try (var files = Files.list(folder)) {
                for (Path file : files.filter(Files::isRegularFile).toList()) {
                    assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)), file.toString());
                }
            }
            DiskContext second = context(folder).conclude();
            assertThrows(IllegalStateException.class, () -> DiskStore.open(second, 0));
        }
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-x---"));
        DiskContext open = context(folder).conclude();
        assertThrows(RegionException.class, () -> DiskStore.open(open, 0));
    }

    @Test
    void shouldFollowNoSymbolicLink() throws IOException {
        Path elsewhere = Files.writeString(parent.resolve("precious"), "do not touch");
        Path link = Files.createSymbolicLink(parent.resolve("link"), Files.createDirectory(parent.resolve("target")));
        DiskContext through = context(link).conclude();
        assertThrows(RegionException.class, () -> DiskStore.open(through, 0));

        Files.createDirectory(folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        Files.createSymbolicLink(folder.resolve(String.format("%016x.log", 5)), elsewhere);
        try (TierRig rig = new TierRig(context(folder), MEMORY_BYTES)) {
            rig.awaitScanned();
            rig.store(1, 5000);
            assertEquals(LoadResult.HIT, rig.load(1, 5000));
        }
        assertEquals("do not touch", Files.readString(elsewhere));
    }

    @Test
    void shouldLeaveForeignFilesAlone() throws IOException {
        try (TierRig rig = new TierRig(context(folder), MEMORY_BYTES)) {
            rig.store(1, 5000);
        }
        Path foreign = Files.writeString(folder.resolve("notes.log"), "mine");
        try (TierRig rig = new TierRig(context(folder), MEMORY_BYTES)) {
            rig.awaitScanned();
            assertEquals(LoadResult.HIT, rig.load(1, 5000));
        }
        assertEquals("mine", Files.readString(foreign));
    }

    /** A process that stores as fast as it can and tells what it has stored, killed in the middle, several times. */
    @Test
    void shouldHaveRightBytesOrNothingAfterAKill() throws IOException {
        int known = 0;
        for (int round = 0; round < 3; round++) {
            int toldCount = 0;
            Process writer = new ProcessBuilder(java(), "-XX:+UseSerialGC", "--enable-native-access=ALL-UNNAMED",
                "--add-exports=java.base/jdk.internal.misc=ALL-UNNAMED", "-cp", System.getProperty("java.class.path"),
                KilledWriter.class.getName(), folder.toString(), Integer.toString(known))
                .redirectError(ProcessBuilder.Redirect.INHERIT).start();
            try (BufferedReader out = writer.inputReader(StandardCharsets.UTF_8)) {
                for (String line = out.readLine(); line != null && toldCount < 25; line = out.readLine()) {
                    toldCount++;
                }
            } finally {
                writer.destroyForcibly().onExit().join();
            }
            assertEquals(25, toldCount, "the writer wrote until it was killed");
            known += toldCount;
        }
        int hits = 0;
        try (TierRig rig = new TierRig(context(folder).spaceBytesMax(1 << 30), MEMORY_BYTES)) {
            rig.awaitScanned();
            for (int block = 0; block < known + 200; block++) {
                LoadResult result = rig.load(block, KilledWriter.lengthOf(block));
                hits += result.isHit() ? 1 : 0;
                assertFalse(result == LoadResult.CORRUPT, "a torn record was indexed: block " + block);
            }
        }
        assertTrue(hits >= known, "the page cache outlives a process: hits=" + hits + " told=" + known);
    }

    private static String java() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }
}
