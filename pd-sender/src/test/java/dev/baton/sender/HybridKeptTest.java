package dev.baton.sender;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import dev.baton.kv.BlockKey;
import dev.baton.kv.DimensionOrder;
import dev.baton.kv.ElementType;
import dev.baton.kv.KvLayout;
import dev.baton.kv.KvPattern;
import dev.baton.kv.LayerGroup;
import dev.baton.kv.PatternSeed;
import dev.baton.kv.ShardedLayout;
import dev.baton.kv.Sharding;
import dev.baton.kv.SourceImages;
import dev.baton.sender.core.HandoffSpec;
import dev.baton.sender.core.SenderCounters;
import dev.baton.sender.engine.KeptPrefixes;
import dev.baton.transport.session.HandoffId;

/**
 * Layouts with a window of two blocks and a state: what is staged of a block differs by the prompt, and each part is found by
 * itself. What all layer groups agree on goes from where it was staged.
 */
class HybridKeptTest {
    private static final int BLOCK = 16;
    private static final long TENANT = 7;

    private SenderRig rig;
    private int requests;

    @BeforeEach
    void start() {
        ShardedLayout layout = new ShardedLayout(new KvLayout("toy", DimensionOrder.NHD, 1, BLOCK, List.of(
            LayerGroup.attention("window", 2, 2, 32, ElementType.BF16).withWindow(2 * BLOCK),
            LayerGroup.attention("full", 3, 4, 32, ElementType.BF16),
            LayerGroup.state("state", 2, 1, 512, ElementType.BF16))), Sharding.SINGLE);
        rig = SenderRig.of(layout, layout, context -> { });
        rig.startOther();
        rig.until("both sessions", () -> rig.plane.sessionCount() == 2 && rig.receiver.plane.sessionCount() == 1
            && rig.other.plane.sessionCount() == 1);
    }

    @AfterEach
    void close() {
        rig.close();
    }

    private static List<BlockKey> keys(int count) {
        List<BlockKey> keys = new ArrayList<>();
        for (int block = 0; block < count; block++) {
            keys.add(new BlockKey(1, 1, 2, block));
        }
        return keys;
    }

    private HandoffSpec spec(int peer, int tokens) {
        return HandoffSpec.destinationFirst(new HandoffId(TENANT, 0, ++requests, 0), peer, tokens).withBlockKeys(keys(tokens / BLOCK));
    }

    /** Returns how many blocks the engine filled; the receivers compare every byte. */
    private int deliver(HandoffSpec spec) {
        int before = rig.blocksFilled;
        long handoff = rig.begin(spec);
        if (!spec.isSourceFirst()) {
            rig.awaitGrant(handoff);
        }
        rig.prefill(handoff, spec, null);
        if (spec.isSourceFirst()) {
            rig.steps(3);
            rig.receiver.wantAll(spec.id());
        }
        assertEquals("DELIVERED NONE", rig.awaitEnd(handoff));
        return rig.blocksFilled - before;
    }

    private int kept(int count) {
        return rig.engine.kept().blockCount(TENANT, keys(count));
    }

    @Test
    void shouldNotAskTheEngineForWhatASecondNodeIsHanded() {
        assertEquals(4, deliver(spec(0, 4 * BLOCK)));
        assertEquals(0, deliver(spec(1, 4 * BLOCK)));
        assertEquals(4 + 2 + 1, rig.other.only().lineCount, "blocks, of which two are in the window, and one state");
        assertEquals(4, kept(4));
        assertEquals(0, kept(3), "no state is there, and of the window one block only");
        rig.assertRight();
    }

    /** Windows of different prompts go together with the beginning that the first of them staged. */
    @Test
    void shouldFindEachPartByItself() {
        assertEquals(4, deliver(spec(0, 4 * BLOCK)));
        assertEquals(2, deliver(spec(1, 6 * BLOCK)));
        assertEquals(6, kept(6));
        assertEquals(4, kept(5), "there is no state behind the fifth");
        assertEquals(1, deliver(spec(0, 5 * BLOCK)));
        assertEquals(5, kept(5));
        assertEquals(1, deliver(spec(1, 5 * BLOCK + 3)), "what is behind the fifth");
        assertEquals(0, deliver(spec(0, 6 * BLOCK)));
        rig.assertRight();
    }

    @Test
    void shouldServeBothOrdersOfBindingFromTheirOwnShares() {
        HandoffSpec first = HandoffSpec.sourceFirst(new HandoffId(TENANT, 0, ++requests, 0), 4 * BLOCK).withBlockKeys(keys(4));
        assertEquals(4, deliver(first));
        assertEquals(0, deliver(spec(1, 4 * BLOCK)), "from the other share");
        HandoffSpec longer = HandoffSpec.sourceFirst(new HandoffId(TENANT, 0, ++requests, 0), 6 * BLOCK).withBlockKeys(keys(6));
        assertEquals(2, deliver(longer));
        assertEquals(1, deliver(spec(1, 7 * BLOCK)), "six there, and one more");
        assertEquals(7, kept(7), "of both shares, by turns");
        rig.assertRight();
    }

    @Test
    void shouldReadUnderALeaseWhatAPromptThatEndsThereHas() {
        deliver(spec(0, 4 * BLOCK));
        deliver(spec(0, 6 * BLOCK));
        KeptPrefixes kept = rig.engine.kept();
        assertEquals(KeptPrefixes.GONE, kept.lease(TENANT, keys(6), 5, 1_000_000_000));
        long lease = kept.lease(TENANT, keys(6), 6, 1_000_000_000);
        SourceImages images = kept.images(lease);
        int[] ofGroup = new int[3];
        try (Arena arena = Arena.ofConfined()) {
            for (int block = 0; block < 6; block++) {
                for (int image = 0; image < images.imageCount(block); image++) {
                    int length = (int) images.imageBytes(block, image);
                    MemorySegment right = arena.allocate(length, 64);
                    KvPattern.fillImage(right.address(), rig.layout.layout(), rig.layout.sharding(), images.sourceShard(block, image),
                        images.group(block, image), block, BLOCK, PatternSeed.ofBlock(rig.receiver.seed, keys(6), block, 0));
                    assertEquals(-1, right.mismatch(MemorySegment.ofAddress(kept.address(lease, block, image)).reinterpret(length)));
                    ofGroup[images.group(block, image)]++;
                }
            }
        }
        assertEquals(List.of(2, 6, 1), List.of(ofGroup[0], ofGroup[1], ofGroup[2]));
        assertTrue(kept.release(lease));
        rig.assertRight();
    }

    /** A part of a block that has changed since it went out first is noticed, in whatever unit it lies. */
    @Test
    void shouldRefuseToSendAWindowThatHasChanged() {
        deliver(spec(0, 4 * BLOCK));
        KeptPrefixes kept = rig.engine.kept();
        long lease = kept.lease(TENANT, keys(4), 4, 1_000_000_000);
        SourceImages images = kept.images(lease);
        int image = images.imageIndex(3, 0, 0);
        MemorySegment bytes = MemorySegment.ofAddress(kept.address(lease, 3, image)).reinterpret(1);
        bytes.set(ValueLayout.JAVA_BYTE, 0, (byte) ~bytes.get(ValueLayout.JAVA_BYTE, 0));
        kept.release(lease);
        long handoff = rig.begin(spec(1, 4 * BLOCK));
        rig.awaitGrant(handoff);
        rig.engine.finish(handoff, 0, null);
        assertEquals("failed CORRUPT", rig.awaitEnd(handoff));
        assertEquals(1, rig.sender.counters().count(SenderCounters.Kind.KEPT_CHANGED));
        assertEquals(0, kept(4));
        rig.assertRight();
    }
}
