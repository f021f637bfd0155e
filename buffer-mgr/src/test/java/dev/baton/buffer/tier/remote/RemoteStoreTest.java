package dev.baton.buffer.tier.remote;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.buffer.tier.BlockStore;
import dev.baton.buffer.tier.CircuitState;
import dev.baton.buffer.tier.LoadResult;
import dev.baton.buffer.tier.StoreResult;
import dev.baton.buffer.tier.remote.SimRemote.Call;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What all remote tiers have in common, over one in the heap. */
@Timeout(60)
class RemoteStoreTest {
    private static final long SECOND_NS = RemoteRig.SECOND_NS;
    private final SimRemote remote = new SimRemote();

    private RemoteContext context() {
        return new RemoteContext().client(remote);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4096, 1 << 20, 3_000_001})
    void shouldLoadWhatWasStored(int lengthBytes) {
        try (RemoteRig rig = new RemoteRig(context())) {
            assertEquals(LoadResult.MISS, rig.load(1, lengthBytes));
            assertEquals(-1, rig.lookup(1));
            assertEquals(StoreResult.STORED, rig.store(1, lengthBytes));
            assertEquals(StoreResult.PRESENT, rig.store(1, lengthBytes));

            assertEquals(lengthBytes, rig.lookup(1));
            assertEquals(LoadResult.HIT, rig.load(1, lengthBytes));
            assertEquals(LoadResult.HIT, rig.load(1, lengthBytes, lengthBytes + 10));
            assertEquals(LoadResult.MISS, rig.load(2, lengthBytes));
            if (lengthBytes > 1) {
                assertEquals(LoadResult.MISS, rig.load(1, lengthBytes, lengthBytes - 1), "longer than the target");
            }
            assertEquals(1, rig.store.stats().stored());
            assertEquals(2, rig.store.stats().hits());
        }
    }

    @Test
    void shouldMissAndRemoveAnObjectUnderAnothersName() {
        try (RemoteRig rig = new RemoteRig(context())) {
            rig.store(1, 5000);
            rig.store(2, 5000);
            remote.objects.put(RemoteRig.objectName(2), remote.objects.get(RemoteRig.objectName(1)));

            assertEquals(5000, rig.lookup(2), "a lookup is a hint");
            assertEquals(LoadResult.CORRUPT, rig.load(2, 5000));
            assertEquals(LoadResult.MISS, rig.load(2, 5000));
            assertEquals(LoadResult.HIT, rig.load(1, 5000));
            assertEquals(StoreResult.STORED, rig.store(2, 5000), "it can be stored anew");
            assertEquals(LoadResult.HIT, rig.load(2, 5000));
            assertEquals(1, rig.store.stats().corrupt());
        }
    }

    /** Each in a store of its own, for three bad objects in a minute turn a store off. */
    @ParameterizedTest
    @ValueSource(ints = {-1, -4999, 1, 130, 127, 128, 5127, 16, 80, 63, 0})
    void shouldMissWhatWasCutOrFlipped(int damage) {
        try (RemoteRig rig = new RemoteRig(context())) {
            rig.store(1, 5000);
            byte[] object = remote.objects.get(RemoteRig.objectName(1));
            byte[] bad = damage < 0 ? java.util.Arrays.copyOf(object, object.length + damage) : object.clone();
            if (damage >= 0) {
                bad[damage] ^= 0x10;
            }
            remote.objects.put(RemoteRig.objectName(1), bad);

            boolean isUnused = damage > 115 && damage < RemoteHead.LENGTH_BYTES;
            assertEquals(isUnused ? LoadResult.HIT : LoadResult.CORRUPT, rig.load(1, 5000));
            assertEquals(isUnused, remote.objects.containsKey(RemoteRig.objectName(1)));
        }
    }

    @Test
    void shouldTurnOffAfterThreeBadObjectsAndBeBackAfterAGoodProbe() {
        try (RemoteRig rig = new RemoteRig(context())) {
            for (long block = 1; block <= 3; block++) {
                rig.store(block, 5000);
                remote.objects.get(RemoteRig.objectName(block))[3000]++;
                assertEquals(LoadResult.CORRUPT, rig.load(block, 5000));
            }
            assertEquals(CircuitState.OFF, rig.circuit());
            assertEquals(BlockStore.OFF, rig.beginLoad(1, 5000, 1, SECOND_NS));
            assertEquals(BlockStore.OFF, rig.beginLookup(1));
            assertEquals(BlockStore.OFF, rig.beginStore(1, 5000));

            rig.pass(5 * SECOND_NS);
            rig.await("a good probe", () -> rig.circuit() == CircuitState.WORKING);
            assertEquals(StoreResult.STORED, rig.store(1, 5000));
            assertEquals(LoadResult.HIT, rig.load(1, 5000));
        }
        assertEquals(1, remote.objects.size(), "the probe left nothing");
    }

    @Test
    void shouldAskForManyAtOnce() {
        try (RemoteRig rig = new RemoteRig(context().threads(1, 1, 1))) {
            rig.store(7, 100);
            remote.batches.clear();
            remote.hang(Call.FIND);
            List<Long> asked = new ArrayList<>(List.of(rig.beginLookup(0)));
            rig.await("the first to hang", () -> remote.waiting() == 1);
            for (int block = 1; block < 60; block++) {
                asked.add(rig.beginLookup(block));
            }
            remote.hang();
            rig.await("all", () -> rig.found.keySet().containsAll(asked));

            assertEquals(List.of(1, 59), remote.batches);
            assertEquals(100, rig.found.get(asked.get(7)));
            assertEquals(59, Stream.of(asked.toArray(Long[]::new)).filter(each -> rig.found.get(each) == -1).count());
        }
    }

    @Test
    void shouldAnswerLookupsWhileLoadsAndStoresHang() {
        try (RemoteRig rig = new RemoteRig(context().threads(1, 2, 2).underWayMax(8, 3, 3))) {
            rig.store(1, 100);
            remote.hang(Call.GET, Call.PUT);
            for (int i = 0; i < 3; i++) {
                assertTrue(rig.beginLoad(1, 100, 1, 3600 * SECOND_NS) > 0);
                assertTrue(rig.beginStore(100 + i, 100) > 0);
            }
            rig.await("all threads to hang", () -> remote.waiting() == 4);

            assertEquals(BlockStore.BACK_PRESSURED, rig.beginLoad(1, 100, 1, SECOND_NS));
            assertEquals(BlockStore.BACK_PRESSURED, rig.beginStore(200, 100));
            for (int i = 0; i < 100; i++) {
                assertEquals(100, rig.lookup(1));
            }
            assertEquals(4, remote.waiting(), "loads and stores hang as before");
            assertEquals(2, rig.store.stats().backPressured());
            assertEquals(3, rig.store.stats().loadsUnderWay());
            assertEquals(3, rig.store.stats().storesUnderWay());
            remote.hang();
            rig.await("loads", () -> rig.released.size() == 3);
            rig.await("stores", () -> rig.stored.size() == 4);
        }
    }

    @Test
    void shouldTellALateLoadAtOnceAndKeepItsMemoryUntilItsIoHasReturned() {
        try (RemoteRig rig = new RemoteRig(context().threads(1, 1, 1))) {
            rig.store(1, 100);
            remote.hang(Call.GET);
            long hanging = rig.beginLoad(1, 100, 1, SECOND_NS);
            long queued = rig.beginLoad(1, 100, 2, SECOND_NS);
            rig.await("I/O that hangs", () -> remote.waiting() == 1);
            rig.pass(SECOND_NS - 1);
            assertNull(rig.loaded.get(hanging));

            rig.pass(1);
            assertEquals(LoadResult.LATE, rig.loaded.get(hanging));
            assertEquals(LoadResult.LATE, rig.loaded.get(queued));
            assertTrue(rig.released.isEmpty());
            remote.hang();
            rig.await("its memory", () -> rig.released.size() == 2);
            assertEquals(1, rig.released.get(hanging));
            rig.check(queued, 1, 100, 100, 2L * RemoteRig.PLACE_BYTES);
            assertEquals(2, rig.store.stats().late());
            assertEquals(0, rig.store.stats().hits());
            assertEquals(CircuitState.WORKING, rig.circuit(), "a deadline is the caller's affair");
        }
    }

    @Test
    void shouldAnswerLookupsThatTimeOutAndKeepTheirPlaces() {
        try (RemoteRig rig = new RemoteRig(context().threads(1, 1, 1).underWayMax(4, 4, 4))) {
            rig.store(1, 100);
            remote.hang(Call.FIND, Call.PUT, Call.GET);
            for (int i = 0; i < 4; i++) {
                assertTrue(rig.beginLookup(1) > 0);
            }
            assertEquals(BlockStore.BACK_PRESSURED, rig.beginLookup(1));
            rig.await("I/O that hangs", () -> remote.waiting() == 1);
            rig.await("time-outs", SECOND_NS / 100, () -> rig.found.size() == 4);
            assertTrue(rig.found.values().stream().allMatch(each -> each == -1));
            assertEquals(CircuitState.WORKING, rig.circuit(), "one time-out, however many lookups it was");
            assertEquals(BlockStore.BACK_PRESSURED, rig.beginLookup(1), "bounded, though answered");

        }
    }

    @Test
    void shouldTurnOffWhenLookupsTimeOutAndBeBackWhenTheyReturn() {
        try (RemoteRig rig = new RemoteRig(context().threads(1, 1, 1))) {
            rig.store(1, 100);
            for (int strike = 0; strike < 3; strike++) {
                assertEquals(CircuitState.WORKING, rig.circuit());
                remote.hang(Call.FIND);
                long mine = rig.beginLookup(1);
                rig.await("I/O that hangs", () -> remote.waiting() == 1);
                rig.await("a time-out", SECOND_NS / 100, () -> rig.found.containsKey(mine));
                assertEquals(-1, rig.found.get(mine));
                remote.hang();
                rig.await("I/O that returns", () -> remote.waiting() == 0);
            }
            assertEquals(CircuitState.OFF, rig.circuit());
            assertEquals(BlockStore.OFF, rig.beginLookup(1));
            rig.pass(5 * SECOND_NS);
            rig.await("a good probe", () -> rig.circuit() == CircuitState.WORKING);
            assertEquals(100, rig.lookup(1));
        }
    }

    @Test
    void shouldAskNothingOfAStoreThatHangsUntilItReturns() {
        try (RemoteRig rig = new RemoteRig(context().threads(1, 1, 1).hungAfterNs(SECOND_NS))) {
            rig.store(1, 100);
            remote.hang(Call.GET);
            long hanging = rig.beginLoad(1, 100, 1, 3600 * SECOND_NS);
            long queued = rig.beginLoad(1, 100, 2, 3600 * SECOND_NS);
            rig.await("I/O that hangs", () -> remote.waiting() == 1);
            rig.pass(SECOND_NS);
            rig.pass(SECOND_NS + 1);
            assertEquals(CircuitState.OFF, rig.circuit());
            assertEquals(BlockStore.OFF, rig.beginLookup(1));

            remote.hang();
            rig.await("its memory", () -> rig.released.size() == 2);
            assertEquals(LoadResult.HIT, rig.loaded.get(hanging));
            assertEquals(LoadResult.FAILED, rig.loaded.get(queued), "what waited was given up");
            rig.pass(SECOND_NS / 100);
            assertEquals(CircuitState.WORKING, rig.circuit());
        }
    }

    @Test
    void shouldReadOnlyWhereWritingFailsAndGoOnWhenItWorks() {
        try (RemoteRig rig = new RemoteRig(context())) {
            rig.store(1, 100);
            remote.fail(Call.PUT);
            assertEquals(StoreResult.FAILED, rig.store(2, 100));
            assertEquals(CircuitState.READ_ONLY, rig.circuit());
            assertEquals(BlockStore.OFF, rig.beginStore(3, 100));
            assertEquals(LoadResult.HIT, rig.load(1, 100));
            assertEquals(1, rig.store.stats().storesFailed());

            remote.fail();
            rig.pass(5 * SECOND_NS);
            rig.await("a good probe", () -> rig.circuit() == CircuitState.WORKING);
            assertEquals(StoreResult.STORED, rig.store(2, 100));
        }
    }

    @Test
    void shouldStayReadableHoweverLongItIsFull() {
        // The rig's time runs ahead of the I/O threads', which is not to look like a store that hangs.
        try (RemoteRig rig = new RemoteRig(context().hungAfterNs(Long.MAX_VALUE / 2))) {
            rig.store(1, 100);
            remote.full(true);
            assertEquals(StoreResult.FAILED, rig.store(2, 100));
            rig.await("ten probes", SECOND_NS / 10, () -> remote.refused() > 10);
            assertEquals(CircuitState.READ_ONLY, rig.circuit());
            assertEquals(LoadResult.HIT, rig.load(1, 100));
            remote.full(false);
            rig.await("a good probe", SECOND_NS / 10, () -> rig.circuit() == CircuitState.WORKING);
        }
    }

    @Test
    void shouldCloseWhileOperationsHang() {
        RemoteRig rig = new RemoteRig(context());
        remote.hang(Call.FIND, Call.GET, Call.PUT);
        rig.beginLoad(1, 100, 1, SECOND_NS);
        rig.beginLookup(1);
        rig.beginStore(1, 100);
        rig.await("operations that hang", () -> remote.waiting() == 3);
        rig.close();
        assertTrue(rig.loaded.isEmpty());
        assertEquals(BlockStore.OFF, rig.store.lookup(1, RemoteRig.named(1), 0));
        assertFalse(remote.objects.containsKey(RemoteRig.objectName(1)));
    }
}
