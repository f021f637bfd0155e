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
 * One sender, two receivers, one of which stands still for less than its session lives: what is for it may not take the
 * other's share of the sender, so the other's requests go on (L7). Then all goes on, and no byte is wrong at either.
 */
final class BesideScenario implements Scenario {
    private static final int TOKENS = 128;
    private static final int MANY = 1_000_000;
    /** To each receiver: what is granted there is more than the window, and all that sockets take of it. */
    private static final int CONCURRENCY = 16;
    private static final String WINDOW = "8MiB";
    private static final long WINDOW_NS = TimeUnit.SECONDS.toNanos(3);
    /** Of the silence that ends a session; what is seen after that is not what was asked. */
    private static final long SILENT_NS = TimeUnit.SECONDS.toNanos(5);
    private static final long FLOWS_WITHIN_NS = TimeUnit.SECONDS.toNanos(60);
    private static final long MEMORY_WITHIN_SECONDS = 25;
    /** L7. On few cores the other is quicker meanwhile: nobody else takes them. */
    private static final double TIMES_AS_LONG_BOUND = 1.1;

    @Override
    public String toString() {
        return "receiver-beside";
    }

    @Override
    public String what() {
        return "one of a sender's two receivers stands still for as long as its session lives, while the other is served";
    }

    @Override
    public Availability possible() {
        return new Availability.Present("processes");
    }

    @Override
    public ScenarioResult run(SplittableRandom random) throws IOException {
        String transport = List.of("shm", "tcp", "aeron").get(random.nextInt(3));
        try (FaultRig rig = FaultRig.openHere()) {
            BatonChild still = rig.startAnotherReceiver();
            String stillAt = still.awaitListening(0);
            BatonChild sender = rig.send(transport, MANY, TOKENS, "--to", stillAt, "--concurrency", Integer.toString(CONCURRENCY),
                "--window", WINDOW);
            awaitMore(rig, sender, rig.receiverAddress(), 20);
            awaitMore(rig, sender, stillAt, 20);

            double before = perSecond(rig, sender);
            long fromNs = System.nanoTime();
            still.signal("STOP");
            double meanwhile;
            try {
                // What was under way to the other, whoever's share it had, has gone.
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(200 + random.nextInt(300)));
                meanwhile = perSecond(rig, sender);
                requireStopped(still);
            } finally {
                still.signal("CONT");
            }
            if (System.nanoTime() - fromNs > SILENT_NS) {
                throw new StoodStillException("this machine was too slow to stop a process for less than a session's silence");
            }
            awaitMore(rig, sender, stillAt, 20);
            awaitMore(rig, sender, rig.receiverAddress(), 20);
            sender.signal("KILL");
            double seconds = Math.max(rig.awaitIdle(MEMORY_WITHIN_SECONDS), rig.awaitIdle(stillAt, MEMORY_WITHIN_SECONDS));
            long delivered = delivered(rig, rig.receiverAddress()) + delivered(rig, stillAt);
            return ScenarioResult.of(1, rig.endWell() + FaultRig.endWell(still), seconds).plusDelivered(delivered)
                .with(transport + ": one receiver stood still, a request to the other took so many times as long",
                    before / meanwhile, TIMES_AS_LONG_BOUND);
        }
    }

    /** Of the first receiver, for a while. */
    private static double perSecond(FaultRig rig, BatonChild sender) throws IOException {
        long startNs = System.nanoTime();
        long had = delivered(rig, rig.receiverAddress());
        LockSupport.parkNanos(WINDOW_NS);
        long has = delivered(rig, rig.receiverAddress());
        if (!sender.isAlive()) {
            throw new IOException("the sender ended: " + sender.tail());
        }
        return (has - had) / ((System.nanoTime() - startNs) / 1e9);
    }

    private static void awaitMore(FaultRig rig, BatonChild sender, String at, long count) throws IOException {
        long startNs = System.nanoTime();
        long had = delivered(rig, at);
        while (delivered(rig, at) < had + count) {
            if (!sender.isAlive() || System.nanoTime() - startNs > FLOWS_WITHIN_NS) {
                throw new IOException("requests do not flow: to=" + at + " " + sender.tail());
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
        }
    }

    private static long delivered(FaultRig rig, String at) throws IOException {
        JsonNode decode = rig.whole(at).get("decode");
        FaultRig.requireAddsUp(decode);
        return decode.at("/counters/delivered").asLong();
    }

    private static void requireStopped(BatonChild child) throws IOException {
        String stat = Files.readString(Path.of("/proc", Long.toString(child.pid()), "stat"));
        if (!stat.substring(stat.lastIndexOf(')')).startsWith(") T")) {
            throw new IOException("it should stand still: " + stat);
        }
    }
}
