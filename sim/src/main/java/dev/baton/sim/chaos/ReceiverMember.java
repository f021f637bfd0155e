package dev.baton.sim.chaos;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import dev.baton.buffer.reserve.RejectReason;
import dev.baton.buffer.reserve.Reservation;
import dev.baton.buffer.reserve.ReservationLedger;
import dev.baton.buffer.reserve.ReservationState;
import dev.baton.buffer.slab.ShardRange;
import dev.baton.buffer.tier.BlockStore;
import dev.baton.kv.ShardedLayout;
import dev.baton.memory.Copier;
import dev.baton.memory.MemoryLedger;
import dev.baton.receiver.DecodeReceiver;
import dev.baton.receiver.ReceiverContext;
import dev.baton.receiver.TierSource;
import dev.baton.receiver.core.FetchEnd;
import dev.baton.receiver.core.PassageAsk;
import dev.baton.receiver.core.PassageBlocks;
import dev.baton.receiver.core.PrefetchAsk;
import dev.baton.receiver.core.ReadyHandoff;
import dev.baton.receiver.core.ReceiverLimits;
import dev.baton.receiver.core.SliceShapes;
import dev.baton.receiver.core.TierLimits;
import dev.baton.receiver.engine.DecodeListener;
import dev.baton.sim.time.Chance;
import dev.baton.transport.node.NodeService;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.HandoffId;

/** A decode node: the production receiver, and an engine that compares every byte. */
final class ReceiverMember extends Member implements DecodeListener {
    private static final int RESERVATIONS_MAX = 64;

    private final Fetching fetching = new Fetching(this);
    private final PassageReads passages = new PassageReads(this);
    private final Scheduling scheduling = new Scheduling(this);
    private final EngineSlots slots;
    private final Reading reading;
    /** Below its pool, in all its lives; null where nothing is. */
    private final SimDisk disk;
    private final TierOracle tierOracle;
    private final DiskTrouble trouble;
    private final Chance farChance;
    /** What the store elsewhere keeps, oldest first. */
    private final Map<TierOracle.Name, byte[]> farRecords = new LinkedHashMap<>();
    private SimTier tier;
    private NodeService service;
    private DecodeReceiver receiver;
    private final Prefill prefill;
    private final EngineLife engine;

    ReceiverMember(Cluster cluster, int node) {
        super(cluster, node, "receiver");
        prefill = cluster.plan().forwarders.contains(node) ? new Prefill(this, cluster.plan().receiverLayout) : null;
        slots = new EngineSlots(cluster, node);
        reading = new Reading(this, slots);
        engine = new EngineLife(cluster, node);
        boolean hasDisk = cluster.plan().hasDiskAt(node);
        disk = hasDisk ? new SimDisk(cluster, node) : null;
        tierOracle = hasDisk ? new TierOracle(this) : null;
        trouble = hasDisk ? new DiskTrouble(this, disk) : null;
        farChance = Chance.of(cluster.plan().seed, "far" + node);
    }

    @Override
    byte[] layout() {
        return cluster.plan().receiverLayout.encode();
    }

    @Override
    List<NodeService> services() {
        Plan plan = cluster.plan();
        service = DecodeReceiver.service(context(plan.gangs.get(node).isGang() ? plan.gangs.get(node).shards().getFirst() : null)
            .limits(ReceiverLimits.DEFAULT.withConsumeWithinNs(plan.consumeWithinNs)).tier(disk != null ? below() : null).conclude());
        return prefill == null ? List.of(service) : List.of(prefill.service(ShardRange.all(plan.receiverLayout.sharding().count())), service);
    }

    /** Null where it does not send. */
    Prefill prefillOrNull() {
        return prefill;
    }

    /** What all processes of its instance have in common. */
    ReceiverContext context(ShardRange shardsHereOrNull) {
        Plan plan = cluster.plan();
        return new ReceiverContext().layout(plan.receiverLayout).shardsHere(shardsHereOrNull)
            .extentBytes(Plan.EXTENT_BYTES).poolBytesPerShard((long) plan.poolExtents * Plan.EXTENT_BYTES +
                (prefill == null ? 0 : Prefill.stagingBytes(plan) / plan.receiverLayout.sharding().count()))
            .reservationsMax(RESERVATIONS_MAX).admission(cluster.impossible().limits(plan.admission())).poolShared(false).ringBytes(128 << 10);
    }

    @Override
    List<String> schemes() {
        return cluster.plan().gangs.get(node).schemes().getFirst();
    }

    private TierSource below() {
        return new TierSource() {
            @Override
            public TierLimits limits() {
                return cluster.plan().tierLimits;
            }

            @Override
            public BlockStore open(ShardedLayout layout, int extentBytes, MemoryLedger ledger, Copier copier, long nowNs) {
                SimFarStore far = cluster.plan().hasFarStore ? new SimFarStore(ReceiverMember.this, tierOracle, farChance, farRecords) : null;
                tier = new SimTier(ReceiverMember.this, disk, far, tierOracle, new SliceShapes(layout), ledger, copier, nowNs);
                tier.hang(trouble.hungUntilNs());
                return tier;
            }
        };
    }

    long diskTimeNs() {
        return trouble.timeNs();
    }

    void disk(FaultKind kind, long untilNs) {
        if (disk != null) {
            trouble.begin(kind, untilNs, tier);
        }
    }

    /** Its disk hangs, so memory that is under its I/O stays away. */
    boolean isDiskStuck() {
        return disk != null && trouble.hungUntilNs() == Long.MAX_VALUE;
    }

    void healDisk() {
        if (disk != null) {
            trouble.heal(tier);
        }
    }

    void tierEvent(String what, long number) {
        cluster.oracle().tierEvent(node, what, number);
        cluster.note(name(), () -> "tier: " + what + " " + number);
    }

    /** Now, or when it was looked at before: it may have been overtaken since, as often as there was somebody. */
    boolean isHeldBack(Reservation waiting) {
        return tierOracle != null && tierOracle.isHeldBack(waiting);
    }

    /** Who was held back once may find that it is another's turn by then, which has its own bound and is one grant itself. */
    int overtakesMore(Reservation waiting) {
        return tierOracle != null && tierOracle.wasHeldBack(waiting) ? cluster.plan().overtakesMax() + 1 : 0;
    }

    void checkTier() {
        if (tierOracle != null) {
            tierOracle.throwSeen();
            tierOracle.checkLoads();
            tierOracle.checkWaits(agenda.nowNs());
        }
    }

    /** Nothing goes down or comes up. */
    boolean isTierIdle() {
        return tierOracle == null || tierOracle.isIdle();
    }

    @Override
    void onStarted() {
        receiver = DecodeReceiver.of(runtime, service);
        receiver.ledger().counters().steps(cluster.reservationSteps());
        engine.attach(receiver);
        slots.attached(receiver);
        if (prefill != null) {
            prefill.started();
            cluster.receivers().stream().filter(other -> other != this).forEach(prefill::connect);
        }
    }

    /** Where it went in order, what was delivered is told as that, or nobody says anything: no attempt is let off as where it dies. */
    @Override
    void onGone(boolean isInOrder) {
        if (prefill != null) {
            prefill.onDied();
        }
        for (Attempt attempt : isInOrder ? List.<Attempt>of() : cluster.attempts()) {
            attempt.isReceiverGone |= attempt.request.receiver() == node && !attempt.isOver();
        }
        reading.clear();
        fetching.clear();
        scheduling.clear();
        passages.clear();
        cluster.gangs().onLeaderDied(this);
        if (tier != null && !isInOrder) {
            tier.onCrash(disk);
        }
        tier = null;
    }

    @Override
    void requireTold() {
        if (prefill != null) {
            prefill.requireTold();
        }
        if (engine.isAttached()) {
            cluster.drains().requireTold(this);
        }
    }

    /** Memory that lanes write to unasked may stay away after all is quiet where a fence failed, and nowhere else. */
    boolean mayQuarantine() {
        return (!schemes().getFirst().equals("tcp") && process.hasBrokenFence()) || cluster.gangs().mayKeep(this);
    }

    /** While its disk hangs, reservations end as they must all the same; those that a fence keeps stay. */
    boolean isIdleBesideTier() {
        boolean[] isIdle = {true};
        if (isDiskStuck()) {
            receiver.ledger().forEachLive(live -> isIdle[0] &= live.state() == ReservationState.QUARANTINED && mayQuarantine());
        }
        return isIdle[0];
    }

    /**
     * Whether a small request must be granted now that all is quiet. What a fence that failed keeps has no bound; what a tier
     * keeps has one, which may be all of a pool as small as those here.
     */
    boolean hasRoom() {
        boolean isKept = receiver.ledger().extents().counts().totals().quarantined() > 0;
        return (!isKept || (isDiskStuck() && !mayQuarantine())) && (tierOracle == null || tierOracle.leavesRoom())
            && cluster.gangs().missing(this).isEmpty();
    }

    ReservationLedger ledger() {
        return receiver.ledger();
    }

    /** The decode engine goes, and another comes after that time, or at once: that one would take what the other had heard of, too. */
    void engineGone(long forNs) {
        if (isUp()) {
            long nowNs = agenda.nowNs();
            reading.readerGone();
            fetching.noneAhead();
            scheduling.askerGone();
            passages.clear();
            if (engine.leave(receiver, nowNs, forNs) && isRunning()) {
                receiver.poll(this, 16);
                reading.takeAll(receiver, nowNs);
            } else {
                reading.clear();
            }
            wake();
        }
    }

    void want(String nodeId, Attempt attempt) {
        if (isRunning() && engine.isAttached()) {
            receiver.want(nodeId, attempt.id, 0);
            wake();
        }
    }

    /** Returns whether somebody was there to ask. */
    boolean holdEarly(Attempt attempt, EarlyPlan plan) {
        boolean isAsked = isRunning() && engine.isAttached();
        if (isAsked) {
            scheduling.reserve(receiver, attempt, plan);
            wake();
        }
        return isAsked;
    }

    boolean hasLive(HandoffId id) {
        return ledger().findOrNull(id.tenant(), id.requestHigh(), id.requestLow(), id.attempt()) != null;
    }

    void giveUp(Attempt attempt, int ofLife) {
        if (isRunning() && life == ofLife && engine.isAttached() && !cluster.isHealed()) {
            scheduling.cancel(receiver, attempt);
            wake();
        }
    }

    @Override
    public void onReserved(HandoffId handoff) {
        scheduling.onReserved(cluster.attempt(handoff));
    }

    @Override
    public void onRefused(HandoffId handoff, RejectReason reason, int retryAfterMs, String detail) {
        scheduling.onRefused(cluster.attempt(handoff), reason, detail);
    }

    void fetch(String nodeId, Attempt attempt) {
        if (isRunning() && engine.isAttached() && !cluster.isHealed()) {
            fetching.begin(receiver, nodeId, attempt);
            wake();
        }
    }

    void prefetch(Attempt attempt) {
        if (isRunning() && engine.isAttached()) {
            fetching.beginAhead(receiver, attempt);
            wake();
        }
    }

    @Override
    public void onFetched(FetchEnd end) {
        fetching.ended(end);
    }

    @Override
    public void onPassageNamed(PassageAsk ask, int blockCount) {
        passages.onNamed(ask, blockCount);
    }

    @Override
    public void onPassage(PassageBlocks blocks) {
        passages.onFound(blocks);
    }

    @Override
    public void onPrefetched(PrefetchAsk ask, int blocksHere) {
        fetching.endedAhead(ask, blocksHere);
    }

    @Override
    void heal() {
        engine.heal();
        if (prefill != null) {
            prefill.heal();
        }
        healDisk();
        if (cluster.plan().areDisksStuck()) {
            disk(FaultKind.DISK_HANG, Long.MAX_VALUE);
        }
        super.heal();
        wake();
    }

    int heldCount() {
        return reading.count() + fetching.count() + passages.count();
    }

    @Override
    long engineCycle(long nowNs, boolean hasMoved) {
        long nextNs = prefill == null ? Long.MAX_VALUE : prefill.cycle(nowNs, hasMoved);
        if (engine.isDue(nowNs)) {
            engine.attach(receiver);
            worked = true;
        }
        if (engine.isAttached()) {
            worked |= receiver.poll(this, 16) > 0;
            nextNs = Math.min(nextNs, Math.min(passages.cycle(receiver, nowNs), slots.cycle(receiver, nowNs)));
        }
        return Math.min(nextNs, reading.cycle(receiver, nowNs));
    }

    @Override
    public void onReady(ReadyHandoff handoff) {
        Attempt attempt = cluster.attempt(handoff.handoffId());
        attempt.readyCount++;
        cluster.note(name(), () -> attempt + " ready");
        cluster.oracle().onReady(this, handoff, attempt);
        scheduling.onReady(attempt);
        reading.onReady(handoff, attempt);
        if (cluster.plan().hasPassages) {
            passages.onReady(receiver, attempt);
        }
    }

    @Override
    public void onEnded(HandoffId handoff, EndReason reason, String detail) {
        Attempt attempt = cluster.attempt(handoff);
        cluster.note(name(), () -> attempt + " ended for the engine: " + reason + " " + detail);
        if (!attempt.endsForEngine(life, agenda.nowNs())) {
            throw new Violation("S9", "the decode engine is told twice: " + attempt);
        }
        scheduling.onEnded(attempt);
        if (reason == EndReason.NONE) {
            throw new Violation("S19", "an abnormal end has no reason: " + attempt);
        }
    }

    @Override
    public void onNotHere(HandoffId handoff, EndReason reason) {
        Attempt attempt = cluster.attempt(handoff);
        cluster.note(name(), () -> "not here: " + attempt + " " + reason);
        if (reason == EndReason.LAYOUT_MISMATCH) {
            cluster.oracle().seen(node, "misfit-not-wanted", attempt.request.index());
        }
        if (attempt.engineEndLife != life && reading.has(handoff)) {
            throw new Violation("S9", "what the decode engine has is told not to be here: " + attempt);
        }
    }
}
