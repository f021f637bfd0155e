package dev.baton.sim.soak;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import dev.baton.transport.node.StatsClient;

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
    private static final long STATS_WITHIN_SECONDS = 5;
    private static final Path SHARED_MEMORY = Path.of("/dev/shm");

    private final Path folder;
    private final Path shared;
    private final NetworkNamespace network;
    private final Map<String, String> receiverEnvironment;
    private final List<String> receiverArgs;
    private final Map<String, String> everywhere = new HashMap<>();
    private final List<BatonChild> children = new CopyOnWriteArrayList<>();
    private final CloseAtExit atExit;
    private BatonChild receiver;
    private String address;
    private volatile boolean isClosed;

    private FaultRig(Path folder, Path shared, NetworkNamespace network, Map<String, String> environment, List<String> args) {
        this.folder = folder;
        this.shared = shared;
        this.network = network;
        receiverEnvironment = environment;
        receiverArgs = args;
        atExit = CloseAtExit.of("soak", this::close);
    }

    /** Starts the receiver and waits until it listens; it takes more options and environment. */
    static FaultRig open(Map<String, String> environment, String... receiverArgs) throws IOException {
        return make(NetworkNamespace.create(), environment, receiverArgs).listening();
    }

    /** As above in this process's own network, where {@link #stats()} is quick and no privilege is needed. */
    static FaultRig openHere() throws IOException {
        return here().listening();
    }

    /** As above without a receiver yet. */
    static FaultRig here(String... receiverArgs) throws IOException {
        return make(null, Map.of(), receiverArgs);
    }

    /** As {@link #open} with a secret that all its processes share. */
    static FaultRig openWithSecret() throws IOException {
        FaultRig rig = make(NetworkNamespace.create(), Map.of());
        Path secret = Files.createFile(rig.folder.resolve("secret"),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(secret, "of a run of faults, no more secret than that");
        rig.everywhere.put("BATON_SECRET_FILE", secret.toString());
        return rig.listening();
    }

    private static FaultRig make(NetworkNamespace network, Map<String, String> environment, String... receiverArgs)
        throws IOException {
        Path folder = Files.createTempDirectory("baton-soak");
        Path shared = Files.createTempDirectory(Files.isWritable(SHARED_MEMORY) ? SHARED_MEMORY : folder, "baton-soak");
        return new FaultRig(folder, shared, network, environment, List.of(receiverArgs));
    }

    FaultRig listening() throws IOException {
        try {
            startReceiver("127.0.0.1:0");
            return this;
        } catch (IOException ex) {
            close();
            throw ex;
        }
    }

    /** For files of the run; gone after {@link #close()}. */
    Path folder() {
        return folder;
    }

    private void startReceiver(String listen) throws IOException {
        // Without a name of its own a node at a port that the system chose is another node at its next start.
        receiver = startReceiver("decode", listen);
        address = receiver.awaitListening(READY_WITHIN_SECONDS);
    }

    private BatonChild startReceiver(String nodeId, String listen) throws IOException {
        List<String> args = new ArrayList<>(List.of("receiver", "--node-id", nodeId, "--verify-pattern", PATTERN,
            "--listen", listen, "--model", MODEL, "--pool", POOL_BYTES / (1 << 20) + "MiB", "--shm-dir", shared.toString(), "--json"));
        args.addAll(receiverArgs);
        return start(receiverEnvironment, args);
    }

    /** One more receiver beside the first, of another name. Of the two only the first is {@link #receiver()}. */
    BatonChild startAnotherReceiver() throws IOException {
        BatonChild another = startReceiver("decode-2", "127.0.0.1:0");
        another.awaitListening(READY_WITHIN_SECONDS);
        return another;
    }

    /** Ends the receiver without a word and starts it again at the same port. */
    void restartReceiver() throws IOException {
        killReceiver();
        startReceiverAgain();
    }

    void killReceiver() throws IOException {
        receiver.signal("KILL");
        receiver.awaitEnd(TimeUnit.SECONDS.toMillis(10));
    }

    void startReceiverAgain() throws IOException {
        startReceiver(address);
    }

    String receiverAddress() {
        return address;
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
        synchronized (children) {
            requireOpen();
            Map<String, String> both = new HashMap<>(everywhere);
            both.putAll(environment);
            BatonChild child = BatonChild.start(folder, entry(), both, args);
            children.add(child);
            return child;
        }
    }

    /** As above, of another main class; the words are JVM options, the class, and its arguments. */
    BatonChild startMain(String name, List<String> words) throws IOException {
        synchronized (children) {
            requireOpen();
            BatonChild child = BatonChild.start(folder, name, entry(), Map.of(), words);
            children.add(child);
            return child;
        }
    }

    private void requireOpen() throws IOException {
        if (isClosed) {
            throw new IOException("interrupted: everything of this run was ended");
        }
    }

    private List<String> entry() {
        return network == null ? List.of() : network.entry();
    }

    /** A prefill engine that sends so many requests of so many tokens, four at a time. */
    BatonChild send(String transport, int requests, int tokens, String... more) throws IOException {
        List<String> args = new ArrayList<>(List.of("send", "--to", address, "--pattern", PATTERN, "--model", MODEL, "--transport",
            transport, "--requests", Integer.toString(requests), "--tokens", Integer.toString(tokens), "--chunk-tokens", "256",
            "--whole-staging", "32MiB", "--shm-dir", shared.toString(), "--json"));
        args.addAll(List.of(more));
        if (!args.contains("--window")) {
            args.addAll(List.of("--window", "32MiB"));
        }
        return start(Map.of(), args);
    }

    /** What the receiver tells of itself. */
    JsonNode stats() throws IOException {
        return whole(address).get("decode");
    }

    /** What a node tells of itself, whole. */
    JsonNode whole(String of) throws IOException {
        if (network == null) {
            int colon = of.lastIndexOf(':');
            return new ObjectMapper().readTree(StatsClient.ask(of.substring(0, colon), Integer.parseInt(of.substring(colon + 1)),
                null, TimeUnit.SECONDS.toNanos(STATS_WITHIN_SECONDS)));
        }
        try (BatonChild child = start(Map.of(), List.of("stats", "--to", of, "--json"))) {
            Integer exit = child.awaitEnd(TimeUnit.SECONDS.toMillis(READY_WITHIN_SECONDS));
            if (exit == null || exit != 0) {
                throw new IOException("stats: " + child.tail());
            }
            return child.json();
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
        return awaitIdle(address, withinSeconds);
    }

    /** The same of another receiver. */
    double awaitIdle(String of, long withinSeconds) throws IOException {
        long startNs = System.nanoTime();
        while (true) {
            JsonNode decode = whole(of).get("decode");
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
        return endWell(receiver);
    }

    /** The same of another receiver. */
    static long endWell(BatonChild one) throws IOException {
        Integer exit = one.terminate(TimeUnit.SECONDS.toMillis(40));
        JsonNode result = exit == null ? null : one.json();
        if (result == null || exit != 0 || result.get("mismatches").asLong() != 0) {
            throw new IOException("the receiver should end with 0 and no wrong byte: exit=" + exit + " " + one.tail());
        }
        return result.get("verifiedBytes").asLong();
    }

    /** Ends all processes and removes all files; also called when this process is told to end, by another thread. */
    @Override
    public void close() throws IOException {
        synchronized (children) {
            isClosed = true;
        }
        for (BatonChild child : children) {
            child.close();
        }
        if (network != null) {
            network.close();
        }
        Folders.delete(shared);
        Folders.delete(folder);
        atExit.forget();
    }
}
