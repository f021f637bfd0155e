package dev.baton.sim.chaos;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeUnit;

/** Keeps what ranges of seeds came to, a row of a table in Markdown for each: those of docs/chaos.md are such. */
final class SeedRecord {
    private static final String HEAD = """
        | seeds | commit | failed | events | hash |
        |---|---|---|---|---|
        """;
    private static final long GIT_WITHIN_SECONDS = 10;

    private SeedRecord() {}

    /** Appends a row; a new file gets the head of the table first. */
    static void append(Path file, String row) {
        try {
            if (!Files.exists(file)) {
                Files.writeString(file, HEAD, StandardCharsets.UTF_8);
            }
            Files.writeString(file, row + "\n", StandardCharsets.UTF_8, StandardOpenOption.APPEND);
        } catch (IOException ex) {
            throw new UncheckedIOException("the result cannot be kept: file=" + file, ex);
        }
    }

    /** What is checked out in that folder, with a plus sign where something is changed; "unknown" where git says nothing. */
    static String commitOf(Path folder) {
        try {
            Process git = new ProcessBuilder("git", "-C", folder.toString(), "describe", "--always", "--dirty=+")
                .redirectErrorStream(true).start();
            String said = new String(git.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            boolean isSaid = git.waitFor(GIT_WITHIN_SECONDS, TimeUnit.SECONDS) && git.exitValue() == 0;
            return isSaid ? said : "unknown";
        } catch (IOException _) {
            return "unknown";   // no git here
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return "unknown";
        }
    }
}
