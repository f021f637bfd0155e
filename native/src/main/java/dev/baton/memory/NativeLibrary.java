package dev.baton.memory;

import dev.baton.platform.Availability;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Locale;

/**
 * Finds the C library inside the jar, by operating system and architecture, and loads it from a private temporary file
 * that is removed as soon as it is mapped. Nothing is thrown: where it is absent, {@link #availability()} says why.
 */
final class NativeLibrary {
    private static final String NAME = "libbaton_memory.so";
    private static final String REMEDY =
        "copies run in plain Java; to have it, install gcc or clang and build again (apt-get install gcc)";

    /** The library's functions, or null; it is never unloaded, because threads may be inside it until the end. */
    private static final SymbolLookup LOOKUP;
    private static final Availability AVAILABILITY;

    static {
        SymbolLookup lookup = null;
        Availability availability;
        String place = directory() + "/" + NAME;
        try (InputStream library = NativeLibrary.class.getResourceAsStream(place)) {
            if (library == null) {
                availability = new Availability.Absent("no C copier was built for this machine: resource=" + place,
                    REMEDY);
            } else {
                lookup = load(library);
                availability = new Availability.Present("C copier: resource=" + place);
            }
        } catch (IOException | IllegalArgumentException | UnsatisfiedLinkError ex) {
            availability = new Availability.Absent("the C copier cannot be loaded: cause=" + ex, REMEDY +
                "; if the temporary directory forbids execution, set -Djava.io.tmpdir to one that allows it");
        }
        LOOKUP = lookup;
        AVAILABILITY = availability;
    }

    private NativeLibrary() {}

    static Availability availability() {
        return AVAILABILITY;
    }

    static SymbolLookup lookupOrNull() {
        return LOOKUP;
    }

    /** Such as {@code linux-amd64}; build.sh names its output the same way. */
    private static String directory() {
        String architecture = System.getProperty("os.arch", "").toLowerCase(Locale.ROOT);
        return System.getProperty("os.name", "").toLowerCase(Locale.ROOT) + "-" +
            (architecture.equals("x86_64") ? "amd64" : architecture);
    }

    private static SymbolLookup load(InputStream library) throws IOException {
        Path file = Files.createTempFile("baton-memory-", ".so");
        try {
            Files.copy(library, file, StandardCopyOption.REPLACE_EXISTING);
            return SymbolLookup.libraryLookup(file, Arena.global());
        } finally {
            Files.deleteIfExists(file);
        }
    }
}
