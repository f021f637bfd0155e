package dev.baton.platform;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PosixTest {
    private static final int ENOENT = 2;
    private static final int EBADF = 9;
    private static final int MADV_DONTNEED = 4;

    @TempDir
    private Path directory;

    @BeforeEach
    void needSystemCalls() {
        assumeTrue(Posix.availability().isPresent(), () -> Posix.availability().describe());
    }

    @Test
    void shouldGiveAFileAllItsBlocks() throws IOException {
        Path file = Files.createFile(directory.resolve("file"));
        int descriptor = Posix.open(file, Posix.O_RDWR | Posix.O_CLOEXEC, 0);
        assertTrue(descriptor >= 0);
        try {
            assertEquals(0, Posix.factsOrNull(descriptor).allocatedBytes());
            assertEquals(0, Posix.allocate(descriptor, 1 << 20));
            Posix.FileFacts facts = Posix.factsOrNull(descriptor);
            assertEquals(1 << 20, facts.lengthBytes());
            assertTrue(facts.allocatedBytes() >= 1 << 20, facts::toString);
            assertTrue(facts.isRegular());
        } finally {
            assertEquals(0, Posix.close(descriptor));
        }
        assertEquals(1 << 20, Files.size(file));
    }

    /** More than any file system holds, and less than the longest file: the kernel must say so, and it is a value. */
    @Test
    void shouldSayThatThereIsNoSpace() throws IOException {
        Path shm = Path.of("/dev/shm");
        assumeTrue(Files.isWritable(shm), "skipped: no /dev/shm");
        Path file = Files.createTempFile(shm, "baton-posix-", ".test");
        int descriptor = Posix.open(file, Posix.O_RDWR | Posix.O_CLOEXEC, 0);
        try {
            long tooMuch = Files.getFileStore(shm).getTotalSpace() + (1L << 40);
            assertEquals(-Posix.ENOSPC, Posix.allocate(descriptor, tooMuch));
        } finally {
            Posix.close(descriptor);
            Files.delete(file);
        }
    }

    @Test
    void shouldGiveErrorsBackAsNumbers() {
        assertEquals(-ENOENT, Posix.open(directory.resolve("absent"), Posix.O_RDONLY, 0));
        assertEquals(-EBADF, Posix.close(-1));
        assertNull(Posix.factsOrNull(-1));
        assertEquals(-Posix.EINVAL, Posix.advise(4097, 4096, Posix.MADV_HUGEPAGE));
        assertTrue(Posix.mapAnonymous(0) < 0);
    }

    @Test
    void shouldMapAndUnmapMemory() {
        long address = Posix.mapAnonymous(1 << 20);
        assertTrue(address > 0);
        assertEquals(0, Posix.advise(address, 1 << 20, MADV_DONTNEED));
        assertEquals(0, Posix.unmap(address, 1 << 20));
    }

    @Test
    void shouldSeeWhoOwnsAnOpenFile() throws IOException {
        int descriptor = Posix.open(directory, Posix.O_RDONLY, 0);
        Posix.FileFacts facts = Posix.factsOrNull(descriptor);
        Posix.close(descriptor);
        assertNotNull(facts);
        assertEquals(Files.getAttribute(directory, "unix:uid"), facts.userId());
        assertFalse(facts.isRegular());
    }
}
