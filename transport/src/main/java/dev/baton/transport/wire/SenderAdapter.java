package dev.baton.transport.wire;

import org.agrona.DirectBuffer;

import dev.baton.transport.session.MessageListener;
import dev.baton.transport.session.Session;

/**
 * Decodes what a sender hears, and leaves the rest to others. ABORT and its answer belong to the end that their
 * reservation's incarnation names, CANCEL to the end in its {@code to}, STALE to the end that would have said that
 * message. Single-threaded; allocates nothing.
 */
public final class SenderAdapter implements MessageListener {
    private final SenderMessageListener listener;
    private final GrantDecoder grant = new GrantDecoder();
    private final QueuedDecoder queued = new QueuedDecoder();
    private final RejectDecoder reject = new RejectDecoder();
    private final AddressesDecoder addresses = new AddressesDecoder();
    private final NackDecoder nack = new NackDecoder();
    private final ReadyDecoder ready = new ReadyDecoder();
    private final OutcomeDecoder outcome = new OutcomeDecoder();
    private final RenewAckDecoder renewAck = new RenewAckDecoder();
    private final StatusDecoder status = new StatusDecoder();
    private final WantDecoder want = new WantDecoder();
    private final AbortDecoder abort = new AbortDecoder();
    private final AbortAckDecoder abortAck = new AbortAckDecoder();
    private final CancelDecoder cancel = new CancelDecoder();
    private final StaleDecoder stale = new StaleDecoder();
    private final DrainingDecoder draining = new DrainingDecoder();

    public SenderAdapter(SenderMessageListener listener) {
        this.listener = listener;
    }

    @Override
    public boolean onMessage(Session session, int templateId, DirectBuffer buffer, int bodyOffset, int blockLength,
        int version, int length) {
        switch (templateId) {
            case GrantDecoder.TEMPLATE_ID ->
                listener.onGrant(session, grant.wrap(buffer, bodyOffset, blockLength, version));
            case QueuedDecoder.TEMPLATE_ID ->
                listener.onQueued(session, queued.wrap(buffer, bodyOffset, blockLength, version));
            case RejectDecoder.TEMPLATE_ID ->
                listener.onReject(session, reject.wrap(buffer, bodyOffset, blockLength, version));
            case AddressesDecoder.TEMPLATE_ID ->
                listener.onAddresses(session, addresses.wrap(buffer, bodyOffset, blockLength, version));
            case NackDecoder.TEMPLATE_ID ->
                listener.onNack(session, nack.wrap(buffer, bodyOffset, blockLength, version));
            case ReadyDecoder.TEMPLATE_ID ->
                listener.onReady(session, ready.wrap(buffer, bodyOffset, blockLength, version));
            case OutcomeDecoder.TEMPLATE_ID ->
                listener.onOutcome(session, outcome.wrap(buffer, bodyOffset, blockLength, version));
            case RenewAckDecoder.TEMPLATE_ID ->
                listener.onRenewAck(session, renewAck.wrap(buffer, bodyOffset, blockLength, version));
            case StatusDecoder.TEMPLATE_ID ->
                listener.onStatus(session, status.wrap(buffer, bodyOffset, blockLength, version));
            case WantDecoder.TEMPLATE_ID ->
                listener.onWant(session, want.wrap(buffer, bodyOffset, blockLength, version));
            case AbortDecoder.TEMPLATE_ID -> {
                abort.wrap(buffer, bodyOffset, blockLength, version);
                if (abort.reservation().incarnation() == session.localIncarnation()) {
                    return false;
                }
                listener.onAbort(session, abort);
            }
            case AbortAckDecoder.TEMPLATE_ID -> {
                abortAck.wrap(buffer, bodyOffset, blockLength, version);
                if (abortAck.reservation().incarnation() == session.localIncarnation()) {
                    return false;
                }
                listener.onAbortAck(session, abortAck);
            }
            case CancelDecoder.TEMPLATE_ID -> {
                cancel.wrap(buffer, bodyOffset, blockLength, version);
                if (cancel.to() != SenderProxy.TO_SENDING_END) {
                    return false;
                }
                listener.onCancel(session, cancel);
            }
            case StaleDecoder.TEMPLATE_ID -> {
                stale.wrap(buffer, bodyOffset, blockLength, version);
                if (!isSaidByThisEnd(stale.templateId())) {
                    return false;
                }
                listener.onStale(session, stale);
            }
            case DrainingDecoder.TEMPLATE_ID ->
                listener.onDraining(session, draining.wrap(buffer, bodyOffset, blockLength, version));
            default -> {
                return false;
            }
        }
        return true;
    }

    private static boolean isSaidByThisEnd(int templateId) {
        return switch (templateId) {
            case ReserveDecoder.TEMPLATE_ID, BindDecoder.TEMPLATE_ID, ChunkDecoder.TEMPLATE_ID, FinDecoder.TEMPLATE_ID,
                DrainedDecoder.TEMPLATE_ID, RenewDecoder.TEMPLATE_ID, QueryDecoder.TEMPLATE_ID,
                WantAckDecoder.TEMPLATE_ID, NotHereDecoder.TEMPLATE_ID, AbortDecoder.TEMPLATE_ID,
                AbortAckDecoder.TEMPLATE_ID, CancelDecoder.TEMPLATE_ID -> true;
            default -> false;
        };
    }
}
