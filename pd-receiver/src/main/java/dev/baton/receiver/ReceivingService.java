package dev.baton.receiver;

import dev.baton.buffer.reserve.ReservationLedger;
import dev.baton.receiver.engine.DecodePort;
import dev.baton.transport.node.NodeService;

/** The receiving role of a node, whether it allocates by itself or lends its memory to the leader of a gang. */
interface ReceivingService extends NodeService {
    /** The one that the context asks for. */
    static ReceivingService of(ReceiverContext context) {
        return context.gangLeaderOrNull() == null ? new ReceiverService(context) : new GangMemberService(context);
    }

    DecodePort port();

    /** Once prepared; the control agent's. */
    ReservationLedger ledger();

    /** Once prepared. */
    ReceiverMetrics metrics();
}
