package dev.baton.buffer.tier.remote;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.buffer.tier.CircuitState;
import dev.baton.buffer.tier.LoadResult;
import dev.baton.buffer.tier.StoreResult;
import dev.baton.buffer.tier.TimeToLive;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What every real remote store must do. Those who extend it say how to reach behind the store's back. */
@Timeout(120)
abstract class RemoteContractTest {
    static final int LENGTH_BYTES = 3_000_001;

    /** A client of an empty store. */
    abstract RemoteClient client() throws IOException;

    /** Puts the whole object of one block in the place of another's. */
    abstract void swap(long from, long to) throws IOException;

    /** Flips a bit of the payload. */
    abstract void flip(long block, int payloadOffset) throws IOException;

    /** Flips a bit of the head. */
    abstract void flipHead(long block, int offset) throws IOException;

    /** Takes the last bytes away. */
    abstract void cut(long block, int bytes) throws IOException;

    /** Objects, or parts of objects, that the store has. */
    abstract int count() throws IOException;

    final RemoteRig rig() throws IOException {
        return new RemoteRig(new RemoteContext().client(client()).lookupTimeoutNs(20 * RemoteRig.SECOND_NS));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4095, 1 << 20, (1 << 20) + 1, LENGTH_BYTES, 20 << 20})
    void shouldLoadWhatWasStored(int lengthBytes) throws IOException {
        try (RemoteRig rig = rig()) {
            assertEquals(LoadResult.MISS, rig.load(1, lengthBytes));
            assertEquals(-1, rig.lookup(1));
            assertEquals(StoreResult.STORED, rig.store(1, lengthBytes));
            assertEquals(StoreResult.PRESENT, rig.store(1, lengthBytes));
            assertEquals(lengthBytes, rig.lookup(1));
            assertEquals(-1, rig.lookup(2));
            assertEquals(LoadResult.HIT, rig.load(1, lengthBytes));
            assertEquals(LoadResult.MISS, rig.load(2, lengthBytes));
            if (lengthBytes > 1) {
                assertEquals(LoadResult.MISS, rig.load(1, lengthBytes, lengthBytes - 1), "longer than the target");
            }
        }
    }

    /** By a clock of the test's own: what this process stores, and when it thinks that it is. */
    @Test
    void shouldMissAnObjectThatIsTooOldAndStoreItAnew() throws IOException {
        AtomicLong wallMs = new AtomicLong(System.currentTimeMillis());
        RemoteContext context = new RemoteContext().client(client()).lookupTimeoutNs(20 * RemoteRig.SECOND_NS)
            .timeToLive(new TimeToLive(3_600_000, wallMs::get));
        try (RemoteRig rig = new RemoteRig(context)) {
            rig.store(1, LENGTH_BYTES);
            wallMs.addAndGet(3_599_999);
            assertEquals(LENGTH_BYTES, rig.lookup(1));
            assertEquals(LoadResult.HIT, rig.load(1, LENGTH_BYTES));
            wallMs.incrementAndGet();
            assertEquals(-1, rig.lookup(1));
            assertEquals(StoreResult.STORED, rig.store(1, LENGTH_BYTES));
            assertEquals(LoadResult.HIT, rig.load(1, LENGTH_BYTES));
            wallMs.addAndGet(3_600_000);
            assertEquals(LoadResult.MISS, rig.load(1, LENGTH_BYTES));
            assertEquals(0, count(), "it is removed");
        }
    }

    @Test
    void shouldFindWhatAnotherNodeStored() throws IOException {
        try (RemoteRig first = rig(); RemoteRig second = rig()) {
            first.store(1, LENGTH_BYTES);
            assertEquals(LoadResult.HIT, second.load(1, LENGTH_BYTES));
        }
    }

    @Test
    void shouldAnswerManyLookupsAtOnce() throws IOException {
        try (RemoteRig rig = rig()) {
            for (long block = 0; block < 500; block += 7) {
                rig.store(block, 100 + (int) block);
            }
            List<Long> tags = new ArrayList<>();
            for (long block = 0; block < 500; block++) {
                tags.add(rig.beginLookup(block));
            }
            rig.await("all lookups", () -> rig.found.keySet().containsAll(tags));
            for (int block = 0; block < 500; block++) {
                assertEquals(block % 7 == 0 ? 100 + block : -1, rig.found.get(tags.get(block)));
            }
        }
    }

    @Test
    void shouldMissAnObjectUnderAnothersName() throws IOException {
        try (RemoteRig rig = rig()) {
            rig.store(1, LENGTH_BYTES);
            rig.store(2, LENGTH_BYTES);
            swap(1, 2);
            assertEquals(LoadResult.CORRUPT, rig.load(2, LENGTH_BYTES));
            assertEquals(LoadResult.MISS, rig.load(2, LENGTH_BYTES));
            assertEquals(LoadResult.HIT, rig.load(1, LENGTH_BYTES));
            assertEquals(StoreResult.STORED, rig.store(2, LENGTH_BYTES));
            assertEquals(LoadResult.HIT, rig.load(2, LENGTH_BYTES));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1 << 20, LENGTH_BYTES - 1})
    void shouldMissAFlippedPayload(int offset) throws IOException {
        try (RemoteRig rig = rig()) {
            rig.store(1, LENGTH_BYTES);
            flip(1, offset);
            assertEquals(LoadResult.CORRUPT, rig.load(1, LENGTH_BYTES));
            assertEquals(LoadResult.MISS, rig.load(1, LENGTH_BYTES));
        }
    }

    /** Magic, version, key, tenant, layout, length, CRC. */
    @ParameterizedTest
    @ValueSource(ints = {0, 8, 16, 48, 79, 80, 88, 112})
    void shouldMissAFlippedHead(int offset) throws IOException {
        try (RemoteRig rig = rig()) {
            rig.store(1, LENGTH_BYTES);
            flipHead(1, offset);
            assertTrue(!rig.load(1, LENGTH_BYTES).isHit());
            rig.store(1, LENGTH_BYTES);
            assertEquals(LoadResult.HIT, rig.load(1, LENGTH_BYTES));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 900_000, LENGTH_BYTES})
    void shouldMissWhatWasCut(int bytes) throws IOException {
        try (RemoteRig rig = rig()) {
            rig.store(1, LENGTH_BYTES);
            cut(1, bytes);
            assertTrue(!rig.load(1, LENGTH_BYTES).isHit());
            assertEquals(StoreResult.STORED, rig.store(1, LENGTH_BYTES));
            assertEquals(LoadResult.HIT, rig.load(1, LENGTH_BYTES));
        }
    }

    @Test
    void shouldProbeAndLeaveNothing() throws IOException {
        try (RemoteRig rig = rig()) {
            for (long block = 1; block <= 3; block++) {
                rig.store(block, 5000);
                flip(block, 77);
                assertEquals(LoadResult.CORRUPT, rig.load(block, 5000));
            }
            assertEquals(CircuitState.OFF, rig.circuit());
            rig.pass(5 * RemoteRig.SECOND_NS);
            rig.await("a good probe", () -> rig.circuit() == CircuitState.WORKING);
            assertEquals(0, count());
        }
    }

    @Test
    void shouldBoundWhatIsUnderWay() throws IOException {
        try (RemoteRig rig = new RemoteRig(new RemoteContext().client(client()).underWayMax(8, 4, 4)
            .lookupTimeoutNs(20 * RemoteRig.SECOND_NS))) {
            long accepted = 0;
            for (long block = 0; block < 64; block++) {
                accepted += rig.beginStore(block, 4 << 20) > 0 ? 1 : 0;
            }
            long begun = accepted;
            assertTrue(rig.store.stats().backPressured() > 0 && begun < 64, () -> "begun=" + begun);
            rig.await("stores", () -> rig.stored.size() == begun);
        }
    }
}
