package dev.baton.transport.node;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

import dev.baton.transport.WireMaxima;
import dev.baton.transport.wire.Frames;
import dev.baton.transport.wire.PieceDecoder;
import dev.baton.transport.wire.PieceEncoder;

/** A message is put together from the most pieces there may be, and from the most bytes; one more begins nothing. */
class PieceMaximaTest {
    private final UnsafeBuffer buffer = new UnsafeBuffer(new byte[256]);
    private final PieceEncoder encoder = new PieceEncoder();
    private final PieceDecoder decoder = new PieceDecoder();
    private final PieceAssembler assembler = new PieceAssembler();

    @Test
    void shouldTakeTheMostPiecesAndRefuseOneMoreAtTheFirst() {
        int pieceLength = Frames.LENGTH_MAX / WireMaxima.PIECES_MAX + 1;
        int totalLength = pieceLength * WireMaxima.PIECES_MAX;
        for (int i = 0; i < WireMaxima.PIECES_MAX - 1; i++) {
            assertEquals(0, add(1, i, WireMaxima.PIECES_MAX, totalLength, pieceLength), "piece " + i);
        }
        assertEquals(totalLength, add(1, WireMaxima.PIECES_MAX - 1, WireMaxima.PIECES_MAX, totalLength, pieceLength));
        assertEquals(-1, add(2, 0, WireMaxima.PIECES_MAX + 1, totalLength, pieceLength));
    }

    @Test
    void shouldBeginTheLongestMessageAndNoLongerOne() {
        assertEquals(0, add(1, 0, 2, WireMaxima.PIECED_LENGTH_MAX, 100));
        assertEquals(-1, add(2, 0, 2, WireMaxima.PIECED_LENGTH_MAX + 1, 100));
    }

    private int add(long message, int index, int count, int totalLength, int length) {
        encoder.wrap(buffer, 0).message(message).index(index).count(count).totalLength(totalLength)
            .putBytes(new byte[length], 0, length);
        return assembler.add(decoder.wrap(buffer, 0, PieceDecoder.BLOCK_LENGTH, PieceDecoder.SCHEMA_VERSION));
    }
}
