package dev.baton.transport.lane;

import java.nio.ByteOrder;

import org.agrona.DirectBuffer;

import dev.baton.memory.AesGcm;
import dev.baton.transport.LandingListener;
import dev.baton.transport.secret.LaneKeys;

/**
 * Decrypts what one incoming lane carries, and tells a frame that its sender sealed from any other; {@link LaneSealer}
 * has the layout. Numbers only rise: what was taken once, or was overtaken, is refused. Not thread-safe: the lane's
 * inlet owns it. Allocates nothing but once in 2^20 frames.
 */
final class LaneOpener implements AutoCloseable {
    private final LaneKeys keys;
    private AesGcm cipher;
    private long epoch;
    private long last = -1;

    LaneOpener(LaneKeys keys) {
        this.keys = keys;
        cipher = keys.cipher(0);
    }

    /**
     * Opens the frame whose Seal is at {@code offset}; places as in {@link LaneSealer#seal}.
     *
     * @return null, or why not: {@link LandingListener#WRONG_TAG} or {@link LandingListener#REPLAYED}; nobody may then
     *         use what lies at {@code target}
     */
    String openOrWhyNot(DirectBuffer buffer, int offset, int headerBytes, long source, long target, int lengthBytes) {
        long counter = buffer.getLong(offset + LaneSealer.COUNTER_AT, ByteOrder.LITTLE_ENDIAN);
        long frameEpoch = counter >>> LaneSealer.EPOCH_SHIFT;
        if (frameEpoch != epoch && frameEpoch != epoch + 1) {
            return frameEpoch < epoch ? LandingListener.REPLAYED : LandingListener.WRONG_TAG;
        }
        // The next key is believed to be in use only once a frame fits it.
        boolean isOfNext = frameEpoch != epoch;
        AesGcm with = isOfNext ? keys.cipher(frameEpoch) : cipher;
        long address = buffer.addressOffset() + offset;
        boolean isRight = with.open(counter, address + LaneSealer.COUNTER_AT,
            LaneSealer.SEAL_BYTES - LaneSealer.COUNTER_AT + headerBytes, source, target, lengthBytes,
            address + LaneSealer.TAG_AT);
        if (isOfNext) {
            (isRight ? cipher : with).close();
            cipher = isRight ? with : cipher;
            epoch = isRight ? frameEpoch : epoch;
        }
        if (!isRight) {
            return LandingListener.WRONG_TAG;
        }
        if (counter <= last) {
            return LandingListener.REPLAYED;
        }
        last = counter;
        return null;
    }

    @Override
    public void close() {
        cipher.close();
    }
}
