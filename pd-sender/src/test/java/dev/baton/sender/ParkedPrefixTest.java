package dev.baton.sender;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import dev.baton.platform.ProcessLock;
import dev.baton.sender.core.HandoffSpec;
import dev.baton.sender.core.PrefixAsk;
import dev.baton.sender.core.PrefixHere;
import dev.baton.sender.core.SenderCounters.Kind;
import dev.baton.sender.engine.PrefillEngine;
import dev.baton.sender.engine.Staging;
import dev.baton.transport.session.HandoffId;

/** A source-first handoff begins with what its engine has loaded: it goes from the node's pool, and only what is behind it is staged. */
class ParkedPrefixTest extends PooledTest {
    private static final long STAGING_BYTES = 512 << 10;
    private static final int HERE = 4;

    @TempDir
    Path folder;

    ParkedPrefixTest() {
        super(STAGING_BYTES);
    }

    @BeforeEach
    void start() {
        cache.fill(rig, keys(8));
        rig.awaitSession();
    }

    private HandoffSpec spec(long tenant, int tokens) {
        return HandoffSpec.sourceFirst(nextId(tenant), tokens).withBlockKeys(keys(tokens / BLOCK));
    }

    private PrefixHere load() {
        PrefixHere here = load(PrefixAsk.here(TENANT, keys(6)));
        assertEquals(HERE, here.blockCount());
        return here;
    }

    private long begin(HandoffSpec spec, PrefixHere here) {
        long handoff = rig.engine.begin(spec, here);
        assertEquals(HERE, rig.engine.heldBlocks(handoff), "known at once, as of all that is staged whole");
        assertEquals(PrefillEngine.NOTHING, rig.engine.stage(handoff, HERE - 1));
        return handoff;
    }

    /** A cell that lands wrong is sent once more, from the same place. */
    @Test
    void shouldSendFromThePoolWhatIsParkedAndSendItAgain() {
        PrefixHere here = load();
        long free = rig.sender.staging().wholeFreeBytes();
        HandoffSpec spec = spec(TENANT, 6 * BLOCK + 5);
        long handoff = begin(spec, here);
        assertEquals(3 * Staging.GRAIN_BYTES, free - rig.sender.staging().wholeFreeBytes(), "three units, not seven");
        rig.prefill(handoff, spec, null);
        rig.steps(10);
        assertEquals(1, cache.pins, "while it is parked");
        rig.receiver.nackOnce.addAll(List.of(0, 5));
        rig.receiver.wantAll(spec.id());
        assertEquals("DELIVERED NONE", rig.awaitEnd(handoff));
        assertEquals(3, rig.blocksFilled, "two blocks and the rest of a third");
        assertEquals(HERE, rig.sender.counters().count(Kind.POOL_BLOCKS_HELD));
        assertEquals(0, cache.pins);
        assertThrows(IllegalStateException.class, () -> rig.engine.release(here), "it was the handoff's");
        assertEquals(free, rig.sender.staging().wholeFreeBytes());
        rig.assertRight();
    }

    /** What the receiver has is not sent, whoever else has it. */
    @Test
    void shouldSendOnlyWhatTheReceiverLacks() {
        HandoffSpec spec = spec(TENANT, 6 * BLOCK);
        long handoff = begin(spec, load());
        rig.prefill(handoff, spec, null);
        rig.receiver.heldTokens = 2 * BLOCK;
        rig.steps(3);
        rig.receiver.wantAll(spec.id());
        assertEquals("DELIVERED NONE", rig.awaitEnd(handoff));
        assertEquals(4, rig.receiver.only().cells.cellCount());
        rig.assertRight();
    }

    /** First what was loaded, then what is kept in staging behind it, then the engine. */
    @Test
    void shouldGoOnBehindItWithWhatIsKept() {
        HandoffSpec first = spec(TENANT, 6 * BLOCK);
        long handoff = rig.begin(first);
        rig.prefill(handoff, first, null);
        rig.steps(3);
        rig.receiver.wantAll(first.id());
        assertEquals("DELIVERED NONE", rig.awaitEnd(handoff));
        rig.receiver.landings.clear();

        HandoffSpec longer = spec(TENANT, 8 * BLOCK);
        long again = rig.engine.begin(longer, load());
        assertEquals(6, rig.engine.heldBlocks(again));
        rig.prefill(again, longer, null);
        rig.steps(3);
        rig.receiver.wantAll(longer.id());
        assertEquals("DELIVERED NONE", rig.awaitEnd(again));
        assertEquals(6 + 2, rig.blocksFilled);
        rig.assertRight();
    }

    @Test
    void shouldLetGoWhenNobodyWantsIt() {
        HandoffSpec spec = spec(TENANT, 6 * BLOCK);
        long handoff = begin(spec, load());
        rig.prefill(handoff, spec, null);
        rig.steps(3);
        assertEquals(1, cache.pins);
        for (int second = 0; second < 150 && !rig.ends.containsKey(handoff); second++) {
            rig.step(TimeUnit.MILLISECONDS.toNanos(900));
        }
        assertEquals("failed NOT_WANTED", rig.awaitEnd(handoff));
        assertEquals(0, cache.pins);
        rig.assertRight();
    }

    /** The same attempt is under way: the second is refused, and what it would have begun with is let go. */
    @Test
    void shouldLetGoWhatIsRefused() {
        HandoffSpec spec = spec(TENANT, 6 * BLOCK);
        long first = begin(spec, load());
        long second = begin(spec, load());
        assertEquals(2, cache.pins);
        assertEquals("failed REJECTED", rig.awaitEnd(second));
        assertEquals(1, cache.pins);
        rig.engine.cancel(first);
        assertEquals("failed CANCELLED", rig.awaitEnd(first));
        rig.assertRight();
    }

    @Test
    void shouldLeaveItToTheEngineWhereThereIsNoStaging() {
        List<Long> filling = new ArrayList<>();
        long handoff;
        while ((handoff = rig.engine.begin(spec(TENANT + 1, 8 * BLOCK))) != PrefillEngine.FULL) {
            filling.add(handoff);
        }
        PrefixHere here = load();
        assertEquals(PrefillEngine.FULL, rig.engine.begin(spec(TENANT, 8 * BLOCK), here));
        filling.forEach(rig.engine::cancel);
        filling.forEach(rig::awaitEnd);
        assertEquals(1, cache.pins, "still to be read");
        rig.engine.release(here);
        rig.steps(2);
        assertEquals(0, cache.pins);
        rig.assertRight();
    }

    @Test
    void shouldRefuseWhatItDoesNotBeginWith() {
        PrefixHere here = load();
        HandoffSpec other = HandoffSpec.sourceFirst(new HandoffId(TENANT, 0, 99, 0), 4 * BLOCK).withBlockKeys(keys(5).subList(1, 5));
        HandoffSpec destinationFirst = HandoffSpec.destinationFirst(new HandoffId(TENANT, 0, 99, 0), rig.peer, 4 * BLOCK).withBlockKeys(keys(4));
        for (HandoffSpec wrong : List.of(other, destinationFirst, spec(TENANT + 1, 4 * BLOCK), spec(TENANT, 3 * BLOCK))) {
            assertThrows(IllegalArgumentException.class, () -> rig.engine.begin(wrong, here), wrong::toString);
        }
        rig.engine.release(here);
        assertThrows(IllegalStateException.class, () -> rig.engine.begin(spec(TENANT, 4 * BLOCK), here));
        rig.steps(2);
        rig.assertRight();
    }

    /** What it had prefilled whole may still be wanted; what it had not ends, and takes nothing along. */
    @Test
    void shouldOutliveItsEngineOnceItIsParked() throws Exception {
        ProcessLock engine = watchedEngine(folder);
        HandoffSpec whole = spec(TENANT, 6 * BLOCK);
        long parked = begin(whole, load());
        rig.prefill(parked, whole, null);
        rig.steps(3);
        long half = begin(spec(TENANT, 6 * BLOCK), load());
        rig.steps(3);
        assertEquals(2, cache.pins);
        engine.close();
        look();
        rig.awaitEnd(half);
        assertEquals(1, cache.pins);
        rig.receiver.wantAll(whole.id());
        assertEquals("DELIVERED NONE", rig.awaitEnd(parked));
        rig.assertRight();
    }
}
