package dev.baton.sim;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SettingsFileTest {
    @TempDir
    Path folder;

    /** Found by {@link SettingsFileFuzzTest}: it was an UncheckedIOException, so the process died instead of saying why. */
    @Test
    void shouldRefuseAFileThatIsNotUtf8ByName() throws IOException {
        Path file = Files.write(folder.resolve("baton.yaml"), new byte[] {'a', ':', ' ', (byte) 0xFF});

        IllegalArgumentException ex = assertThrows(IllegalArgumentException.class,
            () -> SettingsFile.read(file.toString(), Set.of("a"), _ -> false));

        assertTrue(ex.getMessage().contains("not UTF-8") && ex.getMessage().contains(file.toString()), ex::getMessage);
    }
}
