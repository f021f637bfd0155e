package dev.baton.sim.check;

import dev.baton.buffer.reserve.ReservationState;

/** The steps of one handoff, how many of its cells each is about, and when an honest world takes it. */
final class HandoffSteps {
    static final Step[] ALL = {
        Step.RESERVE, Step.BIND, Step.RENEW, Step.LINES, Step.POST, Step.LAND, Step.MARK, Step.FIN, Step.VERIFY,
        Step.CORRUPT, Step.HEAR_NACK, Step.HEAR_ABORT, Step.DRAINED, Step.STOP, Step.ABORT, Step.CANCEL, Step.TAKE,
        Step.RELEASE
    };

    private HandoffSteps() {}

    static int cells(Step step, HandoffView view) {
        return switch (step) {
            case POST, LAND, VERIFY, CORRUPT -> view.cellCount;
            default -> 1;
        };
    }

    /** Whether the step of this cell, a bit, may come next. */
    static boolean mayHappen(ReceiverWorld world, Step step, HandoffView view, int cell) {
        boolean isGranted = view.grantedOn == world.sessionNumber() && view.reservation != 0;
        boolean mayPost = isGranted && view.hasAddresses
            && (!view.heardAbort || world.defect == Defect.POST_AFTER_ABORT);
        return switch (step) {
            case RESERVE -> view.reserves < 1
                || (view.reserves < 2 && !isGranted && (world.scenario.isRepeating() || world.losses > 0));
            case BIND -> isGranted && view.binds < 1 && !view.heardAbort;
            case RENEW -> world.scenario.isRepeating() && isGranted && view.renews < 1 && !view.heardAbort;
            case LINES -> mayPost && !view.hasLines;
            case POST -> mayPost && !view.hasFin && (view.toSend & ~view.posted & cell) != 0;
            case LAND -> (view.pending & cell) != 0;
            case MARK -> mayPost && !view.hasMark && view.posted == view.toSend && !view.isStopped
                && (view.pending == 0 || world.defect == Defect.MARK_OVERTAKES);
            case FIN -> mayPost && !view.hasFin && view.hasLines && view.posted == view.toSend
                && (!world.isOneSided || view.pending == 0);
            case VERIFY -> isJudgeable(world, view, cell);
            case CORRUPT -> world.corruptions < world.scenario.corruptMax() && isJudgeable(world, view, cell);
            case HEAR_NACK -> mayPost && view.nacked != 0;
            case HEAR_ABORT -> view.isAborting && !view.heardAbort && isGranted;
            case DRAINED -> isGranted && view.heardAbort && !view.saidDrained && view.hasAddresses
                && (view.pending == 0 || world.defect == Defect.DRAINED_AT_ONCE);
            case STOP -> view.isRevoked && !view.isStopped && world.find(view) != null;
            case ABORT -> mayPost && world.engineEnds < world.scenario.endsMax();
            case CANCEL -> !view.isCancelled && world.engineEnds < world.scenario.endsMax() && view.reserves > 0;
            case TAKE -> world.isIn(view, ReservationState.READY);
            case RELEASE -> world.isIn(view, ReservationState.TAKEN);
            case TICK, LOSE_SESSION, UNLOCK, RESTART -> false;
        };
    }

    /** The data agent knows the cell's CRC and has all its bytes, and nobody told it to stop. */
    private static boolean isJudgeable(ReceiverWorld world, HandoffView view, int cell) {
        boolean isReadable = (view.landed & cell) != 0 && (!world.isOneSided || view.hasMark);
        return isReadable && (view.lined & ~view.judged & cell) != 0 && !view.isRevoked && world.find(view) != null;
    }
}
