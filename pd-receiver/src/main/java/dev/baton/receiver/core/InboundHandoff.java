package dev.baton.receiver.core;

import dev.baton.buffer.reserve.Reservation;
import dev.baton.buffer.slab.RunMap;
import dev.baton.kv.CellMap;
import dev.baton.platform.Canary;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.HandoffId;
import dev.baton.transport.session.ReservationId;
import dev.baton.transport.session.Session;
import dev.baton.transport.wire.OutcomeKind;

/**
 * One handoff on its way in, from RESERVE to its end: what the protocol needs beside the {@link Reservation} that holds
 * its memory and its state. Control agent's thread; the engine reads what {@link ReadyHandoff} shows of it.
 */
final class InboundHandoff implements Fenced {
    static final long NO_TIMER = Long.MAX_VALUE;
    private final HandoffId handoffId;
    private final ReservationId reservationId;
    private final Reservation reservation;
    private CellMap map;
    private NamedBlocks blocks;
    private InboundPart[] parts;
    private SourceParts sources;
    private final ToldLines lines = new ToldLines();
    private boolean isSourceFirst;
    private long prefillEstimateNs;
    private Session scheduler;
    private long reserveCorrelation;
    private Session session;
    private RunMap runs;
    private long tokenHigh;
    private long tokenLow;
    private int startWithinMs;
    private int verifiedCells;
    private int badCells;
    private int revokesAwaited;
    private boolean isLost;
    private long lostUntilNs;
    private long leaseEndsNs;
    private long endsAtMostNs;
    private long progress;
    private long progressAtLease;
    private long prefilledTokens;
    private OutcomeKind outcome;
    private long timerId = NO_TIMER;
    private long timerNs;
    private int computedTokens;
    private EndReason endReason = EndReason.NONE;
    private String endDetail = "";
    private boolean isEngineTold;
    private final ReadyClaim claim = new ReadyClaim();
    private final long reservedNs;
    private long grantedNs;
    private long finNs;
    private long readyNs;

    InboundHandoff(HandoffId handoffId, Reservation reservation, ReserveIntake asked, Session session,
        long reserveCorrelation, long nowNs) {
        this.handoffId = handoffId;
        this.reservation = reservation;
        this.reservationId = new ReservationId(reservation.incarnation(), reservation.id());
        take(asked);
        this.session = session;
        this.reserveCorrelation = reserveCorrelation;
        this.reservedNs = nowNs;
    }

    HandoffId handoffId() {
        return handoffId;
    }

    ReservationId reservationId() {
        return reservationId;
    }

    Reservation reservation() {
        return reservation;
    }

    CellMap map() {
        return map;
    }

    private void take(ReserveIntake asked) {
        map = asked.map();
        blocks = new NamedBlocks(asked.keys());
        parts = asked.parts();
        sources = asked.sources();
        isSourceFirst = asked.isSourceFirst();
        prefillEstimateNs = asked.prefillEstimateNs();
    }

    /** What of it lies here already, by name. */
    NamedBlocks blocks() {
        return blocks;
    }

    /** Granted with blocks pinned that lie here: only the rest is sent. */
    void mapRest(CellMap rest) {
        map = rest;
        sources = sources.of(rest);
    }

    /** A scheduler reserved it, and no sender has claimed it yet: no data agent knows of it. */
    boolean isUnbound() {
        return parts.length == 0;
    }

    /** A sender has come for what a scheduler reserved; the scheduler still hears how it ends. */
    void claimed(Session by, long correlation, ReserveIntake asked) {
        scheduler = session;
        take(asked);
        rebind(by, correlation);
    }

    /** The scheduler that reserved it, where it is not of this process; null if there is none. */
    Session schedulerOrNull() {
        return scheduler;
    }

    /** The session that reserved it, and that its answers go to; null for one of this process's own scheduler. */
    Session session() {
        return session;
    }

    boolean hasOpenSession() {
        return session != null && session.isOpen();
    }

    /** Who it is for, in words. */
    String peerName() {
        return session == null ? "own scheduler" : session.peer().nodeId();
    }

    /** It was reserved again on a newer session: answers go there, under that RESERVE's correlation. */
    void rebind(Session to, long correlation) {
        session = to;
        reserveCorrelation = correlation;
        isLost = false;
    }

    /** Only what is still told goes there; nothing is granted to it. */
    void tellOn(Session to) {
        session = to;
    }

    /** Its session was lost before a GRANT was told; it waits for the next one. */
    void lost(long untilNs) {
        isLost = true;
        lostUntilNs = untilNs;
    }

    boolean isLost() {
        return isLost;
    }

    long lostUntilNs() {
        return lostUntilNs;
    }

    /** Whether this session's node may speak for the handoff: the one that reserved it, or a process of its parts. */
    boolean isOf(Session asker) {
        String asking = asker.peer().nodeId();
        if ((session != null && session.peer().nodeId().equals(asking))
            || (scheduler != null && scheduler.peer().nodeId().equals(asking))) {
            return true;
        }
        for (InboundPart part : parts) {
            if (part.incarnation() == asker.peer().incarnation()) {
                return true;
            }
        }
        return false;
    }

    long prefillEstimateNs() {
        return prefillEstimateNs;
    }

    /** The lease and its bound; {@link HandoffBounds} keeps them. */
    void lease(long endsNs) {
        leaseEndsNs = endsNs;
        progressAtLease = progress;
    }

    long leaseEndsNs() {
        return leaseEndsNs;
    }

    void progressed(long amount) {
        progress += amount;
    }

    /** Tokens that the engine says it has prefilled, as any part tells them: it counts if they rose. */
    void prefilled(long tokens) {
        if (tokens > prefilledTokens) {
            progress += tokens - prefilledTokens;
            prefilledTokens = tokens;
        }
    }

    /** Bytes landed, or tokens were prefilled, since the lease began. */
    boolean hasProgressed() {
        return progress != progressAtLease;
    }

    void endsAtMostNs(long value) {
        endsAtMostNs = value;
    }

    long endsAtMostNs() {
        return endsAtMostNs;
    }

    boolean isSourceFirst() {
        return isSourceFirst;
    }

    long reserveCorrelation() {
        return reserveCorrelation;
    }

    @Override
    public int partCount() {
        return parts.length;
    }

    @Override
    public InboundPart part(int index) {
        return parts[index];
    }

    /** Who brings which cell. */
    SourceParts sources() {
        return sources;
    }

    ToldLines lines() {
        return lines;
    }

    /** Whether no earlier part is told on the same session: what is not about a part is said once there. */
    boolean isFirstToldOn(int part) {
        for (int i = 0; i < part; i++) {
            Session earlier = parts[i].toldOn();
            if (earlier != null && earlier.id() == parts[part].toldOn().id()) {
                return false;
            }
        }
        return true;
    }

    RunMap runs() {
        return runs;
    }

    void granted(RunMap extents, long high, long low, int startMs, long nowNs) {
        runs = extents;
        tokenHigh = high;
        tokenLow = low;
        startWithinMs = startMs;
        grantedNs = nowNs;
    }

    long tokenHigh() {
        return tokenHigh;
    }

    long tokenLow() {
        return tokenLow;
    }

    int startWithinMs() {
        return startWithinMs;
    }

    void fin(int tokens, long nowNs) {
        computedTokens = tokens;
        finNs = nowNs;
    }

    int computedTokens() {
        return computedTokens;
    }

    boolean isEveryPartComplete() {
        for (InboundPart part : parts) {
            if (!part.isComplete()) {
                return false;
            }
        }
        return true;
    }

    void verifiedOne(int lengthBytes) {
        verifiedCells++;
        progress += lengthBytes;
    }

    boolean hasVerified() {
        return verifiedCells > 0;
    }

    void badOne() {
        badCells++;
    }

    boolean hasBadCells() {
        return badCells > 0;
    }

    boolean isVerified() {
        return verifiedCells == map.cellCount()
            || (Canary.READY_BEFORE_LAST_CELL.isActive() && verifiedCells >= map.cellCount() - 1);
    }

    /** Every cell was judged: what is not right is in its part's list. */
    boolean isJudged() {
        return verifiedCells + badCells == map.cellCount();
    }

    void nacked() {
        badCells = 0;
    }

    void revokesAwaited(int count) {
        revokesAwaited = count;
    }

    /** True when this was the last data agent to acknowledge. */
    boolean revokedOne() {
        return --revokesAwaited == 0;
    }

    @Override
    public boolean isRevokedEverywhere() {
        return revokesAwaited <= 0 || Canary.AGENTS_NOT_AWAITED.isActive();
    }

    void outcome(OutcomeKind kind) {
        outcome = kind;
    }

    /** Null until it was told. */
    OutcomeKind outcomeOrNull() {
        return outcome;
    }

    void ended(EndReason reason, String detail) {
        endReason = reason;
        endDetail = detail;
    }

    /** Once it is ready. */
    ReadyClaim claim() {
        return claim;
    }

    /** True the first time: the engine is told once that it ended, or that what it has taken is not wanted, whatever comes after. */
    boolean tellEngineOnce() {
        boolean isFirst = !isEngineTold;
        isEngineTold = true;
        return isFirst;
    }

    EndReason endReason() {
        return endReason;
    }

    String endDetail() {
        return endDetail;
    }

    long timerId() {
        return timerId;
    }

    long timerNs() {
        return timerNs;
    }

    void timer(long id, long deadlineNs) {
        timerId = id;
        timerNs = deadlineNs;
    }

    /** When it was reserved, granted, finished by its senders, and ready. */
    long[] stampsNs() {
        return new long[] {reservedNs, grantedNs, finNs, readyNs};
    }

    void ready(long nowNs) {
        lines.drop();
        readyNs = nowNs;
    }
}
