package dev.baton.transport.tcp;

import dev.baton.memory.RunCodec;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Runs whose bytes are all below 16, two to a byte, behind a check sum: enough for lanes to have something to encode. The
 * real one is not to be had in this module.
 */
public final class TestRunCodec implements RunCodec {
    static final int RUN_BYTES_MAX = 100_000;

    private static final int SUM_BYTES = 4;

    private final UnsafeBuffer source = new UnsafeBuffer(0, 0);
    private final UnsafeBuffer target = new UnsafeBuffer(0, 0);
    private boolean isClosed;

    /** As production finds its own. */
    public static final class Provider implements RunCodec.Provider {
        @Override
        public RunCodec open() {
            return new TestRunCodec();
        }
    }

    @Override
    public int runBytesMax() {
        return RUN_BYTES_MAX;
    }

    @Override
    public int encodedBytesMax(int lengthBytes) {
        return SUM_BYTES + (lengthBytes + 1) / 2;
    }

    @Override
    public int encode(int kind, long from, int lengthBytes, long to) {
        requireOpen();
        source.wrap(from, lengthBytes);
        target.wrap(to, encodedBytesMax(lengthBytes));
        int sum = kind;
        for (int i = 0; i < lengthBytes; i += 2) {
            int low = source.getByte(i);
            int high = i + 1 < lengthBytes ? source.getByte(i + 1) : 0;
            if (((low | high) & 0xf0) != 0) {
                return 0;
            }
            target.putByte(SUM_BYTES + i / 2, (byte) (low | high << 4));
            sum = sum * 31 + (low | high << 4);
        }
        target.putInt(0, sum);
        int encodedBytes = encodedBytesMax(lengthBytes);
        return encodedBytes < lengthBytes ? encodedBytes : 0;
    }

    @Override
    public boolean decode(int kind, long from, int encodedBytes, long to, int lengthBytes) {
        requireOpen();
        if (encodedBytes != encodedBytesMax(lengthBytes)) {
            return false;
        }
        source.wrap(from, encodedBytes);
        target.wrap(to, lengthBytes);
        int sum = kind;
        for (int i = 0; i < lengthBytes; i++) {
            int both = source.getByte(SUM_BYTES + i / 2) & 0xff;
            target.putByte(i, (byte) (i % 2 == 0 ? both & 0xf : both >>> 4));
            sum = i % 2 == 0 ? sum * 31 + both : sum;
        }
        return sum == source.getInt(0);
    }

    private void requireOpen() {
        if (isClosed) {
            throw new IllegalStateException("the codec is closed");
        }
    }

    @Override
    public void close() {
        isClosed = true;
    }
}
