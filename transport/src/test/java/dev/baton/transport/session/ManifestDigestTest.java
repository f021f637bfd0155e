package dev.baton.transport.session;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Both ends compute it, perhaps in different versions: values are pinned. They were worked out from the formula in its javadoc elsewhere. */
class ManifestDigestTest {
    @Test
    void shouldBeTheSumThatTheProtocolWrites() {
        assertEquals(0xE220_A839_7B1D_CDAFL, ManifestDigest.ofLine(0, 1, 0));
        assertEquals(0x8D1B_0789_0B9B_DE85L, ManifestDigest.ofLine(7, 65_536, 0x1234_5678));
        assertEquals(0xB081_7505_B4AF_18C4L, ManifestDigest.ofLine(7, 65_536, -1), "a CRC is unsigned");
        assertEquals(0xF89F_FC3D_444A_A7A9L, ManifestDigest.ofAux(3, 0xCAFE_BABE));
    }

    @Test
    void shouldBeNothingForNoAuxData() {
        assertEquals(0, ManifestDigest.ofAux(0, 0x1234_5678));
    }

    @Test
    void shouldTellApartCellLengthAndCrc() {
        Set<Long> seen = new HashSet<>();
        for (int cell = 0; cell < 20; cell++) {
            for (int length = 1; length < 20; length++) {
                for (int crc = 0; crc < 20; crc++) {
                    seen.add(ManifestDigest.ofLine(cell, length, crc));
                }
            }
        }
        for (int length = 1; length < 20; length++) {
            seen.add(ManifestDigest.ofAux(length, 5));
        }
        assertEquals(20 * 19 * 20 + 19, seen.size());
    }
}
