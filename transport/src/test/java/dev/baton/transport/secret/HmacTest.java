package dev.baton.transport.secret;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.SplittableRandom;

import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

import dev.baton.platform.ThreadAllocation;

class HmacTest {
    private final Hmac hmac = new Hmac();

    @Test
    void shouldAgreeWithRfc4231() {
        byte[] key = new byte[20];
        java.util.Arrays.fill(key, (byte) 0x0b);
        assertEquals("b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
            HexFormat.of().formatHex(of(key, "Hi There".getBytes(StandardCharsets.US_ASCII))));
    }

    @Test
    void shouldAgreeWithTheJdkOnAnyKeyAndMessage() throws Exception {
        long seed = new SplittableRandom().nextLong();
        System.out.println("HmacTest seed=" + seed);
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < 500; i++) {
            byte[] key = new byte[16 + random.nextInt(49)];
            byte[] message = new byte[random.nextInt(300)];
            random.nextBytes(key);
            random.nextBytes(message);
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            assertArrayEquals(mac.doFinal(message), of(key, message));
        }
    }

    @Test
    void shouldRefuseAKeyOfAnotherLength() {
        assertThrows(IllegalArgumentException.class, () -> new HmacKey(new byte[15]));
        assertThrows(IllegalArgumentException.class, () -> new HmacKey(new byte[65]));
    }

    @Test
    void shouldSealAndCheckWithoutAllocating() {
        SharedSecret secret = SharedSecret.of("a secret of 16 bytes and more".getBytes(StandardCharsets.US_ASCII));
        SessionKeys keys = secret.sessionKeys(new byte[32]);
        Sealer sealer = new Sealer(4_096);
        SessionSeal dialler = new SessionSeal(sealer, keys, SharedSecret.DIALLER);
        SessionSeal acceptor = new SessionSeal(new Sealer(4_096), keys, SharedSecret.ACCEPTOR);
        UnsafeBuffer message = new UnsafeBuffer(new byte[300]);
        int count = exchange(dialler, acceptor, message, 20_000);
        // What the compiler removes once it has come to it: on a busy machine that may be late.
        long allocated = Long.MAX_VALUE;
        int rounds = 0;
        for (; rounds < 50 && allocated != 0; rounds++) {
            long before = ThreadAllocation.currentThreadBytes();
            count += exchange(dialler, acceptor, message, 20_000);
            allocated = ThreadAllocation.currentThreadBytes() - before;
        }
        assertEquals(20_000 * (rounds + 1), count);
        assertEquals(0, allocated, "bytes for 20,000 messages sealed and checked");
    }

    private static int exchange(SessionSeal from, SessionSeal to, UnsafeBuffer message, int count) {
        int fine = 0;
        for (int i = 0; i < count; i++) {
            fine += to.judge(from.seal(message, 0, 300), 0, 300) == SessionSeal.Verdict.FINE ? 1 : 0;
        }
        return fine;
    }

    @Test
    void shouldTakeEachNumberOnceInAnyOrderWithinTheWindow() {
        ReplayWindow window = new ReplayWindow();
        java.util.Set<Long> taken = new java.util.HashSet<>();
        SplittableRandom random = new SplittableRandom(7);
        long highest = 0;
        for (int i = 0; i < 200_000; i++) {
            long next = Math.max(-2, highest + random.nextInt(-1_500, random.nextInt(100) == 0 ? 5_000 : 20));
            boolean isFresh = next >= 1 && highest - next < ReplayWindow.LENGTH && !taken.contains(next);
            assertEquals(isFresh, window.take(next), "next=" + next + " highest=" + highest);
            if (isFresh) {
                taken.add(next);
                highest = Math.max(highest, next);
            }
        }
        assertFalse(window.take(Long.MIN_VALUE));
        assertTrue(window.take(Long.MAX_VALUE));
        assertFalse(window.take(Long.MAX_VALUE));
        assertFalse(window.take(1));
    }

    private byte[] of(byte[] key, byte[] message) {
        byte[] mac = new byte[Hmac.LENGTH_BYTES];
        hmac.begin(new HmacKey(key)).update(message, 0, message.length).end(mac, 0);
        return mac;
    }
}
