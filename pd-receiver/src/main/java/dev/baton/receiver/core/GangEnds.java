package dev.baton.receiver.core;

import dev.baton.buffer.reserve.AdmissionQueue;
import dev.baton.buffer.reserve.ExtentLedger;
import dev.baton.buffer.reserve.RejectReason;
import dev.baton.buffer.reserve.ReservationLedger;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.HandoffId;
import dev.baton.transport.session.Session;

/**
 * A member of the gang is gone: every reservation lies partly there, so every one that was not delivered ends, and what
 * was cached is forgotten. Pure; control agent's thread.
 */
final class GangEnds {
    private static final int RETRY_MS = 500;

    private final ReservationLedger ledger;
    private final AdmissionQueue admission;
    private final HandoffTimers timers;
    private final HandoffEnds ends;
    private final ReceiverAnswers answers;
    private final BlockCache cache;
    private final Gang gang;

    GangEnds(ReservationLedger ledger, AdmissionQueue admission, HandoffTimers timers, HandoffEnds ends,
        ReceiverAnswers answers, BlockCache cache, Gang gang) {
        this.gang = gang;
        this.cache = cache;
        this.ledger = ledger;
        this.admission = admission;
        this.timers = timers;
        this.ends = ends;
        this.answers = answers;
    }

    /** True while some member is not there: whoever asks for memory is told which, and to come again. */
    boolean isRefused(Session session, long correlation, HandoffId id) {
        String missing = gang.missing();
        if (missing.isEmpty()) {
            return false;
        }
        answers.reject(session, correlation, id, RejectReason.GANG_INCOMPLETE, RETRY_MS, 0, 0, missing);
        return true;
    }

    void memberLost(String detail, long nowNs) {
        cache.forget();
        ledger.forEachLive(reservation -> {
            InboundHandoff handoff = (InboundHandoff) reservation.attachment();
            switch (reservation.state()) {
                case QUEUED -> {
                    timers.disarm(handoff);
                    admission.cancel(reservation, RejectReason.GANG_INCOMPLETE);
                    answers.refuse(handoff, RejectReason.GANG_INCOMPLETE, RETRY_MS, detail);
                }
                case GRANTED, RECEIVING, VERIFYING -> ends.revoke(handoff, EndReason.MEMBER_LOST, detail, nowNs);
                case READY -> ends.notConsumed(handoff, EndReason.MEMBER_LOST, nowNs);
                default -> { }
            }
        });
        ExtentLedger extents = ledger.extents();
        for (int bank = 0; bank < extents.plan().bankCount(); bank++) {
            extents.evict(bank, (int) extents.counts().evictable(bank));
        }
    }
}
