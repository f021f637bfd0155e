package dev.baton.sim.report;

/**
 * A command that ends here, told to the user in one line: what is wrong with the facts as {@code name=value}, and what
 * to type or change. It carries the exit code, so that whoever throws it decides what kind of end this is.
 */
public final class CommandException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int exitCode;

    private CommandException(int exitCode, String what, String remedy, Throwable cause) {
        super(what + "; " + remedy, cause);
        this.exitCode = exitCode;
    }

    /**
     * The user asked for something that cannot be: a missing file, an unknown name, two options that exclude each
     * other.
     */
    public static CommandException usage(String what, String remedy) {
        return new CommandException(ExitCode.USAGE, what, remedy, null);
    }

    /** As {@link #usage(String, String)}, found by way of {@code cause}. */
    public static CommandException usage(String what, String remedy, Throwable cause) {
        return new CommandException(ExitCode.USAGE, what, remedy, cause);
    }

    /** This machine lacks what it takes; {@code remedy} says how to have it. */
    public static CommandException notPossible(String what, String remedy) {
        return new CommandException(ExitCode.NOT_POSSIBLE, what, remedy, null);
    }

    /** It was tried and went wrong. */
    public static CommandException failed(String what, String remedy, Throwable cause) {
        return new CommandException(ExitCode.FAILED, what, remedy, cause);
    }

    public int exitCode() {
        return exitCode;
    }
}
