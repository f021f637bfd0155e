package dev.baton.transport.shm;

import java.nio.file.Path;
import java.util.Locale;

/** Names of the files that two processes of one host share: hex numbers only, nothing that a peer chose. */
public final class ShmFiles {
    private ShmFiles() {}

    /** A slab of the process of that incarnation. */
    public static Path slab(Path directory, long incarnation, int slab) {
        return directory.resolve(String.format(Locale.ROOT, "baton-%016x-%04x.slab", incarnation, slab));
    }

    /** The ring of marks of one lane of one session, made by the receiver of that incarnation. */
    public static Path ring(Path directory, long incarnation, long sessionId, int lane) {
        return directory.resolve(String.format(Locale.ROOT, "baton-%016x-%016x-%04x.ring", incarnation, sessionId,
            lane));
    }

    /** What the sender of that session holds as long as it may write; made by the receiver of that incarnation. */
    public static Path sessionLock(Path directory, long incarnation, long sessionId) {
        return directory.resolve(String.format(Locale.ROOT, "baton-%016x-%016x.lock", incarnation, sessionId));
    }

    /** Held by the process of that incarnation as long as it lives. */
    public static Path processLock(Path directory, long incarnation) {
        return directory.resolve(String.format(Locale.ROOT, "baton-%016x.lock", incarnation));
    }
}
