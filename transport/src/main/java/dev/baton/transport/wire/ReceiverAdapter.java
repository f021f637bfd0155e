package dev.baton.transport.wire;

import org.agrona.DirectBuffer;

import dev.baton.transport.session.MessageListener;
import dev.baton.transport.session.Session;

/**
 * Decodes what a receiver hears, and leaves the rest to others. ABORT and its answer belong to the end that their
 * reservation's incarnation names, CANCEL to the end in its {@code to}, STALE to the end that would have said that
 * message. Single-threaded; allocates nothing.
 */
public final class ReceiverAdapter implements MessageListener {
    private final ReceiverMessageListener listener;
    private final ReserveDecoder reserve = new ReserveDecoder();
    private final BindDecoder bind = new BindDecoder();
    private final ChunkDecoder chunk = new ChunkDecoder();
    private final FinDecoder fin = new FinDecoder();
    private final DrainedDecoder drained = new DrainedDecoder();
    private final RenewDecoder renew = new RenewDecoder();
    private final QueryDecoder query = new QueryDecoder();
    private final WantAckDecoder wantAck = new WantAckDecoder();
    private final NotHereDecoder notHere = new NotHereDecoder();
    private final AbortDecoder abort = new AbortDecoder();
    private final AbortAckDecoder abortAck = new AbortAckDecoder();
    private final CancelDecoder cancel = new CancelDecoder();
    private final StaleDecoder stale = new StaleDecoder();
    private final DrainingDecoder draining = new DrainingDecoder();

    public ReceiverAdapter(ReceiverMessageListener listener) {
        this.listener = listener;
    }

    @Override
    public boolean onMessage(Session session, int templateId, DirectBuffer buffer, int bodyOffset, int blockLength,
        int version, int length) {
        switch (templateId) {
            case ReserveDecoder.TEMPLATE_ID ->
                listener.onReserve(session, reserve.wrap(buffer, bodyOffset, blockLength, version));
            case BindDecoder.TEMPLATE_ID ->
                listener.onBind(session, bind.wrap(buffer, bodyOffset, blockLength, version));
            case ChunkDecoder.TEMPLATE_ID ->
                listener.onChunk(session, chunk.wrap(buffer, bodyOffset, blockLength, version));
            case FinDecoder.TEMPLATE_ID ->
                listener.onFin(session, fin.wrap(buffer, bodyOffset, blockLength, version));
            case DrainedDecoder.TEMPLATE_ID ->
                listener.onDrained(session, drained.wrap(buffer, bodyOffset, blockLength, version));
            case RenewDecoder.TEMPLATE_ID ->
                listener.onRenew(session, renew.wrap(buffer, bodyOffset, blockLength, version));
            case QueryDecoder.TEMPLATE_ID ->
                listener.onQuery(session, query.wrap(buffer, bodyOffset, blockLength, version));
            case WantAckDecoder.TEMPLATE_ID ->
                listener.onWantAck(session, wantAck.wrap(buffer, bodyOffset, blockLength, version));
            case NotHereDecoder.TEMPLATE_ID ->
                listener.onNotHere(session, notHere.wrap(buffer, bodyOffset, blockLength, version));
            case AbortDecoder.TEMPLATE_ID -> {
                abort.wrap(buffer, bodyOffset, blockLength, version);
                if (abort.reservation().incarnation() != session.localIncarnation()) {
                    return false;
                }
                listener.onAbort(session, abort);
            }
            case AbortAckDecoder.TEMPLATE_ID -> {
                abortAck.wrap(buffer, bodyOffset, blockLength, version);
                if (abortAck.reservation().incarnation() != session.localIncarnation()) {
                    return false;
                }
                listener.onAbortAck(session, abortAck);
            }
            case CancelDecoder.TEMPLATE_ID -> {
                cancel.wrap(buffer, bodyOffset, blockLength, version);
                if (cancel.to() != ReceiverProxy.TO_RECEIVING_END) {
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
            case GrantDecoder.TEMPLATE_ID, QueuedDecoder.TEMPLATE_ID, RejectDecoder.TEMPLATE_ID,
                AddressesDecoder.TEMPLATE_ID, NackDecoder.TEMPLATE_ID, ReadyDecoder.TEMPLATE_ID,
                OutcomeDecoder.TEMPLATE_ID, RenewAckDecoder.TEMPLATE_ID, StatusDecoder.TEMPLATE_ID,
                WantDecoder.TEMPLATE_ID, AbortDecoder.TEMPLATE_ID, AbortAckDecoder.TEMPLATE_ID,
                CancelDecoder.TEMPLATE_ID -> true;
            default -> false;
        };
    }
}
