package dev.baton.platform;

/**
 * Hears each step of a state machine as it is made: simulation counts them so. On the thread that owns the machine, in the middle of
 * its work: it changes nothing there, neither throws nor waits, and allocates nothing.
 *
 * @param <S> its states
 */
@FunctionalInterface
public interface StepListener<S> {
    /** Hears nothing. */
    StepListener<Object> NONE = (_, _) -> { };

    /**
     * A step was made.
     *
     * @param beforeOrNull null for what has just come to be
     */
    void onStep(S beforeOrNull, S next);
}
