package dev.baton.sim;

import dev.baton.buffer.slab.PoolSpaceException;
import dev.baton.memory.RegionException;
import dev.baton.sim.report.CommandException;
import dev.baton.sim.report.ExitCode;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.ConnectException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.util.List;
import java.util.function.BooleanSupplier;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * The one place where what went wrong becomes an exit code and a line {@code baton: <what is wrong>; <what to type>} on
 * standard error. Stack traces are for {@code --debug} (or {@code -Dbaton.debug=true}).
 */
final class ErrorLine implements CommandLine.IParameterExceptionHandler, CommandLine.IExecutionExceptionHandler {
    private final BooleanSupplier isDebug;

    ErrorLine(BooleanSupplier isDebug) {
        this.isDebug = isDebug;
    }

    @Override
    public int handleParseException(ParameterException ex, String[] args) {
        CommandLine command = ex.getCommandLine();
        String help = "try: " + command.getCommandSpec().qualifiedName() + " --help";
        String origin = ex.getArgSpec() == null || ex.getValue() == null ? null
            : ConfigDefaults.originOrNull(command, ex.getArgSpec(), ex.getValue());
        String line = ex.getMessage() + (origin == null ? "" : ", from " + origin + " value=" + ex.getValue()) + "; " +
            help;
        if (ex instanceof UnmatchedArgumentException unmatched) {
            line = unmatched(unmatched, command, help);
        }
        print(command.getErr(), line, ex);
        return ExitCode.USAGE;
    }

    @Override
    public int handleExecutionException(Exception ex, CommandLine command, CommandLine.ParseResult parsed) {
        print(command.getErr(), describe(ex), ex);
        return exitCode(ex);
    }

    private static String unmatched(UnmatchedArgumentException ex, CommandLine command, String help) {
        List<String> words = ex.getUnmatched();
        List<String> close = ex.getSuggestions();
        boolean isCommand = command.getParent() == null && !ex.isUnknownOption() && !words.isEmpty();
        String what = isCommand ? "unknown command: " + words.getFirst()
            : ex.isUnknownOption() ? "unknown option: " + String.join(" ", words)
            : "not expected here: " + String.join(" ", words);

        return what + "; " + (close.isEmpty() ? help : "did you mean: " + String.join(" or ", close) + "? " + help);
    }

    /** Messages of our own exceptions stand alone; Java's file errors say no more than a path, so they are worded. */
    private static String describe(Exception ex) {
        return switch (ex) {
            case CommandException command -> command.getMessage();
            case IllegalArgumentException argument -> argument.getMessage();
            case UncheckedIOException io when !io.getCause().toString().equals(io.getMessage()) ->
                io.getMessage() + ": " + describe(io.getCause());
            case UncheckedIOException io -> describe(io.getCause());
            case NoSuchFileException missing -> "no such file: file=" + missing.getFile() + "; check the path";
            case FileNotFoundException missing -> "cannot open: file=" + missing.getMessage() + "; check the path";
            case BindException bind -> bind.getMessage() + "; choose another port, or 0 for one of the system's choice";
            case ConnectException connect -> connect.getMessage() +
                "; check that a node listens there: baton stats --to HOST:PORT";
            case RegionException region -> region.getMessage();
            case PoolSpaceException space -> space.getMessage();
            case UnsupportedOperationException unsupported -> unsupported.getMessage() + "; type: baton doctor";
            case AccessDeniedException denied -> "not allowed to read or write: file=" + denied.getFile() +
                "; check its permissions";
            default -> ex.getClass().getSimpleName() + ": " + ex.getMessage() + "; add --debug to see where";
        };
    }

    private static int exitCode(Exception ex) {
        return switch (ex) {
            case CommandException command -> command.exitCode();
            case IllegalArgumentException _ -> ExitCode.USAGE;
            case UncheckedIOException io -> exitCode(io.getCause());
            case NoSuchFileException _ -> ExitCode.USAGE;
            case FileNotFoundException _ -> ExitCode.USAGE;
            case UnsupportedOperationException _ -> ExitCode.NOT_POSSIBLE;
            case RegionException _ -> ExitCode.NOT_POSSIBLE;
            case PoolSpaceException _ -> ExitCode.NOT_POSSIBLE;
            case IOException _ -> ExitCode.FAILED;
            default -> ExitCode.FAILED;
        };
    }

    private void print(PrintWriter err, String line, Exception ex) {
        err.println("baton: " + String.valueOf(line).replaceAll("\\s*[\r\n]+\\s*", " "));
        // The stack is asked for by --debug alone; without it an error is one line.
        if (isDebug.getAsBoolean()) {
            ex.printStackTrace(err);
        }
        err.flush();
    }
}
