package dev.baton.sim.soak;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import dev.baton.platform.Availability;

/**
 * One sender, two receivers, one of which stands still for less than its session lives: what is for it may not take the
 * other's share of the sender, so the other's requests go on (L7). Then all goes on, and no byte is wrong at either. Over
 * transports that hold the window until their peer reads; {@code shm} writes to memory.
 */
final class BesideScenario implements Scenario {
    private static final int TOKENS = 128;
    private static final int MANY = 1_000_000;
    /** To each receiver: what is granted there is more than the window, and all that sockets take of it. */
    private static final int CONCURRENCY = 16;
    private static final String WINDOW = "8MiB";
    /** By then the code that is run is compiled, mostly. */
    private static final long WARM = 150;
    private static final long LOOK_NS = TimeUnit.SECONDS.toNanos(2);
    /** A session ends 5 s after its peer was heard last, which may be a second before it is stopped. */
    private static final long STILL_MAX_NS = TimeUnit.SECONDS.toNanos(4);
    private static final long FLOWS_WITHIN_NS = TimeUnit.SECONDS.toNanos(60);
    private static final long MEMORY_WITHIN_SECONDS = 25;
    /** L7. On few cores the other is quicker meanwhile: nobody else takes them. */
    private static final double THAN_WITH_BOTH_BOUND = 1.1;

    @Override
    public String toString() {
        return "receiver-beside";
    }

    @Override
    public String what() {
        return "one of a sender's two receivers stands still for less than its session lives, while the other is served";
    }

    @Override
    public Availability possible() {
        return new Availability.Present("processes");
    }

    @Override
    public ScenarioResult run(SplittableRandom random) throws IOException {
        ScenarioResult all = ScenarioResult.of(0, 0, 0);
        for (String transport : List.of("tcp", "aeron")) {
            all = all.plus(run(transport, random));
        }
        return all;
    }

    private static ScenarioResult run(String transport, SplittableRandom random) throws IOException {
        try (FaultRig rig = FaultRig.openHere()) {
            BatonChild still = rig.startAnotherReceiver();
            String stillAt = still.awaitListening(0);
            BatonChild sender = send(rig, transport, "--to", stillAt);
            awaitMore(rig, sender, rig.receiverAddress(), WARM);
            awaitMore(rig, sender, stillAt, WARM);
            double before = perSecond(rig, sender);
            double meanwhile = whileStill(rig, sender, still, random);
            awaitMore(rig, sender, stillAt, 1);
            awaitMore(rig, sender, rig.receiverAddress(), 1);
            sender.signal("KILL");
            long killedNs = System.nanoTime();
            rig.awaitIdle(MEMORY_WITHIN_SECONDS);
            rig.awaitIdle(stillAt, MEMORY_WITHIN_SECONDS);
            double seconds = (System.nanoTime() - killedNs) / 1e9;
            double alone = alone(rig, transport, still);
            long delivered = delivered(rig, rig.receiverAddress()) + delivered(rig, stillAt);
            return ScenarioResult.of(1, rig.endWell() + FaultRig.endWell(still), seconds).plusDelivered(delivered)
                .with(transport + ": one stood still, time of a request to the other, of that with both served", before / meanwhile, THAN_WITH_BOTH_BOUND)
                .with(transport + ": the same, of that with no other", alone / meanwhile, Double.NaN);
        }
    }

    private static BatonChild send(FaultRig rig, String transport, String... more) throws IOException {
        List<String> args = new ArrayList<>(List.of("--concurrency", Integer.toString(CONCURRENCY), "--window", WINDOW));
        args.addAll(List.of(more));
        return rig.send(transport, MANY, TOKENS, args.toArray(new String[0]));
    }

    /** Delivered in a second by a sender that knows the first receiver alone, while the other one stands still. */
    private static double alone(FaultRig rig, String transport, BatonChild still) throws IOException {
        still.signal("STOP");
        try {
            BatonChild sender = send(rig, transport);
            awaitMore(rig, sender, rig.receiverAddress(), 3 * WARM);
            double perSecond = perSecond(rig, sender);
            sender.signal("KILL");
            rig.awaitIdle(MEMORY_WITHIN_SECONDS);
            return perSecond;
        } finally {
            still.signal("CONT");
        }
    }

    /** Delivered to the other in a second, while one stands still. */
    private static double whileStill(FaultRig rig, BatonChild sender, BatonChild still, SplittableRandom random) throws IOException {
        long fromNs = System.nanoTime();
        still.signal("STOP");
        double perSecond;
        try {
            // What was under way to the other, whoever's share it had, has gone.
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(200 + random.nextInt(300)));
            perSecond = perSecond(rig, sender);
            requireStopped(still);
        } finally {
            still.signal("CONT");
        }
        long stillNs = System.nanoTime() - fromNs;
        if (stillNs > STILL_MAX_NS) {
            throw new StoodStillException("a process was stopped for longer than its session may live: ms=" + TimeUnit.NANOSECONDS.toMillis(stillNs));
        }
        return perSecond;
    }

    /** Of the first receiver, for a while. */
    private static double perSecond(FaultRig rig, BatonChild sender) throws IOException {
        long had = delivered(rig, rig.receiverAddress());
        long startNs = System.nanoTime();
        LockSupport.parkNanos(LOOK_NS);
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
