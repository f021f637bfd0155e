package dev.baton.sim.chaos;

import java.util.EnumSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

import dev.baton.kv.LayoutMismatchException;
import dev.baton.kv.ShardPairing;
import dev.baton.kv.ShardedLayout;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.wire.OutcomeKind;

/** Holds a cluster to S10: what is granted has a plan from its sender's layout to the receiver's, and what has none ends at its engine, which is told so. */
final class LayoutOracle {
    /** Only what was granted ends so. */
    private static final Set<EndReason> OF_GRANTS = EnumSet.of(EndReason.LEASE_EXPIRED, EndReason.NOT_STARTED, EndReason.CORRUPT, EndReason.MISSING,
        EndReason.DIGEST, EndReason.NOT_CONSUMED, EndReason.WRITE_FAILED, EndReason.TOO_LONG);
    /** Where nothing goes wrong: by then its sender has its session, and says so. */
    private static final long REFUSED_WITHIN_NS = 1_000_000_000;

    private final Cluster cluster;
    private final Map<Integer, Boolean> plans = new HashMap<>();

    LayoutOracle(Cluster cluster) {
        this.cluster = cluster;
    }

    /** Whether what that sender has can be had by the receivers, which are all alike. */
    boolean hasPlan(int sender) {
        return plans.computeIfAbsent(sender, this::isConvertible);
    }

    private boolean isConvertible(int sender) {
        ShardedLayout from = cluster.plan().layoutOf(sender);
        ShardedLayout to = cluster.plan().receiverLayout;
        try {
            return ShardPairing.of(from.layout(), from.sharding(), to.layout(), to.sharding()) != null;
        } catch (LayoutMismatchException _) {
            return false;
        }
    }

    void onGranted(ReceiverMember receiver, Attempt attempt) {
        if (!hasPlan(attempt.sender)) {
            throw new Violation("S10", "granted, and no plan turns its sender's layout into the receiver's: " + attempt + " at " + receiver.name());
        }
    }

    /** After healing its sender has a session, so that there is one reason only. */
    void requireRefused(Attempt attempt) {
        if (attempt.senderReason != EndReason.LAYOUT_MISMATCH) {
            throw new Violation("S10", "no plan converts its layout, and its engine is not told so: " + attempt + " kind=" + attempt.senderKind + " reason=" +
                attempt.senderReason);
        }
    }

    void finish() {
        boolean isCalm = cluster.plan().enabled.isEmpty() && DrainPlan.drawn(cluster.plan()).isEmpty();
        for (Attempt attempt : cluster.attempts()) {
            if (attempt.senderKind != null && !hasPlan(attempt.sender)) {
                check(attempt, isCalm);
            }
        }
    }

    /** Where something goes wrong, or a node goes down, its engine may be told of that. */
    private void check(Attempt attempt, boolean isCalm) {
        boolean isParked = attempt.request.isSourceFirst() && attempt.senderReason == EndReason.NOT_WANTED;
        if (attempt.senderKind == OutcomeKind.DELIVERED || attempt.isDelivered || OF_GRANTS.contains(attempt.senderReason)) {
            throw new Violation("S10", "no plan converts its layout, and it was handed off: " + attempt + " reason=" + attempt.senderReason);
        }
        if (isCalm && !isParked) {
            requireRefused(attempt);
            if (attempt.senderEndNs - attempt.begunNs > REFUSED_WITHIN_NS) {
                throw new Violation("L5", "no plan converts its layout, which its engine is told late: " + attempt);
            }
        }
        cluster.oracle().seen(cluster.prefills().get(attempt.sender).node(), attempt.senderReason == EndReason.LAYOUT_MISMATCH ? "misfit-refused"
            : isParked ? "misfit-parked" : "misfit-ended", attempt.request.index());
    }
}
