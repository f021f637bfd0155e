package dev.baton.transport.wire;

import org.agrona.DirectBuffer;

import dev.baton.transport.WireMaxima;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.HandoffId;
import dev.baton.transport.session.ReservationId;
import dev.baton.transport.session.Session;

/**
 * What a sender says to a receiver. A message with groups is begun, added to and ended; nothing else may be sent
 * through the same proxy in between. Ids and tokens are copied. Not thread-safe; allocates nothing once warm, but for
 * strings.
 */
public final class ReceiverProxy extends MessageProxy {
    /** In {@code Cancel.to}: meant for the peer's receiving end. */
    public static final int TO_RECEIVING_END = 1;

    /** Most lines of one CHUNK that travels whole. */
    public static final int CHUNK_LINES_MAX = (Frames.LENGTH_MAX - Frames.TRAILER_LENGTH - Frames.HEADER_LENGTH
        - ChunkEncoder.BLOCK_LENGTH - ChunkEncoder.LinesEncoder.HEADER_SIZE)
        / ChunkEncoder.LinesEncoder.sbeBlockLength();
    private static final int LANES_MAX = WireMaxima.LANES_MAX;

    private final ReserveEncoder reserve = new ReserveEncoder();
    private final BindEncoder bind = new BindEncoder();
    private final ChunkEncoder chunk = new ChunkEncoder();
    private final FinEncoder fin = new FinEncoder();
    private final DrainedEncoder drained = new DrainedEncoder();
    private final DrainingEncoder draining = new DrainingEncoder();
    private final AbortEncoder abort = new AbortEncoder();
    private final AbortAckEncoder abortAck = new AbortAckEncoder();
    private final CancelEncoder cancel = new CancelEncoder();
    private final RenewEncoder renew = new RenewEncoder();
    private final QueryEncoder query = new QueryEncoder();
    private final WantAckEncoder wantAck = new WantAckEncoder();
    private final NotHereEncoder notHere = new NotHereEncoder();
    private ChunkEncoder.LinesEncoder chunkLines;
    private int chunkLineCount;
    private FinEncoder.LanesEncoder finLanes;
    private DrainedEncoder.LanesEncoder drainedLanes;

    /**
     * Begins a RESERVE. The caller fills the other fields, then in this order {@code partsCount},
     * {@code blockKeysCount}, {@code tenantName}, {@code putLayout} (all four, also when empty), then calls
     * {@link #reserveEnd()}.
     */
    public ReserveEncoder reserveBegin(Session session, long correlation, HandoffId handoff) {
        begin(reserve, session, correlation);
        WireIds.put(reserve.handoff(), handoff);
        return reserve;
    }

    public void reserveEnd() {
        end(reserve);
    }

    public void bind(Session session, long correlation, ReservationId reservation, int part, long tokenHigh,
        long tokenLow, String scheme) {
        begin(bind, session, correlation);
        WireIds.put(bind.reservation(), reservation);
        bind.part(part).token().high(tokenHigh).low(tokenLow);
        bind.scheme(scheme);
        end(bind);
    }

    public void chunkBegin(Session session, ReservationId reservation, int part, int round, int prefilledTokens) {
        begin(chunk, session, 0);
        WireIds.put(chunk.reservation(), reservation);
        chunk.part(part).round((short) round).prefilledTokens(prefilledTokens);
        chunkLines = chunk.linesCount(CHUNK_LINES_MAX);   // set right at the end, when the count is known
        chunkLineCount = 0;
    }

    /**
     * One line of the manifest; {@code seq} is the lane's mark behind this cell, 0 where lanes have no marks per chunk.
     */
    public void chunkLine(int cell, int lengthBytes, int crc, int lane, int seq) {
        chunkLines.next().cell(Integer.toUnsignedLong(cell)).lengthBytes(lengthBytes).crc(crc).lane(lane)
            .seq(Integer.toUnsignedLong(seq));
        chunkLineCount++;
    }

    public int chunkLineCount() {
        return chunkLineCount;
    }

    public boolean chunkIsFull() {
        return chunkLineCount == CHUNK_LINES_MAX;
    }

    public void chunkEnd() {
        chunkLines.resetCountToIndex();
        end(chunk);
    }

    public void finBegin(Session session, ReservationId reservation, int part, int round, int computedTokens,
        int cellCount, long byteCount, long digest) {
        begin(fin, session, 0);
        WireIds.put(fin.reservation(), reservation);
        fin.part(part).round((short) round).computedTokens(computedTokens).cellCount(Integer.toUnsignedLong(cellCount))
            .byteCount(byteCount).digest(digest);
        finLanes = fin.lanesCount(LANES_MAX);
    }

    /** One lane that the part used in this round, and the sequence number of its last mark. */
    public void finLane(int lane, int lastSeq) {
        finLanes.next().lane(lane).lastSeq(Integer.toUnsignedLong(lastSeq));
    }

    /** Ends FIN with its aux bytes, at most 1 MiB; null for none. */
    public void finEnd(DirectBuffer aux, int auxOffset, int auxLength) {
        finLanes.resetCountToIndex();
        fin.putAux(orNothing(aux), auxOffset, auxLength);
        end(fin);
    }

    /** This node takes nothing new and ends what it has within that time. */
    public void draining(Session session, int deadlineMs) {
        begin(draining, session, 0);
        draining.deadlineMs(deadlineMs);
        end(draining);
    }

    public void drainedBegin(Session session, ReservationId reservation, int part, int failedCompletions) {
        begin(drained, session, 0);
        WireIds.put(drained.reservation(), reservation);
        drained.part(part).failedCompletions(Integer.toUnsignedLong(failedCompletions));
        drainedLanes = drained.lanesCount(LANES_MAX);
    }

    public void drainedLane(int lane, int lastSeq) {
        drainedLanes.next().lane(lane).lastSeq(Integer.toUnsignedLong(lastSeq));
    }

    public void drainedEnd() {
        drainedLanes.resetCountToIndex();
        end(drained);
    }

    /** The sender cannot go on. Without a reservation yet, pass {@link ReservationId#NONE}: the handoff names it. */
    public void abort(Session session, long correlation, HandoffId handoff, ReservationId reservation, int part,
        EndReason reason, String detail) {
        begin(abort, session, correlation);
        WireIds.put(abort.handoff(), handoff);
        // The reservation's incarnation says which end is meant: always the receiving process's.
        abort.reservation().incarnation(session.peer().incarnation()).counter(reservation.counter());
        byte[] text = utf8(detail);
        abort.part(part).reason((short) reason.code()).putDetail(text, 0, text.length);
        end(abort);
    }

    public void abortAck(Session session, long correlation, HandoffId handoff, ReservationId reservation, int part) {
        begin(abortAck, session, correlation);
        WireIds.put(abortAck.handoff(), handoff);
        abortAck.reservation().incarnation(session.peer().incarnation()).counter(reservation.counter());
        abortAck.part(part);
        end(abortAck);
    }

    public void cancel(Session session, long correlation, HandoffId handoff, EndReason reason) {
        begin(cancel, session, correlation);
        WireIds.put(cancel.handoff(), handoff);
        cancel.reason((short) reason.code()).to((short) TO_RECEIVING_END);
        end(cancel);
    }

    public void renew(Session session, long correlation, ReservationId reservation, int part, int prefilledTokens,
        long writtenBytes) {
        begin(renew, session, correlation);
        WireIds.put(renew.reservation(), reservation);
        renew.part(part).prefilledTokens(prefilledTokens).writtenBytes(writtenBytes);
        end(renew);
    }

    public void query(Session session, long correlation, HandoffId handoff) {
        begin(query, session, correlation);
        WireIds.put(query.handoff(), handoff);
        end(query);
    }

    public void wantAck(Session session, long correlation, HandoffId handoff, int tokens) {
        begin(wantAck, session, correlation);
        WireIds.put(wantAck.handoff(), handoff);
        wantAck.tokens(tokens);
        end(wantAck);
    }

    public void notHere(Session session, long correlation, HandoffId handoff, EndReason reason) {
        begin(notHere, session, correlation);
        WireIds.put(notHere.handoff(), handoff);
        notHere.reason((short) reason.code());
        end(notHere);
    }
}
