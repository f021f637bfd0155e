package dev.baton.sender;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

import dev.baton.buffer.BufferPool;
import dev.baton.kv.BlockKey;
import dev.baton.platform.ProcessLock;
import dev.baton.sender.core.PrefixAsk;
import dev.baton.sender.core.PrefixHere;
import dev.baton.sender.engine.Staging;
import dev.baton.transport.session.HandoffId;

/** One rig a test, of a node that receives, too: its pool has staging, and beside that the beginning of one tenant's prompt. */
abstract class PooledTest {
    static final int BLOCK = 16;
    static final long TENANT = 7;

    final FakeSealed cache = new FakeSealed(TENANT);
    SenderRig rig;
    private final BufferPool pool = new BufferPool();
    private final long stagingBytes;
    private int requests;

    /** @param stagingBytes of either kind */
    PooledTest(long stagingBytes) {
        this.stagingBytes = stagingBytes;
    }

    @BeforeEach
    void startRig() {
        rig = SenderRig.small(context -> {
            pool.stage(stagingBytes, stagingBytes, Staging.GRAIN_BYTES).open(context.ledger(), 1);
            pool.sealed(cache);
            context.pool(pool);
        });
    }

    @AfterEach
    void closeRig() {
        assertEquals(0, cache.pins, "nothing stays pinned");
        pool.close();
        rig.close();
        cache.close();
    }

    static List<BlockKey> keys(int count) {
        List<BlockKey> keys = new ArrayList<>();
        for (int block = 0; block < count; block++) {
            keys.add(new BlockKey(1, 1, 2, block));
        }
        return keys;
    }

    /** Of no handoff before it in this test. */
    HandoffId nextId(long tenant) {
        return new HandoffId(tenant, 0, ++requests, 0);
    }

    PrefixHere load(PrefixAsk ask) {
        int before = rig.loaded.size();
        rig.engine.load(ask);
        rig.until("an answer", () -> rig.loaded.size() > before);
        return rig.loaded.getLast();
    }

    /** The engine as a process of its own that has been seen; it is gone once this is closed, and {@link #look} has passed. */
    ProcessLock watchedEngine(Path folder) throws Exception {
        assumeTrue(Files.isDirectory(Path.of("/proc/self")), "skipped: no process locks here");
        Path lockFile = folder.resolve("engine.lock");
        rig.sender.watchEngine(lockFile);
        ProcessLock engine = ProcessLock.open(lockFile);
        assertTrue(engine.tryHold());
        look();
        return engine;
    }

    /** As long as it takes to look at the engine's process. */
    void look() {
        for (int i = 0; i < 12; i++) {
            rig.step(TimeUnit.MILLISECONDS.toNanos(10));
        }
    }
}
