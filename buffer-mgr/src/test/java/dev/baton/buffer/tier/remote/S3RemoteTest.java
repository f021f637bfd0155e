package dev.baton.buffer.tier.remote;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.baton.buffer.tier.BlockStore;
import dev.baton.buffer.tier.CircuitState;
import dev.baton.buffer.tier.LoadResult;
import dev.baton.buffer.tier.StoreResult;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;

/** Against moto, a server that speaks as S3 does. */
class S3RemoteTest extends RemoteContractTest {
    private static final Path MOTO = Path.of("target/moto/bin/moto_server");
    private static final Map<String, String> KEYS = Map.of("AWS_ACCESS_KEY_ID", "test", "AWS_SECRET_ACCESS_KEY", "test");
    private static final String BUCKET = "blocks";
    private static Process server;
    private static String endpoint;

    private S3Client behind;

    @BeforeAll
    static void startServer() throws IOException {
        assumeTrue(Files.isExecutable(MOTO), "no moto: python3 -m venv buffer-mgr/target/moto && " +
            "buffer-mgr/target/moto/bin/pip install 'moto[server,s3]'");
        server = new ProcessBuilder(MOTO.toString(), "-H", "127.0.0.1", "-p", "0").redirectErrorStream(true).start();
        BufferedReader lines = server.inputReader();
        Pattern running = Pattern.compile("Running on (http://127.0.0.1:[0-9]+)");
        String line = lines.readLine();
        while (line != null && endpoint == null) {
            Matcher matcher = running.matcher(line);
            endpoint = matcher.find() ? matcher.group(1) : null;
            line = endpoint == null ? lines.readLine() : line;
        }
        Thread.ofVirtual().start(() -> lines.lines().forEach(_ -> {}));
        assertTrue(endpoint != null, "moto does not start");
    }

    @AfterAll
    static void stopServer() {
        if (server != null) {
            server.destroyForcibly();
        }
    }

    @BeforeEach
    void emptyBucket() throws RemoteException {
        behind = new S3Remote(address(endpoint), KEYS).connect(20 * RemoteRig.SECOND_NS);
        behind.createBucket(create -> create.bucket(BUCKET));
        behind.listObjectsV2(list -> list.bucket(BUCKET)).contents()
            .forEach(each -> behind.deleteObject(delete -> delete.bucket(BUCKET).key(each.key())));
    }

    @AfterEach
    void close() {
        if (behind != null) {
            behind.close();
        }
    }

    private static String address(String endpoint) {
        return "s3://" + BUCKET + "/kv/cache?endpoint=" + endpoint;
    }

    @Override
    RemoteClient client() {
        return RemoteClients.of(address(endpoint), KEYS);
    }

    private static String key(long block) {
        String name = RemoteRig.objectName(block);
        return "kv/cache/1/" + name.substring(0, 2) + "/" + name;
    }

    private byte[] object(long block) {
        return behind.getObjectAsBytes(get -> get.bucket(BUCKET).key(key(block))).asByteArray();
    }

    private void object(long block, byte[] bytes) {
        behind.putObject(put -> put.bucket(BUCKET).key(key(block)), RequestBody.fromBytes(bytes));
    }

    @Override
    void swap(long from, long to) {
        object(to, object(from));
    }

    @Override
    void flip(long block, int payloadOffset) {
        flipHead(block, RemoteHead.LENGTH_BYTES + payloadOffset);
    }

    @Override
    void flipHead(long block, int offset) {
        byte[] bytes = object(block);
        bytes[offset] ^= 1;
        object(block, bytes);
    }

    @Override
    void cut(long block, int bytes) {
        byte[] all = object(block);
        object(block, Arrays.copyOf(all, all.length - bytes));
    }

    @Override
    int count() {
        return behind.listObjectsV2(list -> list.bucket(BUCKET)).keyCount();
    }

    @Test
    void shouldWriteLargeObjectsInPartsAndReadThemByRanges() throws IOException {
        int lengthBytes = S3Remote.PART_BYTES + 1;
        try (RemoteRig rig = rig()) {
            assertEquals(StoreResult.STORED, rig.store(1, lengthBytes));
            String tag = behind.headObject(head -> head.bucket(BUCKET).key(key(1))).eTag();
            assertTrue(tag.contains("-2"), () -> "of two parts: " + tag);
            assertEquals(LoadResult.HIT, rig.load(1, lengthBytes));
            flip(1, lengthBytes - 1);
            assertEquals(LoadResult.CORRUPT, rig.load(1, lengthBytes));
        }
    }

    @Test
    void shouldTurnReadOnlyWhereThereIsNoBucket() throws IOException {
        RemoteClient client = RemoteClients.of("s3://nowhere?endpoint=" + endpoint, KEYS);
        try (RemoteRig rig = new RemoteRig(new RemoteContext().client(client))) {
            assertEquals(StoreResult.FAILED, rig.store(1, 100));
            assertEquals(CircuitState.READ_ONLY, rig.circuit());
            assertEquals(BlockStore.OFF, rig.beginStore(1, 100));
        }
    }

    /** A server that takes connections and never says a word. */
    @Test
    void shouldTimeOutWhereNobodyAnswers() throws IOException {
        try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
            RemoteRig rig = new RemoteRig(new RemoteContext()
                .client(RemoteClients.of(address("http://127.0.0.1:" + silent.getLocalPort()), KEYS))
                .transferTimeoutNs(RemoteRig.SECOND_NS / 5, RemoteRig.SECOND_NS / 5))) {
            long store = rig.beginStore(1, LENGTH_BYTES);
            long load = rig.beginLoad(1, LENGTH_BYTES, 1, RemoteRig.SECOND_NS);
            long lookup = rig.beginLookup(1);
            rig.await("the ends", () -> rig.stored.containsKey(store) && rig.released.containsKey(load) && rig.found.containsKey(lookup));
            assertEquals(StoreResult.FAILED, rig.stored.get(store));
            assertEquals(LoadResult.FAILED, rig.loaded.get(load));
            assertEquals(-1, rig.found.get(lookup));
            assertTrue(silent.accept().isConnected(), "they did connect");
            assertTrue(rig.circuit() != CircuitState.WORKING);
        }
    }

    @Test
    void shouldFailWhereNobodyListens() throws IOException {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        try (RemoteRig rig = new RemoteRig(new RemoteContext().client(RemoteClients.of(address("http://127.0.0.1:" + port), KEYS)))) {
            for (int strike = 0; strike < 3; strike++) {
                assertEquals(LoadResult.FAILED, rig.load(1, 100));
            }
            assertEquals(CircuitState.OFF, rig.circuit());
        }
    }

    @Test
    void shouldTakeNoSecretInAnAddress() {
        IllegalArgumentException refused = org.junit.jupiter.api.Assertions.assertThrows(IllegalArgumentException.class,
            () -> RemoteClients.of("s3://id:s3cret@" + BUCKET, Map.of()));
        assertFalse(refused.getMessage().contains("s3cret"));
    }
}
