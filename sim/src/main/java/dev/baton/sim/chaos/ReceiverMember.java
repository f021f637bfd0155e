package dev.baton.sim.chaos;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import dev.baton.buffer.reserve.Reservation;
import dev.baton.buffer.reserve.ReservationLedger;
import dev.baton.buffer.reserve.ReservationState;
import dev.baton.buffer.tier.BlockStore;
import dev.baton.kv.ShardedLayout;
import dev.baton.memory.Copier;
import dev.baton.memory.MemoryLedger;
import dev.baton.receiver.DecodeReceiver;
import dev.baton.receiver.ReceiverContext;
import dev.baton.receiver.TierSource;
import dev.baton.receiver.core.FetchEnd;
import dev.baton.receiver.core.PrefetchAsk;
import dev.baton.receiver.core.ReadyBlocks;
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

    /** What this engine has, or is about to take. */
    private static final class Held {
        final ReadyHandoff ready;
        final Attempt attempt;
        long takeNs;
        long releaseNs;
        boolean isTaken;

        Held(ReadyHandoff ready, Attempt attempt) {
            this.ready = ready;
            this.attempt = attempt;
        }
    }

    private final List<Held> held = new ArrayList<>();
    private final Fetching fetching = new Fetching(this);
    /** Below its pool, in all its lives; null where nothing is. */
    private final SimDisk disk;
    private final TierOracle tierOracle;
    private final Chance diskChance;
    private final Chance farChance;
    /** What the store elsewhere keeps, oldest first. */
    private final Map<TierOracle.Name, byte[]> farRecords = new LinkedHashMap<>();
    private SimTier tier;
    private long fullUntilNs;
    private long failingUntilNs;
    private long hungUntilNs;
    private NodeService service;
    private DecodeReceiver receiver;
    private long goneUntilNs;
    private boolean isAttached;

    ReceiverMember(Cluster cluster, int node) {
        super(cluster, node, "receiver");
        boolean hasDisk = cluster.plan().hasDisks;
        disk = hasDisk ? new SimDisk(cluster, node) : null;
        tierOracle = hasDisk ? new TierOracle(this) : null;
        diskChance = Chance.of(cluster.plan().seed, "disk-time" + node);
        farChance = Chance.of(cluster.plan().seed, "far" + node);
    }

    @Override
    byte[] layout() {
        return cluster.plan().receiverLayout.encode();
    }

    @Override
    NodeService service() {
        Plan plan = cluster.plan();
        ReceiverLimits base = ReceiverLimits.DEFAULT;
        service = DecodeReceiver.service(new ReceiverContext().layout(plan.receiverLayout)
            .extentBytes(Plan.EXTENT_BYTES).poolBytesPerShard((long) plan.poolExtents * Plan.EXTENT_BYTES)
            .reservationsMax(RESERVATIONS_MAX).admission(plan.admission()).poolShared(false).ringBytes(64 << 10)
            .limits(base.withConsumeWithinNs(plan.consumeWithinNs)).tier(plan.hasDisks ? below() : null).conclude());
        return service;
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
                tier.hang(hungUntilNs);
                return tier;
            }
        };
    }

    /** What one round of I/O takes, now. */
    long diskTimeNs() {
        boolean isSlow = !cluster.isHealed() && diskChance.happens(cluster.plan().diskRate(FaultKind.DISK_SLOW));
        if (isSlow) {
            cluster.injected(FaultKind.DISK_SLOW);
        }
        return isSlow ? diskChance.between(5_000_000, 800_000_000) : diskChance.between(20_000, 500_000);
    }

    void disk(FaultKind kind, long untilNs) {
        if (disk == null) {
            return;
        }
        switch (kind) {
            case DISK_FULL -> fullUntilNs = Math.max(fullUntilNs, untilNs);
            case DISK_ERRORS -> failingUntilNs = Math.max(failingUntilNs, untilNs);
            case DISK_HANG -> hungUntilNs = Math.max(hungUntilNs, untilNs);
            default -> throw new IllegalStateException("not of a disk: " + kind);
        }
        if (tier != null) {
            tier.hang(hungUntilNs);
        }
        lookAfterDisk();
        if (untilNs < Long.MAX_VALUE) {
            agenda.at(untilNs, this::lookAfterDisk);
        }
    }

    private void lookAfterDisk() {
        disk.full(fullUntilNs > agenda.nowNs());
        disk.failing(failingUntilNs > agenda.nowNs());
    }

    /** Its disk hangs, so memory that is under its I/O stays away. */
    boolean isDiskStuck() {
        return hungUntilNs == Long.MAX_VALUE;
    }

    void healDisk() {
        fullUntilNs = 0;
        failingUntilNs = 0;
        hungUntilNs = 0;
        lookAfterDisk();
        if (tier != null) {
            tier.heal();
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
        int turn = cluster.plan().overtakesMax();   // of the one before it, where many wait
        return tierOracle == null ? 0 : tierOracle.wasHeldBack(waiting) ? turn + 1 : turn;
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
        receiver.attach();
        isAttached = true;
    }

    @Override
    void onDied() {
        for (Attempt attempt : cluster.attempts()) {
            attempt.isReceiverGone |= attempt.request.receiver() == node && !attempt.isOver();
        }
        held.clear();
        fetching.clear();
        if (tier != null) {
            tier.onCrash(disk);
            tier = null;
        }
    }

    /** Memory that lanes write to unasked may stay away after all is quiet where a fence failed, and nowhere else. */
    boolean mayQuarantine() {
        return !cluster.plan().schemes.getFirst().equals("tcp") && process.hasBrokenFence();
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
        return (!isKept || (isDiskStuck() && !mayQuarantine())) && (tierOracle == null || tierOracle.leavesRoom());
    }

    ReservationLedger ledger() {
        return receiver.ledger();
    }

    /** The decode engine goes without a word, and another comes after that time. */
    void engineGone(long forNs) {
        if (isUp()) {
            goneUntilNs = Math.max(goneUntilNs, agenda.nowNs() + forNs);
            receiver.detach();
            isAttached = false;
            held.clear();   // who would read it, or release it, is gone
            fetching.noneAhead();
        }
    }

    void want(String nodeId, Attempt attempt) {
        if (isRunning() && isAttached) {
            receiver.want(nodeId, attempt.id, 0);
            wake();
        }
    }

    void fetch(String nodeId, Attempt attempt) {
        if (isRunning() && isAttached && !cluster.isHealed()) {
            fetching.begin(receiver, nodeId, attempt);
            wake();
        }
    }

    void prefetch(Attempt attempt) {
        if (isRunning() && isAttached) {
            fetching.beginAhead(receiver, attempt);
            wake();
        }
    }

    @Override
    public void onFetched(FetchEnd end) {
        fetching.ended(end);
    }

    @Override
    public void onPrefetched(PrefetchAsk ask, int blocksHere) {
        fetching.endedAhead(ask, blocksHere);
    }

    @Override
    void heal() {
        goneUntilNs = 0;
        if (disk != null) {
            healDisk();
            if (cluster.plan().areDisksStuck()) {
                disk(FaultKind.DISK_HANG, Long.MAX_VALUE);
            }
        }
        super.heal();
        wake();
    }

    int heldCount() {
        return held.size() + fetching.count();
    }

    @Override
    long engineCycle(long nowNs, boolean hasMoved) {
        long nextNs = Long.MAX_VALUE;
        if (!isAttached && goneUntilNs <= nowNs) {
            receiver.attach();
            isAttached = true;
            worked = true;
        }
        if (isAttached) {
            worked |= receiver.poll(this, 16) > 0;
        }
        for (int i = 0; i < held.size(); i++) {
            Held one = held.get(i);
            if (!one.isTaken && one.takeNs <= nowNs) {
                one.isTaken = receiver.take(one.ready);
                one.attempt.isDelivered |= one.isTaken;
                if (!one.isTaken) {
                    held.remove(i--);   // it has ended, and nothing of it may be read
                    worked = true;
                    continue;
                }
                cluster.oracle().event(10, node, one.attempt.request.index());
                one.releaseNs = nowNs + chance.between(1, readTimeMaxNs());
                worked = true;
            } else if (one.isTaken && one.releaseNs <= nowNs) {
                held.remove(i--);
                release(one);
                cluster.oracle().event(11, node, one.attempt.request.index());
                worked = true;
                continue;
            }
            nextNs = Math.min(nextNs, one.isTaken ? one.releaseNs : one.takeNs);
        }
        return nextNs;
    }

    private long readTimeMaxNs() {
        return cluster.plan().has(FaultKind.SLOW_ENGINE) && !cluster.isHealed() ? 3_000_000_000L : 20_000_000L;
    }

    /** What was taken is read until now, whatever has ended meanwhile. */
    private void release(Held one) {
        compare(one, "release");
        receiver.release(one.ready.handle());
    }

    private ReservationState stateOrNull(long handle) {
        Reservation reservation = receiver.ledger().findOrNull(handle);
        return reservation == null ? null : reservation.state();
    }

    @Override
    public void onReady(ReadyHandoff handoff) {
        Attempt attempt = cluster.attempt(handoff.handoffId());
        attempt.readyCount++;
        cluster.note(name(), () -> attempt + " ready");
        Held one = new Held(handoff, attempt);
        cluster.oracle().onReady(this, handoff, attempt);
        ReservationState state = stateOrNull(handoff.handle());
        if (state == ReservationState.READY) {
            compare(one, "ready");
        }
        long takeMaxNs = cluster.plan().has(FaultKind.SLOW_ENGINE) && !cluster.isHealed()
            ? cluster.plan().consumeWithinNs * 3 / 2 : 5_000_000;
        one.takeNs = agenda.nowNs() + chance.between(0, takeMaxNs);
        held.add(one);
    }

    @Override
    public void onEnded(HandoffId handoff, EndReason reason, String detail) {
        Attempt attempt = cluster.attempt(handoff);
        cluster.note(name(), () -> attempt + " ended for the engine: " + reason + " " + detail);
        if (attempt.engineEndLife == life) {
            throw new Violation("S9", "the decode engine is told twice: " + attempt);
        }
        attempt.engineEndLife = life;
        attempt.engineReason = reason;
        if (reason == EndReason.NONE) {
            throw new Violation("S19", "an abnormal end has no reason: " + attempt);
        }
    }

    @Override
    public void onNotHere(HandoffId handoff, EndReason reason) {
        cluster.note(name(), () -> "not here: " + cluster.attempt(handoff) + " " + reason);
    }

    /** Every byte of every cell, where it lies. */
    private void compare(Held one, String when) {
        Attempt attempt = one.attempt;
        for (ReadyBlocks held : one.ready.held()) {
            Comparison.requireRight(cluster.plan(), held, attempt, when);
        }
        Comparison.requireRight(cluster.plan(), one.ready.landed(), attempt, when);
        byte[] aux = SenderMember.aux(attempt);
        if (!Arrays.equals(one.ready.aux(), aux == null ? new byte[0] : aux)) {
            throw new Violation("S4", "aux data differs: " + attempt);
        }
    }
}
