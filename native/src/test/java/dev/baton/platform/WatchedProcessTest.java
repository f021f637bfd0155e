package dev.baton.platform;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import dev.baton.platform.WatchedProcess.Sight;

/** A watched process comes and goes once; only a lock that was seen held and is free says that it went. */
class WatchedProcessTest {
    private static final long STEP_NS = WatchedProcess.LOOK_EVERY_NS;

    @TempDir
    Path folder;

    @BeforeEach
    void needsLocks() {
        assumeTrue(Posix.availability() instanceof Availability.Present, "skipped: no process locks here");
    }

    @Test
    void shouldSeeItComeAndGoOnce() {
        Path path = folder.resolve("engine.lock");
        try (WatchedProcess watched = WatchedProcess.by(path)) {
            long now = Long.MAX_VALUE - STEP_NS;   // time may wrap
            assertEquals(Sight.NOTHING_NEW, watched.look(now), "nobody came yet, so nobody went");
            ProcessLock held = ProcessLock.open(path);
            held.tryHold();
            assertEquals(Sight.NOTHING_NEW, watched.look(now + STEP_NS - 1), "not every cycle");
            assertEquals(Sight.CAME, watched.look(now + STEP_NS));
            assertEquals(Sight.NOTHING_NEW, watched.look(now + 2 * STEP_NS));
            held.close();
            assertEquals(Sight.WENT, watched.look(now + 3 * STEP_NS));
            try (ProcessLock again = ProcessLock.open(path)) {
                again.tryHold();
                assertEquals(Sight.NOTHING_NEW, watched.look(now + 4 * STEP_NS), "another process needs another watch");
            }
        }
        assertFalse(Files.exists(path));
    }

    /** Who watches goes on: what the process had is let go all the same. */
    @Test
    void shouldCloseThoughItsFileCannotBeRemoved() throws Exception {
        Path path = folder.resolve("engine.lock");
        WatchedProcess watched = WatchedProcess.by(path);
        Files.delete(path);
        Files.createFile(Files.createDirectory(path).resolve("other"));
        watched.close();
        assertTrue(Files.exists(path));
    }

    @Test
    void shouldAskWhetherItIsThereInAnyWay() {
        boolean[] isThere = {true};
        WatchedProcess watched = WatchedProcess.by(() -> isThere[0]);
        assertFalse(watched.isSeen());
        assertEquals(Sight.CAME, watched.look(0));
        assertTrue(watched.isSeen());
        isThere[0] = false;
        assertEquals(Sight.WENT, watched.look(STEP_NS));
        assertFalse(watched.isSeen());
        watched.close();
    }

    @Test
    void shouldNotWatchByAFileThatIsThere() throws Exception {
        Path path = Files.createFile(folder.resolve("engine.lock"));
        assertThrows(IllegalStateException.class, () -> WatchedProcess.by(path));
        assertEquals(true, Files.exists(path));
    }
}
