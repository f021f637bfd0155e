package dev.baton.platform;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Locale;

/**
 * The C library for RDMA verbs ({@code src/main/c/rdma}) as the build left it in the jar: there, or a note that says why
 * it was not built. Whether it can be loaded shows when it is.
 */
public final class VerbsLibrary {
    private static final String PLACE = directory();

    private VerbsLibrary() {}

    /** Whether it was built for this machine, and if not, what was missing then. */
    public static Availability availability() {
        if (VerbsLibrary.class.getResource(PLACE + "/libdisni.so") != null) {
            return new Availability.Present("resource=" + PLACE + "/libdisni.so");
        }
        List<String> why = List.of();
        try (InputStream note = VerbsLibrary.class.getResourceAsStream(PLACE + "/libdisni.absent")) {
            if (note != null) {
                why = new String(note.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
            }
        } catch (IOException ex) {
            why = List.of("the note on libdisni cannot be read: cause=" + ex, "build again");
        }
        return why.size() == 2 ? new Availability.Absent(why.getFirst(), why.getLast())
            : new Availability.Absent("no libdisni was built for this machine: resource=" + PLACE, "build on this machine");
    }

    /**
     * Copies the library into a temporary file of this user alone. The caller removes it once it is loaded.
     *
     * @throws IOException if it is not there, or there is no room
     */
    public static Path extract() throws IOException {
        try (InputStream library = VerbsLibrary.class.getResourceAsStream(PLACE + "/libdisni.so")) {
            if (library == null) {
                throw new IOException(availability().describe());
            }
            Path file = Files.createTempFile("baton-verbs-", ".so");
            Files.copy(library, file, StandardCopyOption.REPLACE_EXISTING);
            return file;
        }
    }

    /** Such as {@code linux-amd64}; build.sh names its output the same way. */
    private static String directory() {
        String architecture = System.getProperty("os.arch", "").toLowerCase(Locale.ROOT);
        return System.getProperty("os.name", "").toLowerCase(Locale.ROOT) + "-" +
            (architecture.equals("x86_64") ? "amd64" : architecture);
    }
}
