package dev.baton.sim;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A file that a fuzz target writes again and again. */
public final class FuzzFile {
    private FuzzFile() {}

    public static Path create(String suffix) {
        try {
            Path file = Files.createTempFile("baton-fuzz", suffix);
            file.toFile().deleteOnExit();
            return file;
        } catch (IOException ex) {
            throw new IllegalStateException("no temporary file: suffix=" + suffix, ex);
        }
    }

    /** A refusal says which file it is about. */
    public static void requireNamed(IllegalArgumentException refusal, Path file) {
        if (!refusal.getMessage().contains(file.toString())) {
            throw new AssertionError("the refusal does not name the file", refusal);
        }
    }
}
