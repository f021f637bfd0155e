package dev.baton.buffer.codec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class E4m3Test {
    @Test
    void shouldGiveEveryNumberItsOwnCode() {
        assertEquals(448, E4m3.number(0x7e));
        assertEquals(0x1p-9f, E4m3.number(1));
        assertEquals(-1.0f, E4m3.number(0xb8));
        for (int code = 0; code < 256; code++) {
            if ((code & 0x7f) != 0x7f) {
                assertEquals(code, E4m3.code(Float.floatToRawIntBits(E4m3.number(code))));
            }
        }
    }

    /** Floats 2,048 patterns apart, and each one's next, from far below the smallest to 448: none has a nearer number. */
    @Test
    void shouldRoundToTheNearestWithTiesToEven() {
        for (int bits = Float.floatToRawIntBits(0x1p-14f); bits <= Float.floatToRawIntBits(448f); bits += 0x800) {
            for (int low = 0; low < 2; low++) {
                float value = Float.intBitsToFloat(Math.min(bits + low, Float.floatToRawIntBits(448f)));
                int code = E4m3.code(Float.floatToRawIntBits(value));
                float error = Math.abs(E4m3.number(code) - value);
                float above = code == 126 ? Float.MAX_VALUE : Math.abs(E4m3.number(code + 1) - value);
                float below = code == 0 ? Float.MAX_VALUE : Math.abs(E4m3.number(code - 1) - value);
                assertTrue(error <= above && error <= below, () -> "value=" + value + " code=" + code);
                assertTrue((error != above && error != below) || code % 2 == 0, () -> "tie: value=" + value);
                assertEquals(code | 0x80, E4m3.code(Float.floatToRawIntBits(-value)));
            }
        }
    }

    @Test
    void shouldGiveTheLargestForWhatIsLarger() {
        assertEquals(126, E4m3.code(Float.floatToRawIntBits(1e9f)));
        assertEquals(254, E4m3.code(Float.floatToRawIntBits(Float.NEGATIVE_INFINITY)));
    }
}
