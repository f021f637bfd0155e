package dev.baton.platform;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.FileInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class ProcessLockTest {
    @TempDir
    private Path directory;

    @BeforeEach
    void needSystemCalls() {
        assumeTrue(Posix.availability().isPresent(), () -> Posix.availability().describe());
    }

    @Test
    void shouldSeeALockThroughAnotherDescriptor() {
        Path file = directory.resolve("peer.lock");
        try (ProcessLock watcher = ProcessLock.create(file)) {
            assertFalse(watcher.isHeldElsewhere());
            try (ProcessLock holder = ProcessLock.hold(file)) {
                assertTrue(watcher.isHeldElsewhere());
                assertTrue(ProcessLock.isHeld(file));
                assertFalse(holder.isHeldElsewhere());
                assertFalse(watcher.tryHold());
                assertThrows(IllegalStateException.class, () -> ProcessLock.hold(file));
            }
            assertFalse(watcher.isHeldElsewhere());
            assertTrue(watcher.tryHold());
        }
    }

    /** What rules a Java FileLock out: there any close of the same file in the process lets go of the lock. */
    @Test
    void shouldKeepTheLockWhenTheProcessClosesAnotherDescriptorOfTheFile() throws IOException {
        Path file = directory.resolve("peer.lock");
        try (ProcessLock watcher = ProcessLock.create(file); ProcessLock holder = ProcessLock.hold(file)) {
            try (FileInputStream other = new FileInputStream(file.toFile())) {
                assertEquals(-1, other.read());
            }
            ProcessLock.open(file).close();
            assertTrue(watcher.isHeldElsewhere());
            assertFalse(holder.isHeldElsewhere());
        }
    }

    @Test
    void shouldBeFreeOnceTheHoldingProcessIsKilled() throws Exception {
        Path file = directory.resolve("peer.lock");
        try (ProcessLock watcher = ProcessLock.create(file)) {
            Process holder = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(), "--enable-native-access=ALL-UNNAMED",
                "-Xmx64m", "-cp", System.getProperty("java.class.path"), LockHolderMain.class.getName(),
                file.toString()).redirectError(ProcessBuilder.Redirect.INHERIT).start();
            try (BufferedReader output = holder.inputReader(UTF_8)) {
                assertEquals("HELD", output.readLine());
                assertTrue(watcher.isHeldElsewhere());

                holder.destroyForcibly();
                assertTrue(holder.waitFor(20, TimeUnit.SECONDS), "the killed process is still there");
                assertFalse(watcher.isHeldElsewhere());
            } finally {
                holder.destroyForcibly();
            }
        }
    }

    @Test
    void shouldFollowNoSymbolicLinkAndOverwriteNoFile() throws IOException {
        Path file = Files.writeString(directory.resolve("there"), "x");
        Path link = Files.createSymbolicLink(directory.resolve("link"), file);
        assertThrows(IllegalStateException.class, () -> ProcessLock.create(file));
        assertThrows(IllegalStateException.class, () -> ProcessLock.open(link));
        assertThrows(IllegalStateException.class, () -> ProcessLock.open(directory.resolve("absent")));
        assertEquals("x", Files.readString(file));
    }

    @Test
    void shouldRefuseUseAfterClose() {
        ProcessLock lock = ProcessLock.create(directory.resolve("peer.lock"));
        lock.close();
        lock.close();
        assertThrows(IllegalStateException.class, lock::isHeldElsewhere);
        assertThrows(IllegalStateException.class, lock::tryHold);
    }
}
