package dev.baton.receiver;

import java.util.zip.CRC32C;

import dev.baton.transport.session.ManifestDigest;

/** What a sender's FIN says of all that it sent. */
final class Digests {
    private Digests() {}

    /** Of these cells, all of one length, with the checksums of {@link ReceiverRig#crcOf}, and of the aux data. */
    static long of(int cellBytes, byte[] aux, int... cells) {
        long sum = ofAux(aux);
        for (int cell : cells) {
            sum += ManifestDigest.ofLine(cell, cellBytes, ReceiverRig.crcOf(cell));
        }
        return sum;
    }

    static long ofAux(byte[] aux) {
        CRC32C crc = new CRC32C();
        crc.update(aux);
        return ManifestDigest.ofAux(aux.length, (int) crc.getValue());
    }
}
