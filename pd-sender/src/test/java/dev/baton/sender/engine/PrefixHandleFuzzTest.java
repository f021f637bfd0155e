package dev.baton.sender.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.baton.buffer.SlabPlace;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.junit.jupiter.params.provider.MethodSource;

/** Addresses are computed from these bytes. As they are, and with the CRC of what they have become: random bytes alone do not get past it. */
class PrefixHandleFuzzTest {
    private static final int CRC_AT = 8;

    @MethodSource("seeds")
    @FuzzTest(maxDuration = "20s")
    void shouldRefuseOrReadAnyBytes(byte[] bytes) {
        if (bytes == null) {
            return;
        }
        refuseOrRead(bytes);
        if (bytes.length >= CRC_AT + Integer.BYTES) {
            CRC32C crc = new CRC32C();
            crc.update(bytes, CRC_AT + Integer.BYTES, bytes.length - CRC_AT - Integer.BYTES);
            refuseOrRead(ByteBuffer.wrap(bytes.clone()).order(ByteOrder.LITTLE_ENDIAN).putInt(CRC_AT, (int) crc.getValue()).array());
        }
    }

    private static void refuseOrRead(byte[] bytes) {
        List<PrefixHandle.Piece> pieces;
        try {
            pieces = PrefixHandle.decode(bytes);
        } catch (IllegalArgumentException ex) {
            assertTrue(ex.getMessage().contains("must be"), ex::toString);
            return;
        }
        for (PrefixHandle.Piece piece : pieces) {
            SlabPlace place = piece.place();
            assertTrue(piece.block() >= 0 && piece.shard() >= 0 && piece.group() >= 0 && place.slabId() >= 0, piece::toString);
            assertTrue(piece.lengthBytes() > 0 && piece.imageOffset() >= 0 && piece.imageOffset() + piece.lengthBytes() > 0, piece::toString);
            assertTrue(place.offset() >= 0 && place.offset() <= place.slabBytes() - piece.lengthBytes(), piece::toString);
        }
        assertArrayEquals(bytes, PrefixHandle.encode(pieces));
    }

    static Stream<byte[]> seeds() {
        byte[] right = PrefixHandle.encode(List.of(piece(0, 0, 64, 4096, 0), piece(1, 128, 32, 4096, 4064)));
        return Stream.of(right, Arrays.copyOf(right, 71), PrefixHandle.encode(List.of(piece(0, Long.MIN_VALUE, 64, 4096, 0))),
            PrefixHandle.encode(List.of(piece(0, Long.MAX_VALUE, 64, 4096, 0))), PrefixHandle.encode(List.of(piece(-1, 0, 64, 4096, 0))),
            PrefixHandle.encode(List.of(piece(0, 0, 64, 4096, 4033))), PrefixHandle.encode(List.of(piece(0, 0, -1, -1, 0))));
    }

    private static PrefixHandle.Piece piece(int block, long imageOffset, long lengthBytes, long slabBytes, long offset) {
        return new PrefixHandle.Piece(block, 1, 2, imageOffset, lengthBytes, new SlabPlace(5, 3, slabBytes, offset));
    }
}
