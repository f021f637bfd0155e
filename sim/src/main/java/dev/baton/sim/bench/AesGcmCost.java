package dev.baton.sim.bench;

import dev.baton.platform.ThreadAllocation;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * What encrypting lanes would cost one thread here: AES-GCM as Java's own provider does it, a frame at a time, between
 * buffers outside the heap that are used again, each frame with a nonce of its own. Baton encrypts nothing. Rates are
 * per second of the thread's processor time, so that others on the machine count little.
 *
 * @param encryptBytesPerSecond  of a warm thread
 * @param decryptBytesPerSecond  tag checked
 * @param allocatedBytesPerFrame by an encryption and a decryption together
 */
public record AesGcmCost(int keyBits, int frameBytes, double encryptBytesPerSecond, double decryptBytesPerSecond,
    long allocatedBytesPerFrame) {
    private static final int TAG_BITS = 128;
    private static final int NONCE_BYTES = 12;
    private static final int HEADER_BYTES = 56;
    private static final int BATCH = 16;
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    /** Measures for about {@code measureNs} of processor time, after as long a warm-up. */
    public static AesGcmCost of(int keyBits, int frameBytes, long measureNs) {
        try {
            return measured(keyBits, frameBytes, measureNs);
        } catch (GeneralSecurityException ex) {
            throw new IllegalStateException("every Java has AES-GCM", ex);
        }
    }

    private static AesGcmCost measured(int keyBits, int frameBytes, long measureNs) throws GeneralSecurityException {
        Frames frames = new Frames(keyBits, frameBytes);
        frames.run(measureNs);
        frames.run(measureNs);
        double bytes = (double) frames.count * frameBytes;
        return new AesGcmCost(keyBits, frameBytes, bytes * 1e9 / frames.encryptNs, bytes * 1e9 / frames.decryptNs,
            frames.allocatedBytes / frames.count);
    }

    /** One key's frames, to and fro. */
    private static final class Frames {
        private final SecretKeySpec key;
        private final Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        private final ByteBuffer plain;
        private final ByteBuffer sealed;
        private final ByteBuffer opened;
        private final byte[] header = new byte[HEADER_BYTES];
        private final byte[] nonce = new byte[NONCE_BYTES];
        private final ByteBuffer nonceFields = ByteBuffer.wrap(nonce);
        private long sequence;
        private long count;
        private long encryptNs;
        private long decryptNs;
        private long allocatedBytes;

        Frames(int keyBits, int frameBytes) throws GeneralSecurityException {
            key = new SecretKeySpec(new byte[keyBits / Byte.SIZE], "AES");
            plain = ByteBuffer.allocateDirect(frameBytes);
            sealed = ByteBuffer.allocateDirect(frameBytes + TAG_BITS / Byte.SIZE);
            opened = ByteBuffer.allocateDirect(frameBytes);
        }

        void run(long measureNs) throws GeneralSecurityException {
            count = 0;
            encryptNs = 0;
            decryptNs = 0;
            long allocatedBefore = ThreadAllocation.currentThreadBytes();
            while (encryptNs + decryptNs < measureNs) {
                long beganNs = THREADS.getCurrentThreadCpuTime();
                for (int i = 0; i < BATCH; i++) {
                    nonceFields.putLong(0, ++sequence);
                    step(Cipher.ENCRYPT_MODE, plain.clear(), sealed.clear());
                }
                long turnedNs = THREADS.getCurrentThreadCpuTime();
                for (int i = 0; i < BATCH; i++) {
                    step(Cipher.DECRYPT_MODE, sealed.clear(), opened.clear());
                }
                encryptNs += turnedNs - beganNs;
                decryptNs += THREADS.getCurrentThreadCpuTime() - turnedNs;
                count += BATCH;
            }
            allocatedBytes = ThreadAllocation.currentThreadBytes() - allocatedBefore;
        }

        private void step(int mode, ByteBuffer from, ByteBuffer to) throws GeneralSecurityException {
            cipher.init(mode, key, new GCMParameterSpec(TAG_BITS, nonce));
            cipher.updateAAD(header);
            cipher.doFinal(from, to);
        }
    }
}
