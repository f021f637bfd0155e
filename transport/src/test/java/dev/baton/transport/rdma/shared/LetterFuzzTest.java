package dev.baton.transport.rdma.shared;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** Letters as whoever connects may write them, one behind the other. */
class LetterFuzzTest {
    @MethodSource("seeds")
    @FuzzTest(maxDuration = "20s")
    void shouldRefuseOrReadAnyBytes(byte[] bytes) {
        if (bytes == null) {
            return;
        }
        ByteBuffer socket = ByteBuffer.wrap(bytes);
        int before = 0;
        try {
            Letter letter;
            while ((letter = Letter.takeOrNull(socket)) != null) {
                assertTrue(socket.position() - before <= Letter.BYTES_MAX);
                assertEquals(ByteBuffer.wrap(bytes, before, socket.position() - before), letter.encode());
                before = socket.position();
            }
        } catch (IllegalArgumentException ex) {
            assertTrue(ex.getMessage().contains("no letter"), ex::toString);
        }
        assertEquals(before, socket.position(), "what is not whole stays");
    }

    static Stream<byte[]> seeds() {
        byte[] letter = new Letter(Letter.ACCEPT, 1, 2, 3, 4, ByteBuffer.wrap(new byte[5])).encode().array();
        byte[] two = Arrays.copyOf(letter, 2 * letter.length);
        System.arraycopy(letter, 0, two, letter.length, letter.length);
        byte[] negative = letter.clone();
        negative[3] = -1;
        return Stream.of(letter, two, Arrays.copyOf(two, two.length - 1), negative, Letter.of(Letter.REQUEST, new byte[988]).encode().array(),
            Letter.of(Letter.REQUEST, new byte[989]).encode().array());
    }
}
