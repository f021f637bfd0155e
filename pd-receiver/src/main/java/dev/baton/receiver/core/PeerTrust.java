package dev.baton.receiver.core;

import java.util.function.Consumer;

import dev.baton.buffer.reserve.RejectReason;
import dev.baton.transport.session.HandoffId;
import dev.baton.transport.session.Session;

/**
 * Whether a node is granted more: not while too much memory is quarantined for it, nor while its bytes are not to be
 * trusted. Either passes; each RESERVE is told how long it may take. Control agent's thread.
 */
final class PeerTrust {
    private static final int QUARANTINED_RETRY_MS = 1_000;

    private final QuarantineBook quarantines;
    private final SuspectBook suspects;
    private final ReceiverAnswers answers;

    PeerTrust(QuarantineBook quarantines, SuspectBook suspects, ReceiverAnswers answers) {
        this.quarantines = quarantines;
        this.suspects = suspects;
        this.answers = answers;
    }

    /** True if that node was refused and told why. */
    boolean isRefused(Session session, long correlation, HandoffId id, long nowNs) {
        String nodeId = session.peer().nodeId();
        if (quarantines.isOverShare(nodeId)) {
            answers.reject(session, correlation, id, RejectReason.PEER_QUARANTINED, QUARANTINED_RETRY_MS, 0, 0,
                "too much memory is quarantined for this node: nodeId=" + nodeId + " extents=" +
                    quarantines.extents(nodeId) + "; it comes back once its senders are proved to write no more");
            return true;
        }
        int suspectForMs = suspects.suspectForMs(nodeId, nowNs);
        if (suspectForMs > 0) {
            answers.reject(session, correlation, id, RejectReason.PEER_SUSPECT, suspectForMs, 0, 0,
                "bytes of this node were corrupt again and again: nodeId=" + nodeId + "; look at its memory and network");
            return true;
        }
        return false;
    }

    /** What an operator should hear, once each. */
    void drainAlarms(Consumer<String> listener) {
        quarantines.drainAlarms(listener);
        suspects.drainAlarms(listener);
    }
}
