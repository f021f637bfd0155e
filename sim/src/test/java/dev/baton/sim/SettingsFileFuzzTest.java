package dev.baton.sim;

import static org.junit.jupiter.api.Assertions.assertNotNull;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** A configuration file with anything in it: settings, or a refusal that names the file. */
class SettingsFileFuzzTest {
    private static final Path FILE = FuzzFile.create(".yaml");

    @MethodSource("seeds")
    @FuzzTest(maxDuration = "20s")
    void shouldRefuseOrReadAnyFile(byte[] bytes) throws IOException {
        if (bytes == null) {
            return;
        }
        Files.write(FILE, bytes);
        try {
            SettingsFile read = SettingsFile.read(FILE.toString(), Set.of("pool", "transports", "a"),
                "transports"::equals);
            assertNotNull(read.path());
        } catch (IllegalArgumentException ex) {
            FuzzFile.requireNamed(ex, FILE);
        }
    }

    static Stream<byte[]> seeds() {
        return Stream.of("", "pool: 4g\ntransports: [shm, tcp]\n", "pool: 1\npool: 2\n", "a: &x [*x]\n", "a: {b: c}\n",
            "- a\n", "a: !!int 3\n", "a: |\n  text\n", "%YAML 1.2\n---\na: ~\n", "a: \"\\x41\"\n", "a: 1\n---\na: 2\n")
            .map(text -> text.getBytes(StandardCharsets.UTF_8));
    }
}
