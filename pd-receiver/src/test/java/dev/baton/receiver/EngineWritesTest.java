package dev.baton.receiver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;

import org.junit.jupiter.api.Test;

import dev.baton.buffer.reserve.AdmissionLimits;
import dev.baton.buffer.reserve.ReservationState;
import dev.baton.kv.BlockKey;
import dev.baton.kv.DimensionOrder;
import dev.baton.kv.ElementType;
import dev.baton.kv.KvLayout;
import dev.baton.kv.LayerGroup;
import dev.baton.kv.ShardedLayout;
import dev.baton.kv.Sharding;
import dev.baton.receiver.core.EngineWrites;
import dev.baton.receiver.core.ReceiverLimits;
import dev.baton.receiver.core.WritableBlocks;
import dev.baton.receiver.core.WriteAsk;
import dev.baton.transport.session.EndReason;

/** What the decode engine made itself is cache for the next turn once it says so, and nobody's before. */
class EngineWritesTest {
    private static final long TENANT = 9;

    private final ReceiverRig rig = new ReceiverRig();

    private static WriteAsk ask(long tenant, int first, long... keys) {
        return new WriteAsk(tenant, Arrays.stream(keys).mapToObj(key -> new BlockKey(0, 0, 0, key)).toList(), first);
    }

    private WritableBlocks writable(int first, long... keys) {
        rig.core.receiving().writes().ask(ask(TENANT, first, keys));
        return rig.engine.writable.getLast();
    }

    private String refused(WriteAsk ask) {
        rig.core.receiving().writes().ask(ask);
        return rig.engine.told.getLast();
    }

    private void seal(WritableBlocks blocks) {
        rig.core.receiving().writes().seal(blocks.handle());
    }

    /** Blocks that a request of these names, and one more block, would not be sent. */
    private int held(long request, long... keys) {
        Ask ask = new Ask();
        ask.tokens = (keys.length + 1L) * ReceiverRig.BLOCK_TOKENS;
        ask.keys = keys;
        rig.reserve(request, ask);
        assertEquals(List.of("GRANT " + request), rig.sender.take());
        return (int) rig.sender.grants.get(ReceiverRig.id(request)).heldTokens() / ReceiverRig.BLOCK_TOKENS;
    }

    @Test
    void shouldGrantTheNextTurnOnlyWhatTheEngineDidNotWrite() {
        try (rig) {
            WritableBlocks blocks = writable(0, 11, 12);
            assertEquals(2, blocks.blocks().map().blockCount());
            assertEquals(0, held(1, 11, 12), "it is not whole yet");
            seal(blocks);
            assertEquals(2, held(2, 11, 12));
            assertEquals(List.of("writable 0 to 2", "written 2"), rig.engine.told);
            assertEquals(2, rig.core.counters().blocksWritten());
        }
    }

    @Test
    void shouldGoOnBehindWhatIsHere() {
        try (rig) {
            seal(writable(0, 11));
            long first = rig.engine.writable.getLast().blocks().address(0, 0);
            WritableBlocks more = writable(0, 11, 12);
            assertEquals("writable 1 to 2", rig.engine.told.getLast());
            assertTrue(first != more.blocks().address(0, 0));
            seal(more);
            assertEquals(2, held(1, 11, 12));
            assertEquals("not writable HERE", refused(ask(TENANT, 0, 11, 12)));
        }
    }

    @Test
    void shouldNotShowItToAnotherTenant() {
        try (rig) {
            rig.core.receiving().writes().ask(ask(TENANT + 1, 0, 11, 12));
            seal(rig.engine.writable.getLast());
            assertEquals(0, held(1, 11, 12));
        }
    }

    @Test
    void shouldHoldAQuarterOfThePoolAtMostAndGiveItBack() {
        try (rig) {
            assertEquals("not writable FULL", refused(ask(TENANT, 0, 11, 12, 13)));
            WritableBlocks blocks = writable(0, 11, 12);
            assertEquals("not writable FULL", refused(ask(TENANT, 0, 21)));
            assertEquals(2, rig.totals().owned());
            rig.core.receiving().writes().drop(blocks.handle());
            assertEquals(ReceiverRig.EXTENTS, rig.totals().free());
            seal(writable(0, 21));
            assertEquals(1, rig.totals().evictable());
        }
    }

    /** Idle cache makes room for it, but not the beginning that it goes on from. */
    @Test
    void shouldNotPushOutWhatItGoesOnFrom() {
        try (rig) {
            seal(writable(0, 11, 12));
            rig.reserve(1, ReceiverRig.EXTENTS - 3);
            assertEquals(List.of("GRANT 1"), rig.sender.take());
            seal(writable(2, 11, 12, 13));
            assertEquals("not writable FULL", refused(ask(TENANT, 3, 11, 12, 13, 14)));
            assertEquals(3, rig.totals().evictable());
        }
    }

    @Test
    void shouldKeepWhatIsBeingWrittenFromEveryone() {
        try (rig) {
            WritableBlocks blocks = writable(0, 11, 12);
            rig.reserve(1, ReceiverRig.EXTENTS - 1);
            assertEquals(ReservationState.QUEUED, rig.state(1));
            seal(blocks);
            rig.step(2);
            assertEquals(ReservationState.GRANTED, rig.state(1), "sealed, and given up for it");
            assertEquals(1, rig.totals().evictable());
        }
    }

    /** Writes that overlap one another would keep a request of the whole pool waiting until its deadline. */
    @Test
    void shouldBeginNoneWhileThePoolDrainsForARequest() {
        rig.close();
        AdmissionLimits overtaking = AdmissionLimits.DEFAULT.withOvertaking();
        try (ReceiverRig other = new ReceiverRig(ReceiverLimits.DEFAULT, ReceiverRig.LAYOUT, ReceiverRig.LAYOUT, overtaking, 0)) {
            EngineWrites writes = other.core.receiving().writes();
            writes.ask(ask(TENANT, 0, 11));
            long first = other.engine.writable.getLast().handle();
            other.reserve(1, ReceiverRig.EXTENTS);
            assertEquals(ReservationState.QUEUED, other.state(1));
            writes.ask(ask(TENANT, 0, 21));
            assertEquals("writable 0 to 1", other.engine.told.getLast(), "it may be overtaken for a while");
            writes.seal(other.engine.writable.getLast().handle());

            other.pass(overtaking.overtakeNs());
            writes.ask(ask(TENANT, 0, 31));
            assertEquals("not writable FULL", other.engine.told.getLast());
            writes.ask(ask(TENANT, 0, 21));
            assertEquals("not writable HERE", other.engine.told.getLast(), "which takes nothing");
            writes.seal(first);
            other.step(2);
            assertEquals(ReservationState.GRANTED, other.state(1));

            other.core.cancel(ReceiverRig.id(1), EndReason.CANCELLED);
            writes.ask(ask(TENANT, 0, 31));
            assertEquals("writable 0 to 1", other.engine.told.getLast());
        }
    }

    @Test
    void shouldTakeItBackWhenTheEngineIsGone() {
        try (rig) {
            WritableBlocks blocks = writable(0, 11, 12);
            rig.core.engineAttached(false);
            assertEquals(ReceiverRig.EXTENTS, rig.totals().free());
            seal(blocks);
            assertEquals("written 0", rig.engine.told.getLast());
            assertEquals(0, rig.core.receiving().writes().underWayCount());
        }
    }

    /** The same prompt's blocks land while they are written: those that came first stay, the others go like any cache. */
    @Test
    void shouldGiveUpWhatWasBroughtMeanwhile() {
        try (rig) {
            WritableBlocks one = writable(0, 11);
            WritableBlocks other = writable(0, 11);
            seal(one);
            seal(other);
            assertEquals(2, rig.totals().evictable());
            rig.reserve(1, ReceiverRig.EXTENTS);
            assertEquals(List.of("GRANT 1"), rig.sender.take());
        }
    }

    @Test
    void shouldRefuseWhatMakesNoSense() {
        try (rig) {
            assertThrows(IllegalArgumentException.class, () -> ask(TENANT, 0));
            assertThrows(IllegalArgumentException.class, () -> ask(TENANT, 2, 11, 12));
            assertThrows(IllegalArgumentException.class, () -> ask(TENANT, -1, 11, 12));
            WritableBlocks blocks = writable(0, 11);
            blocks.end();
            assertThrows(IllegalStateException.class, blocks::end);
            rig.core.receiving().writes().drop(blocks.handle());
            rig.core.receiving().writes().drop(77);
        }
    }

    /** A window of 24 tokens: of four blocks the last two are written, and found for a prompt that goes on behind all four alone. */
    @Test
    void shouldKeepOfALayoutWithWindowsWhatItsLastTokensNeed() {
        rig.close();
        ShardedLayout windowed = new ShardedLayout(new KvLayout("toy", DimensionOrder.NHD, KvLayout.ALL_LAYERS, ReceiverRig.BLOCK_TOKENS,
            List.of(LayerGroup.attention("all", 2, 2, 16, ElementType.BF16).withWindow(24))), Sharding.SINGLE);
        try (ReceiverRig other = new ReceiverRig(ReceiverLimits.DEFAULT, windowed, windowed)) {
            other.core.receiving().writes().ask(ask(TENANT, 0, 11, 12, 13, 14));
            WritableBlocks blocks = other.engine.writable.getLast();
            assertEquals(2, blocks.blocks().endCell() - blocks.blocks().firstCell());
            other.core.receiving().writes().seal(blocks.handle());
            assertEquals(List.of("writable 0 to 4", "written 4"), other.engine.told);

            other.core.receiving().writes().ask(ask(TENANT, 0, 11, 12, 13, 14));
            assertEquals("not writable HERE", other.engine.told.getLast());
            for (int keyCount = 3; keyCount <= 4; keyCount++) {
                Ask ask = new Ask();
                ask.tokens = (keyCount + 1L) * ReceiverRig.BLOCK_TOKENS;
                ask.fingerprint = windowed.layout().fingerprint();
                ask.keys = keyCount == 3 ? new long[] {11, 12, 13} : new long[] {11, 12, 13, 14};
                other.reserve(keyCount, ask);
                assertEquals(List.of("GRANT " + keyCount), other.sender.take());
                long held = other.sender.grants.get(ReceiverRig.id(keyCount)).heldTokens() / ReceiverRig.BLOCK_TOKENS;
                assertEquals(keyCount == 3 ? 0 : 4, held, "three blocks need the second, which is not there");
            }
        }
    }
}
