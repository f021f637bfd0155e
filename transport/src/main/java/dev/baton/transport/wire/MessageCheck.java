package dev.baton.transport.wire;

import java.nio.ByteOrder;

import org.agrona.DirectBuffer;

import dev.baton.transport.WireMaxima;
import dev.baton.transport.secret.Sealer;

/**
 * Checks a message before anything of it is used, in the protocol's order: length, schema, template, version, trailer,
 * then groups, data and enums within bounds. Reads nothing outside the message, allocates nothing, never throws. Safe
 * to share.
 */
public final class MessageCheck {
    private static final int TIER_COUNT = 4;
    private static final int CIPHER_COUNT = 2;

    /** What was wrong, in the order of the checks. */
    public enum Fault { NONE, LENGTH, SCHEMA, TEMPLATE, VERSION, SEAL, MALFORMED }

    private static final MessageShape[] SHAPES = new MessageShape[WireMaxima.TEMPLATE_ID_MAX + 1];

    static {
        add(new MessageShape(HelloEncoder.TEMPLATE_ID, HelloEncoder.BLOCK_LENGTH)
            .enumByte(HelloEncoder.laneCipherEncodingOffset(), CIPHER_COUNT)
            .group(HelloEncoder.OffersEncoder.sbeBlockLength(), WireMaxima.OFFERS_MAX)
            .group(HelloEncoder.SlabsEncoder.sbeBlockLength(), WireMaxima.SLABS_MAX)
            .groupEnumByte(HelloEncoder.SlabsEncoder.tierEncodingOffset(), TIER_COUNT).text().data(WireMaxima.LAYOUT_LENGTH_MAX));
        add(new MessageShape(HelloAckEncoder.TEMPLATE_ID, HelloAckEncoder.BLOCK_LENGTH)
            .enumByte(HelloAckEncoder.laneCipherEncodingOffset(), CIPHER_COUNT)
            .group(HelloAckEncoder.OffersEncoder.sbeBlockLength(), WireMaxima.OFFERS_MAX)
            .group(HelloAckEncoder.SlabsEncoder.sbeBlockLength(), WireMaxima.SLABS_MAX)
            .groupEnumByte(HelloAckEncoder.SlabsEncoder.tierEncodingOffset(), TIER_COUNT).text().data(WireMaxima.LAYOUT_LENGTH_MAX));
        add(new MessageShape(HelloDoneEncoder.TEMPLATE_ID, HelloDoneEncoder.BLOCK_LENGTH));
        add(new MessageShape(HelloRefusedEncoder.TEMPLATE_ID, HelloRefusedEncoder.BLOCK_LENGTH).text());
        add(new MessageShape(GoodbyeEncoder.TEMPLATE_ID, GoodbyeEncoder.BLOCK_LENGTH));
        add(new MessageShape(KeepAliveEncoder.TEMPLATE_ID, KeepAliveEncoder.BLOCK_LENGTH));
        add(new MessageShape(ReserveEncoder.TEMPLATE_ID, ReserveEncoder.BLOCK_LENGTH)
            .enumByte(ReserveEncoder.orderEncodingOffset(), 4)
            .group(ReserveEncoder.PartsEncoder.sbeBlockLength(), WireMaxima.PARTS_MAX)
            .group(ReserveEncoder.BlockKeysEncoder.sbeBlockLength(), WireMaxima.GROUP_COUNT_MAX).text().data(WireMaxima.LAYOUT_LENGTH_MAX));
        add(new MessageShape(GrantEncoder.TEMPLATE_ID, GrantEncoder.BLOCK_LENGTH)
            .enumByte(GrantEncoder.tierEncodingOffset(), TIER_COUNT)
            .group(GrantEncoder.HeldEncoder.sbeBlockLength(), WireMaxima.GROUP_COUNT_MAX));
        add(new MessageShape(QueuedEncoder.TEMPLATE_ID, QueuedEncoder.BLOCK_LENGTH));
        add(new MessageShape(RejectEncoder.TEMPLATE_ID, RejectEncoder.BLOCK_LENGTH).text());
        add(new MessageShape(BindEncoder.TEMPLATE_ID, BindEncoder.BLOCK_LENGTH));
        add(new MessageShape(AddressesEncoder.TEMPLATE_ID, AddressesEncoder.BLOCK_LENGTH)
            .group(AddressesEncoder.RunsEncoder.sbeBlockLength(), WireMaxima.GROUP_COUNT_MAX));
        add(new MessageShape(ChunkEncoder.TEMPLATE_ID, ChunkEncoder.BLOCK_LENGTH)
            .group(ChunkEncoder.LinesEncoder.sbeBlockLength(), WireMaxima.GROUP_COUNT_MAX));
        add(new MessageShape(FinEncoder.TEMPLATE_ID, FinEncoder.BLOCK_LENGTH)
            .group(FinEncoder.LanesEncoder.sbeBlockLength(), WireMaxima.LANES_MAX).data(WireMaxima.AUX_LENGTH_MAX));
        add(new MessageShape(NackEncoder.TEMPLATE_ID,
            NackEncoder.BLOCK_LENGTH).group(NackEncoder.CellsEncoder.sbeBlockLength(), WireMaxima.GROUP_COUNT_MAX));
        add(new MessageShape(ReadyEncoder.TEMPLATE_ID, ReadyEncoder.BLOCK_LENGTH));
        add(new MessageShape(OutcomeEncoder.TEMPLATE_ID, OutcomeEncoder.BLOCK_LENGTH)
            .enumByte(OutcomeEncoder.kindEncodingOffset(), 3).text());
        add(new MessageShape(AbortEncoder.TEMPLATE_ID, AbortEncoder.BLOCK_LENGTH).text());
        add(new MessageShape(AbortAckEncoder.TEMPLATE_ID, AbortAckEncoder.BLOCK_LENGTH));
        add(new MessageShape(CancelEncoder.TEMPLATE_ID, CancelEncoder.BLOCK_LENGTH));
        add(new MessageShape(DrainedEncoder.TEMPLATE_ID, DrainedEncoder.BLOCK_LENGTH)
            .group(DrainedEncoder.LanesEncoder.sbeBlockLength(), WireMaxima.LANES_MAX));
        add(new MessageShape(RenewEncoder.TEMPLATE_ID, RenewEncoder.BLOCK_LENGTH));
        add(new MessageShape(RenewAckEncoder.TEMPLATE_ID, RenewAckEncoder.BLOCK_LENGTH));
        add(new MessageShape(QueryEncoder.TEMPLATE_ID, QueryEncoder.BLOCK_LENGTH));
        add(new MessageShape(StatusEncoder.TEMPLATE_ID, StatusEncoder.BLOCK_LENGTH)
            .enumByte(StatusEncoder.stateEncodingOffset(), 14));
        add(new MessageShape(StaleEncoder.TEMPLATE_ID, StaleEncoder.BLOCK_LENGTH));
        add(new MessageShape(DrainingEncoder.TEMPLATE_ID, DrainingEncoder.BLOCK_LENGTH));
        add(new MessageShape(WantEncoder.TEMPLATE_ID, WantEncoder.BLOCK_LENGTH)
            .group(WantEncoder.BlockKeysEncoder.sbeBlockLength(), WireMaxima.GROUP_COUNT_MAX));
        add(new MessageShape(WantAckEncoder.TEMPLATE_ID, WantAckEncoder.BLOCK_LENGTH));
        add(new MessageShape(NotHereEncoder.TEMPLATE_ID, NotHereEncoder.BLOCK_LENGTH));
        add(new MessageShape(LendEncoder.TEMPLATE_ID,
            LendEncoder.BLOCK_LENGTH).group(LendEncoder.RunsEncoder.sbeBlockLength(), WireMaxima.GROUP_COUNT_MAX));
        add(new MessageShape(ReturnEncoder.TEMPLATE_ID, ReturnEncoder.BLOCK_LENGTH));
        add(new MessageShape(GangBlocksEncoder.TEMPLATE_ID, GangBlocksEncoder.BLOCK_LENGTH)
            .group(GangBlocksEncoder.BlockKeysEncoder.sbeBlockLength(), WireMaxima.GROUP_COUNT_MAX));
        add(new MessageShape(GangHeldEncoder.TEMPLATE_ID, GangHeldEncoder.BLOCK_LENGTH)
            .group(GangHeldEncoder.RunsEncoder.sbeBlockLength(), WireMaxima.GROUP_COUNT_MAX).data(WireMaxima.LAYOUT_LENGTH_MAX));
        add(new MessageShape(GangOpenEncoder.TEMPLATE_ID, GangOpenEncoder.BLOCK_LENGTH)
            .group(GangOpenEncoder.PartsEncoder.sbeBlockLength(), WireMaxima.PARTS_MAX)
            .group(GangOpenEncoder.RunsEncoder.sbeBlockLength(), WireMaxima.GROUP_COUNT_MAX)
            .data(WireMaxima.LAYOUT_LENGTH_MAX));
        add(new MessageShape(GangOrdersEncoder.TEMPLATE_ID, GangOrdersEncoder.BLOCK_LENGTH)
            .group(GangOrdersEncoder.RecordsEncoder.sbeBlockLength(), WireMaxima.GANG_RECORDS_MAX));
        add(new MessageShape(GangEventsEncoder.TEMPLATE_ID, GangEventsEncoder.BLOCK_LENGTH)
            .group(GangEventsEncoder.RecordsEncoder.sbeBlockLength(), WireMaxima.GANG_RECORDS_MAX));
        add(new MessageShape(StatsRequestEncoder.TEMPLATE_ID, StatsRequestEncoder.BLOCK_LENGTH));
        add(new MessageShape(StatsReplyEncoder.TEMPLATE_ID, StatsReplyEncoder.BLOCK_LENGTH)
            .data(WireMaxima.PIECED_LENGTH_MAX));
        add(new MessageShape(PieceEncoder.TEMPLATE_ID, PieceEncoder.BLOCK_LENGTH)
            .data(WireMaxima.MESSAGE_LENGTH_MAX));
    }

    private MessageCheck() {}

    private static void add(MessageShape shape) {
        SHAPES[shape.templateId] = shape;
    }

    /**
     * The shape of a control message's template; null for one that this version does not know, lane frames among them.
     */
    static MessageShape shape(int templateId) {
        return templateId >= 0 && templateId <= WireMaxima.TEMPLATE_ID_MAX ? SHAPES[templateId] : null;
    }

    /** Checks an unsealed message that came whole: at most {@link Frames#LENGTH_MAX} bytes. */
    public static Fault validate(DirectBuffer buffer, int offset, int length) {
        return validate(buffer, offset, length, Frames.LENGTH_MAX);
    }

    /** As {@link #validate(DirectBuffer, int, int)}, for a message put together from pieces, which were sealed each. */
    public static Fault validate(DirectBuffer buffer, int offset, int length, int lengthMax) {
        Fault fault = validateHead(buffer, offset, length, lengthMax);
        if (fault != Fault.NONE) {
            return fault;
        }
        return Sealer.isBlank(buffer, offset, length) ? validateBody(buffer, offset, length) : Fault.SEAL;
    }

    /** What is checked before the trailer: length, schema, template, version. */
    public static Fault validateHead(DirectBuffer buffer, int offset, int length, int lengthMax) {
        if (offset < 0 || length < Frames.LENGTH_MIN || length > lengthMax || length > buffer.capacity() - offset) {
            return Fault.LENGTH;
        }
        if (unsignedShort(buffer, offset + 4) != MessageHeaderEncoder.SCHEMA_ID) {
            return Fault.SCHEMA;
        }
        if (shape(unsignedShort(buffer, offset + 2)) == null) {
            return Fault.TEMPLATE;
        }
        return unsignedShort(buffer, offset + 6) < 1 ? Fault.VERSION : Fault.NONE;
    }

    /** What is checked after the trailer, for a message whose head is good: groups, data, enums. */
    public static Fault validateBody(DirectBuffer buffer, int offset, int length) {
        return shape(unsignedShort(buffer, offset + 2)).fits(buffer, offset + Frames.HEADER_LENGTH,
            offset + length - Frames.TRAILER_LENGTH, unsignedShort(buffer, offset), unsignedShort(buffer, offset + 6))
            ? Fault.NONE : Fault.MALFORMED;
    }

    private static int unsignedShort(DirectBuffer buffer, int offset) {
        return buffer.getShort(offset, ByteOrder.LITTLE_ENDIAN) & 0xFFFF;
    }
}
