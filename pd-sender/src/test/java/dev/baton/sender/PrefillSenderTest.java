package dev.baton.sender;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import dev.baton.buffer.reserve.RejectReason;
import dev.baton.kv.CellMap;
import dev.baton.kv.DimensionOrder;
import dev.baton.kv.ElementType;
import dev.baton.kv.KvLayout;
import dev.baton.kv.LayerGroup;
import dev.baton.kv.ShardedLayout;
import dev.baton.kv.Sharding;
import dev.baton.platform.ThreadAllocation;
import dev.baton.sender.core.HandoffSpec;
import dev.baton.sender.engine.PrefillEngine;

/** The whole sender against a scripted receiver, over real loopback lanes, cycle by cycle. */
class PrefillSenderTest {
    private static final int BLOCK_TOKENS = 16;
    static final long STAGING_BYTES = 4L << 20;

    static ShardedLayout layout(DimensionOrder order, int tp) {
        return new ShardedLayout(new KvLayout("toy", order, 1, BLOCK_TOKENS, List.of(
            LayerGroup.attention("full", 3, 4, 32, ElementType.BF16),
            LayerGroup.attention("window", 2, 4, 32, ElementType.BF16).withWindow(40))), Sharding.tensor(tp));
    }

    static SenderRig rig() {
        return new SenderRig(layout(DimensionOrder.NHD, 1), layout(DimensionOrder.NHD, 1), 2, 2, STAGING_BYTES, 1 << 20);
    }

    @ParameterizedTest(name = "tp {0} to {1}, {2} to {3}, {4} lanes, {5} agents, {6} tokens")
    @CsvSource({
        "1, 1, NHD, NHD, 1, 1, 100", "2, 2, NHD, NHD, 3, 2, 160", "4, 2, NHD, NHD, 2, 2, 100", "2, 4, HND, HND, 2, 1, 33",
        "1, 8, NHD, NHD, 4, 3, 100", "8, 1, NHD, HND, 1, 2, 7", "2, 1, HND, NHD, 5, 2, 257"})
    void shouldSendEveryCellOnceAndRight(int sourceTp, int targetTp, DimensionOrder sourceOrder, DimensionOrder targetOrder,
        int laneCount, int dataAgents, int tokens) {
        try (SenderRig rig = new SenderRig(layout(sourceOrder, sourceTp), layout(targetOrder, targetTp), laneCount, dataAgents,
            STAGING_BYTES, 1 << 16)) {
            HandoffSpec spec = rig.spec(7, tokens).withGrowthTokens(20);
            long handoff = rig.begin(spec);
            rig.awaitGrant(handoff);
            rig.prefill(handoff, spec, new byte[] {1, 2, 3});

            assertEquals("DELIVERED NONE", rig.awaitEnd(handoff));
            assertArrayEquals(new byte[] {1, 2, 3}, rig.receiver.only().aux);
            assertEquals(rig.receiver.only().cells.cellCount(), rig.receiver.only().lineCount);
            assertEquals(rig.receiver.only().marksAtFin, rig.receiver.only().lanesClosed);
            assertTrue(rig.events.contains("landed " + handoff));
            rig.assertRight();
            assertEquals(STAGING_BYTES, rig.sender.staging().windowFreeBytes());
        }
    }

    @Test
    void shouldStageNothingBeforeTheGrant() {
        try (SenderRig rig = rig()) {
            long handoff = rig.begin(rig.spec(1, 64));
            assertEquals(PrefillEngine.NOT_GRANTED, rig.engine.stage(handoff, 0));
            assertEquals(PrefillEngine.NOT_GRANTED, rig.engine.chunkReady(handoff, 16));
            rig.awaitGrant(handoff);
            assertTrue(rig.engine.stage(handoff, 0) > 0);
            assertThrows(IllegalStateException.class, () -> rig.engine.chunkReady(handoff, 32));
        }
    }

    @Test
    void shouldSendOnlyWhatIsNotHeld() {
        try (SenderRig rig = rig()) {
            rig.receiver.heldTokens = 32;
            HandoffSpec spec = rig.spec(1, 64);
            long handoff = rig.begin(spec);
            rig.awaitGrant(handoff);
            assertEquals(PrefillEngine.NOTHING, rig.engine.stage(handoff, 1));
            rig.prefill(handoff, spec, null);
            assertEquals("DELIVERED NONE", rig.awaitEnd(handoff));
            assertEquals(4, rig.receiver.only().lineCount);
            rig.assertRight();
        }
    }

    @Test
    void shouldFinishAHandoffOfWhichEverythingIsHeld() {
        try (SenderRig rig = rig()) {
            rig.receiver.heldTokens = 64;
            HandoffSpec spec = rig.spec(1, 64);
            long handoff = rig.begin(spec);
            rig.awaitGrant(handoff);
            rig.prefill(handoff, spec, null);
            assertEquals("DELIVERED NONE", rig.awaitEnd(handoff));
            rig.assertRight();
        }
    }

    /** Nobody is asked: the receiver could only say the same. The next handoff goes as ever. */
    @Test
    void shouldRefuseMoreExtentsThanCanBeCounted() {
        try (SenderRig rig = SenderRig.wide()) {
            long refused = rig.begin(rig.spec(1, 1).withGrowthTokens(CellMap.TOKENS_MAX - 1));
            assertEquals("rejected " + RejectReason.BAD_REQUEST.code(), rig.awaitEnd(refused));
            assertEquals(List.of(), rig.receiver.said);
            long next = rig.begin(rig.spec(2, 1));
            rig.awaitGrant(next);
            rig.engine.cancel(next);
            rig.awaitEnd(next);
            rig.assertRight();
        }
    }

    @Test
    void shouldAskAgainAfterTheReceiversTimeAndNotBefore() {
        try (SenderRig rig = rig()) {
            rig.receiver.retriesAfterMs.addAll(List.of(50, 50));
            HandoffSpec spec = rig.spec(1, 20);
            long handoff = rig.begin(spec);
            rig.until("first refusal", () -> rig.events.contains("rejected " + handoff + " 2 50"));
            long refusedNs = rig.nowNs;
            rig.until("second RESERVE", () -> rig.receiver.said.size() == 2);
            assertTrue(rig.nowNs - refusedNs >= 49_000_000L, () -> "afterNs=" + (rig.nowNs - refusedNs));
            rig.awaitGrant(handoff);
            rig.prefill(handoff, spec, null);
            assertEquals("DELIVERED NONE", rig.awaitEnd(handoff));
            assertEquals(3, rig.receiver.said.stream().filter("RESERVE"::equals).count());
            rig.assertRight();
        }
    }

    @ParameterizedTest(name = "tp {0} to {1}")
    @CsvSource({"1, 1", "8, 2", "2, 8", "8, 8"})
    void shouldParkAPrefillUntilItIsWanted(int sourceTp, int targetTp) {
        try (SenderRig rig = new SenderRig(layout(DimensionOrder.NHD, sourceTp), layout(DimensionOrder.NHD, targetTp), 2, 2,
            STAGING_BYTES, 1 << 16)) {
            HandoffSpec spec = HandoffSpec.sourceFirst(SenderRig.id(5), 100);
            long handoff = rig.begin(spec);
            rig.prefill(handoff, spec, new byte[] {9});
            rig.until("session", () -> rig.receiver.plane.sessionCount() == 1);
            rig.steps(20);
            assertEquals(List.of(), rig.receiver.said);

            rig.receiver.plane.forEachSession(session -> {
                rig.receiver.want(session, SenderRig.id(99));
                rig.receiver.want(session, spec.id());
            });
            assertEquals("DELIVERED NONE", rig.awaitEnd(handoff));
            assertEquals(List.of("NOT_HERE NOT_KNOWN", "WANT_ACK", "RESERVE", "BIND", "FIN1"), rig.receiver.said);
            assertEquals(STAGING_BYTES, rig.sender.staging().wholeFreeBytes());
            rig.assertRight();
        }
    }

    @Test
    void shouldAnswerFullAtOnceWhenStagingIsTaken() {
        try (SenderRig rig = rig()) {
            long first = rig.begin(HandoffSpec.sourceFirst(SenderRig.id(1), 40 * BLOCK_TOKENS));
            assertEquals(PrefillEngine.FULL, rig.engine.begin(HandoffSpec.sourceFirst(SenderRig.id(2), 40 * BLOCK_TOKENS)));
            assertThrows(IllegalArgumentException.class,
                () -> rig.engine.begin(HandoffSpec.sourceFirst(SenderRig.id(3), 400 * BLOCK_TOKENS)));
            rig.engine.cancel(first);
            assertEquals("failed CANCELLED", rig.awaitEnd(first));
            rig.begin(HandoffSpec.sourceFirst(SenderRig.id(2), 40 * BLOCK_TOKENS));
        }
    }

    @Test
    void shouldRefuseAnotherLayoutHereAndNameTheField() {
        ShardedLayout other = new ShardedLayout(new KvLayout("toy", DimensionOrder.NHD, 1, BLOCK_TOKENS, List.of(
            LayerGroup.attention("full", 3, 4, 32, ElementType.FP8_E4M3),
            LayerGroup.attention("window", 2, 4, 32, ElementType.BF16).withWindow(40))), Sharding.SINGLE);
        try (SenderRig rig = new SenderRig(layout(DimensionOrder.NHD, 1), other, 1, 1, STAGING_BYTES, 1 << 16)) {
            long handoff = rig.begin(rig.spec(1, 20));
            assertEquals("failed LAYOUT_MISMATCH", rig.awaitEnd(handoff));
            assertEquals(List.of(), rig.receiver.said);
            assertTrue(rig.events.stream().anyMatch(event -> event.contains("dtype")), rig.events::toString);
            rig.assertRight();
        }
    }

    @Test
    void shouldLetASmallHandoffPassALargeOne() {
        ShardedLayout wide = new ShardedLayout(new KvLayout("wide", DimensionOrder.NHD, 1, 512, List.of(
            LayerGroup.attention("full", 8, 8, 128, ElementType.BF16))), Sharding.SINGLE);   // 16 MiB a block
        try (SenderRig rig = new SenderRig(wide, wide, 1, 1, 64L << 20, 1 << 20)) {
            HandoffSpec large = rig.spec(1, 2 * 512);
            HandoffSpec small = rig.spec(2, 8);
            long first = rig.begin(large);
            long second = rig.begin(small);
            rig.awaitGrant(first);
            rig.awaitGrant(second);
            assertTrue(rig.fill(first, large, 0) && rig.fill(first, large, 1) && rig.fill(second, small, 0));
            rig.engine.chunkReady(first, 1024);
            rig.engine.finish(first, 1024, null);
            rig.engine.chunkReady(second, 8);
            rig.engine.finish(second, 8, null);
            rig.awaitEnd(second);
            assertFalse(rig.ends.containsKey(first), "the large one must not go first");
            assertEquals("DELIVERED NONE", rig.awaitEnd(first));
            rig.assertRight();
        }
    }

    @Test
    void shouldNotBlockTheEngineWhenAllLanesStall() {
        try (SenderRig rig = rig()) {
            HandoffSpec spec = rig.spec(1, 160);
            long handoff = rig.begin(spec);
            rig.awaitGrant(handoff);
            rig.lanes.stall(true);
            for (int block = 0; block < 10; block++) {
                assertTrue(rig.fill(handoff, spec, block));
                assertEquals(0, rig.engine.chunkReady(handoff, (block + 1) * BLOCK_TOKENS));
            }
            rig.engine.finish(handoff, 160, null);
            rig.steps(50);
            assertTrue(rig.receiver.landedOrder.isEmpty());
            rig.lanes.stall(false);
            assertEquals("DELIVERED NONE", rig.awaitEnd(handoff));
            rig.assertRight();
        }
    }

    /** The window holds far less than the request: it goes round. */
    @Test
    void shouldMoveARequestLargerThanItsWindow() {
        try (SenderRig rig = new SenderRig(layout(DimensionOrder.NHD, 2), layout(DimensionOrder.NHD, 1), 2, 1, 256 << 10, 1 << 16)) {
            HandoffSpec spec = rig.spec(1, 100 * BLOCK_TOKENS);
            long handoff = rig.begin(spec);
            rig.awaitGrant(handoff);
            rig.prefill(handoff, spec, null);
            assertEquals("DELIVERED NONE", rig.awaitEnd(handoff));
            rig.assertRight();
        }
    }

    /** Whatever is allocated per chunk is allocated in each of the last rounds; a compiler's odd event is not. */
    @Test
    void shouldAllocateNothingPerChunkOnceWarm() {
        try (SenderRig rig = rig()) {
            long engineBytesMin = Long.MAX_VALUE;
            long dataBytesMin = Long.MAX_VALUE;
            for (int round = 0; round < 60; round++) {
                HandoffSpec spec = rig.spec(round, 64 * BLOCK_TOKENS);
                long handoff = rig.begin(spec);
                rig.awaitGrant(handoff);
                rig.step();
                long engineBytes = 0;
                long dataBefore = rig.dataAgentBytes;
                for (int block = 0; block < 64; block++) {
                    long before = ThreadAllocation.currentThreadBytes();
                    long unit = rig.engine.stage(handoff, block);
                    engineBytes += ThreadAllocation.currentThreadBytes() - before;
                    assertTrue(unit > 0);
                    rig.fill(handoff, spec, block);
                    before = ThreadAllocation.currentThreadBytes();
                    rig.engine.chunkReady(handoff, (block + 1) * BLOCK_TOKENS);
                    rig.engine.poll(rig, 8);
                    engineBytes += ThreadAllocation.currentThreadBytes() - before;
                    rig.step();
                }
                if (round >= 40) {
                    engineBytesMin = Math.min(engineBytesMin, engineBytes);
                    dataBytesMin = Math.min(dataBytesMin, rig.dataAgentBytes - dataBefore);
                }
                rig.engine.finish(handoff, 64 * BLOCK_TOKENS, null);
                assertEquals("DELIVERED NONE", rig.awaitEnd(handoff));
            }
            assertEquals(0, engineBytesMin, "bytes on the engine's thread in 64 chunks");
            assertEquals(0, dataBytesMin, "bytes on data agents in 64 chunks");
            rig.assertRight();
        }
    }

    /** The race needs a dial and a handoff between two lines of one cycle: a thread that only cycles, and many tries, meet there. */
    @Test
    void shouldKnowAPeerThatWasDialledJustBeforeItsFirstHandoff() throws Exception {
        try (SenderRig rig = rig()) {
            AtomicBoolean isOver = new AtomicBoolean();
            Thread control = new Thread(() -> {
                while (!isOver.get()) {
                    rig.stepControl();
                }
            });
            control.start();
            List<String> ends = new ArrayList<>();
            try {
                for (int i = 0; i < 500; i++) {
                    HandoffSpec spec = HandoffSpec.destinationFirst(SenderRig.id(i), rig.sender.connect("nobody", 10_000 + i), 16);
                    long handoff = rig.begin(spec);
                    rig.engine.cancel(handoff);
                    long startNs = System.nanoTime();
                    while (!rig.ends.containsKey(handoff)) {
                        rig.engine.poll(rig, 64);
                        assertTrue(System.nanoTime() - startNs < TimeUnit.SECONDS.toNanos(20), "waited 20 s for the end of " + spec);
                    }
                    ends.add(rig.ends.get(handoff));
                }
            } finally {
                isOver.set(true);
                control.join();
            }
            assertEquals(Set.of("failed CANCELLED"), Set.copyOf(ends));
            assertEquals(List.of(), rig.thrown);
        }
    }
}
