package dev.baton.transport.lane;

import dev.baton.transport.LaneMark;
import dev.baton.transport.Placement;
import dev.baton.transport.WireMaxima;
import dev.baton.transport.wire.DataDecoder;
import dev.baton.transport.wire.LaneOpenDecoder;
import dev.baton.transport.wire.MarkDecoder;
import dev.baton.transport.wire.MessageHeaderDecoder;
import dev.baton.transport.wire.SealDecoder;
import org.agrona.DirectBuffer;

/**
 * Checks a lane's frames and reads them: length, schema, version, template, then every field's bounds, in that order
 * and before anything is used. Not thread-safe: each inlet owns one. Allocates nothing: reasons are constants.
 */
public final class LaneFrameAdapter {
    /** Too few bytes to say; more may come. */
    public static final int UNKNOWN = 0;
    /** Refused; {@link #whyRefused()} says why. */
    public static final int REFUSED = -1;
    public static final int OPEN = LaneOpenDecoder.TEMPLATE_ID;
    public static final int DATA = DataDecoder.TEMPLATE_ID;
    public static final int MARK = MarkDecoder.TEMPLATE_ID;

    private final MessageHeaderDecoder header = new MessageHeaderDecoder();
    private final LaneOpenDecoder open = new LaneOpenDecoder();
    private final DataDecoder data = new DataDecoder();
    private final MarkDecoder mark = new MarkDecoder();
    private final long frameLengthMax;
    private final int sealBytes;
    private String whyRefused = "";

    /**
     * Checks against this bound.
     * @param frameLengthMax most bytes that one Data frame may announce
     */
    public LaneFrameAdapter(int frameLengthMax) {
        this(frameLengthMax, false);
    }

    /**
     * As above; {@code isSealed}: each frame has a Seal in front of it, and offsets are those of the Seal. What is read
     * is to be believed once the frame was found to be as it was sealed.
     */
    public LaneFrameAdapter(int frameLengthMax, boolean isSealed) {
        this.frameLengthMax = frameLengthMax;
        sealBytes = isSealed ? LaneSealer.SEAL_BYTES : 0;
    }

    /**
     * What kind of frame begins here: {@link #OPEN}, {@link #DATA}, {@link #MARK}, {@link #UNKNOWN} or
     * {@link #REFUSED}.
     */
    public int kind(DirectBuffer buffer, int offset, int availableBytes) {
        if (sealBytes > 0) {
            int seal = template(buffer, offset, availableBytes);
            if (seal != SealDecoder.TEMPLATE_ID) {
                return seal > 0 ? refused("template") : seal;
            }
        }
        int template = template(buffer, offset + sealBytes, availableBytes - sealBytes);
        return template == SealDecoder.TEMPLATE_ID ? refused("template") : template;
    }

    private int template(DirectBuffer buffer, int offset, int availableBytes) {
        if (availableBytes < MessageHeaderDecoder.ENCODED_LENGTH) {
            return UNKNOWN;
        }
        header.wrap(buffer, offset);
        if (header.schemaId() != MessageHeaderDecoder.SCHEMA_ID) {
            return refused("schema");
        }
        // HELLO settled on one version for the session, so a lane speaks exactly that one.
        if (header.version() != MessageHeaderDecoder.SCHEMA_VERSION) {
            return refused("version");
        }
        int template = header.templateId();
        if (template != DATA && template != MARK && template != OPEN && template != SealDecoder.TEMPLATE_ID) {
            return refused("template");
        }
        return header.blockLength() == plainBytes(template) - MessageHeaderDecoder.ENCODED_LENGTH ? template
            : refused("block-length");
    }

    /** Bytes of a frame of this kind, with what seals it, without the bytes that follow a Data frame. */
    public int headerBytes(int kind) {
        return sealBytes + plainBytes(kind);
    }

    private static int plainBytes(int kind) {
        return kind == DATA ? LaneFrameProxy.DATA_HEADER_BYTES
            : kind == MARK ? LaneFrameProxy.MARK_BYTES
            : kind == OPEN ? LaneFrameProxy.OPEN_BYTES : LaneSealer.SEAL_BYTES;
    }

    /** Reads a whole LaneOpen frame; {@link #openSession()} and its neighbours then hold it. */
    public void readOpen(DirectBuffer buffer, int offset) {
        open.wrap(buffer, offset + sealBytes + MessageHeaderDecoder.ENCODED_LENGTH, LaneOpenDecoder.BLOCK_LENGTH,
            LaneOpenDecoder.SCHEMA_VERSION);
    }

    public long openSession() {
        return open.session();
    }

    public int openLane() {
        return open.lane();
    }

    public long openTokenHigh() {
        return open.token().high();
    }

    public long openTokenLow() {
        return open.token().low();
    }

    /** Reads a Data frame's place; false if it is refused, and {@code into} is then as it was. */
    public boolean readData(DirectBuffer buffer, int offset, long sessionId, Placement into) {
        data.wrap(buffer, offset + sealBytes + MessageHeaderDecoder.ENCODED_LENGTH, DataDecoder.BLOCK_LENGTH,
            DataDecoder.SCHEMA_VERSION);
        long length = data.length();
        long slabOffset = data.slabOffset();
        long cellOffset = data.cellOffset();
        if (length < 1 || length > frameLengthMax) {
            return refused("length") > 0;
        }
        if (slabOffset < 0 || slabOffset > WireMaxima.SLAB_BYTES_MAX - length || cellOffset < 0
            || cellOffset > WireMaxima.CELL_BYTES_MAX - length) {
            return refused("offset") > 0;
        }
        if (data.cell() > WireMaxima.CELL_ID_MAX || data.slab() > WireMaxima.SLAB_ID_MAX) {
            return refused("cell-or-slab") > 0;
        }
        into.reservation(sessionId, data.reservation(), (int) data.generation(), data.token())
            .place((int) data.cell(), cellOffset, (int) data.slab(), slabOffset, (int) length);
        return true;
    }

    /** Reads a whole Mark frame; false if it is refused, and {@code into} is then as it was. */
    public boolean readMark(DirectBuffer buffer, int offset, long sessionId, int lane, LaneMark into) {
        mark.wrap(buffer, offset + sealBytes + MessageHeaderDecoder.ENCODED_LENGTH, MarkDecoder.BLOCK_LENGTH,
            MarkDecoder.SCHEMA_VERSION);
        if (mark.part() >= WireMaxima.PARTS_MAX || mark.round() > WireMaxima.ROUNDS_MAX) {
            return refused("part-or-round") > 0;
        }
        into.on(sessionId, lane).set(mark.reservation(), (int) mark.generation(), mark.part(), mark.round(),
            (int) mark.seq(), mark.flags().last());
        return true;
    }

    /** Why the last frame was refused, one word from a closed set, fit for a counter's tag. */
    public String whyRefused() {
        return whyRefused;
    }

    private int refused(String why) {
        whyRefused = why;
        return REFUSED;
    }
}
