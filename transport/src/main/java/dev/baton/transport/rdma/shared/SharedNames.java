package dev.baton.transport.rdma.shared;

import java.nio.file.Path;
import java.util.Locale;
import java.util.regex.Pattern;

/** Names of the files that two processes share: hex numbers only, nothing that a peer chose. */
final class SharedNames {
    private static final Pattern MEMORY = Pattern.compile("baton-[0-9a-f]{16}-[0-9a-f]{1,8}\\.(slab|rdma)");

    private SharedNames() {}

    /** The file of that number, made by the process of that incarnation. */
    static Path file(Path directory, long incarnation, long number) {
        return directory.resolve(String.format(Locale.ROOT, "baton-%016x-%08x.rdma", incarnation, number));
    }

    /** Whether a file of that name may be mapped because a peer says that its memory is there. */
    static boolean isMemory(String name) {
        return MEMORY.matcher(name).matches();
    }
}
