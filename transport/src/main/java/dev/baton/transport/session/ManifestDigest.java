package dev.baton.transport.session;

import dev.baton.platform.SplitMix;

/**
 * A sum over the manifest of one part, equal at both ends exactly when both saw the same lines and the same aux data,
 * in whatever order. It guards against lost and foreign lines; it is no signature: lines and FIN are authenticated as
 * messages.
 * <pre>
 *   digest = sum over lines of mix(cell, lengthBytes, crc)  +  mix(-1, auxLengthBytes, CRC32C of aux)      (mod 2^64)
 * </pre>
 */
public final class ManifestDigest {
    private ManifestDigest() {}

    /** One line's share. */
    public static long ofLine(int cell, int lengthBytes, int crc) {
        return mix(((long) cell << 32) | (lengthBytes & 0xFFFF_FFFFL), crc);
    }

    /** The aux data's share; 0 for none. */
    public static long ofAux(int lengthBytes, int crc) {
        return lengthBytes == 0 ? 0 : mix((-1L << 32) | (lengthBytes & 0xFFFF_FFFFL), crc);
    }

    private static long mix(long place, int crc) {
        return SplitMix.mix(place * 0x9E3779B97F4A7C15L + (crc & 0xFFFF_FFFFL));
    }
}
