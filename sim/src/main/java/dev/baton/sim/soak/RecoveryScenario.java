package dev.baton.sim.soak;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import dev.baton.platform.Availability;

/** How long it takes until a killed process's peer is told, its memory is back, and requests flow again; of each transport. */
final class RecoveryScenario implements Scenario {
    private static final int TOKENS = 512;
    private static final int MANY = 1_000_000;
    private static final long POLL_NS = TimeUnit.MILLISECONDS.toNanos(10);
    private static final long GIVE_UP_SECONDS = 40;
    /** L1: lease 10 s + drain 1 s + fence 2 s; 3 s where the transport reports the loss of the process, as the lock of shm does. */
    private static final double MEMORY_BACK_BOUND_SECONDS = 13;
    private static final double MEMORY_BACK_REPORTED_BOUND_SECONDS = 3;
    /** L2: what an outcome may take beyond the request's own time. */
    private static final double TOLD_BOUND_SECONDS = 13;
    /** L8. */
    private static final double AGAIN_BOUND_SECONDS = 10;

    @Override
    public String toString() {
        return "recovery";
    }

    @Override
    public String what() {
        return "sender and receiver are killed in turn, and the recovery is timed, over shm, tcp and aeron";
    }

    @Override
    public Availability possible() {
        return new Availability.Present("processes");
    }

    @Override
    public ScenarioResult run(SplittableRandom random) throws IOException {
        ScenarioResult all = ScenarioResult.of(0, 0, 0);
        for (String transport : List.of("shm", "tcp", "aeron")) {
            all = all.plus(run(transport, random));
        }
        return all;
    }

    private static ScenarioResult run(String transport, SplittableRandom random) throws IOException {
        try (FaultRig rig = FaultRig.openHere()) {
            BatonChild victim = rig.send(transport, MANY, TOKENS);
            Requests.awaitReceiving(rig, victim, 2 + random.nextInt(10));
            victim.signal("KILL");
            double memoryBack = rig.awaitIdle(GIVE_UP_SECONDS);

            String senderAddress = "127.0.0.1:" + freePort();
            BatonChild sender = rig.send(transport, MANY, TOKENS, "--listen", senderAddress);
            Requests.awaitReceiving(rig, sender, rig.stats().at("/counters/delivered").asInt() + 2 + random.nextInt(10));
            killInTheMiddle(rig, sender);
            double told = seconds("the sender is not told", sender, () -> failures(rig.whole(senderAddress)) > 0);
            long startNs = System.nanoTime();
            rig.startReceiverAgain();
            seconds("no good transfer", sender, () -> rig.stats().at("/counters/delivered").asLong() > 0);
            double again = (System.nanoTime() - startNs) / 1e9;
            sender.signal("KILL");
            double idle = rig.awaitIdle(GIVE_UP_SECONDS);
            long delivered = rig.stats().at("/counters/delivered").asLong();
            boolean isReported = transport.equals("shm");
            return ScenarioResult.of(3, rig.endWell(), idle).plusDelivered(delivered)
                .with(transport + ": sender killed, memory back s", memoryBack,
                    isReported ? MEMORY_BACK_REPORTED_BOUND_SECONDS : MEMORY_BACK_BOUND_SECONDS)
                .with(transport + ": receiver killed, sender told s", told, TOLD_BOUND_SECONDS)
                .with(transport + ": receiver started, first good transfer s", again, AGAIN_BOUND_SECONDS);
        }
    }

    /** Past FIN the receiver alone knows how a request ends, and its sender is told when it is reached again: one must be on its way. */
    private static void killInTheMiddle(FaultRig rig, BatonChild sender) throws IOException {
        long startNs = System.nanoTime();
        boolean isKilled = false;
        while (!isKilled) {
            sender.signal("STOP");
            try {
                if (rig.stats().at("/reservations/receiving").asLong() > 0) {
                    rig.killReceiver();
                    isKilled = true;
                }
            } finally {
                sender.signal("CONT");
            }
            if (!isKilled && System.nanoTime() - startNs > TimeUnit.SECONDS.toNanos(GIVE_UP_SECONDS)) {
                throw new IOException("no request is seen on its way within " + GIVE_UP_SECONDS + " s: " + sender.tail());
            }
            LockSupport.parkNanos(POLL_NS);
        }
    }

    private static long failures(JsonNode stats) {
        long count = 0;
        for (JsonNode one : stats.at("/prefill/failures")) {
            count += one.asLong();
        }
        return count;
    }

    /** A port that nobody had a moment ago: the sender must be asked for its statistics, and does not say where it listens. */
    private static int freePort() throws IOException {
        try (DatagramSocket socket = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private interface Condition {
        boolean holds() throws IOException;
    }

    private static double seconds(String otherwise, BatonChild sender, Condition condition) throws IOException {
        long startNs = System.nanoTime();
        while (!condition.holds()) {
            if (!sender.isAlive() || System.nanoTime() - startNs > TimeUnit.SECONDS.toNanos(GIVE_UP_SECONDS)) {
                throw new IOException(otherwise + " within " + GIVE_UP_SECONDS + " s: " + sender.tail());
            }
            LockSupport.parkNanos(POLL_NS);
        }
        return (System.nanoTime() - startNs) / 1e9;
    }
}
