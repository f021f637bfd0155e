package dev.baton.receiver.core;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongUnaryOperator;

import org.agrona.collections.Long2ObjectHashMap;

import dev.baton.buffer.reserve.AdmissionLimits;
import dev.baton.buffer.reserve.AdmissionQueue;
import dev.baton.buffer.reserve.PlaceCount;
import dev.baton.buffer.reserve.RejectReason;
import dev.baton.buffer.reserve.Reservation;
import dev.baton.buffer.reserve.ReservationLedger;
import dev.baton.transport.session.HandoffId;
import dev.baton.transport.session.Session;

/**
 * Keeps places for those who have none yet. Of the places for reservations, of those in the queue, of the bytes that may
 * wait and of what is remembered of the ended, a node has no more than are left free: half where it is alone, a third where two want all they can get, and one more
 * always finds room. So has a tenant, but for the ended, while others are there, or were named; one that is alone is bounded by its nodes.
 * A single request may wait whatever its size. Pure; control agent's thread.
 * <p>
 * Source: dynamic thresholds of shared memory, Choudhury and Hahne, IEEE/ACM Transactions on Networking 6 (1998).
 */
final class PlaceShares {
    private static final int KEPT_MIN = 1_024;
    private static final int MS = 1_000_000;
    /** Until some of what ended is forgotten. */
    private static final int FORGETS_MS = 1_000;

    private final ReservationLedger ledger;
    private final AdmissionQueue admission;
    private final AdmissionLimits limits;
    private final LongUnaryOperator jitter;
    private final Tombstones tombstones;
    private final ReceiverAnswers answers;
    private final Map<String, PlaceCount> byNode = new LinkedHashMap<>();
    private final Long2ObjectHashMap<PlaceCount> byTenant = new Long2ObjectHashMap<>();
    private int keptMax = KEPT_MIN;

    PlaceShares(ReservationLedger ledger, AdmissionQueue admission, AdmissionLimits limits, LongUnaryOperator jitter, Tombstones tombstones,
        ReceiverAnswers answers) {
        this.ledger = ledger;
        this.admission = admission;
        this.limits = limits;
        this.jitter = jitter;
        this.tombstones = tombstones;
        this.answers = answers;
    }

    /**
     * True if there is no place for one more of that asker, and it was told why. What can never fit is the queue's to refuse.
     *
     * @param session null for this process's own scheduler, which is no node to itself
     */
    boolean isRefused(Session session, long correlation, HandoffId id, int[] extentsPerShard, long nowNs) {
        if (tombstones.isFull(nowNs)) {
            answers.reject(session, correlation, id, RejectReason.OVERLOADED, FORGETS_MS, 0, 0, "too many handoffs ended in the last minutes");
            return true;
        }
        PlaceCount node = session == null ? null : byNode.get(session.peer().nodeId());
        if (node != null && tombstones.isCrowding(node)) {
            answers.reject(session, correlation, id, RejectReason.OVERLOADED, FORGETS_MS, 0, 0, "this node may have no more handoffs that ended in " +
                "the last minutes than are left free: ended=" + node.endedCount() + " of " + tombstones.countMax() + " free=" +
                (tombstones.countMax() - tombstones.count()));
            return true;
        }
        if (ledger.tiers().bankTooSmall(extentsPerShard) >= 0) {
            return false;
        }
        long neededBytes = neededBytes(extentsPerShard);
        PlaceCount tenant = byTenant.get(id.tenant());
        boolean isNodes = isCrowding(node, neededBytes);
        if (!isNodes && !(isBesideOthers(tenant) && isCrowding(tenant, neededBytes))) {
            return false;
        }
        int retryAfterMs = (int) Math.max(1, jitter.applyAsLong(limits.retryAfterNs()) / MS);
        answers.reject(session, correlation, id, RejectReason.OVERLOADED, retryAfterMs, 0, 0,
            isNodes ? told("node", node) : told("tenant", tenant));
        return true;
    }

    /** Who that reservation counts for from now on: its tenant, and the node of that session, in place of any before. */
    void count(Reservation reservation, Session sessionOrNull) {
        if (byNode.size() + byTenant.size() >= keptMax) {
            byNode.values().removeIf(node -> node.count() + node.endedCount() == 0);
            byTenant.values().removeIf(tenant -> tenant.count() == 0);
            keptMax = Math.max(KEPT_MIN, 2 * (byNode.size() + byTenant.size()));
        }
        PlaceCount node = sessionOrNull == null ? null : byNode.computeIfAbsent(sessionOrNull.peer().nodeId(), _ -> new PlaceCount());
        reservation.countFor(node, byTenant.computeIfAbsent(reservation.tenantHash(), _ -> new PlaceCount()));
    }

    private boolean isBesideOthers(PlaceCount tenant) {
        return tenant != null && (limits.tenants().known().size() > 1 || ledger.liveCount() > tenant.count());
    }

    private boolean isCrowding(PlaceCount asker, long neededBytes) {
        if (asker == null || asker.count() == 0) {
            return false;
        }
        boolean isQueueing = asker.queuedCount() > 0;
        return asker.count() >= ledger.placesLeft()
            || (isQueueing && asker.queuedCount() >= limits.queuedMax() - admission.size())
            || (isQueueing && asker.queuedBytes() + neededBytes > limits.queuedBytesMax() - admission.queuedBytes());
    }

    private String told(String who, PlaceCount asker) {
        return "this " + who + " may have no more than are left free: reservations=" + asker.count() + " of " +
            (ledger.liveCount() + ledger.placesLeft()) + " free=" + ledger.placesLeft() + " waiting=" + asker.queuedCount() + " of " +
            limits.queuedMax() + " free=" + (limits.queuedMax() - admission.size()) + " waitingBytes=" + asker.queuedBytes() + " of " +
            limits.queuedBytesMax() + " free=" + (limits.queuedBytesMax() - admission.queuedBytes());
    }

    private long neededBytes(int[] extentsPerShard) {
        long extents = 0;
        for (int count : extentsPerShard) {
            extents += count;
        }
        return extents * ledger.extents().plan().extentBytes();
    }
}
