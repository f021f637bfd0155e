package dev.baton.sim.soak;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * A receiver that checks every byte, senders beside it, and the faults between them: processes of their own in a network
 * namespace of their own. One thread. {@link #close()} ends all of them and leaves nothing behind.
 */
final class FaultRig implements AutoCloseable {
    /** Of it a token has 32 KiB: 16 layers, keys and values, 8 heads of 64 elements of 2 bytes. */
    static final String MODEL = "Llama-3.2-1B";
    static final long TOKEN_BYTES = 32 << 10;
    static final long POOL_BYTES = 64 << 20;
    static final String PATTERN = "7";
    private static final long READY_WITHIN_SECONDS = 30;
    private static final Path SHARED_MEMORY = Path.of("/dev/shm");

    private final Path folder;
    private final Path shared;
    private final NetworkNamespace network;
    private final Map<String, String> receiverEnvironment;
    private final List<String> receiverArgs;
    private final List<BatonChild> children = new ArrayList<>();
    private BatonChild receiver;
    private String address;

    private FaultRig(Path folder, Path shared, NetworkNamespace network, Map<String, String> environment, List<String> args) {
        this.folder = folder;
        this.shared = shared;
        this.network = network;
        receiverEnvironment = environment;
        receiverArgs = args;
    }

    /** Starts the receiver and waits until it listens; it takes more options and environment. */
    static FaultRig open(Map<String, String> environment, String... receiverArgs) throws IOException {
        Path folder = Files.createTempDirectory("baton-soak");
        Path shared = Files.createTempDirectory(Files.isWritable(SHARED_MEMORY) ? SHARED_MEMORY : folder, "baton-soak");
        FaultRig rig = new FaultRig(folder, shared, NetworkNamespace.create(), environment, List.of(receiverArgs));
        try {
            rig.startReceiver("127.0.0.1:0");
            return rig;
        } catch (IOException ex) {
            rig.close();
            throw ex;
        }
    }

    private void startReceiver(String listen) throws IOException {
        List<String> args = new ArrayList<>(List.of("receiver", "--verify-pattern", PATTERN, "--listen", listen, "--model", MODEL,
            "--pool", POOL_BYTES / (1 << 20) + "MiB", "--shm-dir", shared.toString(), "--json"));
        args.addAll(receiverArgs);
        receiver = start(receiverEnvironment, args);
        address = receiver.awaitListening(READY_WITHIN_SECONDS);
    }

    /** Ends the receiver without a word and starts it again at the same port. */
    void restartReceiver() throws IOException {
        receiver.signal("KILL");
        receiver.awaitEnd(TimeUnit.SECONDS.toMillis(10));
        startReceiver(address);
    }

    NetworkNamespace network() {
        return network;
    }

    BatonChild receiver() {
        return receiver;
    }

    int receiverPort() {
        return Integer.parseInt(address.substring(address.lastIndexOf(':') + 1));
    }

    /** Starts a process in the namespace; it is ended by {@link #close()} at the latest. */
    BatonChild start(Map<String, String> environment, List<String> args) throws IOException {
        BatonChild child = BatonChild.start(folder, network.entry(), environment, args);
        children.add(child);
        return child;
    }

    /** A prefill engine that sends so many requests of so many tokens, four at a time. */
    BatonChild send(String transport, int requests, int tokens, String... more) throws IOException {
        List<String> args = new ArrayList<>(List.of("send", "--to", address, "--pattern", PATTERN, "--model", MODEL, "--transport",
            transport, "--requests", Integer.toString(requests), "--tokens", Integer.toString(tokens), "--chunk-tokens", "256",
            "--window", "32MiB", "--whole-staging", "32MiB", "--shm-dir", shared.toString(), "--json"));
        args.addAll(List.of(more));
        return start(Map.of(), args);
    }

    /** What the receiver tells of itself. */
    JsonNode stats() throws IOException {
        try (BatonChild child = start(Map.of(), List.of("stats", "--to", address, "--json"))) {
            Integer exit = child.awaitEnd(TimeUnit.SECONDS.toMillis(READY_WITHIN_SECONDS));
            if (exit == null || exit != 0) {
                throw new IOException("stats: " + child.tail());
            }
            return child.json().get("decode");
        }
    }

    /** Extents by state add up to the pool. */
    static void requireAddsUp(JsonNode decode) throws IOException {
        JsonNode pool = decode.get("pool");
        long sum = 0;
        for (String state : List.of("freeExtents", "ownedExtents", "sealedExtents", "quarantinedExtents")) {
            sum += pool.get(state).asLong();
        }
        if (sum != pool.get("totalExtents").asLong()) {
            throw new IOException("the pool does not add up: " + pool);
        }
    }

    /**
     * Waits until nothing is reserved and nothing quarantined, and gives the seconds that took.
     *
     * @throws IOException with the last statistics if it takes longer
     */
    double awaitIdle(long withinSeconds) throws IOException {
        long startNs = System.nanoTime();
        while (true) {
            JsonNode decode = stats();
            requireAddsUp(decode);
            JsonNode pool = decode.get("pool");
            double seconds = (System.nanoTime() - startNs) / 1e9;
            if (decode.get("reservations").get("live").asLong() == 0 && pool.get("ownedExtents").asLong() == 0
                && pool.get("quarantinedExtents").asLong() == 0) {
                return seconds;
            }
            if (seconds > withinSeconds) {
                throw new IOException("memory is not back within " + withinSeconds + " s: " + decode);
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(100));
        }
    }

    /**
     * Ends the receiver as an operator would: it drains, and ends with 0 only if no byte that it verified was wrong.
     *
     * @return bytes that it compared
     */
    long endWell() throws IOException {
        Integer exit = receiver.terminate(TimeUnit.SECONDS.toMillis(40));
        JsonNode result = exit == null ? null : receiver.json();
        if (result == null || exit != 0 || result.get("mismatches").asLong() != 0) {
            throw new IOException("the receiver should end with 0 and no wrong byte: exit=" + exit + " " + receiver.tail());
        }
        return result.get("verifiedBytes").asLong();
    }

    @Override
    public void close() throws IOException {
        children.forEach(BatonChild::close);
        network.close();
        delete(shared);
        delete(folder);
    }

    private static void delete(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
