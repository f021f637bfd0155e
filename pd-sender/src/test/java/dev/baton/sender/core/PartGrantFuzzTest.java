package dev.baton.sender.core;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.baton.kv.CellMap;
import dev.baton.transport.WireMaxima;
import dev.baton.transport.session.HandoffId;
import dev.baton.transport.session.ReservationId;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** What one rank's engine hands to another's, by its own way. */
class PartGrantFuzzTest {
    @MethodSource("seeds")
    @FuzzTest(maxDuration = "20s")
    void shouldRefuseOrReadAnyBytes(byte[] bytes) {
        if (bytes == null) {
            return;
        }
        PartGrant grant;
        try {
            grant = PartGrant.decode(bytes);
        } catch (IllegalArgumentException ex) {
            assertTrue(ex.getMessage().contains("must be") || ex.getMessage().contains("not a part's grant"), ex::toString);
            return;
        }
        assertTrue(grant.part() >= 0 && grant.part() < WireMaxima.PARTS_MAX, grant::toString);
        assertTrue(grant.tokens() > 0 && grant.growthTokens() >= 0 && (long) grant.tokens() + grant.growthTokens() <= CellMap.TOKENS_MAX);
        assertTrue(grant.haveTokens() >= 0 && grant.haveTokens() <= grant.tokens());
        assertTrue(grant.leaseMs() >= 0 && grant.leaseMs() >>> 32 == 0 && grant.deadlineMs() > 0 && grant.deadlineMs() >>> 32 == 0);
        assertArrayEquals(bytes, grant.encode());
    }

    static Stream<byte[]> seeds() {
        byte[] right = grant(3, 64, 16, 32, 10_000, 60_000);
        byte[] other = right.clone();
        other[0] ^= 1;
        return Stream.of(right, other, Arrays.copyOf(right, 95), Arrays.copyOf(right, 97), grant(-1, 64, 0, 0, 1, 1), grant(0, 64, 0, 65, 1, 1),
            grant(0, 1, Integer.MAX_VALUE, 0, 1, 1), grant(0, Integer.MIN_VALUE, 0, 0, 1, 1), grant(0, 64, 0, 0, Long.MIN_VALUE, Long.MAX_VALUE));
    }

    private static byte[] grant(int part, int tokens, int growthTokens, int haveTokens, long leaseMs, long deadlineMs) {
        return new PartGrant(new HandoffId(1, 2, 3, 4), part, new ReservationId(5, 6), 7, 8, tokens, growthTokens, haveTokens, leaseMs,
            deadlineMs).encode();
    }
}
