package dev.baton.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.transport.aeron.AeronRig;
import dev.baton.transport.tcp.TcpRig;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What somebody sees who reads every packet of a lane: the KV itself, or, where lanes are encrypted, nothing of it. */
@Timeout(60)
class WireTapTest {
    private static final long SESSION = 50;
    private static final long TOKEN_HIGH = 0x1122_3344_5566_7788L;
    private static final long TOKEN_LOW = 0x99aa_bbcc_ddee_ff00L;
    private static final int BYTES = 300_000;

    @TempDir
    private Path directory;

    static Stream<LaneRig> rigs() {
        return Stream.of(new TcpRig(), new AeronRig(false), new TcpRig().encrypting(), new AeronRig(false).encrypting());
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("rigs")
    void shouldShowKvAndTokensOnTheWireOnlyWhereLanesAreInTheClear(LaneRig rig) throws IOException {
        byte[] pattern = "the user's prompt, as KV".getBytes(StandardCharsets.US_ASCII);
        byte[] token = new byte[8];
        for (int i = 0; i < token.length; i++) {
            token[i] = (byte) (TOKEN_LOW >>> (i * Byte.SIZE));
        }
        try (rig) {
            rig.start(directory);
            try (LanePair pair = new LanePair(rig, new Random(1)).connected();
                 WireTap tap = (rig.isStream() ? WireTap.tcp(pair.inlet.port()) : WireTap.udp(pair.inlet.port())).started()) {
                for (int i = 0; i + pattern.length <= BYTES; i += pattern.length) {
                    MemorySegment.copy(MemorySegment.ofArray(pattern), 0, pair.source.segment(), i, pattern.length);
                }
                pair.inlet.openSession(SESSION, TOKEN_HIGH, TOKEN_LOW);
                try (Link link = rig.sender().openLink(new LinkContext(SESSION, LanePair.LANE, LaneRig.HOST, tap.port(),
                    LaneRig.RECEIVER, TOKEN_HIGH, TOKEN_LOW, pair.receiver.slabs()))) {
                    send(pair, link);
                    assertTrue(tap.heardBytes() > BYTES, "the tap saw it all: heardBytes=" + tap.heardBytes());
                    assertEquals(!rig.isEncrypting(), tap.heard(pattern), "KV on the wire");
                    assertEquals(!rig.isEncrypting(), tap.heard(token), "the lane's token on the wire");
                }
                pair.expect(0, 0, 0, BYTES);
                pair.checkMemory();
            }
        }
    }

    private static void send(LanePair pair, Link link) {
        Placement place = new Placement().reservation(SESSION, 1, TestReceiver.GENERATION, 31);
        int[] done = {0};
        pair.await(() -> {
            link.poll();
            int rest = Math.min(BYTES - done[0], link.writeLengthMax());
            if (rest > 0) {
                place.place(1, done[0], 0, done[0], rest);
                done[0] += (int) Math.max(0, link.write(pair.source.address() + done[0], place));
            }
            return done[0] == BYTES && link.completedPosition() == BYTES && pair.receiver.landedBytes() == BYTES;
        }, "bytes to land past the tap");
    }
}
