package dev.baton.sim.bench;

import dev.baton.memory.AesGcm;
import dev.baton.platform.ThreadAllocation;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;

/**
 * What encrypting costs one thread here: AES-128-GCM a frame at a time, as lanes do it. Rates are per second of the
 * thread's processor time, so that others on the machine count little.
 *
 * @param code                   whose code: OpenSSL's, or Java's own
 * @param encryptBytesPerSecond  of a warm thread
 * @param decryptBytesPerSecond  tag checked
 * @param allocatedBytesPerFrame by an encryption and a decryption together
 */
public record AesGcmCost(String code, int frameBytes, double encryptBytesPerSecond, double decryptBytesPerSecond,
    long allocatedBytesPerFrame) {
    private static final int HEADER_BYTES = 64;
    private static final int BATCH = 16;
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    /** Measures for about {@code measureNs} of processor time, after as long a warm-up; closes the cipher. */
    public static AesGcmCost of(AesGcm cipher, int frameBytes, long measureNs) {
        try (cipher; Arena arena = Arena.ofConfined()) {
            Frames frames = new Frames(cipher, arena, frameBytes);
            frames.run(measureNs);
            frames.run(measureNs);
            double bytes = (double) frames.count * frameBytes;
            return new AesGcmCost(cipher.name(), frameBytes, bytes * 1e9 / frames.encryptNs,
                bytes * 1e9 / frames.decryptNs, frames.allocatedBytes / frames.count);
        }
    }

    /** One key's frames, to and fro. */
    private static final class Frames {
        private final AesGcm cipher;
        private final int frameBytes;
        private final MemorySegment plain;
        private final MemorySegment sealed;
        private final MemorySegment header;
        private final MemorySegment tags;
        private long sequence;
        private long count;
        private long encryptNs;
        private long decryptNs;
        private long allocatedBytes;

        Frames(AesGcm cipher, Arena arena, int frameBytes) {
            this.cipher = cipher;
            this.frameBytes = frameBytes;
            plain = arena.allocate(frameBytes);
            sealed = arena.allocate((long) BATCH * frameBytes);
            header = arena.allocate(HEADER_BYTES);
            tags = arena.allocate((long) BATCH * AesGcm.TAG_BYTES);
        }

        void run(long measureNs) {
            count = 0;
            encryptNs = 0;
            decryptNs = 0;
            long allocatedBefore = ThreadAllocation.currentThreadBytes();
            while (encryptNs + decryptNs < measureNs) {
                long beganNs = THREADS.getCurrentThreadCpuTime();
                for (int i = 0; i < BATCH; i++) {
                    cipher.seal(sequence + i, header.address(), HEADER_BYTES, plain.address(), sealed(i), frameBytes,
                        tag(i));
                }
                long turnedNs = THREADS.getCurrentThreadCpuTime();
                boolean isRight = true;
                for (int i = 0; i < BATCH; i++) {
                    isRight &= cipher.open(sequence + i, header.address(), HEADER_BYTES, sealed(i), sealed(i),
                        frameBytes, tag(i));
                }
                if (!isRight) {
                    throw new IllegalStateException("a frame did not open: code=" + cipher.name());
                }
                sequence += BATCH;
                encryptNs += turnedNs - beganNs;
                decryptNs += THREADS.getCurrentThreadCpuTime() - turnedNs;
                count += BATCH;
            }
            allocatedBytes = ThreadAllocation.currentThreadBytes() - allocatedBefore;
        }

        private long sealed(int i) {
            return sealed.address() + (long) i * frameBytes;
        }

        private long tag(int i) {
            return tags.address() + (long) i * AesGcm.TAG_BYTES;
        }
    }
}
