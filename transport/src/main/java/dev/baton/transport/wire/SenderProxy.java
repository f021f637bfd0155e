package dev.baton.transport.wire;

import dev.baton.transport.WireMaxima;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.HandoffId;
import dev.baton.transport.session.ReservationId;
import dev.baton.transport.session.Session;
import dev.baton.transport.session.StaleWhat;

/**
 * What a receiver says to a sender. A message with groups is begun, added to and ended; nothing else may be sent
 * through the same proxy in between. Not thread-safe; allocates nothing once warm, but for strings.
 */
public final class SenderProxy extends MessageProxy {
    /** In {@code Cancel.to}: meant for the peer's sending end. */
    public static final int TO_SENDING_END = 2;

    /** Most entries of one group; lists of runs and cells are cut before they get here. */
    public static final int GROUP_COUNT_MAX = WireMaxima.GROUP_COUNT_MAX;

    private final GrantEncoder grant = new GrantEncoder();
    private final QueuedEncoder queued = new QueuedEncoder();
    private final RejectEncoder reject = new RejectEncoder();
    private final AddressesEncoder addresses = new AddressesEncoder();
    private final NackEncoder nack = new NackEncoder();
    private final ReadyEncoder ready = new ReadyEncoder();
    private final OutcomeEncoder outcome = new OutcomeEncoder();
    private final AbortEncoder abort = new AbortEncoder();
    private final AbortAckEncoder abortAck = new AbortAckEncoder();
    private final CancelEncoder cancel = new CancelEncoder();
    private final RenewAckEncoder renewAck = new RenewAckEncoder();
    private final StatusEncoder status = new StatusEncoder();
    private final StaleEncoder stale = new StaleEncoder();
    private final DrainingEncoder draining = new DrainingEncoder();
    private final WantEncoder want = new WantEncoder();
    private GrantEncoder.HeldEncoder grantHeld;
    private AddressesEncoder.RunsEncoder addressesRuns;
    private NackEncoder.CellsEncoder nackCells;
    private WantEncoder.BlockKeysEncoder wantKeys;

    /**
     * Begins a GRANT. The caller fills token, generation, dpRank, tier, heldTokens, leaseMs, startWithinMs and
     * integrity, then adds held runs and ends it.
     */
    public GrantEncoder grantBegin(Session session, long correlation, HandoffId handoff, ReservationId reservation) {
        begin(grant, session, correlation);
        WireIds.put(grant.handoff(), handoff);
        WireIds.put(grant.reservation(), reservation);
        grantHeld = grant.heldCount(GROUP_COUNT_MAX);
        return grant;
    }

    /** Blocks that the receiver holds already: they are neither computed nor sent. */
    public void grantHeld(int firstBlock, int blockCount) {
        grantHeld.next().firstBlock(firstBlock).blockCount(blockCount);
    }

    public void grantEnd() {
        grantHeld.resetCountToIndex();
        end(grant);
    }

    public void queued(Session session, long correlation, HandoffId handoff, int position, int estimateMs) {
        begin(queued, session, correlation);
        WireIds.put(queued.handoff(), handoff);
        queued.position(position).estimateMs(estimateMs);
        end(queued);
    }

    /**
     * An answer, not an outcome, while {@code retryAfterMs} is not 0. {@code reasonCode} is a byte of the reserve
     * package's own set.
     */
    public void reject(Session session, long correlation, HandoffId handoff, int reasonCode, int retryAfterMs,
        long neededBytes, long capacityBytes, String detail) {
        begin(reject, session, correlation);
        WireIds.put(reject.handoff(), handoff);
        byte[] text = utf8(detail);
        reject.reason((short) reasonCode).retryAfterMs(Integer.toUnsignedLong(retryAfterMs)).neededBytes(neededBytes)
            .capacityBytes(capacityBytes).putDetail(text, 0, text.length);
        end(reject);
    }

    public void addressesBegin(Session session, long correlation, ReservationId reservation, int part, long tokenHigh,
        long tokenLow, int generation) {
        begin(addresses, session, correlation);
        WireIds.put(addresses.reservation(), reservation);
        addresses.part(part).generation(Integer.toUnsignedLong(generation)).token().high(tokenHigh).low(tokenLow);
        addressesRuns = addresses.runsCount(GROUP_COUNT_MAX);
    }

    /** One run of extents; the order of a shard's runs is its linear space. */
    public void addressesRun(int shard, int slab, int firstExtent, int extentCount) {
        addressesRuns.next().shard(shard).slab(slab).firstExtent(firstExtent).extentCount(extentCount);
    }

    public void addressesEnd() {
        addressesRuns.resetCountToIndex();
        end(addresses);
    }

    public void nackBegin(Session session, ReservationId reservation, int part, int round) {
        begin(nack, session, 0);
        WireIds.put(nack.reservation(), reservation);
        nack.part(part).round((short) round);
        nackCells = nack.cellsCount(GROUP_COUNT_MAX);
    }

    public void nackCell(int cell, EndReason reason) {
        nackCells.next().cell(Integer.toUnsignedLong(cell)).reason((short) reason.code());
    }

    public void nackEnd() {
        nackCells.resetCountToIndex();
        end(nack);
    }

    public void ready(Session session, HandoffId handoff, ReservationId reservation, int consumeWithinMs) {
        begin(ready, session, 0);
        WireIds.put(ready.handoff(), handoff);
        WireIds.put(ready.reservation(), reservation);
        ready.consumeWithinMs(consumeWithinMs);
        end(ready);
    }

    public void outcome(Session session, HandoffId handoff, ReservationId reservation, OutcomeKind kind,
        EndReason reason, String detail) {
        begin(outcome, session, 0);
        WireIds.put(outcome.handoff(), handoff);
        WireIds.put(outcome.reservation(), reservation);
        byte[] text = utf8(detail);
        outcome.kind(kind).reason((short) reason.code()).putDetail(text, 0, text.length);
        end(outcome);
    }

    /** The receiver cannot go on, or will not. */
    public void abort(Session session, long correlation, HandoffId handoff, ReservationId reservation, int part,
        EndReason reason, String detail) {
        begin(abort, session, correlation);
        WireIds.put(abort.handoff(), handoff);
        // Its incarnation is that of the process that granted: of a gang not the one that says this, where a member does.
        WireIds.put(abort.reservation(), reservation);
        byte[] text = utf8(detail);
        abort.part(part).reason((short) reason.code()).putDetail(text, 0, text.length);
        end(abort);
    }

    public void abortAck(Session session, long correlation, HandoffId handoff, ReservationId reservation, int part) {
        begin(abortAck, session, correlation);
        WireIds.put(abortAck.handoff(), handoff);
        abortAck.reservation().incarnation(session.localIncarnation()).counter(reservation.counter());
        abortAck.part(part);
        end(abortAck);
    }

    public void cancel(Session session, long correlation, HandoffId handoff, EndReason reason) {
        begin(cancel, session, correlation);
        WireIds.put(cancel.handoff(), handoff);
        cancel.reason((short) reason.code()).to((short) TO_SENDING_END);
        end(cancel);
    }

    public void renewAck(Session session, long correlation, ReservationId reservation, int leaseMs) {
        begin(renewAck, session, correlation);
        WireIds.put(renewAck.reservation(), reservation);
        renewAck.leaseMs(leaseMs);
        end(renewAck);
    }

    public void status(Session session, long correlation, HandoffId handoff, ReservationId reservation,
        HandoffState state, EndReason reason) {
        begin(status, session, correlation);
        WireIds.put(status.handoff(), handoff);
        WireIds.put(status.reservation(), reservation);
        status.state(state).reason((short) reason.code());
        end(status);
    }

    /** A message's token or reservation is not current. */
    public void stale(Session session, long correlation, StaleWhat what, int templateId) {
        begin(stale, session, correlation);
        stale.what((short) what.code()).templateId(templateId).incarnation(session.localIncarnation());
        end(stale);
    }

    /** This node takes no new work; what is in flight has this long. Meant for both ends of the peer. */
    public void draining(Session session, int deadlineMs) {
        begin(draining, session, 0);
        draining.deadlineMs(deadlineMs);
        end(draining);
    }

    public void wantBegin(Session session, long correlation, HandoffId handoff, int haveTokens, int deadlineMs,
        int dpRank) {
        begin(want, session, correlation);
        WireIds.put(want.handoff(), handoff);
        want.haveTokens(haveTokens).deadlineMs(deadlineMs).dpRank((short) dpRank);
        wantKeys = want.blockKeysCount(GROUP_COUNT_MAX);
    }

    public void wantKey(long a, long b, long c, long d) {
        wantKeys.next().key().a(a).b(b).c(c).d(d);
    }

    public void wantEnd() {
        wantKeys.resetCountToIndex();
        end(want);
    }
}
