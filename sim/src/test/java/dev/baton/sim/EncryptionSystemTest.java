package dev.baton.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import dev.baton.sim.report.ExitCode;

/** {@code --encrypt} as an operator types it, to a receiver that is a process of its own. */
@Timeout(90)
class EncryptionSystemTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @TempDir
    private Path folder;

    private String secret;
    private String shared;

    @BeforeEach
    void makeFiles() throws IOException {
        Path file = folder.resolve("secret");
        Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        secret = Files.writeString(file, "the secret of this test").toString();
        shared = folder.resolve("shm").toString();
    }

    private int run(String... args) {
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        return Baton.run(Map.of(), new PrintWriter(out), new PrintWriter(err), args);
    }

    @Test
    void shouldHandOffWhereBothEndsEncryptAndRefuseByNameWhereOneDoes() throws Exception {
        try (BatonProcess receiver = BatonProcess.listening(folder, "receiver", "--verify-pattern", "7", "--listen", "127.0.0.1:0",
            "--model", "Llama-3.2-1B", "--pool", "64MiB", "--shm-dir", shared, "--secret-file", secret, "--encrypt")) {
            assertEquals(ExitCode.DONE, run("send", "--to", receiver.address(), "--shm-dir", shared, "--model", "Llama-3.2-1B",
                "--window", "32MiB", "--whole-staging", "32MiB", "--chunk-tokens", "256", "--tokens", "512", "--pattern", "7",
                "--json", "--secret-file", secret, "--encrypt"), err::toString);
            assertEquals("tcp", json().get("transport").asText());

            assertEquals(ExitCode.DONE, run("stats", "--to", receiver.address(), "--json", "--secret-file", secret),
                err::toString);
            JsonNode landing = json().get("decode").get("landing");
            assertTrue(landing.get("landedBytes").asLong() > 0, out::toString);
            assertEquals(0, landing.get("wrongTags").asLong() + landing.get("replayedFrames").asLong());

            assertEquals(ExitCode.FAILED, run("send", "--to", receiver.address(), "--shm-dir", shared, "--model", "Llama-3.2-1B",
                "--connect-seconds", "3", "--secret-file", secret, "--json"));
            assertTrue((out.toString() + err).contains("ENCRYPTION"), () -> out + " " + err);
        }
    }

    @Test
    void shouldNotStartToEncryptWithoutASecretOrBesideSharedMemory() {
        assertNotEquals(ExitCode.DONE, run("receiver", "--encrypt", "--shm-dir", shared));
        assertTrue(err.toString().contains("--secret-file"), err::toString);
        assertNotEquals(ExitCode.DONE, run("receiver", "--encrypt", "--secret-file", secret, "--transports", "shm,tcp"));
        assertTrue(err.toString().contains("--transports tcp,aeron"), err::toString);
        assertNotEquals(ExitCode.DONE, run("demo", "--encrypt", "--secret-file", secret));
        assertTrue(err.toString().contains("--transport tcp or aeron"), err::toString);
    }

    private JsonNode json() throws IOException {
        return new ObjectMapper().readTree(out.toString());
    }
}
