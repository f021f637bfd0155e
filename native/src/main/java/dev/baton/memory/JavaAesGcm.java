package dev.baton.memory;

import dev.baton.platform.Require;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * AES-128-GCM of Java's own provider, by way of arrays that are kept. It allocates about 2 KB a message: a nonce can be
 * told only by new objects.
 */
final class JavaAesGcm implements AesGcm {
    private static final MemorySegment MEMORY = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

    private final Cipher cipher;
    private final byte[] nonce = new byte[12];
    private final ByteBuffer nonceFields = ByteBuffer.wrap(nonce).order(ByteOrder.LITTLE_ENDIAN);
    private SecretKeySpec key;
    private byte[] additionalBytes = new byte[128];
    private byte[] in = new byte[64 << 10];
    private byte[] out = new byte[64 << 10];

    JavaAesGcm(byte[] key, int salt) {
        Require.between("key.length", key.length, KEY_BYTES, KEY_BYTES);
        this.key = new SecretKeySpec(key, "AES");
        nonceFields.putInt(0, salt);
        try {
            cipher = Cipher.getInstance("AES/GCM/NoPadding");
        } catch (GeneralSecurityException ex) {
            throw new IllegalStateException("every Java has AES-GCM", ex);
        }
    }

    @Override
    public void seal(long counter, long additional, int additionalLength, long source, long target, int length,
        long tag) {
        begin(Cipher.ENCRYPT_MODE, counter, additional, additionalLength, length);
        MemorySegment.copy(MEMORY, ValueLayout.JAVA_BYTE, source, in, 0, length);
        try {
            cipher.doFinal(in, 0, length, out, 0);
        } catch (GeneralSecurityException ex) {
            throw new IllegalStateException("cannot encrypt: lengthBytes=" + length, ex);
        }
        MemorySegment.copy(out, 0, MEMORY, ValueLayout.JAVA_BYTE, target, length);
        MemorySegment.copy(out, length, MEMORY, ValueLayout.JAVA_BYTE, tag, TAG_BYTES);
    }

    @Override
    public boolean open(long counter, long additional, int additionalLength, long source, long target, int length,
        long tag) {
        begin(Cipher.DECRYPT_MODE, counter, additional, additionalLength, length);
        MemorySegment.copy(MEMORY, ValueLayout.JAVA_BYTE, source, in, 0, length);
        MemorySegment.copy(MEMORY, ValueLayout.JAVA_BYTE, tag, in, length, TAG_BYTES);
        try {
            cipher.doFinal(in, 0, length + TAG_BYTES, out, 0);
        } catch (AEADBadTagException ex) {
            return false;
        } catch (GeneralSecurityException ex) {
            throw new IllegalStateException("cannot decrypt: lengthBytes=" + length, ex);
        }
        MemorySegment.copy(out, 0, MEMORY, ValueLayout.JAVA_BYTE, target, length);
        return true;
    }

    @Override
    public String name() {
        return "java";
    }

    @Override
    public void close() {
        key = null;
        Arrays.fill(in, (byte) 0);
        Arrays.fill(out, (byte) 0);
    }

    private void begin(int mode, long counter, long additional, int additionalLength, int length) {
        if (key == null) {
            throw new IllegalStateException("the key was forgotten: this cipher is closed");
        }
        if (in.length < length + TAG_BYTES) {
            in = new byte[length + TAG_BYTES];
            out = new byte[length + TAG_BYTES];
        }
        if (additionalBytes.length < additionalLength) {
            additionalBytes = new byte[additionalLength];
        }
        MemorySegment.copy(MEMORY, ValueLayout.JAVA_BYTE, additional, additionalBytes, 0, additionalLength);
        nonceFields.putLong(Integer.BYTES, counter);
        try {
            cipher.init(mode, key, new GCMParameterSpec(TAG_BYTES * Byte.SIZE, nonce));
        } catch (GeneralSecurityException ex) {
            throw new IllegalStateException("no such message can be: counter=" + counter, ex);
        }
        cipher.updateAAD(additionalBytes, 0, additionalLength);
    }
}
