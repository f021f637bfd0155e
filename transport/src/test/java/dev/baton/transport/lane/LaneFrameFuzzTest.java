package dev.baton.transport.lane;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.baton.transport.LaneMark;
import dev.baton.transport.Placement;
import java.util.Arrays;
import java.util.stream.Stream;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.params.provider.MethodSource;

/** The frames of a lane, before any byte of KV is placed. */
class LaneFrameFuzzTest {
    private final LaneFrameAdapter adapter = new LaneFrameAdapter(1 << 20);

    @MethodSource("seeds")
    @FuzzTest(maxDuration = "20s")
    void shouldRefuseOrReadAnyBytes(byte[] bytes) {
        if (bytes != null) {
            AnyFrame.readOrRefuse(adapter, bytes);
        }
    }

    static Stream<byte[]> seeds() {
        LaneFrameProxy proxy = new LaneFrameProxy();
        byte[] open = new byte[LaneFrameProxy.OPEN_BYTES];
        proxy.putOpen(new UnsafeBuffer(open), 0, 1, 2, 3, 4);
        byte[] data = new byte[LaneFrameProxy.DATA_HEADER_BYTES];
        proxy.putData(new UnsafeBuffer(data), 0, new Placement().reservation(1, 2, 3, 4).place(5, 6, 7, 8, 9), 0, 9);
        byte[] mark = new byte[LaneFrameProxy.MARK_BYTES];
        proxy.putMark(new UnsafeBuffer(mark), 0, new LaneMark().set(1, 2, 3, 4, 5, true));
        return Stream.of(open, data, mark, Arrays.copyOf(data, 7));
    }
}
