package dev.baton.transport.secret;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Set;

import javax.crypto.KDF;
import javax.crypto.spec.HKDFParameterSpec;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SharedSecretTest {
    private static final String TEXT = "0123456789abcdefghij";

    @TempDir
    private Path folder;

    @Test
    void shouldReadASecretWithoutItsLineEnd() throws IOException {
        SharedSecret fromFile = SharedSecret.read(file(TEXT + "\n", "rw-------"));
        byte[] transcript = new byte[32];
        assertArrayEquals(SharedSecret.of(bytes(TEXT)).proof(SharedSecret.DIALLER, transcript),
            fromFile.proof(SharedSecret.DIALLER, transcript));
        assertFalse(fromFile.toString().contains("0123"));
    }

    @Test
    void shouldFollowALinkToASecret() throws IOException {
        Path link = folder.resolve("link");
        Files.createSymbolicLink(link, file(TEXT, "r--r-----"));
        SharedSecret.read(link);
    }

    @Test
    void shouldRefuseAFileThatOthersMayReadOrWriteAndSayWhatToType() throws IOException {
        for (String open : new String[] {"rw----r--", "rw-rw----", "rw-----w-"}) {
            Path file = file(TEXT, open);
            String message = assertThrows(IllegalArgumentException.class, () -> SharedSecret.read(file)).getMessage();
            assertTrue(message.contains("chmod 600 " + file), message);
            Files.delete(file);
        }
    }

    @Test
    void shouldRefuseAShortALongAndAMissingSecretAndSayWhatToType() throws IOException {
        for (Path file : new Path[] {file("0123456789abcde\n", "rw-------"), file("x".repeat(5_000), "rw-------"),
            folder.resolve("missing"), folder}) {
            String message = assertThrows(IllegalArgumentException.class, () -> SharedSecret.read(file)).getMessage();
            assertTrue(message.contains("/dev/urandom") && !message.contains("0123456789abcde"), message);
        }
    }

    @Test
    void shouldDeriveAsRfc5869Says() {
        byte[] key = new byte[22];
        Arrays.fill(key, (byte) 0x0b);
        // Test case 3: no salt, no info; this class always has an info, so the extract step is checked through it.
        byte[] empty = SharedSecret.derive(key, new byte[0], "", new byte[0]);
        byte[] prk = mac(new byte[32], key);
        assertEquals("19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04", HexFormat.of().formatHex(prk));
        assertArrayEquals(mac(prk, new byte[] {0, 1}), empty);
    }

    @ParameterizedTest
    @CsvSource({"0, 16", "1, 32", "16, 32", "32, 64", "33, 4096"})
    void shouldDeriveAsThePlatformDoes(int saltLength, int keyLength) throws GeneralSecurityException {
        byte[] key = bytes("k".repeat(keyLength));
        byte[] salt = bytes("s".repeat(saltLength));
        byte[] info = bytes("purpose\0context");

        assertArrayEquals(KDF.getInstance("HKDF-SHA256").deriveData(
            HKDFParameterSpec.ofExtract().addIKM(key).addSalt(salt).thenExpand(info, 32)),
            SharedSecret.derive(key, salt, "purpose", bytes("context")));
    }

    @Test
    void shouldGiveEachPurposeEndAndSessionKeysOfTheirOwn() {
        SharedSecret secret = SharedSecret.of(bytes(TEXT));
        SharedSecret other = SharedSecret.of(bytes(TEXT + "k"));
        Set<String> seen = new HashSet<>();
        for (SharedSecret of : new SharedSecret[] {secret, other}) {
            for (byte session = 0; session < 2; session++) {
                SessionKeys keys = of.sessionKeys(new byte[] {session});
                for (byte end : new byte[] {SharedSecret.DIALLER, SharedSecret.ACCEPTOR}) {
                    assertTrue(seen.add(Arrays.toString(of.proof(end, new byte[] {session}))));
                    assertTrue(seen.add(Arrays.toString(keys.laneToken(end))));
                    assertTrue(seen.add(HexFormat.of().formatHex(keys.control(end).inner)));
                }
            }
        }
        assertNotEquals(0, seen.size());
    }

    @Test
    void shouldMakeAnotherTranscriptOfAnyOtherBytes() {
        byte[] hello = bytes("hello");
        byte[] ack = bytes("ack");
        Set<String> seen = new HashSet<>();
        seen.add(Arrays.toString(SharedSecret.transcript(hello, 5, ack, 3)));
        assertTrue(seen.add(Arrays.toString(SharedSecret.transcript(bytes("hell"), 4, bytes("oack"), 4))));
        assertTrue(seen.add(Arrays.toString(SharedSecret.transcript(ack, 3, hello, 5))));
        assertTrue(seen.add(Arrays.toString(SharedSecret.transcript(hello, 5, bytes("acl"), 3))));
    }

    private static byte[] mac(byte[] key, byte[] message) {
        byte[] mac = new byte[Hmac.LENGTH_BYTES];
        new Hmac().begin(new HmacKey(key)).update(message, 0, message.length).end(mac, 0);
        return mac;
    }

    private Path file(String text, String permissions) throws IOException {
        Path file = folder.resolve("secret-" + text.length() + permissions);
        Files.writeString(file, text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
        return file;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
