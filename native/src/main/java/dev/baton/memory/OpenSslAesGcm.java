package dev.baton.memory;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import dev.baton.platform.Availability;
import dev.baton.platform.Require;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout.OfLong;
import java.lang.invoke.MethodHandle;
import java.nio.ByteOrder;

/**
 * OpenSSL's AES-128-GCM, from the library that the machine has. One context a key, made once and told a new nonce for
 * each message, so a message allocates nothing.
 */
final class OpenSslAesGcm implements AesGcm {
    private static final String[] LIBRARIES = {"libcrypto.so.3", "libcrypto.so.1.1"};
    private static final int CTRL_GET_TAG = 0x10;
    private static final int CTRL_SET_TAG = 0x11;
    private static final OfLong COUNTER = JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final int LENGTH_AT = 16;
    private static final int DONE = 1;
    private static final int SEAL = 1;
    private static final int OPEN = 0;

    /** OpenSSL's functions, or null; the library is never unloaded. */
    private static final SymbolLookup LOOKUP = lookupOrNull();
    private static final MethodHandle NEW = link("EVP_CIPHER_CTX_new", FunctionDescriptor.of(JAVA_LONG));
    private static final MethodHandle FREE = link("EVP_CIPHER_CTX_free", FunctionDescriptor.ofVoid(JAVA_LONG));
    private static final MethodHandle AES_128_GCM = link("EVP_aes_128_gcm", FunctionDescriptor.of(JAVA_LONG));
    private static final MethodHandle INIT = link("EVP_CipherInit_ex",
        FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT));
    private static final MethodHandle UPDATE = link("EVP_CipherUpdate",
        FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT));
    private static final MethodHandle FINAL = link("EVP_CipherFinal_ex",
        FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG));
    private static final MethodHandle CTRL = link("EVP_CIPHER_CTX_ctrl",
        FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_LONG));

    /** The nonce, then at {@link #LENGTH_AT} where OpenSSL says how many bytes it gave. */
    private final MemorySegment scratch = Arena.ofAuto().allocate(LENGTH_AT + Long.BYTES, Long.BYTES);
    private final long nonceAddress = scratch.address();
    private final long lengthAddress = nonceAddress + LENGTH_AT;
    private long context;

    OpenSslAesGcm(byte[] key, int salt) {
        Require.between("key.length", key.length, KEY_BYTES, KEY_BYTES);
        scratch.set(JAVA_INT, 0, salt);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment keyBytes = arena.allocateFrom(JAVA_BYTE, key);
            context = (long) NEW.invokeExact();
            check((int) INIT.invokeExact(context, (long) AES_128_GCM.invokeExact(), 0L, keyBytes.address(),
                nonceAddress, SEAL), "EVP_CipherInit_ex");
            keyBytes.fill((byte) 0);
        } catch (Throwable ex) {
            throw failed(ex);
        }
    }

    static Availability availability() {
        return LOOKUP != null ? new Availability.Present("OpenSSL's library: AES-GCM without allocation")
            : new Availability.Absent("OpenSSL's library is not here: looked for " + String.join(", ", LIBRARIES),
                "lanes are encrypted by Java's own code, which takes longer; apt-get install libssl3");
    }

    @Override
    public void seal(long counter, long additional, int additionalLength, long source, long target, int length,
        long tag) {
        try {
            begin(counter, additional, additionalLength, SEAL);
            pass(source, target, length);
            check((int) FINAL.invokeExact(context, target, lengthAddress), "EVP_CipherFinal_ex");
            check((int) CTRL.invokeExact(context, CTRL_GET_TAG, TAG_BYTES, tag), "EVP_CTRL_AEAD_GET_TAG");
        } catch (Throwable ex) {
            throw failed(ex);
        }
    }

    @Override
    public boolean open(long counter, long additional, int additionalLength, long source, long target, int length,
        long tag) {
        try {
            begin(counter, additional, additionalLength, OPEN);
            pass(source, target, length);
            check((int) CTRL.invokeExact(context, CTRL_SET_TAG, TAG_BYTES, tag), "EVP_CTRL_AEAD_SET_TAG");
            return (int) FINAL.invokeExact(context, target, lengthAddress) == DONE;
        } catch (Throwable ex) {
            throw failed(ex);
        }
    }

    @Override
    public String name() {
        return "openssl";
    }

    @Override
    public void close() {
        if (context == 0) {
            return;
        }
        try {
            FREE.invokeExact(context);   // wipes the key
            context = 0;
        } catch (Throwable ex) {
            throw failed(ex);
        }
    }

    private void begin(long counter, long additional, int additionalLength, int mode) throws Throwable {
        if (context == 0) {
            throw new IllegalStateException("the key was forgotten: this cipher is closed");
        }
        scratch.set(COUNTER, Integer.BYTES, counter);
        check((int) INIT.invokeExact(context, 0L, 0L, 0L, nonceAddress, mode), "EVP_CipherInit_ex");
        if (additionalLength > 0) {
            check((int) UPDATE.invokeExact(context, 0L, lengthAddress, additional, additionalLength),
                "EVP_CipherUpdate");
        }
    }

    private void pass(long source, long target, int length) throws Throwable {
        if (length > 0) {
            check((int) UPDATE.invokeExact(context, target, lengthAddress, source, length), "EVP_CipherUpdate");
        }
    }

    private static void check(int result, String call) {
        if (result != DONE) {
            throw new IllegalStateException("OpenSSL refused: call=" + call + " result=" + result);
        }
    }

    private static SymbolLookup lookupOrNull() {
        SymbolLookup found = null;
        for (int i = 0; i < LIBRARIES.length && found == null; i++) {
            try {
                found = SymbolLookup.libraryLookup(LIBRARIES[i], Arena.global());
            } catch (IllegalArgumentException ex) {
                // Not that one: the next, or Java's own code, and availability() says so.
                found = null;
            }
        }
        return found;
    }

    private static MethodHandle link(String symbol, FunctionDescriptor shape) {
        return LOOKUP == null ? null : Linker.nativeLinker().downcallHandle(LOOKUP.findOrThrow(symbol), shape);
    }

    private static RuntimeException failed(Throwable cause) {
        if (cause instanceof RuntimeException ex) {
            return ex;
        }
        throw new AssertionError("a call into OpenSSL failed to run at all", cause);
    }
}
