package dev.baton.memory;

import dev.baton.platform.Availability;

/**
 * AES-128-GCM (NIST SP 800-38D) under one key, over raw memory by absolute address; addresses are not checked. A nonce
 * is the key's salt and a counter of the caller's, who never uses a counter twice to seal under one key. Not
 * thread-safe: one agent at a time owns it.
 */
public interface AesGcm extends AutoCloseable {
    int KEY_BYTES = 16;
    int TAG_BYTES = 16;

    /**
     * Encrypts {@code length} bytes, 0 or more, and gives the tag over them and the additional bytes, which stay as
     * they are.
     *
     * @param target where as many bytes go; may be {@code source}, must not overlap it otherwise
     * @param tag    where {@link #TAG_BYTES} bytes go
     */
    void seal(long counter, long additional, int additionalLength, long source, long target, int length, long tag);

    /**
     * Decrypts {@code length} bytes, 0 or more; false if the tag does not fit, and then nobody may use what lies at
     * {@code target}. Places are as those of {@link #seal}.
     */
    boolean open(long counter, long additional, int additionalLength, long source, long target, int length, long tag);

    /** Which code this is, for reports: {@code "openssl"}, {@code "java"}. */
    String name();

    /** Forgets the key. */
    @Override
    void close();

    /** Whether the machine has OpenSSL's library, which takes half the time of Java's own code and no heap. */
    static Availability availability() {
        return OpenSslAesGcm.availability();
    }

    /**
     * The fastest that works here.
     * @param key  {@link #KEY_BYTES} bytes, copied
     * @param salt the first four bytes of every nonce
     */
    static AesGcm best(byte[] key, int salt) {
        return OpenSslAesGcm.availability().isPresent() ? new OpenSslAesGcm(key, salt) : java(key, salt);
    }

    /** Java's own provider; always there. */
    static AesGcm java(byte[] key, int salt) {
        return new JavaAesGcm(key, salt);
    }
}
