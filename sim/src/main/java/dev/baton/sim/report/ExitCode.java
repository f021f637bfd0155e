package dev.baton.sim.report;

/** What the {@code baton} process ends with. The launcher uses the same numbers. */
public final class ExitCode {
    /** Done, and the result is right. */
    public static final int DONE = 0;

    /** Done and wrong, or failed on the way. */
    public static final int FAILED = 1;

    /** Asked in a way that cannot be understood or obeyed; trying again changes nothing. */
    public static final int USAGE = 2;

    /** Right in itself, but this machine lacks what it takes. */
    public static final int NOT_POSSIBLE = 3;

    private ExitCode() {}
}
