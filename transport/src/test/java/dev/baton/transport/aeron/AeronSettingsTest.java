package dev.baton.transport.aeron;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AeronSettingsTest {
    @Test
    void shouldTakeWhatTheInterfaceCarriesWhole() {
        int mtuBytes = AeronSettings.DEFAULTS.mtuBytesTo("127.0.0.1", 9);
        assertEquals(0, mtuBytes % 32);
        assertTrue(mtuBytes > AeronSettings.MTU_BYTES_SAFE, () -> "the loopback interface carries more: mtuBytes=" + mtuBytes);
        assertTrue(mtuBytes <= AeronSettings.MTU_BYTES_MAX, () -> "mtuBytes=" + mtuBytes);
    }

    @Test
    void shouldPreferTheMtuThatWasSet() {
        assertEquals(8192, new AeronSettings(8192, 4 << 20, 4 << 20, 2 << 20).mtuBytesTo("127.0.0.1", 9));
    }

    @Test
    void shouldFallBackWhereNobodyKnowsTheHost() {
        assertEquals(AeronSettings.MTU_BYTES_SAFE, AeronSettings.DEFAULTS.mtuBytesTo("no.such.host.invalid", 9));
    }

    @Test
    void shouldKeepTheWindowWithinBufferAndTerm() {
        AeronSettings small = new AeronSettings(0, 256 << 10, 4 << 20, 2 << 20);
        assertEquals(128 << 10, small.windowBytesFitting());
        AeronSettings settings = AeronSettings.DEFAULTS;
        assertTrue(settings.windowBytesFitting() <= settings.receiveBufferBytes());
        assertTrue(settings.receiveBufferBytes() >= 4096, () -> "receiveBufferBytes=" + settings.receiveBufferBytes());
    }

    @ParameterizedTest(name = "mtu {0} term {1}")
    @CsvSource({"1400, 4194304", "70000, 4194304", "-32, 4194304", "1408, 4000000", "1408, 32768"})
    void shouldRefuseSizesThatAeronCannotHave(int mtuBytes, int termBytes) {
        assertThrows(IllegalArgumentException.class, () -> new AeronSettings(mtuBytes, termBytes, 4 << 20, 2 << 20));
    }
}
