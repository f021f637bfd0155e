package dev.baton.buffer.tier.remote;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.buffer.tier.BlockStore;
import dev.baton.buffer.tier.CircuitState;
import dev.baton.buffer.tier.LoadResult;
import dev.baton.buffer.tier.StoreResult;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.codec.ByteArrayCodec;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against a real redis-server. */
class RedisRemoteTest extends RemoteContractTest {
    private static final long SECOND_NS = RemoteRig.SECOND_NS;
    @TempDir
    private Path folder;
    private RedisServer server;
    private RedisClient behind;
    private RedisCommands<byte[], byte[]> raw;

    @BeforeEach
    void start() throws IOException {
        begin();
    }

    private void begin(String... options) throws IOException {
        stop();
        server = RedisServer.start(folder, options);
        behind = RedisClient.create(RedisURI.builder().withHost("127.0.0.1").withPort(server.port()).build());
    }

    private RedisCommands<byte[], byte[]> raw() {
        raw = raw == null ? behind.connect(ByteArrayCodec.INSTANCE).sync() : raw;
        return raw;
    }

    @AfterEach
    void stop() {
        if (behind != null) {
            behind.shutdown(0, 1, TimeUnit.SECONDS);
            raw = null;
        }
        if (server != null) {
            server.close();
        }
    }

    @Override
    RemoteClient client() {
        return client("", Map.of());
    }

    private RemoteClient client(String query, Map<String, String> environment) {
        return RemoteClients.of("redis://127.0.0.1:" + server.port() + query, environment);
    }

    private static byte[] key(long block, Object part) {
        return ("baton:1:" + RemoteRig.objectName(block) + ":" + part).getBytes(US_ASCII);
    }

    @Override
    void swap(long from, long to) {
        raw().set(key(to, "h"), raw().get(key(from, "h")));
        for (int i = 0; i < 3; i++) {
            raw().set(key(to, i), raw().get(key(from, i)));
        }
    }

    @Override
    void flip(long block, int payloadOffset) {
        flipAt(key(block, payloadOffset / RedisRemote.PIECE_BYTES), payloadOffset % RedisRemote.PIECE_BYTES);
    }

    @Override
    void flipHead(long block, int offset) {
        flipAt(key(block, "h"), offset);
    }

    private void flipAt(byte[] key, int offset) {
        byte[] value = raw().get(key);
        value[offset] ^= 1;
        raw().set(key, value);
    }

    @Override
    void cut(long block, int bytes) {
        byte[] last = raw().get(key(block, 2));
        if (bytes >= last.length) {
            raw().del(key(block, 2), key(block, 1));
        } else {
            raw().set(key(block, 2), Arrays.copyOf(last, last.length - bytes));
        }
    }

    @Override
    int count() {
        return Math.toIntExact(raw().dbsize());
    }

    @Test
    void shouldMissWholePiecesThatWereSwapped() {
        try (RemoteRig rig = rig()) {
            rig.store(1, LENGTH_BYTES);
            byte[] first = raw().get(key(1, 0));
            raw().set(key(1, 0), raw().get(key(1, 1)));
            raw().set(key(1, 1), first);
            assertEquals(LoadResult.CORRUPT, rig.load(1, LENGTH_BYTES));
        } catch (IOException ex) {
            throw new IllegalStateException(ex);
        }
    }

    @Test
    void shouldStoreAnewWhatTheServerEvictedAPartOf() throws IOException {
        try (RemoteRig rig = rig()) {
            rig.store(1, LENGTH_BYTES);
            assertEquals(1, raw().del(key(1, 1)));
            assertEquals(LENGTH_BYTES, rig.lookup(1));
            assertEquals(LoadResult.MISS, rig.load(1, LENGTH_BYTES));
            assertEquals(0, count());
            assertEquals(0, rig.store.stats().corrupt());
            assertEquals(StoreResult.STORED, rig.store(1, LENGTH_BYTES));
            assertEquals(LoadResult.HIT, rig.load(1, LENGTH_BYTES));
        }
    }

    @Test
    void shouldNotFindHalfABlock() throws IOException {
        try (RemoteRig rig = rig()) {
            rig.store(1, LENGTH_BYTES);
            assertEquals(1, raw().del(key(1, "h")));
            assertEquals(-1, rig.lookup(1));
            assertEquals(LoadResult.MISS, rig.load(1, LENGTH_BYTES));
        }
    }

    @Test
    void shouldLetBlocksExpireAndKeepApartByPrefixAndDatabase() throws IOException {
        try (RemoteRig rig = new RemoteRig(new RemoteContext().client(client("/3?ttl=1000&prefix=mine", Map.of())))) {
            rig.store(1, LENGTH_BYTES);
            assertEquals(0, count(), "database 0 is empty");
            raw().select(3);
            assertEquals(4, count());
            for (byte[] key : raw().keys("*")) {
                assertTrue(new String(key, US_ASCII).startsWith("mine:1:"));
                assertTrue(raw().ttl(key) > 900 && raw().ttl(key) <= 1000);
            }
        }
    }

    @Test
    void shouldTellTheServerHowLongBlocksAreKept() throws IOException {
        String address = "redis://127.0.0.1:" + server.port();
        for (String each : List.of(address, address + "?ttl=1000")) {
            try (RemoteRig rig = new RemoteRig(new RemoteContext().client(RemoteClients.of(each, Map.of(), 90_500)))) {
                rig.store(each.length(), LENGTH_BYTES);
                for (byte[] key : raw().keys("*")) {
                    assertTrue(raw().pttl(key) > 60_000 && raw().pttl(key) <= 90_500, () -> each + " " + raw().pttl(key));
                }
            }
        }
    }

    @Test
    void shouldMissWhenTheServerIsKilledUnderALoadAndGoOnWhenItIsBack() throws IOException {
        try (RemoteRig rig = rig()) {
            rig.store(1, 16 << 20);
            rig.store(2, 16 << 20);
            assertEquals(LoadResult.HIT, rig.load(1, 16 << 20));
            server.signal("STOP");
            long first = rig.beginLoad(1, 16 << 20, 1, 3600 * SECOND_NS);
            long second = rig.beginLoad(2, 16 << 20, 2, 3600 * SECOND_NS);
            rig.pass(1);
            assertTrue(rig.loaded.get(first) == null && rig.loaded.get(second) == null, "both are under way");
            server.signal("KILL");
            rig.await("the loads", () -> rig.released.containsKey(first) && rig.released.containsKey(second));
            assertEquals(LoadResult.FAILED, rig.loaded.get(first));
            assertEquals(LoadResult.FAILED, rig.loaded.get(second));
            rig.check(first, 1, 16 << 20, 16 << 20, RemoteRig.PLACE_BYTES);
            rig.check(second, 2, 16 << 20, 16 << 20, 2L * RemoteRig.PLACE_BYTES);

            assertEquals(LoadResult.FAILED, rig.load(1, 16 << 20), "nobody listens");
            assertEquals(CircuitState.OFF, rig.circuit());
            assertEquals(BlockStore.OFF, rig.beginLookup(1));

            server.restart();
            rig.pass(5 * SECOND_NS);
            rig.await("a good probe", () -> rig.circuit() == CircuitState.WORKING);
            assertEquals(LoadResult.MISS, rig.load(1, 16 << 20), "it came back empty");
            assertEquals(StoreResult.STORED, rig.store(1, 16 << 20));
            assertEquals(LoadResult.HIT, rig.load(1, 16 << 20));
        }
    }

    /** A server that takes connections and never says a word. */
    @Test
    void shouldTimeOutWhereNobodyAnswers() throws IOException {
        try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
            RemoteRig rig = new RemoteRig(new RemoteContext()
                .client(RemoteClients.of("redis://127.0.0.1:" + silent.getLocalPort(), Map.of()))
                .transferTimeoutNs(SECOND_NS / 5, SECOND_NS / 5))) {
            long store = rig.beginStore(1, LENGTH_BYTES);
            long load = rig.beginLoad(1, LENGTH_BYTES, 1, SECOND_NS);
            long lookup = rig.beginLookup(1);
            rig.await("the store's end", () -> rig.stored.containsKey(store));
            rig.await("the load's end", () -> rig.released.containsKey(load));
            rig.await("the lookup's end", () -> rig.found.containsKey(lookup));

            assertEquals(StoreResult.FAILED, rig.stored.get(store));
            assertEquals(LoadResult.FAILED, rig.loaded.get(load));
            assertEquals(-1, rig.found.get(lookup));
            assertTrue(silent.accept().isConnected(), "they did connect");
            assertTrue(rig.circuit() != CircuitState.WORKING);
            long late = rig.beginLoad(1, LENGTH_BYTES, 1, SECOND_NS);
            rig.pass(SECOND_NS);
            assertEquals(LoadResult.LATE, rig.loaded.get(late));
            rig.await("its memory", () -> rig.released.containsKey(late));
        }
    }

    @Test
    void shouldTurnReadOnlyWhenTheServerIsFullAndGoOnWhenThereIsRoom() throws IOException {
        begin("--maxmemory", "24mb", "--maxmemory-policy", "noeviction");
        try (RemoteRig rig = new RemoteRig(new RemoteContext().client(client()).threads(1, 1, 1)
            .lookupTimeoutNs(20 * SECOND_NS))) {
            long block = 0;
            while (rig.store(block, 4 << 20) == StoreResult.STORED) {
                block++;
                assertTrue(block < 10, "the server should be full by now");
            }
            assertTrue(block > 0);
            assertTrue(raw().info("errorstats").contains("errorstat_OOM"), "the server said that it is full");
            assertEquals(CircuitState.READ_ONLY, rig.circuit());
            assertEquals(BlockStore.OFF, rig.beginStore(100, 4 << 20));
            assertEquals(LoadResult.HIT, rig.load(0, 4 << 20));
            assertEquals(0, raw().exists(key(block, 0)), "what was stored of it is gone");

            raw().flushall();
            rig.pass(5 * SECOND_NS);
            rig.await("a good probe", () -> rig.circuit() == CircuitState.WORKING);
            assertEquals(StoreResult.STORED, rig.store(100, 4 << 20));
        }
    }

    @Test
    void shouldProveWhoItIsAndNeverSayHow() throws IOException {
        begin("--requirepass", "s3cret");
        try (RemoteRig rig = new RemoteRig(new RemoteContext().client(client("", Map.of("BATON_REDIS_PASSWORD", "s3cret"))))) {
            assertEquals(StoreResult.STORED, rig.store(1, 100));
        }
        RemoteClient byAddress = RemoteClients.of("redis://:s3cret@127.0.0.1:" + server.port() + "/0", Map.of());
        assertFalse(byAddress.describe().contains("s3cret"));
        try (RemoteRig rig = new RemoteRig(new RemoteContext().client(byAddress))) {
            assertEquals(LoadResult.HIT, rig.load(1, 100));
        }
        try (RemoteRig rig = new RemoteRig(new RemoteContext().client(client("", Map.of("BATON_REDIS_PASSWORD", "guess"))))) {
            assertEquals(LoadResult.FAILED, rig.load(1, 100));
        }
        IllegalArgumentException refused = assertThrows(IllegalArgumentException.class,
            () -> RemoteClients.of("redis://:s3cret@127.0.0.1/none", Map.of()));
        assertFalse(refused.getMessage().contains("s3cret"));
    }
}
