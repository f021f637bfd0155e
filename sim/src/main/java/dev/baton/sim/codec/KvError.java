package dev.baton.sim.codec;

import dev.baton.buffer.codec.ImageShape;
import dev.baton.kv.ElementType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * How far decoded numbers lie from those that were encoded, in root mean squares of the same layer's keys or values in
 * the same block. Computed here anew, not by what codecs say of themselves.
 *
 * @param max  largest difference; NaN where elements are no 16-bit numbers
 * @param mean of all elements; NaN likewise
 */
record KvError(double max, double mean) {
    private static final ValueLayout.OfShort WORD = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    static KvError of(ImageShape shape, int blocks, MemorySegment images, MemorySegment decoded) {
        if (shape.elements() != ElementType.BF16 && shape.elements() != ElementType.FP16) {
            return new KvError(Double.NaN, Double.NaN);
        }
        boolean isBrain = shape.elements() == ElementType.BF16;
        int sections = shape.layers() * 2 * blocks;   // a KV file always has K and V, rows of one length
        long count = images.byteSize() / 2 / sections;
        double max = 0;
        double mean = 0;
        for (int section = 0; section < sections; section++) {
            double squares = 0;
            double sum = 0;
            double largest = 0;
            for (long i = section * count; i < (section + 1) * count; i++) {
                float was = number(images.get(WORD, 2 * i), isBrain);
                double difference = Math.abs((double) was - number(decoded.get(WORD, 2 * i), isBrain));
                squares += (double) was * was;
                sum += difference;
                largest = Math.max(largest, difference);
            }
            double scale = squares == 0 ? 1 : Math.sqrt(squares / count);
            max = Math.max(max, largest / scale);
            mean += sum / count / scale / sections;
        }
        return new KvError(max, mean);
    }

    private static float number(short word, boolean isBrain) {
        return isBrain ? Float.intBitsToFloat(word << 16) : Float.float16ToFloat(word);
    }
}
