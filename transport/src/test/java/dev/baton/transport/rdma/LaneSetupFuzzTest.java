package dev.baton.transport.rdma;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.baton.transport.lane.LaneFrameProxy;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** What a peer tells as a lane of RDMA connects, either way; a card may put zeros behind it. */
class LaneSetupFuzzTest {
    @MethodSource("seeds")
    @FuzzTest(maxDuration = "20s")
    void shouldRefuseOrReadAnyBytes(byte[] bytes) {
        if (bytes == null) {
            return;
        }
        ByteBuffer told = ByteBuffer.wrap(bytes).asReadOnlyBuffer();
        LaneSetup.Place inbox = LaneSetup.inboxOrNull(told);
        if (inbox != null) {
            assertTrue(inbox.count() >= 0 && inbox.count() <= LaneSetup.SLABS_MAX, inbox::toString);
            byte[] open = new byte[LaneFrameProxy.OPEN_BYTES];
            LaneSetup.copyOf(told).getBytes(0, open);
            assertEquals(ByteBuffer.wrap(bytes, 0, LaneSetup.REQUEST_BYTES), ByteBuffer.wrap(LaneSetup.request(open, inbox, LaneSetup.isAgain(told))));
        }
        LaneSetup.Place ring = LaneSetup.ringOrNull(told);
        if (ring != null) {
            assertTrue(ring.count() >= 0 && ring.count() <= LaneSetup.SLOTS_MAX, ring::toString);
            assertEquals(LaneSetup.marksRead(told), LaneSetup.marksRead(ByteBuffer.wrap(LaneSetup.answer(ring, LaneSetup.marksRead(told)))));
        }
        assertEquals(bytes.length, told.remaining(), "as it came");
    }

    static Stream<byte[]> seeds() {
        byte[] open = new byte[LaneFrameProxy.OPEN_BYTES];
        byte[] request = LaneSetup.request(open, new LaneSetup.Place(1, 2, LaneSetup.SLABS_MAX), true);
        byte[] answer = LaneSetup.answer(new LaneSetup.Place(1, 2, LaneSetup.SLOTS_MAX), 3);
        return Stream.of(request, answer, Arrays.copyOf(request, LaneSetup.REQUEST_BYTES - 1), Arrays.copyOf(answer, LaneSetup.ANSWER_BYTES - 1),
            Arrays.copyOf(answer, 196), LaneSetup.answer(new LaneSetup.Place(1, 2, -1), 3), LaneSetup.request(open, new LaneSetup.Place(1, 2, 65_537), false));
    }
}
