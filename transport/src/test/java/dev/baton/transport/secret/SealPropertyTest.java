package dev.baton.transport.secret;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.agrona.concurrent.UnsafeBuffer;

class SealPropertyTest {
    private static final int LENGTH_MAX = 400;

    @Property(tries = 500)
    void shouldKnowItsOwnSealAndNoMessageThatDiffersByABit(@ForAll @Size(max = 300) byte[] body, @ForAll long sequence,
        @ForAll int bit) {
        HmacKey key = SharedSecret.of(new byte[32]).handshakeKey();
        Sealer sealer = new Sealer(LENGTH_MAX);
        int length = body.length + Sealer.TRAILER_BYTES;
        UnsafeBuffer message = new UnsafeBuffer(new byte[length]);
        message.putBytes(0, body);
        sealer.seal(key, sequence, message, 0, length);
        byte[] sealed = new byte[length];
        sealer.sealed().getBytes(0, sealed);

        assertTrue(sealer.isSealed(key, new UnsafeBuffer(sealed), 0, length));
        assertEquals(sequence, Sealer.sequence(new UnsafeBuffer(sealed), 0, length));

        int at = Math.floorMod(bit, length * 8);
        sealed[at / 8] ^= (byte) (1 << at % 8);
        assertFalse(sealer.isSealed(key, new UnsafeBuffer(sealed), 0, length));
    }

    @Property(tries = 300)
    void shouldTakeEachNumberOnceAndNoneThatIsTooOld(
        @ForAll @Size(min = 1, max = 200) List<@IntRange(min = -2, max = 4000) Integer> numbers) {
        ReplayWindow window = new ReplayWindow();
        Set<Integer> taken = new HashSet<>();
        int highest = 0;
        for (int number : numbers) {
            boolean isExpected = number >= 1 && highest - number < ReplayWindow.LENGTH && !taken.contains(number);
            assertEquals(isExpected, window.take(number), "number=" + number + " highest=" + highest);
            if (isExpected) {
                taken.add(number);
                highest = Math.max(highest, number);
            }
        }
    }
}
