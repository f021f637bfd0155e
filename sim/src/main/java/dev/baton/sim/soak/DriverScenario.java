package dev.baton.sim.soak;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import dev.baton.platform.Availability;

/**
 * Both nodes use a media driver of another process ({@code --aeron-dir}), which is killed while requests flow. The sender's
 * requests must end, both nodes must end by themselves and say why, and with the driver and the receiver started again, as
 * a supervisor does, all must be well.
 */
final class DriverScenario implements Scenario {
    private static final int TOKENS = 256;
    private static final int REQUESTS = 100_000;
    /** As long as a lease, its drain and its fence may take (L1). */
    private static final double BOUND_SECONDS = 13;
    private static final long GIVE_UP_MS = 60_000;
    private static final long MEMORY_WITHIN_SECONDS = 25;
    private static final String GONE = "the media driver is gone";

    @Override
    public String toString() {
        return "driver-killed";
    }

    @Override
    public String what() {
        return "the media driver that both nodes use is killed while requests flow, and started again";
    }

    @Override
    public Availability possible() {
        return new Availability.Present("processes");
    }

    @Override
    public ScenarioResult run(SplittableRandom random) throws IOException {
        String transport = List.of("shm", "tcp", "aeron").get(random.nextInt(3));
        Path directory = Files.createTempDirectory("baton-soak-driver").resolve("aeron");
        try (FaultRig rig = FaultRig.here("--aeron-dir", directory.toString())) {
            BatonChild driver = startDriver(rig, directory);
            rig.listening();
            BatonChild sender = rig.send(transport, REQUESTS, TOKENS, "--aeron-dir", directory.toString());
            Requests.awaitReceiving(rig, sender, 2 + random.nextInt(20));
            driver.signal("KILL");
            long startNs = System.nanoTime();
            long verifiedBytes = requireEnded(rig.receiver(), true);
            double receiverSeconds = (System.nanoTime() - startNs) / 1e9;
            requireEnded(sender, false);
            double senderSeconds = (System.nanoTime() - startNs) / 1e9;

            startDriver(rig, directory);
            rig.startReceiverAgain();
            BatonChild after = rig.send(transport, 4, TOKENS, "--aeron-dir", directory.toString());
            Requests.requireDelivered(after, 4);
            double seconds = rig.awaitIdle(MEMORY_WITHIN_SECONDS);
            return ScenarioResult.of(1, verifiedBytes + rig.endWell(), seconds, after.json())
                .with("driver killed, receiver ended s", receiverSeconds, BOUND_SECONDS)
                .with("driver killed, both ended s", senderSeconds, BOUND_SECONDS);
        } finally {
            Folders.delete(directory.getParent());
        }
    }

    private static BatonChild startDriver(FaultRig rig, Path directory) throws IOException {
        BatonChild driver = rig.startMain("driver", List.of("-Daeron.dir=" + directory, "-Daeron.dir.delete.on.start=true",
            "-Daeron.threading.mode=SHARED", "io.aeron.driver.MediaDriver"));
        long startNs = System.nanoTime();
        // Its mark is of its own process: the one before left a file of the same name.
        while (!isOpenIn(driver, directory.resolve("cnc.dat"))) {
            if (!driver.isAlive() || System.nanoTime() - startNs > TimeUnit.MILLISECONDS.toNanos(GIVE_UP_MS)) {
                throw new IOException("the media driver does not start: " + driver.tail());
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
        }
        return driver;
    }

    private static boolean isOpenIn(BatonChild driver, Path file) throws IOException {
        return driver.isAlive() && Files.readString(Path.of("/proc", Long.toString(driver.pid()), "maps")).contains(file.toString());
    }

    /**
     * It ended by itself, said that the driver is gone, and verified no wrong byte.
     *
     * @return bytes that it verified, if it is the receiver
     */
    private static long requireEnded(BatonChild node, boolean isReceiver) throws IOException {
        Integer exit = node.awaitEnd(GIVE_UP_MS);
        if (exit == null || exit != 1 || !node.errText().contains(GONE)) {
            throw new IOException("a node whose media driver was killed must end with 1 and say so: exit=" + exit + " " + node.tail());
        }
        if (!isReceiver) {
            return 0;
        }
        JsonNode result = node.json();
        if (result.get("mismatches").asLong() != 0) {
            throw new IOException("wrong bytes: " + result);
        }
        return result.get("verifiedBytes").asLong();
    }
}
