package dev.baton.memory;

import java.util.ServiceLoader;

/**
 * Runs of bytes in fewer bytes, and back, bit for bit. Owned by one thread. Who sends
 * bytes knows no layouts, so what they are made of is said in one of a few words.
 */
public interface RunCodec extends AutoCloseable {
    /** They go as they are. */
    int PLAIN = 0;
    /** Nothing is known of them. */
    int BYTES = 1;
    /** Elements of 16 bits that have an exponent: bf16, fp16. */
    int HALVES = 2;
    /** Elements of 8 bits, four of them an exponent: fp8 e4m3. */
    int EIGHTHS = 3;

    /** Opens one; found by {@link ServiceLoader}. */
    interface Provider {
        RunCodec open();
    }

    /** Longest run, in bytes. */
    int runBytesMax();

    /** Most bytes that {@link #encode} writes for a run of this length, also where it then says that it was in vain. */
    int encodedBytesMax(int lengthBytes);

    /**
     * Encodes a run.
     *
     * @param kind {@link #BYTES} to {@link #EIGHTHS}
     * @return bytes written, fewer than the run has; 0 if it was in vain
     */
    int encode(int kind, long source, int lengthBytes, long target);

    /** Decodes to exactly so many bytes; false if that is not what was encoded, and the target is then anything. */
    boolean decode(int kind, long source, int encodedBytes, long target, int lengthBytes);

    @Override
    void close();

    /** The one that this process was built with; null where it was built without. */
    static Provider providerOrNull() {
        return ServiceLoader.load(Provider.class).findFirst().orElse(null);
    }
}
