package dev.baton.transport.secret;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Set;

import dev.baton.platform.Require;

/**
 * What all nodes that may talk to each other know and nobody else does. It signs handshakes and makes each session's
 * keys; it never travels. Immutable; safe to share. Its text says nothing.
 */
public final class SharedSecret {
    /** A shorter one can be guessed. */
    public static final int LENGTH_MIN = 16;
    /** A longer file is no secret but a mistake. */
    public static final int LENGTH_MAX = 4_096;
    /** Of a proof, in bytes. */
    public static final int PROOF_BYTES = Hmac.LENGTH_BYTES;
    /** Which end a proof is of: a proof that is sent back proves nothing. */
    public static final byte ACCEPTOR = 'A';
    public static final byte DIALLER = 'D';

    private static final Set<PosixFilePermission> FORBIDDEN = Set.of(PosixFilePermission.GROUP_WRITE,
        PosixFilePermission.OTHERS_READ, PosixFilePermission.OTHERS_WRITE);

    private static final byte[] FIRST_BLOCK = {1};

    private final byte[] secret;
    private final HmacKey handshakeKey;
    private final HmacKey proofKey;

    private SharedSecret(byte[] secret) {
        this.secret = secret;
        handshakeKey = new HmacKey(derive(secret, new byte[0], "baton handshake 1", new byte[0]));
        proofKey = new HmacKey(derive(secret, new byte[0], "baton proof 1", new byte[0]));
    }

    /** Bytes that came some other way; copied.
     * @throws IllegalArgumentException if they are fewer than {@link #LENGTH_MIN}
     */
    public static SharedSecret of(byte[] bytes) {
        Require.between("secret.lengthBytes", bytes.length, LENGTH_MIN, LENGTH_MAX);
        return new SharedSecret(bytes.clone());
    }

    /**
     * Reads a secret from a file: all its bytes, but for white space at its end.
     *
     * @throws IllegalArgumentException if there is no such file, if others may read it, or if it is too short or too
     *                                  long; the message says what to type
     */
    public static SharedSecret read(Path file) {
        byte[] bytes;
        try {
            if (!Files.isRegularFile(file)) {   // a symbolic link may lead to it: mounted secrets do
                throw new IllegalArgumentException("secret-file is not a file: secret-file=" + file
                    + "; make one: head -c 32 /dev/urandom | base64 > " + file + " && chmod 600 " + file);
            }
            Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(file.toRealPath(),
                LinkOption.NOFOLLOW_LINKS);
            for (PosixFilePermission permission : permissions) {
                if (FORBIDDEN.contains(permission)) {
                    throw new IllegalArgumentException("secret-file is open to others: secret-file=" + file
                        + " permission=" + permission + "; type: chmod 600 " + file);
                }
            }
            try (InputStream in = Files.newInputStream(file)) {
                bytes = in.readNBytes(LENGTH_MAX + 1);
            }
        } catch (IOException ex) {
            throw new IllegalArgumentException("secret-file cannot be read: secret-file=" + file + " why=" + ex, ex);
        }
        int length = bytes.length;
        while (length > 0 && (bytes[length - 1] == '\n' || bytes[length - 1] == '\r' || bytes[length - 1] == ' ')) {
            length--;
        }
        if (length < LENGTH_MIN || length > LENGTH_MAX) {
            throw new IllegalArgumentException("secret-file must hold " + LENGTH_MIN + " to " + LENGTH_MAX
                + " bytes: secret-file=" + file + " lengthBytes=" + length
                + "; make one: head -c 32 /dev/urandom | base64 > " + file + " && chmod 600 " + file);
        }
        return new SharedSecret(Arrays.copyOf(bytes, length));
    }

    /** Seals messages of the handshake, which have no session's key yet. The same at both ends. */
    public HmacKey handshakeKey() {
        return handshakeKey;
    }

    /** Both messages of a handshake, as one number: whatever was changed in either changes it. Allocates. */
    public static byte[] transcript(byte[] hello, int helloLength, byte[] ack, int ackLength) {
        MessageDigest sha = Hmac.sha256();
        sha.update("baton transcript 1".getBytes(StandardCharsets.US_ASCII));
        updateLength(sha, helloLength);
        sha.update(hello, 0, helloLength);
        updateLength(sha, ackLength);
        sha.update(ack, 0, ackLength);
        return sha.digest();
    }

    /** That {@code end} knows this secret and saw these messages. */
    public byte[] proof(byte end, byte[] transcript) {
        byte[] proof = new byte[PROOF_BYTES];
        new Hmac().begin(proofKey).update(new byte[] {end}, 0, 1).update(transcript, 0, transcript.length)
            .end(proof, 0);
        return proof;
    }

    /** The keys of the session that a handshake made. */
    public SessionKeys sessionKeys(byte[] transcript) {
        return new SessionKeys(derive(secret, transcript, "baton session 1", new byte[0]));
    }

    /** HKDF-SHA256 (RFC 5869): 32 bytes for one purpose. */
    static byte[] derive(byte[] from, byte[] salt, String purpose, byte[] context) {
        byte[] name = purpose.getBytes(StandardCharsets.US_ASCII);
        byte[] info = Arrays.copyOf(name, name.length + 1 + context.length);   // a zero between: no two run together
        System.arraycopy(context, 0, info, name.length + 1, context.length);
        Hmac hmac = new Hmac();
        byte[] key = new byte[Hmac.LENGTH_BYTES];
        // Extract, under a key of zeros where there is no salt, as HMAC pads with zeros; then expand to the first block.
        hmac.begin(new HmacKey(Arrays.copyOf(salt, Math.max(salt.length, key.length)))).update(from, 0, from.length).end(key, 0);
        byte[] derived = new byte[Hmac.LENGTH_BYTES];
        hmac.begin(new HmacKey(key)).update(info, 0, info.length).update(FIRST_BLOCK, 0, 1).end(derived, 0);
        Arrays.fill(key, (byte) 0);
        return derived;
    }

    private static void updateLength(MessageDigest sha, int length) {
        sha.update(new byte[] {(byte) length, (byte) (length >>> 8), (byte) (length >>> 16), (byte) (length >>> 24)});
    }

    @Override
    public String toString() {
        return "SharedSecret";
    }
}
