package dev.baton.kv;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.baton.platform.Require;

/**
 * Whose keys they are: a tenant's, under a secret of its own, so that nobody else can make or guess them; or everybody's,
 * which must be asked for by name. Keys of two namespaces are never equal, whatever they are of. Immutable.
 */
public final class KeyNamespace {
    /** Shared by all tenants on purpose: who knows the tokens knows the key. */
    public static final KeyNamespace PUBLIC = new KeyNamespace("baton public namespace 1".getBytes(UTF_8));

    private static final int SECRET_BYTES_MIN = 32;
    private static final int SECRET_BYTES_MAX = 1 << 10;

    private final byte[] secret;

    private KeyNamespace(byte[] secret) {
        this.secret = secret;
    }

    /**
     * A tenant's own.
     *
     * @param secret 32 to 1,024 random bytes, known to the tenant's nodes alone
     */
    public static KeyNamespace ofTenant(byte[] secret) {
        Require.between("tenant secret length", secret.length, SECRET_BYTES_MIN, SECRET_BYTES_MAX);
        return new KeyNamespace(secret.clone());
    }

    byte[] secret() {
        return secret;
    }
}
