package dev.baton.receiver.core;

import java.util.List;

import dev.baton.buffer.reserve.ReservationState;
import dev.baton.kv.BlockKey;

/** How far {@link Promotions} is with the blocks of one request. Control agent's thread. */
final class Promotion {
    final InboundHandoff handoff;
    final long deadlineNs;
    final int end;
    /** The first block that nobody looked for yet. */
    int next;
    boolean isAsked;
    int asked;
    int foundEnd;
    LoadStretch stretch;
    boolean isHeldBack;
    boolean isOver;

    Promotion(InboundHandoff handoff, long deadlineNs) {
        this.handoff = handoff;
        this.deadlineNs = deadlineNs;
        next = handoff.map().firstBlock();
        // The last block is sent whatever lies here.
        end = Math.min(keys().size(), handoff.map().blockCount() - 1);
    }

    List<BlockKey> keys() {
        return handoff.blocks().keys();
    }

    long tenant() {
        return handoff.handoffId().tenant();
    }

    TenantKey key(int block) {
        return TenantKey.of(tenant(), keys().get(block));
    }

    /** Not granted, and not ended: its reservation's object may be another's by now. */
    boolean isWaiting() {
        return handoff.reservation().id() == handoff.reservationId().counter()
            && handoff.reservation().state() == ReservationState.QUEUED;
    }
}
