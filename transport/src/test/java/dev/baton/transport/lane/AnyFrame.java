package dev.baton.transport.lane;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.transport.LaneMark;
import dev.baton.transport.Placement;
import org.agrona.concurrent.UnsafeBuffer;

/** Reads bytes as an inlet does, and holds what it may rely on. */
final class AnyFrame {
    private AnyFrame() {}

    /** Whether a frame was read whole. */
    static boolean readOrRefuse(LaneFrameAdapter adapter, byte[] bytes) {
        UnsafeBuffer frame = new UnsafeBuffer(bytes);
        int kind = adapter.kind(frame, 0, bytes.length);
        if (kind == LaneFrameAdapter.REFUSED) {
            assertFalse(adapter.whyRefused().isEmpty());
            return false;
        }
        if (kind == LaneFrameAdapter.UNKNOWN || bytes.length < adapter.headerBytes(kind)) {
            return false;
        }
        if (kind == LaneFrameAdapter.OPEN) {
            adapter.readOpen(frame, 0);
            assertTrue(adapter.openLane() >= 0);
        } else if (kind == LaneFrameAdapter.MARK) {
            LaneMark mark = new LaneMark();
            adapter.readMark(frame, 0, 1, 2, mark);
            assertTrue(mark.part() >= 0 && mark.round() >= 0);
        } else {
            Placement place = new Placement();
            if (!adapter.readData(frame, 0, 1, place)) {
                assertFalse(adapter.whyRefused().isEmpty());
                return false;
            }
            assertTrue(place.lengthBytes() > 0 && place.cell() >= 0 && place.slab() >= 0);
            assertTrue(place.slabOffset() >= 0 && place.slabOffset() + place.lengthBytes() > 0);
            assertTrue(place.cellOffset() >= 0 && place.cellOffset() + place.lengthBytes() > 0);
        }
        return true;
    }
}
