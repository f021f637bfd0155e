package dev.baton.buffer.tier.remote;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.atomic.AtomicLong;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import dev.baton.buffer.tier.LoadResult;
import dev.baton.buffer.tier.StoreResult;
import dev.baton.buffer.tier.TimeToLive;

/** Objects that are too old, by a wall clock that the test moves. */
@Timeout(60)
class RemoteTimeToLiveTest {
    private static final long TTL_MS = 60_000;
    private final SimRemote remote = new SimRemote();
    private final AtomicLong wallMs = new AtomicLong(1_790_000_000_000L);

    private RemoteRig rig(long ttlMs) {
        return new RemoteRig(new RemoteContext().client(remote).timeToLive(new TimeToLive(ttlMs, wallMs::get)));
    }

    @Test
    void shouldMissAndRemoveAnObjectFromTheMomentThatItsTimeIsOver() {
        try (RemoteRig rig = rig(TTL_MS)) {
            rig.store(1, 5000);
            wallMs.addAndGet(TTL_MS - 1);
            assertEquals(5000, rig.lookup(1));
            assertEquals(LoadResult.HIT, rig.load(1, 5000));
            assertEquals(StoreResult.PRESENT, rig.store(1, 5000));
            wallMs.incrementAndGet();
            assertEquals(-1, rig.lookup(1));
            assertTrue(remote.objects.containsKey(RemoteRig.objectName(1)), "a lookup removes nothing");
            assertEquals(LoadResult.MISS, rig.load(1, 5000));
            assertFalse(remote.objects.containsKey(RemoteRig.objectName(1)));
            assertEquals(1, rig.store.stats().blocksExpired());
            assertEquals(0, rig.store.stats().corrupt());
            assertEquals(TTL_MS, rig.store.stats().ttlMs());
        }
    }

    @Test
    void shouldWriteAnewWhatIsThereAndTooOld() {
        try (RemoteRig rig = rig(TTL_MS)) {
            rig.store(1, 5000);
            wallMs.addAndGet(TTL_MS);
            assertEquals(StoreResult.STORED, rig.store(1, 5000));
            wallMs.addAndGet(TTL_MS - 1);
            assertEquals(LoadResult.HIT, rig.load(1, 5000));
        }
    }

    /** Another process, with another limit, or none. */
    @Test
    void shouldGoByTheTimeInTheObjectAndTheLimitOfWhoReads() {
        try (RemoteRig writer = rig(0); RemoteRig reader = rig(TTL_MS)) {
            writer.store(1, 5000);
            wallMs.addAndGet(TTL_MS);
            assertEquals(LoadResult.HIT, writer.load(1, 5000));
            assertEquals(-1, reader.lookup(1));
            assertEquals(LoadResult.MISS, reader.load(1, 5000));
            assertEquals(LoadResult.MISS, writer.load(1, 5000), "the shortest limit removes");
        }
    }

    @Test
    void shouldCountADamagedObjectAsDamagedHoweverOldItSays() {
        try (RemoteRig rig = rig(TTL_MS)) {
            rig.store(1, 5000);
            remote.objects.get(RemoteRig.objectName(1))[117] ^= 1;   // the time's upper bytes
            assertEquals(LoadResult.CORRUPT, rig.load(1, 5000));
            assertEquals(0, rig.store.stats().blocksExpired());
        }
    }
}
