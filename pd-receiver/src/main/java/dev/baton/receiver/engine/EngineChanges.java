package dev.baton.receiver.engine;

/** How often one engine came in place of another, or one left, by orders in their turn. One thread at a time writes; any reads. */
final class EngineChanges {
    private boolean isWatched;
    private volatile long count;

    static boolean mayBe(EngineOrder order) {
        return order instanceof EngineOrder.Attach || order instanceof EngineOrder.Detach || order instanceof EngineOrder.Watch;
    }

    /** An engine that speaks for itself may say more than once that it is there: that changes nothing. */
    @SuppressWarnings("NonAtomicVolatileUpdate")   // one writer
    void next(EngineOrder order) {
        if (!mayBe(order)) {
            return;
        }
        if (isWatched || !(order instanceof EngineOrder.Attach)) {
            count++;
        }
        isWatched = order instanceof EngineOrder.Watch;
    }

    long count() {
        return count;
    }
}
