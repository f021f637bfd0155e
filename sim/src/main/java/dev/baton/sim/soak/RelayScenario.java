package dev.baton.sim.soak;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;

import dev.baton.platform.Availability;

/**
 * Everything between the two nodes goes through a relay in user space, control in both directions too. Nodes share a secret, as
 * control that is altered must be noticed. Requests end in whatever way; with the relay healed all must be well.
 */
enum RelayScenario implements Scenario {
    RELAY_TCP("a relay delays, doubles and reorders datagrams, alters bytes and cuts connections, over tcp", "tcp"),
    RELAY_AERON("a relay delays, doubles, reorders and alters datagrams, over aeron", "aeron");

    private static final int TOKENS = 256;
    /** All begun at once, so that their deadlines bound all of it: a sender whose bytes were altered again and again is refused for up to a minute. */
    private static final int REQUESTS = 60;
    private static final int BATCHES_MAX = 6;
    private static final int SENDER_PORT = 7_411;
    private static final int FRONT_PORT_MIN = 24_000;
    private static final long MEMORY_WITHIN_SECONDS = 25;
    private static final long READY_WITHIN_SECONDS = 30;

    private final String what;
    private final String transport;

    RelayScenario(String what, String transport) {
        this.what = what;
        this.transport = transport;
    }

    /** Faults that must have happened. */
    private List<String> kinds() {
        return this == RELAY_TCP ? List.of("delayed", "duplicated", "reordered", "flipped", "cut")
            : List.of("delayed", "duplicated", "reordered", "flipped");
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
        try (FaultRig rig = FaultRig.openWithSecret()) {
            Path folder = Files.createTempDirectory(rig.folder(), "relay");
            startRelay(rig, folder, random.nextLong());
            List<JsonNode> sends = new ArrayList<>();
            for (int batch = 0; batch == 0 || (batch < BATCHES_MAX && !missing(folder).isEmpty()); batch++) {
                BatonChild sender = send(rig, REQUESTS);
                Requests.requireTold(sender);
                sends.add(sender.json());
            }
            if (!missing(folder).isEmpty()) {
                throw new IOException("these faults did not happen: " + missing(folder));
            }
            Files.createFile(folder.resolve(Relay.HEALED));
            BatonChild after = send(rig, 4);
            Requests.requireDelivered(after, 4);
            sends.add(after.json());
            double seconds = rig.awaitIdle(MEMORY_WITHIN_SECONDS);
            return result(rig, folder, seconds, sends);
        }
    }

    private ScenarioResult result(FaultRig rig, Path folder, double seconds, List<JsonNode> sends) throws IOException {
        long faults = 0;
        for (String kind : kinds()) {
            faults += count(folder, kind);
        }
        ScenarioResult result = ScenarioResult.of(faults, rig.endWell(), seconds, sends.toArray(JsonNode[]::new));
        for (String kind : kinds()) {
            result = result.with(kind, (double) count(folder, kind), Double.NaN);
        }
        return result;
    }

    private BatonChild send(FaultRig rig, int requests) throws IOException {
        return rig.send(transport, requests, TOKENS, "--listen", "127.0.0.1:" + SENDER_PORT, "--connect-seconds", "60", "--concurrency",
            Integer.toString(requests));
    }

    /** Every port of the receiver, and the sender's control, is reached through the relay alone. */
    private static void startRelay(FaultRig rig, Path folder, long seed) throws IOException {
        OpenPorts ports = OpenPorts.of(rig.receiver().pid());
        List<String> words = new ArrayList<>(List.of(Relay.class.getName(), folder.toString(), Long.toString(seed)));
        List<Integer> datagrams = new ArrayList<>(ports.udp());
        datagrams.add(SENDER_PORT);
        int front = FRONT_PORT_MIN;
        for (int port : datagrams) {
            words.add("udp:" + front + ":" + port);
            rig.network().redirect("udp", port, front++);
        }
        for (int port : ports.tcp()) {
            words.add("tcp:" + front + ":" + port);
            rig.network().redirect("tcp", port, front++);
        }
        rig.startMain("relay", words).awaitListening(READY_WITHIN_SECONDS);
        System.err.println("soak: relay: seed=" + seed + " udp=" + datagrams + " tcp=" + ports.tcp());
    }

    private List<String> missing(Path folder) throws IOException {
        List<String> missing = new ArrayList<>();
        for (String kind : kinds()) {
            if (count(folder, kind) == 0) {
                missing.add(kind);
            }
        }
        return missing;
    }

    private static long count(Path folder, String kind) throws IOException {
        for (String line : Files.readAllLines(folder.resolve(Relay.COUNTS))) {
            if (line.startsWith(kind + " ")) {
                return Long.parseLong(line.substring(kind.length() + 1));
            }
        }
        throw new IOException("the relay does not count this: " + kind);
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
