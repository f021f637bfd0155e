package dev.baton.transport.node;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.baton.transport.WireMaxima;
import dev.baton.transport.wire.Frames;
import dev.baton.transport.wire.PieceDecoder;
import dev.baton.transport.wire.PieceEncoder;
import java.nio.ByteBuffer;
import java.util.stream.Stream;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.params.provider.MethodSource;

/** Pieces in any order, of any messages, with any numbers: each 12 bytes say message 1 | index 2 | count 2 | total length 4 | kibibytes 1 | 2 spare. */
class PieceAssemblerFuzzTest {
    private static final int PIECE_BYTES = 12;
    private static final int KIB = 1024;

    @MethodSource("seeds")
    @FuzzTest(maxDuration = "20s")
    void shouldRefuseOrPutTogetherAnyPieces(byte[] bytes) {
        if (bytes == null) {
            return;
        }
        PieceAssembler assembler = new PieceAssembler();
        UnsafeBuffer buffer = new UnsafeBuffer(new byte[256 * KIB]);
        PieceEncoder encoder = new PieceEncoder();
        PieceDecoder decoder = new PieceDecoder();
        ByteBuffer from = ByteBuffer.wrap(bytes);
        while (from.remaining() >= PIECE_BYTES) {
            int message = from.get();
            int index = from.getShort() & 0xFFFF;
            int count = from.getShort() & 0xFFFF;
            int totalLength = from.getInt();
            int length = (from.get() & 0x3F) * KIB;
            from.getShort();
            encoder.wrap(buffer, 0).message(message).index(index).count(count).totalLength(totalLength & 0xFFFF_FFFFL)
                .putBytes(new byte[length], 0, length);
            int whole = assembler.add(decoder.wrap(buffer, 0, PieceDecoder.BLOCK_LENGTH, PieceDecoder.SCHEMA_VERSION));
            assertTrue(whole >= -1 && whole <= WireMaxima.PIECED_LENGTH_MAX, () -> "length=" + whole);
            if (whole > 0) {
                assertTrue(whole > Frames.LENGTH_MAX && whole <= assembler.buffer().capacity() && whole == totalLength);
                assembler.release();
            }
        }
    }

    static Stream<byte[]> seeds() {
        return Stream.of(pieces(1, 0, 2, 96 * KIB, 63, 1, 1, 2, 96 * KIB, 33), pieces(1, 0, 2, 96 * KIB, 63, 2, 1, 2, 96 * KIB, 33),
            pieces(1, 0, 1, 96 * KIB, 63), pieces(1, 0, 2, -1, 63, 1, 1, 2, -1, 63), pieces(1, 1, 2, 96 * KIB, 63),
            pieces(1, 0, 2, 96 * KIB, 63, 1, 1, 2, 96 * KIB, 34), pieces(1, 0, 2, 96 * KIB, 0), pieces(1, 0, 65_535, 96 * KIB, 63));
    }

    private static byte[] pieces(int... fields) {
        ByteBuffer bytes = ByteBuffer.allocate(fields.length / 5 * PIECE_BYTES);
        for (int i = 0; i < fields.length; i += 5) {
            bytes.put((byte) fields[i]).putShort((short) fields[i + 1]).putShort((short) fields[i + 2]).putInt(fields[i + 3])
                .put((byte) fields[i + 4]).putShort((short) 0);
        }
        return bytes.array();
    }
}
