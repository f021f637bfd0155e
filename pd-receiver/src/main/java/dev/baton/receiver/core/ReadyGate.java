package dev.baton.receiver.core;

import java.util.ArrayList;
import java.util.List;

import dev.baton.buffer.reserve.Reservation;
import dev.baton.buffer.reserve.ReservationLedger;
import dev.baton.buffer.reserve.ReservationState;

/**
 * Shows the engine here what is ready: of a gang once every process has an engine to read its shards, for what one takes all do.
 * Until then it waits within its own time, as what is ready for an engine that is not there does. Pure; control agent's thread.
 */
final class ReadyGate {
    private final ReservationLedger ledger;
    private final Gang gang;
    private final DecodeEvents engine;
    private final List<ReadyHandoff> waiting = new ArrayList<>();

    ReadyGate(ReservationLedger ledger, Gang gang, DecodeEvents engine) {
        this.ledger = ledger;
        this.gang = gang;
        this.engine = engine;
    }

    void ready(ReadyHandoff handoff) {
        if (gang.withoutEngine().isEmpty()) {
            engine.onReady(handoff);
        } else {
            waiting.removeIf(former -> !isReady(former));
            waiting.add(handoff);
        }
    }

    /** All of it has ended. */
    void clear() {
        waiting.clear();
    }

    /** Every process has an engine. */
    void open() {
        for (ReadyHandoff handoff : waiting) {
            if (isReady(handoff)) {
                engine.onReady(handoff);
            }
        }
        waiting.clear();
    }

    private boolean isReady(ReadyHandoff handoff) {
        Reservation reservation = ledger.findOrNull(handoff.handle());
        return reservation != null && reservation.state() == ReservationState.READY;
    }
}
