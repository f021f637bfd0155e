package dev.baton.transport.secret;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** A secret's file with anything in it: a secret of its bytes, or a refusal that does not show them. */
class SecretFileFuzzTest {
    private static final Path FILE = newFile();

    @MethodSource("seeds")
    @FuzzTest(maxDuration = "20s")
    void shouldRefuseOrReadAnyFile(byte[] bytes) throws IOException {
        if (bytes == null) {
            return;
        }
        Files.write(FILE, bytes);
        try {
            SharedSecret secret = SharedSecret.read(FILE);
            assertEquals("SharedSecret", secret.toString());
            assertEquals(SharedSecret.PROOF_BYTES, secret.proof(SharedSecret.DIALLER, bytes).length);
        } catch (IllegalArgumentException ex) {
            String text = new String(bytes, StandardCharsets.ISO_8859_1).strip();
            assertTrue(ex.getMessage().contains("must hold"), ex::toString);
            assertFalse(text.length() > 40 && ex.getMessage().contains(text), "the refusal shows the secret");
        }
    }

    static Stream<byte[]> seeds() {
        return Stream.of("", "short", "0123456789abcdef", "0123456789abcdef\r\n", " \n\n", "x".repeat(4097))
            .map(text -> text.getBytes(StandardCharsets.US_ASCII));
    }

    private static Path newFile() {
        try {
            Path file = Files.createTempFile("baton-secret", ".txt",
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            file.toFile().deleteOnExit();
            return file;
        } catch (IOException ex) {
            throw new ExceptionInInitializerError(ex);
        }
    }
}
