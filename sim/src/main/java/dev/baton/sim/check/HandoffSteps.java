package dev.baton.sim.check;

/** The steps of one handoff, and how many of its cells each is about. */
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
}
