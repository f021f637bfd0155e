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
    private final LaneSealer sealer;
    private final int sealBytes;

    /** For a lane in the clear. */
    public LaneFrameProxy() {
        this(null);
    }

    /** {@code sealerOrNull}: puts a Seal in front of each frame, which then must lie outside the heap. */
    public LaneFrameProxy(LaneSealer sealerOrNull) {
        sealer = sealerOrNull;
        sealBytes = sealer == null ? 0 : LaneSealer.SEAL_BYTES;
    }

    public boolean isSealing() {
        return sealer != null;
    }

    /** Bytes of a LaneOpen frame, with what seals it. */
    public int openBytes() {
        return sealBytes + OPEN_BYTES;
    }

    /** Bytes of a Data frame without its bytes, with what seals it. */
    public int dataHeaderBytes() {
        return sealBytes + DATA_HEADER_BYTES;
    }

    /** Bytes of a Mark frame, with what seals it. */
    public int markBytes() {
        return sealBytes + MARK_BYTES;
    }

    /** Writes {@link #openBytes()} bytes. The token goes out only where nothing is sealed. */
    public int putOpen(MutableDirectBuffer buffer, int offset, long sessionId, int lane, long tokenHigh,
        long tokenLow) {
        open.wrapAndApplyHeader(buffer, offset + sealBytes, header).session(sessionId).lane(lane).padding(0)
            .reserved(0);
        if (sealer == null) {
            open.token().high(tokenHigh).low(tokenLow);
        } else {
            open.token().high(sealer.saltHigh()).low(sealer.saltLow());
            sealer.seal(buffer, offset, OPEN_BYTES, 0, 0, 0);
        }
        return openBytes();
    }

    /**
     * Writes {@link #dataHeaderBytes()} bytes: the place of {@code lengthBytes} bytes of a placement, {@code skipBytes}
     * behind its first. Where frames are sealed, {@link #sealData} follows.
     */
    public int putData(MutableDirectBuffer buffer, int offset, Placement place, int skipBytes, int lengthBytes) {
        data.wrapAndApplyHeader(buffer, offset + sealBytes, header)
            .reservation(place.reservation())
            .generation(Integer.toUnsignedLong(place.generation()))
            .cell(place.cell())
            .slab(place.slab())
            .length(lengthBytes)
            .slabOffset(place.slabOffset() + skipBytes)
            .cellOffset(place.cellOffset() + skipBytes)
            .token(place.token());
        return dataHeaderBytes();
    }

    /** Encrypts the bytes of the Data frame that was put there, and seals it. */
    public void sealData(MutableDirectBuffer buffer, int offset, long source, long target, int lengthBytes) {
        sealer.seal(buffer, offset, DATA_HEADER_BYTES, source, target, lengthBytes);
    }

    /** Writes {@link #markBytes()} bytes. */
    public int putMark(MutableDirectBuffer buffer, int offset, LaneMark what) {
        mark.wrapAndApplyHeader(buffer, offset + sealBytes, header)
            .reservation(what.reservation())
            .generation(Integer.toUnsignedLong(what.generation()))
            .part(what.part())
            .round((short) what.round());
        mark.flags().clear().last(what.isLast());
        mark.seq(Integer.toUnsignedLong(what.seq())).reserved(0);
        if (sealer != null) {
            sealer.seal(buffer, offset, MARK_BYTES, 0, 0, 0);
        }
        return markBytes();
    }
}
