package dev.baton.memory;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class RegionsTest {
    private static final long LENGTH_BYTES = (4L << 20) + 12_345;

    private final MemoryLedger ledger = new MemoryLedger();

    @TempDir
    private Path directory;

    @AfterEach
    void shouldLeaveNothingAlive() {
        assertTrue(ledger.isEmpty(), ledger::toString);
    }

    @Test
    void shouldGiveZeroedPageAlignedMemory() {
        try (Region region = Regions.anonymous(ledger, "pool", LENGTH_BYTES)) {
            assertEquals(LENGTH_BYTES, region.lengthBytes());
            assertEquals(0, region.address() % Regions.PAGE_BYTES);
            assertEquals(LENGTH_BYTES, ledger.bytes("pool"));
            assertAllZero(region);
            region.segment().fill((byte) 7);
            assertEquals(7, region.segment().get(JAVA_BYTE, LENGTH_BYTES - 1));
        }
    }

    @Test
    void shouldShareBytesBetweenMappingsOfOneFile() {
        Path file = directory.resolve("slab-0");
        try (Region made = Regions.createFile(ledger, "receiver-pool", file, LENGTH_BYTES);
             Region peer = Regions.openFile(ledger, "sender-view", file, LENGTH_BYTES, true);
             Region reader = Regions.openFile(ledger, "reader-view", file, LENGTH_BYTES, false)) {
            assertAllZero(made);
            made.segment().set(JAVA_BYTE, 5, (byte) 55);
            peer.segment().set(JAVA_BYTE, LENGTH_BYTES - 1, (byte) 99);

            assertEquals(55, peer.segment().get(JAVA_BYTE, 5));
            assertEquals(99, made.segment().get(JAVA_BYTE, LENGTH_BYTES - 1));
            assertEquals(99, reader.segment().get(JAVA_BYTE, LENGTH_BYTES - 1));
            assertTrue(reader.segment().isReadOnly());
            assertEquals(3 * LENGTH_BYTES, ledger.totalBytes());
        }
        assertFalse(Files.exists(file));
    }

    @Test
    void shouldMakeFilesForTheirOwnerOnly() throws IOException {
        Path file = directory.resolve("slab-0");
        try (Region region = Regions.createFile(ledger, "pool", file, LENGTH_BYTES)) {
            assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
            assertEquals(file, region.pathOrNull());
        }
    }

    @Test
    void shouldKeepAFileThatIsToStay() {
        Path file = directory.resolve("slab-0");
        Regions.createFile(ledger, "pool", file, LENGTH_BYTES, false).close();
        assertTrue(Files.exists(file));
        Regions.openFile(ledger, "pool", file, LENGTH_BYTES, false).close();
    }

    @Test
    void shouldRefuseAFileThatIsInTheWayAndLeaveItAlone() throws IOException {
        Path file = Files.writeString(directory.resolve("slab-0"), "mine");
        assertThrows(RegionException.class, () -> Regions.createFile(ledger, "pool", file, LENGTH_BYTES));
        assertEquals("mine", Files.readString(file));
    }

    @Test
    void shouldFollowNoSymbolicLinks() throws IOException {
        Path target = directory.resolve("target");
        Path link = Files.createSymbolicLink(directory.resolve("slab-0"), target);
        assertThrows(RegionException.class, () -> Regions.createFile(ledger, "pool", link, LENGTH_BYTES));
        assertFalse(Files.exists(target));

        try (Region made = Regions.createFile(ledger, "pool", target, LENGTH_BYTES)) {
            assertThrows(RegionException.class,
                () -> Regions.openFile(ledger, "view", link, made.lengthBytes(), false));
        }
    }

    @Test
    void shouldRefuseADirectoryThatIsOpenToOthers() throws IOException {
        Path open = Files.createDirectory(directory.resolve("open"));
        Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxr-xr-x"));
        RegionException ex = assertThrows(RegionException.class,
            () -> Regions.createFile(ledger, "pool", open.resolve("slab-0"), LENGTH_BYTES));
        assertTrue(ex.getMessage().contains("mkdir -m 700"), ex::getMessage);
        assertThrows(RegionException.class, () -> Regions.privateDirectory(open));
        Path made = Regions.privateDirectory(directory.resolve("private"));
        assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(made)));
        assertEquals(made, Regions.privateDirectory(made));
    }

    @Test
    void shouldRefuseASparseFile() throws IOException {
        Path file = directory.resolve("slab-0");
        try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
            sparse.setLength(LENGTH_BYTES);
        }
        RegionException ex = assertThrows(RegionException.class,
            () -> Regions.openFile(ledger, "view", file, LENGTH_BYTES, true));
        assertTrue(ex.getMessage().contains("sparse"), ex::getMessage);
    }

    @Test
    void shouldRefuseAFileOfAnotherLengthAndOneThatIsNotThere() {
        Path file = directory.resolve("slab-0");
        try (Region made = Regions.createFile(ledger, "pool", file, LENGTH_BYTES)) {
            assertThrows(RegionException.class,
                () -> Regions.openFile(ledger, "view", file, made.lengthBytes() + 1, true));
        }
        assertThrows(RegionException.class, () -> Regions.openFile(ledger, "view", file, LENGTH_BYTES, true));
    }

    @Test
    void shouldSayWhatIsMissingWhenTheFileSystemIsTooSmall() throws IOException {
        long lengthBytes = Regions.freeBytes(directory) + (1L << 30);
        Path file = directory.resolve("slab-0");
        RegionException ex =
            assertThrows(RegionException.class, () -> Regions.createFile(ledger, "pool", file, lengthBytes));
        assertEquals(lengthBytes, ex.neededBytes());
        assertTrue(ex.freeBytes() >= 0 && ex.freeBytes() < lengthBytes);
        assertTrue(ex.getMessage().contains(file.toString()), ex::getMessage);
        assertFalse(Files.exists(file));
    }

    @Test
    void shouldRefuseAFullTmpfsAndLeaveNoFile() throws Exception {
        Path small = Files.createDirectory(directory.resolve("small"));
        assumeTrue(run("mount", "-t", "tmpfs", "-o", "size=8m,mode=700", "none", small.toString()),
            "skipped: this user cannot mount a tmpfs");
        try {
            Files.write(small.resolve("other"), new byte[6 << 20]);
            Path file = small.resolve("slab-0");
            RegionException ex =
                assertThrows(RegionException.class, () -> Regions.createFile(ledger, "pool", file, LENGTH_BYTES));
            assertTrue(ex.freeBytes() < LENGTH_BYTES, ex::getMessage);
            assertFalse(Files.exists(file));

            // As if it had filled up between the look and the allocation: the kernel's word counts, and no file stays.
            ex = assertThrows(RegionException.class,
                () -> Regions.createAllocated(ledger, "pool", file, LENGTH_BYTES, true, LENGTH_BYTES));
            assertTrue(ex.getMessage().contains("too small or full"), ex::getMessage);
            assertFalse(Files.exists(file));

            Regions.createFile(ledger, "pool", file, 1 << 20).close();
        } finally {
            assertTrue(run("umount", small.toString()));
        }
    }

    @Test
    void shouldCloseOnceAndFailCleanlyAfterwards() {
        Region region = Regions.anonymous(ledger, "pool", LENGTH_BYTES);
        MemorySegment segment = region.segment();
        region.close();
        region.close();
        assertTrue(region.isClosed());
        assertThrows(IllegalStateException.class, () -> segment.get(JAVA_BYTE, 0));
    }

    @Test
    void shouldNameTheOwnersThatStillHold() {
        try (Region region = Regions.anonymous(ledger, "receiver-pool", LENGTH_BYTES)) {
            assertTrue(ledger.toString().contains("receiver-pool=" + region.lengthBytes()), ledger::toString);
            assertThrows(IllegalStateException.class, () -> ledger.remove("receiver-pool", LENGTH_BYTES + 1));
            assertThrows(IllegalStateException.class, () -> ledger.remove("nobody", 1));
            assertEquals(Map.of("receiver-pool", LENGTH_BYTES), ledger.snapshot());
        }
    }

    private static void assertAllZero(Region region) {
        assertEquals(-1, region.segment().mismatch(MemorySegment.ofArray(new byte[(int) region.lengthBytes()])));
    }

    private static boolean run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(List.of(command)).redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
        return process.waitFor(10, TimeUnit.SECONDS) && process.exitValue() == 0;
    }
}
