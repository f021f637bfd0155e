package dev.baton.receiver;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import dev.baton.buffer.tier.remote.RemoteClient;
import dev.baton.buffer.tier.remote.RemoteClients;
import dev.baton.buffer.tier.remote.RemoteException;
import dev.baton.platform.Availability;
import dev.baton.platform.Posix;

/**
 * Whether what an address of {@code --tier} names could be used now: a directory's rights, room and direct I/O; an answer of a
 * server. Leaves nothing behind. May take seconds where a server does not answer.
 */
public final class TierProbe {
    private static final long ANSWER_NS = TimeUnit.SECONDS.toNanos(3);
    /** 2025: a clock that shows less was never set. */
    private static final long CLOCK_MS_MIN = 1_735_689_600_000L;
    private static final String NOBODYS_NAME = "0".repeat(128);
    private static final int MODE_0600 = 0600;

    private TierProbe() {}

    /**
     * Looks at the place of a tier.
     * @param ttlMs how long blocks are to be kept there; 0 for as long as there is room
     * @throws IllegalArgumentException if the address is none; its message says what to type
     */
    public static Availability of(String address, long spaceBytes, long ttlMs) {
        if (ttlMs > 0 && System.currentTimeMillis() < CLOCK_MS_MIN) {
            return new Availability.Absent("the clock is not set, and blocks end by it: now=" + Instant.now(), "set the clock, or leave out --tier-ttl");
        }
        Availability place = of(address, spaceBytes);
        return ttlMs == 0 || !place.isPresent() ? place : new Availability.Present(place.describe() + " ttl=" + Duration.ofMillis(ttlMs));
    }

    private static Availability of(String address, long spaceBytes) {
        TierSettings settings = TierSettings.of(address, spaceBytes, ANSWER_NS);
        return RemoteClients.isAddress(address) ? server(address) : directories(settings);
    }

    private static Availability directories(TierSettings settings) {
        StringBuilder facts = new StringBuilder();
        for (Path directory : TierSettings.directories(settings.addresses().getFirst())) {
            Availability one = directory(directory, settings.spaceBytes());
            if (!one.isPresent()) {
                return one;
            }
            facts.append(facts.isEmpty() ? "" : "; ").append(one.describe());
        }
        return new Availability.Present(facts.toString());
    }

    private static Availability directory(Path directory, long spaceBytes) {
        Path there = directory;
        while (there != null && !Files.exists(there)) {
            there = there.getParent();
        }
        String facts = "directory=" + directory + (directory.equals(there) ? "" : " (would be made)");
        if (there == null || !Files.isDirectory(there) || !Files.isWritable(there)) {
            return new Availability.Absent(facts + " cannot be written to: at=" + there, "mkdir it, or chown it to this user");
        }
        try {
            FileStore store = Files.getFileStore(there);
            long roomBytes = store.getUsableSpace() + (directory.equals(there) ? bytesIn(directory) : 0);
            String all = facts + " fileSystem=" + store.type() + " free=" + store.getUsableSpace() + " wanted=" + spaceBytes +
                " directIo=" + (isDirect(there) ? "yes" : "no, the page cache is used");
            return roomBytes >= spaceBytes ? new Availability.Present(all)
                : new Availability.Absent("less room than the tier may take: " + all, "give it less --tier-space, or make room");
        } catch (IOException ex) {
            return new Availability.Absent(facts + " cannot be looked at: cause=" + ex, "look at what is mounted there");
        }
    }

    private static long bytesIn(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(Files::isRegularFile).mapToLong(file -> file.toFile().length()).sum();
        }
    }

    private static boolean isDirect(Path directory) throws IOException {
        Path probe = directory.resolve(".baton-probe-" + ProcessHandle.current().pid());
        int handle = Posix.open(probe, Posix.O_RDWR | Posix.O_CREAT | Posix.O_EXCL | Posix.O_CLOEXEC | Posix.O_DIRECT, MODE_0600);
        if (handle >= 0) {
            Posix.close(handle);
        }
        Files.deleteIfExists(probe);
        return handle >= 0;
    }

    private static Availability server(String address) {
        long beganNs = System.nanoTime();
        String at = RemoteClients.withoutSecret(address);
        try (RemoteClient client = RemoteClients.of(address, System.getenv())) {
            client.connection().find(new String[] {NOBODYS_NAME}, 1, new long[1], new long[1], ANSWER_NS);
            return new Availability.Present("address=" + at + " answeredInMs=" + TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - beganNs));
        } catch (RemoteException ex) {
            return new Availability.Absent("no answer: address=" + at + " cause=" + ex.getMessage(), "start the server, or correct --tier");
        }
    }
}
