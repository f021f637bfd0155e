package dev.baton.sim.soak;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;

import dev.baton.platform.Availability;

/**
 * Requests are sent while the network misbehaves. Each must be delivered or its sender told why not; once the network is
 * well again all that is sent must arrive, and no memory may be missing.
 */
enum NetworkScenario implements Scenario {
    TCP_LOSS_1("one packet in a hundred is lost, over tcp", "tcp", 8, true,
        rig -> rig.network().lose(1)),
    AERON_LOSS_5("one packet in twenty is lost, over aeron", "aeron", 8, true,
        rig -> rig.network().lose(5)),
    AERON_LOSS_20("one packet in five is lost, over aeron", "aeron", 2, false,
        rig -> rig.network().lose(20)),
    ONE_WAY_PARTITION("control towards the receiver is lost, the other way works", "tcp", 2, false,
        rig -> rig.network().loseAllTo(rig.receiverPort())),
    TCP_BYTES_ALTERED("bytes of packets are overwritten behind the checksums, over tcp", "tcp", 4, false,
        rig -> rig.network().alter(20)),
    AERON_BYTES_ALTERED("bytes of packets are overwritten behind the checksums, over aeron", "aeron", 4, false,
        rig -> rig.network().alter(50)),
    SLOW_NETWORK("packets leave at 200 Mbit/s, over tcp", "tcp", 4, true,
        rig -> rig.network().limitTo(200));

    private static final int TOKENS = 128;
    /** A session that is silent ends after 5 s, a lease after 10 s; a partition must outlast both. */
    private static final long PARTITION_MS = 14_000;
    private static final long HARM_WITHIN_MS = 60_000;
    private static final long WELL_WITHIN_MS = 60_000;
    private static final long MEMORY_WITHIN_SECONDS = 20;

    private final String what;
    private final String transport;
    private final int requests;
    private final boolean isSurvived;

    @SuppressWarnings("ImmutableEnumChecker")   // the lambdas capture nothing
    private final Harm harm;

    /** What is done to the network of a rig. */
    @FunctionalInterface
    private interface Harm {
        void doTo(FaultRig rig) throws IOException;
    }

    /** @param isSurvived whether every request must be delivered in spite of it */
    NetworkScenario(String what, String transport, int requests, boolean isSurvived, Harm harm) {
        this.what = what;
        this.transport = transport;
        this.requests = requests;
        this.isSurvived = isSurvived;
        this.harm = harm;
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
            if (this == ONE_WAY_PARTITION) {
                return partition(rig);
            }
            harm.doTo(rig);
            BatonChild harmed = rig.send(transport, requests, TOKENS);
            Integer exit = harmed.awaitEnd(HARM_WITHIN_MS);
            long faults = rig.network().hits() + rig.network().heldBack();
            rig.network().heal();
            if (exit == null && harmed.awaitEnd(HARM_WITHIN_MS) == null) {
                throw new IOException("the sender was not told of an end within bound: " + harmed.tail());
            }
            JsonNode told = harmed.json();
            if (isSurvived && told.get("completed").asLong() != requests) {
                throw Requests.notDelivered(told, told + " " + harmed.tail());
            }
            return recovered(rig, faults, told);
        }
    }

    /** A session is open and a request under way when the partition begins; it lasts longer than any lease. */
    private ScenarioResult partition(FaultRig rig) throws IOException {
        BatonChild harmed = rig.send(transport, 400, TOKENS, "--concurrency", "2");
        long startNs = System.nanoTime();
        while (rig.stats().at("/counters/delivered").asLong() < 2) {
            if (!harmed.isAlive() || System.nanoTime() - startNs > TimeUnit.MILLISECONDS.toNanos(HARM_WITHIN_MS)) {
                throw new IOException("nothing was delivered before the partition: " + harmed.tail());
            }
        }
        harm.doTo(rig);
        harmed.awaitEnd(PARTITION_MS);
        long faults = rig.network().hits();
        rig.network().heal();
        if (harmed.awaitEnd(HARM_WITHIN_MS) == null) {
            throw new IOException("the sender was not told of an end within bound: " + harmed.tail());
        }
        return recovered(rig, faults, harmed.json());
    }

    private ScenarioResult recovered(FaultRig rig, long faults, JsonNode told) throws IOException {
        if (faults == 0) {
            throw new IOException("the fault did not happen: " + what);
        }
        long accounted = told.get("completed").asLong() + told.get("rejected").asLong() + told.get("failed").asLong();
        if (accounted != told.get("requests").asLong()) {
            throw new IOException("requests without an end: " + told);
        }
        BatonChild well = rig.send(transport, 4, TOKENS);
        Integer exit = well.awaitEnd(WELL_WITHIN_MS);
        if (exit == null || exit != 0) {
            throw new IOException("not all arrived once the network was well: " + well.tail());
        }
        double seconds = rig.awaitIdle(MEMORY_WITHIN_SECONDS);
        return ScenarioResult.of(faults, rig.endWell(), seconds, told, well.json());
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
