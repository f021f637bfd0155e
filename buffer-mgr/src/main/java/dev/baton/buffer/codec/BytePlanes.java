package dev.baton.buffer.codec;

/**
 * Takes exponents and mantissas apart, into two planes of bytes, and puts them together again; every bit pattern comes
 * back. Exponents of KV are few and repeat, mantissas do not. The sign goes with the mantissa, which it resembles.
 * <pre>
 *   bf16  s eeeeeeee mmmmmmm   exponents eeeeeeee    mantissas mmmmmmms
 *   fp16  s eeeee mmmmmmmmmm   exponents eeeeemmm    mantissas mmmmmmms
 *   e4m3  s eeee mmm           two elements a byte: exponents eeee, mantissas mmms
 * </pre>
 * A rotation by one bit, then every second half: eight elements at a time by bit gathers, each of which is one
 * instruction on x86 with BMI2. Stateless.
 */
enum BytePlanes {
    /** bf16 and fp16. */
    HALVES {
        private static final long TOP_BITS = 0x8000_8000_8000_8000L;
        private static final long HIGH_BYTES = 0xff00_ff00_ff00_ff00L;

        @Override
        int split(Plane raw, int length, Plane exponents, Plane mantissas) {
            int count = length / 2;
            int at = 0;
            for (; at <= count - 8; at += 8) {
                long first = (long) Memory.LONG_OF_BYTES.get(raw.bytes, 2 * at);
                long second = (long) Memory.LONG_OF_BYTES.get(raw.bytes, 2 * at + 8);
                first = ((first & ~TOP_BITS) << 1) | ((first & TOP_BITS) >>> 15);
                second = ((second & ~TOP_BITS) << 1) | ((second & TOP_BITS) >>> 15);
                Memory.LONG_OF_BYTES.set(exponents.bytes, at,
                    Long.compress(first, HIGH_BYTES) | (Long.compress(second, HIGH_BYTES) << 32));
                Memory.LONG_OF_BYTES.set(mantissas.bytes, at,
                    Long.compress(first, ~HIGH_BYTES) | (Long.compress(second, ~HIGH_BYTES) << 32));
            }
            for (; at < count; at++) {
                int word = (raw.bytes[2 * at] & 0xff) | ((raw.bytes[2 * at + 1] & 0xff) << 8);
                exponents.bytes[at] = (byte) (word >>> 7);
                mantissas.bytes[at] = (byte) ((word << 1) | (word >>> 15));
            }
            return count;
        }

        @Override
        void join(Plane exponents, Plane mantissas, int length, Plane raw) {
            int count = length / 2;
            int at = 0;
            for (; at <= count - 8; at += 8) {
                long high = (long) Memory.LONG_OF_BYTES.get(exponents.bytes, at);
                long low = (long) Memory.LONG_OF_BYTES.get(mantissas.bytes, at);
                long first = Long.expand(high, HIGH_BYTES) | Long.expand(low, ~HIGH_BYTES);
                long second = Long.expand(high >>> 32, HIGH_BYTES) | Long.expand(low >>> 32, ~HIGH_BYTES);
                Memory.LONG_OF_BYTES.set(raw.bytes, 2 * at, ((first >>> 1) & ~TOP_BITS) | ((first << 15) & TOP_BITS));
                Memory.LONG_OF_BYTES.set(raw.bytes, 2 * at + 8,
                    ((second >>> 1) & ~TOP_BITS) | ((second << 15) & TOP_BITS));
            }
            for (; at < count; at++) {
                int turned = ((exponents.bytes[at] & 0xff) << 8) | (mantissas.bytes[at] & 0xff);
                raw.bytes[2 * at] = (byte) (turned >>> 1);
                raw.bytes[2 * at + 1] = (byte) ((turned >>> 9) | (turned << 7));
            }
        }

        @Override
        int planeBytes(int length) {
            return length / 2;
        }
    },
    /** fp8 with four bits of exponent. The odd last element has a byte of its own in both planes. */
    NIBBLES {
        private static final long TOP_BITS = 0x8080_8080_8080_8080L;
        private static final long HIGH_NIBBLES = 0xf0f0_f0f0_f0f0_f0f0L;

        @Override
        int split(Plane raw, int length, Plane exponents, Plane mantissas) {
            int at = 0;
            for (; at <= length - 8; at += 8) {
                long eight = (long) Memory.LONG_OF_BYTES.get(raw.bytes, at);
                eight = ((eight & ~TOP_BITS) << 1) | ((eight & TOP_BITS) >>> 7);
                Memory.INT_OF_BYTES.set(exponents.bytes, at / 2, (int) Long.compress(eight, HIGH_NIBBLES));
                Memory.INT_OF_BYTES.set(mantissas.bytes, at / 2, (int) Long.compress(eight, ~HIGH_NIBBLES));
            }
            for (; at < length; at += 2) {
                int first = turned(raw.bytes[at]);
                int second = at + 1 < length ? turned(raw.bytes[at + 1]) : 0;
                exponents.bytes[at / 2] = (byte) ((first >>> 4) | (second & 0xf0));
                mantissas.bytes[at / 2] = (byte) ((first & 0xf) | (second << 4));
            }
            return (length + 1) / 2;
        }

        private static int turned(byte element) {
            int value = element & 0xff;
            return ((value << 1) | (value >>> 7)) & 0xff;
        }

        @Override
        void join(Plane exponents, Plane mantissas, int length, Plane raw) {
            int at = 0;
            for (; at <= length - 8; at += 8) {
                long eight = Long.expand((int) Memory.INT_OF_BYTES.get(exponents.bytes, at / 2), HIGH_NIBBLES) |
                    Long.expand((int) Memory.INT_OF_BYTES.get(mantissas.bytes, at / 2), ~HIGH_NIBBLES);
                Memory.LONG_OF_BYTES.set(raw.bytes, at, ((eight >>> 1) & ~TOP_BITS) | ((eight << 7) & TOP_BITS));
            }
            for (; at < length; at++) {
                int shift = (at & 1) * 4;
                int high = (exponents.bytes[at / 2] >>> shift) & 0xf;
                int turned = (high << 4) | ((mantissas.bytes[at / 2] >>> shift) & 0xf);
                raw.bytes[at] = (byte) ((turned >>> 1) | (turned << 7));
            }
        }

        @Override
        int planeBytes(int length) {
            return (length + 1) / 2;
        }
    },
    /** Whatever else: all bytes in the first plane. */
    WHOLE {
        @Override
        int split(Plane raw, int length, Plane exponents, Plane mantissas) {
            System.arraycopy(raw.bytes, 0, exponents.bytes, 0, length);
            return length;
        }

        @Override
        void join(Plane exponents, Plane mantissas, int length, Plane raw) {
            System.arraycopy(exponents.bytes, 0, raw.bytes, 0, length);
        }

        @Override
        int planeBytes(int length) {
            return length;
        }

        @Override
        boolean hasMantissas() {
            return false;
        }
    };

    static BytePlanes of(ImageShape shape) {
        return switch (shape.elements()) {
            case BF16, FP16 -> shape.isOfHalves() ? HALVES : WHOLE;
            case FP8_E4M3 -> shape.isMixed() ? WHOLE : NIBBLES;
            case FP32, FP8_E5M2, FP8_DS_MLA, INT8, FP4_E2M1, INT4 -> WHOLE;
        };
    }

    /** Fills both planes from the first {@code length} bytes of {@code raw}; returns {@link #planeBytes}. */
    abstract int split(Plane raw, int length, Plane exponents, Plane mantissas);

    /** Fills the first {@code length} bytes of {@code raw}. */
    abstract void join(Plane exponents, Plane mantissas, int length, Plane raw);

    abstract int planeBytes(int length);

    boolean hasMantissas() {
        return true;
    }
}
