package dev.baton.sender;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import dev.baton.kv.BlockKey;
import dev.baton.kv.KvPattern;
import dev.baton.kv.PatternSeed;
import dev.baton.kv.SourceImages;
import dev.baton.platform.ThreadAllocation;
import dev.baton.sender.core.HandoffSpec;
import dev.baton.sender.core.SenderCounters;
import dev.baton.sender.engine.KeptCounters;
import dev.baton.sender.engine.KeptPrefixes;
import dev.baton.sender.engine.PrefillEngine;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.HandoffId;

/** What was staged stays, and goes to another decode node from where it lies: the engine is not asked for it again. */
class KeptBlocksTest extends RiggedTest {
    private static final int BLOCK = 16;
    private static final long STAGING_BYTES = 4L << 20;
    private static final int WINDOW_UNITS = 64;   // of one grain each
    /** What one of two receivers may have of it at once. */
    private static final int SHARE_UNITS = WINDOW_UNITS * 3 / 4;
    private static final long TENANT = 7;

    private int requests;

    @BeforeEach
    void connect() {
        rig.startOther();
        rig.until("both sessions", () -> rig.plane.sessionCount() == 2 && rig.receiver.plane.sessionCount() == 1
            && rig.other.plane.sessionCount() == 1);
    }

    private static List<BlockKey> keys(int family, int count) {
        List<BlockKey> keys = new ArrayList<>();
        for (int block = 0; block < count; block++) {
            keys.add(new BlockKey(family, 1, 2, block));
        }
        return keys;
    }

    private HandoffSpec spec(long tenant, int peer, int family, int tokens) {
        return HandoffSpec.destinationFirst(new HandoffId(tenant, 0, ++requests, 0), peer, tokens).withBlockKeys(keys(family, tokens / BLOCK));
    }

    /** Returns how many blocks the engine filled. */
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

    private int kept(long tenant, int family, int count) {
        return rig.engine.kept().blockCount(tenant, keys(family, count));
    }

    private long count(KeptCounters.Kind kind) {
        return rig.sender.staging().kept().count(kind);
    }

    @Test
    void shouldNotAskTheEngineForWhatASecondNodeIsHanded() {
        assertEquals(5, deliver(spec(TENANT, 0, 1, 70)));
        assertEquals(4, kept(TENANT, 1, 4));
        assertEquals(STAGING_BYTES, rig.sender.staging().windowFreeBytes(), "what is kept is free for admission");

        assertEquals(1, deliver(spec(TENANT, 1, 1, 70)), "the partial block has no name");
        assertEquals(1, deliver(spec(TENANT, 0, 1, 70)), "nor did the first node keep it");
        assertEquals(8, count(KeptCounters.Kind.BLOCKS_HIT));
        assertEquals(12, count(KeptCounters.Kind.BLOCKS_NAMED));
        assertEquals(4, count(KeptCounters.Kind.BLOCKS));
        assertEquals(STAGING_BYTES, rig.sender.staging().windowFreeBytes());
        rig.assertRight();
    }

    @Test
    void shouldNotTouchTheEngineAtAllWhereEveryBlockIsHere() {
        deliver(spec(TENANT, 0, 1, 64));
        HandoffSpec again = spec(TENANT, 1, 1, 64);
        long handoff = rig.begin(again);
        assertEquals(PrefillEngine.NOT_GRANTED, rig.engine.heldBlocks(handoff));
        rig.awaitGrant(handoff);
        assertEquals(4, rig.engine.heldBlocks(handoff));
        assertEquals(PrefillEngine.NOTHING, rig.engine.stage(handoff, 0));
        assertEquals(0, rig.engine.finish(handoff, 0, null));
        assertEquals("DELIVERED NONE", rig.awaitEnd(handoff));
        assertEquals(PrefillEngine.ENDED, rig.engine.heldBlocks(handoff));
        rig.assertRight();
    }

    /** What the receiver has is not sent, be it here or not; what it lacks goes from here. */
    @Test
    void shouldSendOnlyWhatTheReceiverLacks() {
        deliver(spec(TENANT, 0, 1, 64));
        rig.other.heldTokens = 32;
        assertEquals(0, deliver(spec(TENANT, 1, 1, 64)));
        assertEquals(2, count(KeptCounters.Kind.BLOCKS_HIT));
        assertEquals(2, count(KeptCounters.Kind.BLOCKS_NAMED) - 4);
        assertEquals(2, rig.other.only().lineCount);
        rig.assertRight();
    }

    @Test
    void shouldShowATenantNothingOfAnother() {
        deliver(spec(TENANT, 0, 1, 64));
        assertEquals(0, kept(TENANT + 1, 1, 4));
        assertEquals(KeptPrefixes.GONE, rig.engine.kept().lease(TENANT + 1, keys(1, 4), 1, 1_000_000));
        assertEquals(4, deliver(spec(TENANT + 1, 0, 1, 64)));
        assertEquals(8, count(KeptCounters.Kind.BLOCKS));
        rig.assertRight();
    }

    /** A name stands for one place in a prompt, whatever an engine says. */
    @Test
    void shouldNotSendABlockAtAnotherPlace() {
        deliver(spec(TENANT, 0, 1, 64));
        List<BlockKey> moved = keys(1, 4).reversed();
        assertEquals(0, rig.engine.kept().blockCount(TENANT, moved));
        assertEquals(4, deliver(spec(TENANT, 0, 1, 64).withBlockKeys(moved)));
        rig.assertRight();
    }

    @Test
    void shouldKeepNothingOfAHandoffThatWasNotVerified() {
        HandoffSpec spec = spec(TENANT, 0, 1, 64);
        rig.receiver.isReadyHeld = true;
        long handoff = rig.begin(spec);
        rig.awaitGrant(handoff);
        rig.prefill(handoff, spec, null);
        rig.until("FIN", () -> rig.receiver.said.contains("FIN1"));
        assertEquals(0, kept(TENANT, 1, 4), "not before it is verified");
        rig.receiver.abort(rig.receiver.only(), EndReason.CORRUPT);
        assertEquals("failed CORRUPT", rig.awaitEnd(handoff));
        assertEquals(0, kept(TENANT, 1, 4));
        assertEquals(0, count(KeptCounters.Kind.BLOCKS));
        assertEquals(STAGING_BYTES, rig.sender.staging().windowFreeBytes());
        rig.assertRight();
    }

    /** Named requests, each as large as the window, one after the other and then many at once: none finds it full for what is kept. */
    @Test
    void shouldGiveUpWhatIsKeptWhenStagingNeedsTheRoom() {
        for (int family = 1; family <= 3; family++) {
            HandoffSpec spec = spec(TENANT, 0, family, WINDOW_UNITS * BLOCK);
            long handoff = rig.begin(spec);
            rig.awaitGrant(handoff);
            for (int block = 0; block < SHARE_UNITS; block++) {
                assertTrue(rig.fill(handoff, spec, block), "full for what is kept: family=" + family + " block=" + block);
            }
            rig.prefill(handoff, spec, null);
            assertEquals("DELIVERED NONE", rig.awaitEnd(handoff));
            assertEquals(WINDOW_UNITS, kept(TENANT, family, WINDOW_UNITS));
            assertEquals(0, kept(TENANT, family - 1, WINDOW_UNITS));
        }
        assertEquals(2L * WINDOW_UNITS, count(KeptCounters.Kind.EVICTED));
        rig.assertRight();
    }

    /** Of a request larger than the window its beginning stays, without which the rest is worth nothing. */
    @Test
    void shouldKeepTheBeginningOfARequestLargerThanTheWindow() {
        assertEquals(3 * WINDOW_UNITS, deliver(spec(TENANT, 0, 1, 3 * WINDOW_UNITS * BLOCK)));
        int kept = kept(TENANT, 1, 3 * WINDOW_UNITS);
        assertTrue(kept > WINDOW_UNITS / 2, "kept=" + kept);
        assertEquals(3 * WINDOW_UNITS - kept, deliver(spec(TENANT, 1, 1, 3 * WINDOW_UNITS * BLOCK)));
        rig.assertRight();
    }

    /** The least recently used beginning goes first, and of it the end. */
    @Test
    void shouldGiveUpTheEndOfWhatWasUsedLongestAgo() {
        deliver(spec(TENANT, 0, 1, 24 * BLOCK));
        deliver(spec(TENANT, 0, 2, 24 * BLOCK));
        assertEquals(0, deliver(spec(TENANT, 1, 1, 24 * BLOCK)));
        deliver(spec(TENANT, 0, 3, 24 * BLOCK));
        assertEquals(24, kept(TENANT, 1, 24));
        assertEquals(24, kept(TENANT, 3, 24));
        assertEquals(WINDOW_UNITS - 48, kept(TENANT, 2, 24), "its beginning is still of use");
        rig.assertRight();
    }

    @Test
    void shouldRefuseToSendAKeptBlockThatHasChanged() {
        deliver(spec(TENANT, 0, 1, 64));
        long lease = rig.engine.kept().lease(TENANT, keys(1, 4), 4, 1_000_000);
        MemorySegment bytes = MemorySegment.ofAddress(rig.engine.kept().address(lease, 2, 0)).reinterpret(1);
        bytes.set(ValueLayout.JAVA_BYTE, 0, (byte) ~bytes.get(ValueLayout.JAVA_BYTE, 0));
        assertTrue(rig.engine.kept().release(lease));

        HandoffSpec again = spec(TENANT, 1, 1, 64);
        long handoff = rig.begin(again);
        rig.awaitGrant(handoff);
        rig.engine.finish(handoff, 0, null);
        assertEquals("failed CORRUPT", rig.awaitEnd(handoff));
        assertEquals(1, rig.sender.counters().count(SenderCounters.Kind.KEPT_CHANGED));
        assertEquals(0, kept(TENANT, 1, 4), "what is in doubt is not sent again");
        assertEquals(4, deliver(spec(TENANT, 1, 1, 64)));
        rig.assertRight();
    }

    @Test
    void shouldSendASourceFirstPrefillFromWhatIsKept() {
        HandoffSpec first = HandoffSpec.sourceFirst(new HandoffId(TENANT, 0, 100, 0), 70).withBlockKeys(keys(1, 4));
        HandoffSpec again = HandoffSpec.sourceFirst(new HandoffId(TENANT, 0, 101, 0), 70).withBlockKeys(keys(1, 4));
        assertEquals(5, deliver(first));
        long handoff = rig.begin(again);
        assertEquals(4, rig.engine.heldBlocks(handoff));
        assertEquals(STAGING_BYTES - 5 * (64 << 10), rig.sender.staging().wholeFreeBytes(), "what it uses is its own");
        rig.prefill(handoff, again, null);
        rig.steps(3);
        rig.other.wantAll(again.id());
        assertEquals("DELIVERED NONE", rig.awaitEnd(handoff));
        assertEquals(6, rig.blocksFilled);
        assertEquals(0, deliver(spec(TENANT, 0, 1, 64)), "the other order finds them as well");
        assertEquals(STAGING_BYTES, rig.sender.staging().wholeFreeBytes());
        rig.assertRight();
    }

    /** Parked prefills wait for minutes: were they to hold the window, granted ones could not go on. */
    @Test
    void shouldNotPinTheWindowForAParkedPrefill() {
        deliver(spec(TENANT, 0, 1, 64));
        HandoffSpec parked = HandoffSpec.sourceFirst(new HandoffId(TENANT, 0, 100, 0), 64).withBlockKeys(keys(1, 4));
        long handoff = rig.begin(parked);
        assertEquals(0, rig.engine.heldBlocks(handoff));
        assertEquals(STAGING_BYTES, rig.sender.staging().windowFreeBytes());
        rig.engine.cancel(handoff);
        assertEquals("failed CANCELLED", rig.awaitEnd(handoff));
        assertEquals(4, kept(TENANT, 1, 4));
        rig.assertRight();
    }

    @Test
    void shouldReadKeptBlocksWhereTheyLieUnderALease() {
        deliver(spec(TENANT, 0, 1, 64));
        KeptPrefixes kept = rig.engine.kept();
        long lease = kept.lease(TENANT, keys(1, 4), 3, TimeUnit.SECONDS.toNanos(1));
        SourceImages images = kept.images(lease);
        for (int block = 0; block < 3; block++) {
            long seed = PatternSeed.ofBlock(rig.receiver.seed, keys(1, 4), block, 0);
            for (int image = 0; image < images.imageCount(block); image++) {
                int length = (int) images.imageBytes(block, image);
                MemorySegment there = MemorySegment.ofAddress(kept.address(lease, block, image)).reinterpret(length);
                try (java.lang.foreign.Arena arena = java.lang.foreign.Arena.ofConfined()) {
                    MemorySegment right = arena.allocate(length, 64);
                    KvPattern.fillImage(right.address(), rig.layout.layout(), rig.layout.sharding(), images.sourceShard(block, image),
                        images.group(block, image), block, BLOCK, seed);
                    assertEquals(-1, right.mismatch(there));
                }
            }
        }
        assertThrows(IllegalArgumentException.class, () -> kept.address(lease, 3, 0));
        deliver(spec(TENANT, 0, 2, WINDOW_UNITS * BLOCK));
        assertEquals(3, kept(TENANT, 1, 4), "leased blocks stay, the fourth went");
        assertTrue(kept.release(lease));
        assertFalse(kept.release(lease));
        assertEquals(PrefillEngine.ENDED, kept.address(lease, 0, 0));
        assertEquals(null, kept.images(lease));
        rig.assertRight();
    }

    /** An engine that forgets a lease costs staging its time, not for ever; and what it read since is told to be void. */
    @Test
    void shouldEndALeaseThatIsOverWhereStagingNeedsTheRoom() {
        deliver(spec(TENANT, 0, 1, 32 * BLOCK));
        KeptPrefixes kept = rig.engine.kept();
        long lease = kept.lease(TENANT, keys(1, 32), 32, TimeUnit.MILLISECONDS.toNanos(1));
        assertEquals(PrefillEngine.FULL, kept.lease(TENANT, keys(1, 32), 1, TimeUnit.MILLISECONDS.toNanos(1)), "half of it at most");
        rig.step(TimeUnit.MILLISECONDS.toNanos(2));
        assertTrue(kept.address(lease, 0, 0) > 0, "nobody needed the room");
        HandoffSpec spec = spec(TENANT, 0, 2, WINDOW_UNITS * BLOCK);
        long handoff = rig.begin(spec);
        rig.awaitGrant(handoff);
        for (int block = 0; block < SHARE_UNITS; block++) {
            assertTrue(rig.fill(handoff, spec, block), "block=" + block);
        }
        assertFalse(kept.release(lease));
        assertEquals(1, count(KeptCounters.Kind.LEASES_LATE));
        rig.prefill(handoff, spec, null);
        assertEquals("DELIVERED NONE", rig.awaitEnd(handoff));
        rig.assertRight();
    }

    @Test
    void shouldRefuseWhatMakesNoSense() {
        KeptPrefixes kept = rig.engine.kept();
        assertThrows(IllegalArgumentException.class, () -> kept.lease(TENANT, keys(1, 4), 5, 1_000_000));
        assertThrows(IllegalArgumentException.class, () -> kept.lease(TENANT, keys(1, 4), 0, 1_000_000));
        assertThrows(IllegalArgumentException.class, () -> kept.lease(TENANT, keys(1, 4), 1, KeptPrefixes.LEASE_NS_MAX + 1));
        assertThrows(IllegalArgumentException.class, () -> kept.lease(TENANT, keys(1, 4), 1, 0));
        assertThrows(IllegalArgumentException.class, () -> kept.release(1));
        assertThrows(IllegalArgumentException.class, () -> kept.address(0, 0, 0));
        assertEquals(KeptPrefixes.GONE, kept.lease(TENANT, keys(1, 4), 4, 1_000_000));
    }

    /** As in {@link PrefillSenderTest}, with names: what is kept makes room for each block. */
    @Test
    void shouldAllocateNothingPerChunkWhileItKeepsAndGivesUp() {
        long engineBytesMin = Long.MAX_VALUE;
        for (int round = 0; round < 60; round++) {
            HandoffSpec spec = spec(TENANT, 0, round, WINDOW_UNITS * BLOCK);
            long handoff = rig.begin(spec);
            rig.awaitGrant(handoff);
            rig.step();
            long engineBytes = 0;
            for (int block = 0; block < WINDOW_UNITS; block++) {
                long before = ThreadAllocation.currentThreadBytes();
                long unit = rig.engine.stage(handoff, block);
                engineBytes += ThreadAllocation.currentThreadBytes() - before;
                assertTrue(unit > 0);
                rig.fill(handoff, spec, block);
                before = ThreadAllocation.currentThreadBytes();
                rig.engine.chunkReady(handoff, (block + 1) * BLOCK);
                rig.engine.poll(rig, 8);
                engineBytes += ThreadAllocation.currentThreadBytes() - before;
                rig.step();
            }
            engineBytesMin = round >= 40 ? Math.min(engineBytesMin, engineBytes) : engineBytesMin;
            rig.engine.finish(handoff, spec.tokens(), null);
            assertEquals("DELIVERED NONE", rig.awaitEnd(handoff));
        }
        assertEquals(0, engineBytesMin, "bytes on the engine's thread in 64 chunks");
        assertTrue(count(KeptCounters.Kind.EVICTED) > 50L * WINDOW_UNITS);
        rig.assertRight();
    }
}
