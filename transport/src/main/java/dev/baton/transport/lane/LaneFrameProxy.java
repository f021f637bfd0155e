package dev.baton.transport.lane;

import dev.baton.transport.LaneMark;
import dev.baton.transport.Placement;
import dev.baton.transport.wire.DataEncoder;
import dev.baton.transport.wire.LaneOpenEncoder;
import dev.baton.transport.wire.MarkEncoder;
import dev.baton.transport.wire.MessageHeaderEncoder;
import org.agrona.MutableDirectBuffer;

/** Writes the frames of a lane into a buffer. Not thread-safe: each link owns one. Allocates nothing. */
public final class LaneFrameProxy {
    /** A LaneOpen frame. */
    public static final int OPEN_BYTES = MessageHeaderEncoder.ENCODED_LENGTH + LaneOpenEncoder.BLOCK_LENGTH;
    /** A Data frame without its bytes, which follow it. */
    public static final int DATA_HEADER_BYTES = MessageHeaderEncoder.ENCODED_LENGTH + DataEncoder.BLOCK_LENGTH;
    /** A Mark frame. */
    public static final int MARK_BYTES = MessageHeaderEncoder.ENCODED_LENGTH + MarkEncoder.BLOCK_LENGTH;

    private final MessageHeaderEncoder header = new MessageHeaderEncoder();
    private final LaneOpenEncoder open = new LaneOpenEncoder();
    private final DataEncoder data = new DataEncoder();
    private final MarkEncoder mark = new MarkEncoder();

    /** Writes {@link #OPEN_BYTES} bytes. */
    public int putOpen(MutableDirectBuffer buffer, int offset, long sessionId, int lane, long tokenHigh,
        long tokenLow) {
        open.wrapAndApplyHeader(buffer, offset, header).session(sessionId).lane(lane).padding(0).reserved(0);
        open.token().high(tokenHigh).low(tokenLow);
        return OPEN_BYTES;
    }

    /**
     * Writes {@link #DATA_HEADER_BYTES} bytes: the place of {@code lengthBytes} bytes of a placement, {@code skipBytes}
     * behind its first.
     */
    public int putData(MutableDirectBuffer buffer, int offset, Placement place, int skipBytes, int lengthBytes) {
        data.wrapAndApplyHeader(buffer, offset, header)
            .reservation(place.reservation())
            .generation(Integer.toUnsignedLong(place.generation()))
            .cell(place.cell())
            .slab(place.slab())
            .length(lengthBytes)
            .slabOffset(place.slabOffset() + skipBytes)
            .cellOffset(place.cellOffset() + skipBytes)
            .token(place.token());
        return DATA_HEADER_BYTES;
    }

    /** Writes {@link #MARK_BYTES} bytes. */
    public int putMark(MutableDirectBuffer buffer, int offset, LaneMark what) {
        mark.wrapAndApplyHeader(buffer, offset, header)
            .reservation(what.reservation())
            .generation(Integer.toUnsignedLong(what.generation()))
            .part(what.part())
            .round((short) what.round());
        mark.flags().clear().last(what.isLast());
        mark.seq(Integer.toUnsignedLong(what.seq())).reserved(0);
        return MARK_BYTES;
    }
}
