package dev.baton.sender.core;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

import dev.baton.kv.CellMap;
import dev.baton.platform.Require;
import dev.baton.transport.WireMaxima;
import dev.baton.transport.session.HandoffId;
import dev.baton.transport.session.ReservationId;

/**
 * What a rank needs to bind its part of a handoff that another rank of the same engine reserved. The engine hands it on, by
 * whatever way its ranks have: it admits to the reservation's memory, so it is a secret of that engine. Immutable.
 * <pre>
 *   bytes, little-endian   0 magic u32 | 4 part | 8 tenant, requestHigh, requestLow i64 | 32 attempt | 36 tokens
 *                         40 growthTokens | 44 haveTokens | 48 incarnation, counter of the reservation i64
 *                         64 token i64 x 2 | 80 leaseMs i64 | 88 deadlineMs i64
 * </pre>
 *
 * @param part         which one is the rank's
 * @param tokens       of the prompt; growth and have as they were granted
 * @param leaseMs      of the grant
 * @param deadlineMs   what was left when it was granted
 */
public record PartGrant(HandoffId handoff, int part, ReservationId reservation, long tokenHigh, long tokenLow, int tokens,
    int growthTokens, int haveTokens, long leaseMs, long deadlineMs) {
    private static final int MAGIC = 0x31475042;
    private static final int LENGTH = 96;
    /** Of a lease and of a deadline: what the wire has room for. */
    private static final long MS_MAX = 0xFFFF_FFFFL;

    public byte[] encode() {
        return ByteBuffer.allocate(LENGTH).order(ByteOrder.LITTLE_ENDIAN).putInt(MAGIC).putInt(part)
            .putLong(handoff.tenant()).putLong(handoff.requestHigh()).putLong(handoff.requestLow())
            .putInt(handoff.attempt()).putInt(tokens).putInt(growthTokens).putInt(haveTokens)
            .putLong(reservation.incarnation()).putLong(reservation.counter()).putLong(tokenHigh).putLong(tokenLow)
            .putLong(leaseMs).putLong(deadlineMs).array();
    }

    /**
     * Reads what {@link #encode} wrote: of bytes that went through an engine nothing else is let through.
     *
     * @throws IllegalArgumentException if these bytes are none, or tell what no receiver grants
     */
    public static PartGrant decode(byte[] bytes) {
        ByteBuffer from = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        if (bytes.length != LENGTH || from.getInt() != MAGIC) {
            throw new IllegalArgumentException("not a part's grant as a sender told it: length=" + bytes.length +
                " expected=" + LENGTH);
        }
        int part = Require.between("part", from.getInt(), 0, WireMaxima.PARTS_MAX - 1);
        long tenant = from.getLong();
        long requestHigh = from.getLong();
        long requestLow = from.getLong();
        HandoffId handoff = new HandoffId(tenant, requestHigh, requestLow, from.getInt());
        int tokens = Require.between("tokens", from.getInt(), 1, CellMap.TOKENS_MAX);
        int growthTokens = Require.between("growthTokens", from.getInt(), 0, CellMap.TOKENS_MAX - tokens);
        int haveTokens = Require.between("haveTokens", from.getInt(), 0, tokens);
        long incarnation = from.getLong();
        ReservationId reservation = new ReservationId(incarnation, from.getLong());
        long tokenHigh = from.getLong();
        long tokenLow = from.getLong();
        long leaseMs = Require.between("leaseMs", from.getLong(), 0, MS_MAX);
        return new PartGrant(handoff, part, reservation, tokenHigh, tokenLow, tokens, growthTokens, haveTokens, leaseMs,
            Require.between("deadlineMs", from.getLong(), 1, MS_MAX));
    }

    /** Names no token. */
    @Override
    public String toString() {
        return "PartGrant[handoff=" + handoff + " part=" + part + " reservation=" + reservation + "]";
    }
}
