package dev.baton.receiver.core;

import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.LongUnaryOperator;

import dev.baton.buffer.SealedPrefixes;
import dev.baton.buffer.reserve.AdmissionLimits;
import dev.baton.buffer.reserve.AdmissionListener;
import dev.baton.buffer.reserve.AdmissionQueue;
import dev.baton.buffer.reserve.Refusal;
import dev.baton.buffer.reserve.RejectReason;
import dev.baton.buffer.reserve.Reservation;
import dev.baton.buffer.reserve.ReservationLedger;
import dev.baton.buffer.reserve.ReservationState;
import dev.baton.buffer.slab.SlabPool;
import dev.baton.buffer.tier.BlockStore;
import dev.baton.kv.ShardedLayout;
import dev.baton.platform.Canary;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.HandoffId;
import dev.baton.transport.session.Session;
import dev.baton.transport.session.SessionListener;
import dev.baton.transport.session.StaleWhat;
import dev.baton.transport.wire.BindDecoder;
import dev.baton.transport.wire.CancelDecoder;
import dev.baton.transport.wire.Order;
import dev.baton.transport.wire.OutcomeKind;
import dev.baton.transport.wire.QueryDecoder;
import dev.baton.transport.wire.RenewDecoder;
import dev.baton.transport.wire.ReserveDecoder;
import dev.baton.transport.wire.SenderProxy;
import dev.baton.transport.wire.WireIds;

/**
 * The receiver's side of the conversation up to the first byte: sessions, RESERVE, admission, GRANT, BIND, and what
 * asks or ends handoffs. {@link ReceivingCore} goes on from there. Pure: time, randomness and every effect are handed
 * in; one thread owns it.
 */
public final class ReceiverCore implements SessionListener, AdmissionListener, HandoffTimers.Listener {
    private static final int GRANTS_PER_CYCLE_MAX = 64;
    private static final int MS = 1_000_000;

    private final ShardedLayout local;
    private final ReservationLedger ledger;
    private final AdmissionQueue admission;
    private final LandingZone zone;
    private final SenderProxy proxy;
    private final LongSupplier random;
    private final ReceiverLimits limits;
    private final ReceiverCounters counters = new ReceiverCounters();
    private final HandoffTimers timers = new HandoffTimers(this);
    private final Tombstones refused;
    private final ReserveIntake intake;
    private final FenceCounters fenceCounters = new FenceCounters();
    private final FenceEvidence evidence;
    private final PeerTrust trust;
    private final PlaceShares shares;
    private final HandoffEnds ends;
    /** Made once: each cycle would make another. */
    private final Consumer<Fenced> onProof = this::onProof;
    private final ReceivingCore receiving;
    private final ReceiverAnswers answers;
    private final HandoffBounds bounds;
    private final HandoffInquiries inquiries;
    private final Draining draining;
    private final EngineEnds engineEnds;
    private final GangEnds gangEnds;
    private final EngineRoom room;
    private final UnboundReservations unbound;
    private final Binding binding;
    private final BlockCache cache;
    private final SlabPool pool;
    private final int extentBytes;
    private final CachedGrants grants;
    private final SessionLosses losses;
    private final Fetches fetches;
    private final PeerAsks asks;
    private LowerTier below;
    private final OwnPause pause = new OwnPause();
    private long nowNs;

    /** @param random 64 bits at a time that a peer cannot guess, for tokens */
    public ReceiverCore(ShardedLayout local, ReservationLedger ledger, AdmissionLimits admissionLimits, SlabPool pool,
        LandingZone zone, SenderProxy proxy, DecodeEvents engine, LongSupplier random, ReceiverLimits limits) {
        this.local = local;
        this.ledger = ledger;
        this.pool = pool;
        this.zone = zone;
        this.proxy = proxy;
        this.random = random;
        this.limits = limits;
        extentBytes = (int) ledger.extents().plan().extentBytes();
        LongUnaryOperator jitter = baseNs -> baseNs / 2 + Math.floorMod(random.getAsLong(), baseNs);
        admission = new AdmissionQueue(ledger, admissionLimits, jitter, this);
        Tombstones tombstones = new Tombstones(limits.tombstonesMax(), limits.tombstoneNs(), ledger.incarnation());
        refused = new Tombstones(limits.cancelledMax(), limits.tombstoneNs(), ledger.incarnation());
        cache = new BlockCache(local, ledger.extents(), limits.cache(), counters.cache());
        fetches = new Fetches(engine, proxy, cache, local, zone.gang(), counters);
        room = new EngineRoom(fetches::isAsked);
        below = new LowerTier(local, cache, fetches);
        intake = new ReserveIntake(local, extentBytes, limits);
        QuarantineBook quarantines = new QuarantineBook(ledger.extents().plan());
        evidence = new FenceEvidence(zone.fence(), fenceCounters);
        ends = new HandoffEnds(ledger, zone, proxy, fetches, timers, tombstones, limits, counters, evidence, quarantines, cache, room);
        answers = new ReceiverAnswers(proxy, ledger.counters(), counters, fetches);
        SuspectBook suspects = new SuspectBook();
        trust = new PeerTrust(quarantines, suspects, answers);
        shares = new PlaceShares(ledger, admission, admissionLimits, jitter, tombstones, answers);
        bounds = new HandoffBounds(timers, limits, ends);
        inquiries = new HandoffInquiries(ledger, admission, proxy, timers, bounds, ends, answers, tombstones, refused, counters);
        draining = new Draining(ledger, admission, proxy, timers, ends, answers);
        binding = new Binding(ledger, zone, evidence, ends, answers, random);
        unbound = new UnboundReservations(admission, zone, proxy, bounds, answers, intake, counters, binding, trust, shares);
        ReadyGate gate = new ReadyGate(ledger, zone.gang(), fetches);
        Undelivered undelivered = new Undelivered(ledger, admission, timers, ends, answers);
        gangEnds = new GangEnds(ledger, ends, answers, undelivered, draining, cache, zone.gang(), gate, () -> nowNs);
        receiving = new ReceivingCore(ledger, pool, zone, cache, proxy, gate, timers, bounds, ends, suspects, limits, counters,
            new EngineWrites(local, ledger.extents(), pool, cache, zone.gang(), fetches, counters, () -> admission.isPoolDraining(nowNs)));
        asks = new PeerAsks(fetches, new Wants(inquiries, proxy, engine, counters, limits.rebindNs()));
        engineEnds = new EngineEnds(ledger, admission, timers, ends, answers, undelivered, receiving, draining, asks, counters, room, refused);
        grants = new CachedGrants(ledger, cache, zone.gang(), counters);
        grants.serve(admission, room);
        losses = new SessionLosses(ledger, timers, ends, limits);
        fetches.core(inquiries, receiving);
    }

    public ReceiverCounters counters() {
        return counters;
    }

    /** Before the first cycle: what lands goes to that tier, too, and comes up again. The caller closes it, after the last cycle. */
    public TierCounters tier(BlockStore store, TierLimits tierLimits) {
        below = new LowerTier(store, local, tierLimits, pool, ledger.extents(), admission, cache, new TierCounters(store.tierCount()), fetches);
        grants.below(below);
        receiving.writes().passages().below(below);
        return below.counters();
    }

    /** What lies below the pool, if anything does. */
    public LowerTier below() {
        return below;
    }

    public FenceCounters fenceCounters() {
        return fenceCounters;
    }

    /** Hands out what an operator should hear, once each: memory that is quarantined, peers that are suspect. */
    public void drainAlarms(Consumer<String> listener) {
        trust.drainAlarms(listener);
    }

    public AdmissionQueue admission() {
        return admission;
    }

    /** What happens from the first byte on, and what the data agents tell. */
    public ReceivingCore receiving() {
        return receiving;
    }

    /** Time for everything until the next call; timers and the admission queue move on. */
    public int doWork(long now) {
        nowNs = now;
        receiving.now(now);
        evidence.lookForDead(now);
        asks.poll(now);
        return below.doWork(now) + evidence.poll(now, onProof) + admission.poll(now, GRANTS_PER_CYCLE_MAX)
            + (pause.isCatchingUp(now) || (Canary.RECLAIMS_ONLY_WHEN_BUSY.isActive() && admission.isEmpty()) ? 0 : timers.poll(now));
    }

    /** A decode engine is there to take what lands, or goes; while there is none RESERVE is told to come again. */
    public void engineAttached(boolean isAttached) {
        engineEnds.attached(isAttached, nowNs);
    }

    /** The engine tells how many more requests it takes, how many more tokens, and how many tokens of one request. */
    public void engineTakes(long requests, long tokens, long requestTokens) {
        engineEnds.takes(requests, tokens, requestTokens, nowNs);
    }

    /** What is left of that. */
    public EngineRoom engineRoom() {
        return room;
    }

    /** The engine's process is gone: what is on its way to it ends too. */
    public void engineLost() {
        engineEnds.lost(nowNs);
    }

    /** Every abnormal end is told there too. */
    public void journal(EndJournal journal) {
        ends.journal(journal);
    }

    /** No new grants, and every peer is told; what waits is told to come again, what is granted goes on. */
    public void drain() {
        draining.begin(nowNs);
        asks.drain();
    }

    /** The process goes before what is in flight has ended: its peers and its engine are told so. */
    public void shutdown() {
        draining.shutdown(nowNs);
        asks.drain();
    }

    @Override
    public void onSessionOpened(Session session) {
        session.receiverState(PeerLayout.of(session.peer().layout(), local));
        evidence.onSessionOpened(session);
        zone.openSession(session.id(), session.laneTokenHigh(), session.laneTokenLow());
        draining.sessionOpened(session, nowNs);
        asks.sessionOpened(session);
    }

    @Override
    public void onSessionClosed(Session session, EndReason reason) {
        zone.closeSession(session.id());
        draining.sessionClosed(session);
        losses.closed(session, reason, nowNs);
        asks.sessionClosed(session);
        evidence.onSessionClosed(session);
    }

    public void onReserve(Session session, ReserveDecoder message) {
        long correlation = message.envelope().correlation();
        HandoffId id = WireIds.handoff(message.handoff());
        Reservation live = ledger.findOrNull(id.tenant(), id.requestHigh(), id.requestLow(), id.attempt());
        if (live != null && !Canary.DUPLICATE_RESERVE_ALLOCATES.isActive()) {
            InboundHandoff handoff = (InboundHandoff) live.attachment();
            if (handoff.isUnbound() || message.order() == Order.UNBOUND) {
                unbound.onReserve(handoff, session, message, nowNs);
            } else {
                inquiries.reserveAgain(handoff, session, correlation, nowNs);
            }
            return;
        }
        if (!Canary.TOMBSTONES_IGNORED.isActive() && inquiries.refuseEnded(session, correlation, id)) {
            return;
        }
        String whyNot = fetches.whyNot(session, id, message.order());
        if (!whyNot.isEmpty()) {
            answers.reject(session, correlation, id, RejectReason.CANCELLED, 0, 0, 0, whyNot);
            return;
        }
        if (!intake.read(session, message, zone.laneCount()) || !intake.isWanted(fetches.whyNot(id, intake.keys(), intake.map().tokens()))) {
            counters.protocolError();
            fetches.ended(id, EndReason.REJECTED, intake.refusalDetail());
            answers.reject(session, correlation, id, intake.refusal(), 0, 0, 0, intake.refusalDetail());
            refused.add(id, OutcomeKind.REJECTED, intake.refusal() == RejectReason.LAYOUT_MISMATCH
                ? EndReason.LAYOUT_MISMATCH : EndReason.PROTOCOL, null, nowNs);
            return;
        }
        admit(session, correlation, id);
    }

    /** This process's own scheduler holds memory for a sender that it has yet to choose; the engine's port hears of it. */
    public void reserve(HandoffId id, UnboundAsk ask) {
        if (inquiries.refuseReserved(id)) {
            return;
        }
        if (intake.read(ask)) {
            admit(null, 0, id);
        } else {
            answers.reject(null, 0, id, intake.refusal(), 0, 0, 0, intake.refusalDetail());
        }
    }

    /** What {@link #intake} has read makes sense; is there a place for it? No session: it is the own scheduler's. */
    private void admit(Session session, long correlation, HandoffId id) {
        if (engineEnds.isRefused(session, correlation, id, intake, nowNs) || gangEnds.isRefused(session, correlation, id)) {
            return;
        }
        boolean isMistrusted = session != null && trust.isRefused(session, correlation, id, nowNs);
        if (!isMistrusted && !shares.isRefused(session, correlation, id, intake.extentsPerShard(), nowNs)) {
            enqueue(session, correlation, id);
        }
    }

    public void onBind(Session session, BindDecoder message) {
        binding.onBind(session, message, receiving.find(message.reservation().incarnation(), message.reservation().counter(), session), nowNs);
    }

    public void onRenew(Session session, RenewDecoder message) {
        inquiries.onRenew(session, message, receiving.find(message.reservation().incarnation(), message.reservation().counter(), session), nowNs);
    }

    public void onQuery(Session session, QueryDecoder message) {
        inquiries.onQuery(session, message);
    }

    public void onCancel(Session session, CancelDecoder message) {
        HandoffId id = WireIds.handoff(message.handoff());
        if (asks.wants().onCancel(session, id, EndReason.of(message.reason()))) {
            inquiries.onCancel(session, message, nowNs);
            fetches.onCancel(session, id);
        } else {
            answers.stale(session, message.envelope().correlation(), StaleWhat.RESERVATION, CancelDecoder.TEMPLATE_ID);
        }
    }

    /** No longer wanted, by whichever side; overtakes everything. */
    public void cancel(HandoffId id, EndReason reason) {
        asks.cancel(id, reason);
        inquiries.cancel(id, reason, nowNs);
    }

    /** Prefixes that come from other nodes' memory. */
    public Fetches fetches() {
        return fetches;
    }

    /** Prefills that other nodes have parked. */
    public Wants wants() {
        return asks.wants();
    }

    /** What of this pool's cache other nodes may have. */
    public SealedPrefixes sealed() {
        return new CachedPrefixes(cache, fetches, ledger.extents(), pool, local, () -> admission.isPoolDraining(nowNs));
    }

    @Override
    public void onGranted(Reservation reservation) {
        InboundHandoff handoff = (InboundHandoff) reservation.attachment();
        handoff.granted(GrantedRuns.of(reservation, extentBytes), random.getAsLong(), random.getAsLong(), handoff.startWithinMs(), nowNs);
        counters.granted();
        room.granted(handoff);
        if (handoff.isUnbound()) {
            bounds.heldUntil(handoff, nowNs + (Canary.UNCLAIMED_KEPT.isActive() ? Integer.MAX_VALUE : (long) handoff.startWithinMs()) * MS);
            answers.grant(handoff, handoff.reserveCorrelation(), bounds.leaseLeftMs(handoff, nowNs));
            return;
        }
        binding.open(handoff);
        if (handoff.isLost()) {
            // Its turn came between two sessions: nobody is told, so the next session of that process may have it.
            bounds.heldUntil(handoff, handoff.lostUntilNs());
        } else {
            bounds.granted(handoff, nowNs);
            answers.grant(handoff, handoff.reserveCorrelation(), bounds.leaseLeftMs(handoff, nowNs));
        }
    }

    @Override
    public void onRejected(Reservation reservation, Refusal refusal) {
        InboundHandoff handoff = (InboundHandoff) reservation.attachment();
        timers.disarm(handoff);
        if (refusal.reason() == RejectReason.DEADLINE) {
            ends.rejected(handoff, EndReason.DEADLINE, room.whyLate(handoff), nowNs);
        }
        boolean isToldByOutcome = handoff.session() == null && refusal.reason() == RejectReason.DEADLINE;
        if (!isToldByOutcome && (handoff.session() == null || handoff.hasOpenSession())) {
            answers.reject(handoff.session(), handoff.reserveCorrelation(), handoff.handoffId(), refusal, "");
        }
    }

    @Override
    public void onDue(InboundHandoff handoff) {
        switch (handoff.reservation().state()) {
            case QUEUED -> inquiries.end(handoff, EndReason.SESSION_LOST, "no newer session within rebindMs=" + limits.rebindNs() / MS, nowNs);
            case GRANTED, RECEIVING, VERIFYING -> bounds.onDue(handoff, nowNs);
            case TAKEN -> ends.releaseLate(handoff);
            case READY -> ends.notConsumed(handoff, EndReason.NOT_CONSUMED, nowNs);
            case REVOKING, FENCING, QUARANTINED, FENCED -> ends.onDue(handoff, nowNs);
            default -> { }
        }
    }

    private void enqueue(Session session, long correlation, HandoffId id) {
        Reservation opened = admission.offer(id.tenant(), id.requestHigh(), id.requestLow(), id.attempt(),
            intake.extentsPerShard(), intake.priority(), nowNs, nowNs + intake.deadlineNs());
        if (opened == null) {
            String tooBig = answers.notAdmitted(session, correlation, id, admission.refusal());
            if (!tooBig.isEmpty()) {
                refused.add(id, OutcomeKind.REJECTED, EndReason.REJECTED, null, nowNs);
                fetches.ended(id, EndReason.REJECTED, tooBig);
            }
            return;
        }
        InboundHandoff handoff = new InboundHandoff(id, opened, intake, session, correlation, nowNs);
        handoff.granted(null, 0, 0, (int) (intake.startWithinNs() / MS), 0);
        opened.attachment(handoff);
        shares.count(opened, session);
        below.queued(handoff, nowNs);
        admission.poll(nowNs, GRANTS_PER_CYCLE_MAX);
        if (opened.id() == handoff.reservationId().counter() && opened.state() == ReservationState.QUEUED) {
            counters.queuedOne();
            if (session != null) {
                proxy.queued(session, correlation, id, admission.position(opened), 0);
            }
        }
    }

    private void onProof(Fenced handoff) {
        ends.fenceIfProved((InboundHandoff) handoff, nowNs);
    }
}
