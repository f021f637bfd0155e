package dev.baton.sim.soak;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;

import dev.baton.platform.Availability;

/**
 * Processes are killed, stopped, confused about the time and given up on while requests flow. What is told must be true,
 * what arrives must be right, and all memory must come back.
 */
enum ProcessScenario implements Scenario {
    SENDER_KILLED("a sender is killed in the middle of a chunk while another one goes on") {
        @Override
        ScenarioResult run(FaultRig rig, SplittableRandom random) throws IOException {
            String transport = transport(random);
            BatonChild other = rig.send(transport, 40, TOKENS);
            BatonChild victim = rig.send(transport, MANY, TOKENS);
            Requests.awaitReceiving(rig, victim, 2 + random.nextInt(20));
            victim.signal("KILL");
            Requests.requireDelivered(other, 40);
            double seconds = rig.awaitIdle(MEMORY_WITHIN_SECONDS);
            BatonChild after = rig.send(transport, 4, TOKENS);
            Requests.requireDelivered(after, 4);
            return ScenarioResult.of(1, rig.endWell(), seconds, other.json(), after.json());
        }
    },
    SENDER_STOPPED("a sender is stopped for longer than its lease, while another one fills the memory, and goes on") {
        @Override
        ScenarioResult run(FaultRig rig, SplittableRandom random) throws IOException {
            String transport = transport(random);
            BatonChild victim = rig.send(transport, 200, TOKENS);
            Requests.awaitReceiving(rig, victim, 2 + random.nextInt(20));
            victim.signal("STOP");
            BatonChild other = rig.send(transport, 40, TOKENS);
            Requests.requireDelivered(other, 40);
            if (victim.awaitEnd(LEASE_MS + random.nextInt(4_000)) != null) {
                throw new IOException("a stopped process ended: " + victim.tail());
            }
            victim.signal("CONT");
            Requests.requireTold(victim);
            double seconds = rig.awaitIdle(MEMORY_WITHIN_SECONDS);
            BatonChild after = rig.send(transport, 4, TOKENS);
            Requests.requireDelivered(after, 4);
            return ScenarioResult.of(1, rig.endWell(), seconds, other.json(), victim.json(), after.json());
        }
    },
    RECEIVER_RESTARTED("the receiver is killed while requests flow, and comes back at the same port") {
        @Override
        ScenarioResult run(FaultRig rig, SplittableRandom random) throws IOException {
            String transport = transport(random);
            BatonChild sender = rig.send(transport, 200, TOKENS);
            Requests.awaitReceiving(rig, sender, 2 + random.nextInt(20));
            rig.restartReceiver();
            Requests.requireTold(sender, TOLD_BY_INCARNATION_MS);
            BatonChild after = rig.send(transport, 4, TOKENS);
            Requests.requireDelivered(after, 4);
            double seconds = rig.awaitIdle(MEMORY_WITHIN_SECONDS);
            return ScenarioResult.of(1, rig.endWell(), seconds, sender.json(), after.json());
        }
    },
    RECEIVER_STOPPED("the receiver is stopped for longer than a session lives, and goes on") {
        @Override
        ScenarioResult run(FaultRig rig, SplittableRandom random) throws IOException {
            String transport = transport(random);
            BatonChild sender = rig.send(transport, 200, TOKENS);
            Requests.awaitReceiving(rig, sender, 2 + random.nextInt(20));
            rig.receiver().signal("STOP");
            rig.receiver().awaitEnd(LEASE_MS + random.nextInt(4_000));
            rig.receiver().signal("CONT");
            Requests.requireTold(sender);
            BatonChild after = rig.send(transport, 4, TOKENS);
            Requests.requireDelivered(after, 4);
            double seconds = rig.awaitIdle(MEMORY_WITHIN_SECONDS);
            return ScenarioResult.of(1, rig.endWell(), seconds, sender.json(), after.json());
        }
    },
    ABORTS("a thousand requests and more are cancelled at all moments of their lives") {
        @Override
        public ScenarioResult run(SplittableRandom random) throws IOException {
            // Small extents: many are under way at a time, and what is cancelled is not only what waits.
            try (FaultRig rig = FaultRig.open(Map.of(), "--extent", "512KiB")) {
                return run(rig, random);
            }
        }

        @Override
        ScenarioResult run(FaultRig rig, SplittableRandom random) throws IOException {
            BatonChild sender = rig.send(transport(random), ABORT_REQUESTS, 16, "--cancel-percent", "100", "--concurrency", "512");
            Requests.requireDelivered(sender, ABORT_REQUESTS);
            JsonNode sent = sender.json();
            long cancelled = sent.get("cancelled").asLong();
            if (cancelled < ABORTS_MIN) {
                throw new IOException("too few were cancelled before they were delivered: " + sent);
            }
            double seconds = rig.awaitIdle(MEMORY_WITHIN_SECONDS);
            BatonChild after = rig.send("tcp", 4, TOKENS);
            Requests.requireDelivered(after, 4);
            return ScenarioResult.of(cancelled, rig.endWell(), seconds, sent, after.json())
                .with("a thousand aborts, s", 1_000 * sent.get("seconds").asDouble() / cancelled, Double.NaN);
        }
    },
    WALL_CLOCK_JUMPS("the receiver's wall clock jumps by a day, forwards and back, while requests flow") {
        @Override
        public Availability possible() {
            return FakeClock.probe();
        }

        @Override
        public ScenarioResult run(SplittableRandom random) throws IOException {
            try (FakeClock clock = FakeClock.create(); FaultRig rig = FaultRig.open(clock.environment())) {
                BatonChild sender = rig.send("tcp", 400, TOKENS);
                Requests.awaitReceiving(rig, sender, 2);
                long jumps = 0;
                while (jumps < 300 && sender.awaitEnd(100) == null) {
                    clock.offsetSeconds((random.nextInt(3) - 1) * TimeUnit.DAYS.toSeconds(1));
                    jumps++;
                }
                clock.requireIn(rig.receiver());
                Requests.requireDelivered(sender, 400);
                double seconds = rig.awaitIdle(MEMORY_WITHIN_SECONDS);
                return ScenarioResult.of(jumps, rig.endWell(), seconds, sender.json());
            }
        }
    };

    private static final int TOKENS = 256;
    /** More than are sent before the fault. */
    private static final int MANY = 100_000;
    private static final long LEASE_MS = 11_000;
    /** Less than the deadline of requests, 13 s after which nobody needs to have come back. */
    private static final long TOLD_BY_INCARNATION_MS = 90_000;
    /** Of these some are delivered first: that is a race that both may win. */
    private static final int ABORT_REQUESTS = 3_000;
    private static final long ABORTS_MIN = 1_000;
    private static final long MEMORY_WITHIN_SECONDS = 25;

    private final String what;

    ProcessScenario(String what) {
        this.what = what;
    }

    @Override
    public String what() {
        return what;
    }

    @Override
    public Availability possible() {
        return NetworkNamespace.probe();
    }

    @Override
    public ScenarioResult run(SplittableRandom random) throws IOException {
        try (FaultRig rig = FaultRig.open(Map.of())) {
            return run(rig, random);
        }
    }

    ScenarioResult run(FaultRig rig, SplittableRandom random) throws IOException {
        throw new UnsupportedOperationException("a scenario that opens its own rig: " + this);
    }

    private static String transport(SplittableRandom random) {
        return List.of("shm", "tcp", "aeron").get(random.nextInt(3));
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** The clock of processes that are started with its environment: the system's, moved. Monotonic clocks are left alone. */
    private static final class FakeClock implements AutoCloseable {
        private static final List<Path> LIBRARIES = List.of(
            Path.of("/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1"),
            Path.of("/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1"));

        private final Path file;

        private FakeClock(Path file) {
            this.file = file;
        }

        static Availability probe() {
            if (LIBRARIES.stream().noneMatch(Files::exists)) {
                return new Availability.Absent("no libfaketime: " + LIBRARIES.getFirst(), "Debian: apt-get install faketime");
            }
            return NetworkNamespace.probe();
        }

        static FakeClock create() throws IOException {
            FakeClock made = new FakeClock(Files.createTempFile("baton-clock", ".txt"));
            made.offsetSeconds(0);
            return made;
        }

        Map<String, String> environment() {
            Path library = LIBRARIES.stream().filter(Files::exists).findFirst().orElseThrow();
            return Map.of("LD_PRELOAD", library.toString(), "FAKETIME_TIMESTAMP_FILE", file.toString(), "FAKETIME_NO_CACHE", "1",
                "DONT_FAKE_MONOTONIC", "1", "FAKETIME_DONT_FAKE_MONOTONIC", "1");
        }

        void offsetSeconds(long value) throws IOException {
            Files.writeString(file, (value < 0 ? "" : "+") + value);
        }

        /** Proves that the process has the library loaded. */
        void requireIn(BatonChild child) throws IOException {
            if (!Files.readString(Path.of("/proc", Long.toString(child.pid()), "maps")).contains("libfaketime")) {
                throw new IOException("the receiver runs on the real clock: pid=" + child.pid());
            }
        }

        @Override
        public void close() throws IOException {
            Files.delete(file);
        }
    }
}
