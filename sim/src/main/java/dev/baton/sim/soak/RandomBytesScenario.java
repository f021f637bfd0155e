package dev.baton.sim.soak;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import dev.baton.platform.Availability;

/** Strangers say anything at all to every port of a receiver and of its senders, while requests flow over tcp and aeron. */
final class RandomBytesScenario implements Scenario {
    private static final int TOKENS = 256;
    private static final int REQUESTS = 60;
    private static final long PAUSE_NS = TimeUnit.MICROSECONDS.toNanos(500);
    private static final long REFUSED_WITHIN_NS = TimeUnit.SECONDS.toNanos(15);
    private static final long GIVE_UP_NS = TimeUnit.SECONDS.toNanos(150);
    private static final long MEMORY_WITHIN_SECONDS = 25;
    /** Strangers' streams and connections are bounded in number; what they cost together must stay below this. */
    private static final double GROWTH_MIB_MAX = 256;
    private static final double FILES_GROWTH_MAX = 1_000;

    @Override
    public String toString() {
        return "random-bytes";
    }

    @Override
    public String what() {
        return "garbage, halves of frames, lengths beyond bounds and idle connections at every port, while requests flow";
    }

    @Override
    public Availability possible() {
        return new Availability.Present("processes");
    }

    @Override
    public ScenarioResult run(SplittableRandom random) throws IOException {
        try (FaultRig rig = FaultRig.openHere(); Stranger stranger = new Stranger(random.split())) {
            BatonChild overTcp = rig.send("tcp", REQUESTS, TOKENS, "--node-id", "over-tcp");
            BatonChild overAeron = rig.send("aeron", REQUESTS, TOKENS, "--node-id", "over-aeron");
            Requests.awaitReceiving(rig, overTcp, 4);
            long memoryBefore = memoryKib(rig.receiver());
            long filesBefore = files(rig.receiver());
            attack(stranger, rig.receiver(), List.of(overTcp, overAeron));
            double growthMib = (memoryKib(rig.receiver()) - memoryBefore) / 1024.0;
            double filesGrowth = (double) (files(rig.receiver()) - filesBefore);
            Requests.requireDelivered(overTcp, REQUESTS);
            Requests.requireDelivered(overAeron, REQUESTS);
            double seconds = rig.awaitIdle(MEMORY_WITHIN_SECONDS);
            long faults = stranger.counts().values().stream().mapToLong(Long::longValue).sum();
            JsonNode stats = awaitRefusals(rig, stranger);
            long lanesRefused = lanesRefused(stats);
            long controlRefused = refusedControl(stats.get("control"));
            ScenarioResult result = ScenarioResult.of(faults, rig.endWell(), seconds, overTcp.json(), overAeron.json())
                .with("receiver's memory grew by MiB", growthMib, GROWTH_MIB_MAX)
                .with("receiver's open files grew by", filesGrowth, FILES_GROWTH_MAX)
                .with("refused by lanes", (double) lanesRefused, Double.NaN)
                .with("refused by control", (double) controlRefused, Double.NaN);
            for (String what : stranger.counts().keySet()) {
                result = result.with(what, stranger.counts().get(what).doubleValue(), Double.NaN);
            }
            return result;
        }
    }

    /** Goes on until the senders are done. A port that is closed meanwhile, or does not answer, is no fault of the node. */
    private static void attack(Stranger stranger, BatonChild receiver, List<BatonChild> senders) throws IOException {
        OpenPorts ports = OpenPorts.of(receiver.pid());
        for (BatonChild sender : senders) {
            if (sender.isAlive()) {
                ports.udp().addAll(OpenPorts.of(sender.pid()).udp());
            }
        }
        long startNs = System.nanoTime();
        while (senders.stream().anyMatch(BatonChild::isAlive)) {
            if (!receiver.isAlive() || System.nanoTime() - startNs > GIVE_UP_NS) {
                throw new IOException("requests do not end under random bytes: " + stranger.counts() + " " + receiver.tail() +
                    " " + senders.getFirst().tail() + " " + senders.getLast().tail());
            }
            try {
                for (int port : ports.tcp()) {
                    stranger.connect(port);
                }
                for (int port : ports.udp()) {
                    stranger.datagram(port);
                }
            } catch (SocketException | SocketTimeoutException ex) {
                stranger.counts().merge("unanswered", 1L, Long::sum);
            }
            LockSupport.parkNanos(PAUSE_NS);
        }
    }

    /** What was said last may not be read yet. */
    private static JsonNode awaitRefusals(FaultRig rig, Stranger stranger) throws IOException {
        long startNs = System.nanoTime();
        while (true) {
            JsonNode stats = rig.whole(rig.receiverAddress());
            if (lanesRefused(stats) > 0 && refusedControl(stats.get("control")) > 0) {
                return stats;
            }
            if (System.nanoTime() - startNs > REFUSED_WITHIN_NS) {
                throw new IOException("refusals are not counted: strangers did " + stranger.counts() + " stats=" + stats);
            }
        }
    }

    private static long lanesRefused(JsonNode stats) {
        return stats.at("/decode/landing/badFrames").asLong();
    }

    private static long refusedControl(JsonNode control) {
        long refused = 0;
        for (var count : control.properties()) {
            if (count.getKey().startsWith("dropped.") || count.getKey().equals("strangers.closed")) {
                refused += count.getValue().asLong();
            }
        }
        return refused;
    }

    private static long memoryKib(BatonChild child) throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc", Long.toString(child.pid()), "status"))) {
            if (line.startsWith("VmRSS:")) {
                return Long.parseLong(line.replaceAll("\\D", ""));
            }
        }
        throw new IOException("the process is gone: " + child.tail());
    }

    private static long files(BatonChild child) throws IOException {
        try (var files = Files.list(Path.of("/proc", Long.toString(child.pid()), "fd"))) {
            return files.count();
        }
    }
}
