package dev.baton.sim.chaos;

import java.util.Arrays;
import java.util.List;
import java.util.Map;

import dev.baton.buffer.reserve.ExtentLedger;
import dev.baton.buffer.reserve.ExtentTotals;
import dev.baton.buffer.reserve.RejectReason;
import dev.baton.sim.time.Chance;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.wire.OutcomeKind;

/** What must become of a cluster in which everything has healed: all that was begun ends, memory comes back, and requests go through. */
final class Recovery {
    private static final long SECOND = 1_000_000_000L;
    /** What a receiver says in WANT. */
    private static final long WANT_DEADLINE_NS = 120 * SECOND;
    /** Throughput is back so long after faults end (L8). */
    private static final long BACK_WITHIN_NS = 10 * SECOND;
    /** Short enough for a next attempt where the first one's RESERVE was lost with what the faults had left behind. */
    private static final long PROBE_DEADLINE_MS = 6_000;
    /** Whose bytes were corrupt twice is granted nothing for so long; twice as long the next time, to a bound (section 7). */
    private static final long SUSPECT_MIN_NS = 5 * SECOND;
    private static final long SUSPECT_MAX_NS = 60 * SECOND;

    private static final long LARGEST_DEADLINE_MS = 20_000;
    /** That one among them. */
    private static final int SMALL_BESIDE_LARGEST = 7;

    private final Cluster cluster;
    private final Plan plan;
    private long healedNs;

    Recovery(Cluster cluster) {
        this.cluster = cluster;
        this.plan = cluster.plan();
    }

    /** From now on. */
    void begin() {
        healedNs = cluster.agenda().nowNs();
    }

    /** Every handoff ends at both ends, and all memory comes back, within the bounds (L1, L2). */
    void awaitQuiet() {
        long deadlineNs = plan.hasSourceFirst() ? WANT_DEADLINE_NS : plan.deadlineMs * 1_000_000;
        long boundNs = cluster.agenda().nowNs() + deadlineNs + plan.consumeWithinNs + 40 * SECOND;
        while (!isQuiet()) {
            if (cluster.agenda().nowNs() >= boundNs) {
                throw notQuiet();
            }
            cluster.advance(cluster.agenda().nowNs() + SECOND / 4);
        }
    }

    private boolean isQuiet() {
        if (cluster.openCount() > 0 || cluster.isAnyLeaving() || !cluster.gangs().isQuiet()) {
            return false;
        }
        for (ReceiverMember receiver : cluster.receivers()) {
            ExtentTotals totals = receiver.ledger().extents().counts().totals();
            if (receiver.heldCount() > 0 || !receiver.isIdleBesideTier()) {
                return false;
            }
            if (receiver.isDiskStuck()) {
                continue;
            }
            // A block whose slices are not all stored is held between two of them, when nothing is under way.
            boolean isBack = totals.free() + totals.evictable() + totals.quarantined() == totals.total();
            if (!isBack || !receiver.isTierIdle() || (totals.quarantined() > 0 && !receiver.mayQuarantine())) {
                return false;
            }
        }
        return true;
    }

    private Violation notQuiet() {
        for (Attempt attempt : cluster.attempts()) {
            if (!attempt.isOver()) {
                return new Violation("L2", "no outcome at the sender: " + attempt + " begunMs=" +
                    attempt.begunNs / 1_000_000 + " granted=" + attempt.isGranted + " finished=" +
                    attempt.isFinished + " landed=" + attempt.isLanded);
            }
        }
        StringBuilder live = new StringBuilder();
        for (ReceiverMember receiver : cluster.receivers()) {
            receiver.ledger().forEachLive(reservation -> live.append(' ').append(receiver.name()).append(' ')
                .append(reservation).append(';'));
            live.append(' ').append(receiver.name()).append(' ').append(receiver.ledger().extents().counts().totals())
                .append(" tierIdle=").append(receiver.isTierIdle()).append(" held=").append(receiver.heldCount()).append(';');
        }
        return new Violation("L1", "memory does not come back:" + live + cluster.gangs().whyNotQuiet());
    }

    /**
     * After everything healed, small requests between any two nodes go through (L3, L8): at once, or as a next attempt of
     * what began within {@link #BACK_WITHIN_NS} of healing and died with a session that the faults had cost.
     */
    void probe() {
        long suspectNs = suspectMaxNs();
        if (suspectNs > 0) {
            cluster.advance(cluster.agenda().nowNs() + suspectNs + SECOND);
        }
        int first = cluster.requestCount();
        for (int from = 0; from < cluster.prefills().size(); from++) {
            for (int to = 0; to < plan.receivers; to++) {
                if (cluster.prefills().get(from).node() != to && cluster.receivers().get(to).hasRoom()) {
                    cluster.ask(from, to, 1, PROBE_DEADLINE_MS);
                }
            }
        }
        long boundNs = cluster.agenda().nowNs() + BACK_WITHIN_NS + 2 * PROBE_DEADLINE_MS * 1_000_000;
        while (cluster.openCount() > 0 && cluster.agenda().nowNs() < boundNs) {
            cluster.advance(cluster.agenda().nowNs() + SECOND / 4);
        }
        for (int i = first; i < cluster.requestCount(); i++) {
            Attempt attempt = lastOf(i);
            if (!cluster.oracle().layouts().hasPlan(attempt.sender)) {
                cluster.oracle().layouts().requireRefused(attempt);
            } else if (attempt.senderKind != OutcomeKind.DELIVERED) {
                throw new Violation(cluster.receivers().get(attempt.request.receiver()).isDiskStuck() ? "L10" : "L8",
                    "a request after healing is not delivered: " + attempt + " from sender " +
                    attempt.request.sender() + " to receiver " + attempt.request.receiver() + " kind=" +
                    attempt.senderKind + " reason=" + attempt.senderReason + " granted=" + attempt.isGranted);
            }
        }
        if (plan.areDisksStuck()) {
            cluster.receivers().forEach(ReceiverMember::healDisk);
        }
        awaitQuiet();
        if (plan.scope.has(Focus.IMPOSSIBLE) || Chance.of(plan.seed, "largest-too").below(16) == 0) {
            askLargest(Chance.of(plan.seed, "largest"));
        }
    }

    /**
     * A request as large as what a receiver has now, and small ones before and behind it: all are granted in the end (L3), whatever lies there that nobody
     * holds. A sender for which too much is quarantined there is granted nothing.
     */
    private void askLargest(Chance chance) {
        ReceiverMember receiver = cluster.receivers().get(chance.below(plan.receivers));
        ExtentLedger extents = receiver.ledger().extents();
        int[] usable = new int[extents.plan().shardCount()];
        Arrays.setAll(usable, shard -> extents.usableCount(extents.plan().bank(0, shard)));
        int tokens = new Sizes(plan).tokensWithin(usable);
        if (tokens == 0 || !cluster.gangs().missing(receiver).isEmpty()) {
            return;
        }
        long evictable = extents.counts().totals().evictable();
        int first = cluster.requestCount();
        long deadlineMs = LARGEST_DEADLINE_MS + tokens * roundTripMaxMs();
        for (int i = 0; i < SMALL_BESIDE_LARGEST; i++) {
            cluster.ask(chance.below(plan.senders), receiver.node, i == SMALL_BESIDE_LARGEST / 2 ? tokens : 1, deadlineMs);
        }
        long boundNs = cluster.agenda().nowNs() + 2 * deadlineMs * 1_000_000;
        while (cluster.openCount() > 0 && cluster.agenda().nowNs() < boundNs) {
            cluster.advance(cluster.agenda().nowNs() + SECOND / 4);
        }
        for (int i = first; i < cluster.requestCount(); i++) {
            Attempt attempt = lastOf(i);
            if (cluster.oracle().layouts().hasPlan(attempt.sender) && attempt.senderKind != OutcomeKind.DELIVERED && !wasQuarantined(i)) {
                throw new Violation("L3", "a request that fits is not delivered: " + attempt + " tokens=" + attempt.request.tokens() + " of " + tokens +
                    " from sender " + attempt.request.sender() + " to receiver " + receiver.node + " kind=" + attempt.senderKind + " reason=" +
                    attempt.senderReason + " refusedFor=" + attempt.refusedFor + " granted=" + attempt.isGranted + " " + extents.counts().totals());
            }
        }
        cluster.oracle().seen(receiver.node, evictable > 0 ? "largest-in-place-of-blocks" : "largest", tokens);
        awaitQuiet();
    }

    /** Networks stay as slow as they are when all else has healed; a window may be as small as a cell, a cell as small as a token. */
    private long roundTripMaxMs() {
        return 2 * cluster.fabric().weather().delayMaxNs / 1_000_000;
    }

    /** How long anybody can be suspect yet: each time takes bytes that were corrupt. */
    private long suspectMaxNs() {
        Map<String, Integer> counts = cluster.fabric().faultCounts();
        int corrupt = counts.getOrDefault(FaultKind.BIT_FLIP.tag(), 0) + counts.getOrDefault(FaultKind.TRUNCATION.tag(), 0);
        return corrupt < 2 ? 0 : Math.min(SUSPECT_MIN_NS << Math.min(corrupt - 2, 4), SUSPECT_MAX_NS);
    }

    private Attempt lastOf(int request) {
        List<Attempt> all = cluster.attempts();
        for (int i = all.size() - 1; i >= 0; i--) {
            if (all.get(i).request.index() == request && all.get(i).isLead()) {
                return all.get(i);
            }
        }
        throw new IllegalStateException("nobody asked for it: request=" + request);
    }

    /** Whether one of its attempts was refused for what is QUARANTINED for its sender; the last one may have no answer yet. */
    private boolean wasQuarantined(int request) {
        return cluster.attempts().stream().anyMatch(attempt -> attempt.request.index() == request && attempt.refusedFor == RejectReason.PEER_QUARANTINED);
    }

    /** Asked after healing, early enough that a next attempt may follow. */
    boolean isProbeAgain(Attempt attempt) {
        return cluster.isHealed() && attempt.request.index() >= plan.requests.size() && attempt.request.index() < cluster.requestCount()
            && attempt.request.atNs() - healedNs < BACK_WITHIN_NS && attempt.senderReason != EndReason.CANCELLED;
    }
}
