package dev.baton.buffer.codec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CodecPlanTest {
    private static CodecPlan parse(String text) {
        return CodecPlan.parse(text, CodecRegistry.builtIn());
    }

    @ParameterizedTest
    @CsvSource({"disk, full, lossless", "disk, window, lossless", "remote, window, none",
        "remote, full, int8:bound=0.2", "wire, full, none"})
    void shouldChooseByTierAndGroup(String tier, String group, String codec) {
        CodecPlan plan = parse("disk=lossless, remote.window=none, remote=int8:bound=0.2");

        assertEquals(codec, plan.codec(tier, group).toString());
    }

    @Test
    void shouldEncodeNothingUnlessTold() {
        assertEquals("none", CodecPlan.OFF.codec("disk", "full").toString());
        assertEquals("none", parse(" ").codec("disk", "full").toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"disk", "=none", "disk=", "disk.=none", "disk=zip", "disk=none,disk=lossless",
        "disk=none,disk.full=lossless", "disk=none,", "disk=int8:", "disk=int8:bound=1;bound=2"})
    void shouldNameAChoiceThatItCannotRead(String text) {
        String message = assertThrows(IllegalArgumentException.class, () -> parse(text)).getMessage();
        assertTrue(message.contains("codec"), message);
    }

    @Test
    void shouldWriteASpecAsItIsRead() {
        assertEquals("cachegen:bin=0.1;group=10", CodecSpec.parse(" cachegen:group=10;bin=0.1").toString());
    }
}
