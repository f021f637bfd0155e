package dev.baton.receiver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import dev.baton.kv.BlockKey;
import dev.baton.receiver.core.PassageAsk;
import dev.baton.receiver.core.PassageBlocks;
import dev.baton.receiver.core.Passages;
import dev.baton.receiver.core.ReadyBlocks;

/** A passage that the pool has given up is found below it: links say which prompts' blocks it is, and these come up. */
class PassageTierTest extends LowerTierHarness {
    private static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);
    private static final long TENANT = 9;

    private static List<BlockKey> names(long... keys) {
        return Arrays.stream(keys).mapToObj(key -> new BlockKey(0, 0, 0, key)).toList();
    }

    private Passages passages() {
        return rig.core.receiving().writes().passages();
    }

    private void name(int firstBlock, long[] keys, long... passage) {
        passages().name(new PassageAsk(TENANT, names(keys), firstBlock, names(passage)));
        rig.step(3);
    }

    private PassageBlocks find(long tenant, long... keys) {
        int before = rig.engine.passages.size();
        passages().find(tenant, names(keys));
        rig.step(16);
        assertEquals(before + 1, rig.engine.passages.size(), "answered once");
        return rig.engine.passages.getLast();
    }

    /** Blocks 13 and 14 of a prompt are a passage's 113 and 114, all of it lies below, and nothing in the pool. */
    private void namedAndEvicted() {
        handedOff(1, named(5, 11, 12, 13, 14));
        name(2, new long[] {11, 12, 13, 14}, 113, 114);
        assertEquals(4 + 2, tier.records.size(), "four blocks and two links");
        evictAll(2);
    }

    private static void assertBytes(PassageBlocks found, int... expected) {
        assertEquals(expected.length, found.count());
        int at = 0;
        for (ReadyBlocks blocks : found.blocks()) {
            for (int cell = blocks.firstCell(); cell < blocks.endCell(); cell++, at++) {
                for (int offset = 0; offset < ReceiverRig.CELL_BYTES; offset++) {
                    assertEquals((byte) expected[at], ALL.get(ValueLayout.JAVA_BYTE, blocks.address(cell, offset)));
                }
            }
        }
        assertEquals(expected.length, at);
    }

    @Test
    void shouldFindBelowAPassageThatWasEvicted() {
        try (rig) {
            namedAndEvicted();

            PassageBlocks found = find(TENANT, 113, 114);

            assertBytes(found, 13, 14);
            assertEquals(List.of(2, 3), List.of(found.promptBlock(0), found.promptBlock(1)));
            assertEquals(1, passages().readerCount(), "what kept it while it came is over");
            passages().release(found.handle());
            assertEquals(0, find(TENANT + 1, 113, 114).count(), "another tenant's");
            evictAll(3);
            assertEquals(1, find(TENANT, 113, 115).count(), "as far as it is the same");
            assertEquals(6, tier.storesBegun, "nothing was stored twice");
        }
    }

    /** The blocks that come up have their prompt's names as well. */
    @Test
    void shouldAlsoBeThePromptsBlocksAgain() {
        try (rig) {
            handedOff(1, named(3, 11, 12));
            name(0, new long[] {11, 12}, 111, 112);
            evictAll(2);
            passages().release(find(TENANT, 111, 112).handle());
            int loads = tier.loadsBegun;
            assertEquals(2, handedOff(3, named(3, 11, 12)));
            assertEquals(loads, tier.loadsBegun);
        }
    }

    /** A name that does not get down is told as one that was dropped, as a block would be: the passage is not found after eviction. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldCountALinkThatTheTierDoesNotTake(boolean isOff) {
        try (rig) {
            handedOff(1, named(3, 11, 12));
            assertEquals(0, counters.blocksDropped());
            tier.isOff = isOff;
            tier.isFull = !isOff;
            name(0, new long[] {11, 12}, 111, 112);
            rig.pass(TimeUnit.SECONDS.toNanos(5));
            assertEquals(2, counters.blocksDropped());
            assertEquals(0, counters.blocksWaiting());
        }
    }

    @Test
    void shouldFindAPassageThatWasAPromptOfItsOwn() {
        try (rig) {
            storedAndEvicted();
            assertBytes(find(TENANT, 11, 12), 11, 12);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {113, 14})
    void shouldFindWhatIsLeftOfIt(long lost) {
        try (rig) {
            namedAndEvicted();
            assertTrue(tier.records.keySet().removeIf(name -> name.substring(48, 64).equals("%016x".formatted(lost))));
            assertEquals(lost == 113 ? 0 : 1, find(TENANT, 113, 114).count());
        }
    }

    @Test
    void shouldAnswerInTimeAndKeepTheMemoryOfLateLoads() {
        try (rig) {
            namedAndEvicted();
            tier.isFlowing = false;
            passages().find(TENANT, names(113, 114));
            rig.pass(60 * ReceiverRig.MS);
            assertEquals(0, rig.engine.passages.getLast().count());
            tier.isFlowing = true;
            rig.step(4);
            assertEquals(0, rig.totals().owned());
            assertBytes(find(TENANT, 113, 114), 13, 14);
        }
    }

    @Test
    void shouldTellNobodyWhereTheEngineIsGone() {
        try (rig) {
            namedAndEvicted();
            passages().find(TENANT, names(113, 114));
            rig.core.engineLost();
            rig.step(16);
            assertEquals(0, rig.engine.passages.size());
            assertEquals(0, passages().readerCount());
        }
    }

    @Test
    void shouldAskNothingWhereAllOfItIsHereOrTheTierIsOff() {
        try (rig) {
            handedOff(1, named(3, 11, 12));
            name(0, new long[] {11, 12}, 111, 112);
            int loads = tier.loadsBegun;
            passages().find(TENANT, names(111, 112));
            assertEquals(2, rig.engine.passages.getLast().count(), "at once");
            passages().release(rig.engine.passages.getLast().handle());
            assertEquals(loads, tier.loadsBegun);
            evictAll(2);
            tier.isOff = true;
            assertEquals(0, find(TENANT, 111, 112).count());
        }
    }
}
