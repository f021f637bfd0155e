package dev.baton.platform;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A lock that nobody holds is what a killed process leaves, so both may be in one process here. */
class OwnedFolderTest {
    @TempDir
    private Path base;

    @BeforeEach
    void needSystemCalls() {
        assumeTrue(Posix.availability().isPresent(), () -> Posix.availability().describe());
    }

    private Path folder(String name) throws IOException {
        Path folder = Files.createDirectories(base.resolve(name).resolve("inner")).getParent();
        Files.writeString(folder.resolve("inner/file"), "x");
        return folder;
    }

    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(base)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void shouldRemoveTheFolderOfTheDeadAndNoOther() throws IOException {
        OwnedFolder.hold(folder("own-dead")).close();
        OwnedFolder.hold(folder("other-dead")).close();
        folder("own-unknown");
        OwnedFolder living = OwnedFolder.hold(folder("own-living"));
        assertEquals(1, OwnedFolder.removeDead(base, "own-"));
        assertEquals(List.of("other-dead", "own-living", "own-unknown"), names());
        assertEquals(0, OwnedFolder.removeDead(base, "own-"));
        living.close();
        assertEquals(1, OwnedFolder.removeDead(base, "own-"));
        assertEquals(List.of("other-dead", "own-unknown"), names());
    }

    /** What a link points at is somebody else's. */
    @Test
    void shouldFollowNoLink() throws IOException {
        Path kept = folder("kept");
        OwnedFolder.hold(kept).close();
        Files.createSymbolicLink(base.resolve("own-link"), kept);
        Path dead = folder("own-dead");
        OwnedFolder.hold(dead).close();
        Files.createSymbolicLink(dead.resolve("link"), kept);
        assertEquals(1, OwnedFolder.removeDead(base, "own-"));
        assertTrue(Files.exists(kept.resolve("inner/file")));
        assertEquals(List.of("kept", "own-link"), names());
    }
}
