package dev.baton.sender;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.file.Path;
import java.util.List;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import dev.baton.kv.CellMap;
import dev.baton.kv.KvPattern;
import dev.baton.kv.PatternSeed;
import dev.baton.kv.ShardPairing;
import dev.baton.platform.ProcessLock;
import dev.baton.sender.core.HandoffSpec;
import dev.baton.sender.core.PrefixAsk;
import dev.baton.sender.core.PrefixHere;
import dev.baton.sender.core.SenderCounters.Kind;
import dev.baton.sender.engine.PrefillEngine;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.HandoffId;

/** What the node's own receiving end holds of a prompt goes from there to the node that it is handed to, and is read by the engine. */
class PoolHandoffTest extends PooledTest {
    @TempDir
    Path folder;

    PoolHandoffTest() {
        super(4L << 20);
    }

    @BeforeEach
    void start() {
        cache.fill(rig, keys(8));
        rig.awaitSession();
    }

    private HandoffSpec spec(long tenant, int tokens) {
        return HandoffSpec.destinationFirst(nextId(tenant), rig.peer, tokens).withBlockKeys(keys(tokens / BLOCK));
    }

    /** Delivers it; returns how many blocks the engine filled. */
    private int deliver(HandoffSpec spec) {
        int before = rig.blocksFilled;
        long handoff = rig.begin(spec);
        if (spec.isSourceFirst()) {
            rig.prefill(handoff, spec, null);
            rig.steps(3);
            rig.receiver.wantAll(spec.id());
        } else {
            rig.awaitGrant(handoff);
            rig.prefill(handoff, spec, null);
        }
        assertEquals("DELIVERED NONE", rig.awaitEnd(handoff));
        return rig.blocksFilled - before;
    }

    @Test
    void shouldSendFromWhereItWasReceivedAndStageWhatIsBehind() {
        HandoffSpec spec = spec(TENANT, 6 * BLOCK + 5);
        long handoff = rig.begin(spec);
        rig.awaitGrant(handoff);
        assertEquals(4, rig.engine.heldBlocks(handoff));
        assertEquals(PrefillEngine.NOTHING, rig.engine.stage(handoff, 3));
        assertEquals(1, cache.pins);
        rig.prefill(handoff, spec, null);
        assertEquals("DELIVERED NONE", rig.awaitEnd(handoff));
        assertEquals(3, rig.blocksFilled, "two blocks and the rest of a third");
        assertEquals(4, rig.sender.counters().count(Kind.POOL_BLOCKS_HELD));
        rig.assertRight();
    }

    /** All of it: the engine says that there is nothing to do, and that is all. */
    @Test
    void shouldHandOffWhatItNeverPrefilled() {
        HandoffSpec spec = spec(TENANT, 4 * BLOCK);
        long handoff = rig.begin(spec);
        rig.awaitGrant(handoff);
        assertEquals(4, rig.engine.heldBlocks(handoff));
        assertEquals(0, rig.engine.finish(handoff, 0, null));
        assertEquals("DELIVERED NONE", rig.awaitEnd(handoff));
        assertEquals(0, rig.blocksFilled);
        rig.assertRight();
    }

    /** First what was received, then what was staged behind it, then the engine. */
    @Test
    void shouldGoOnBehindItWithWhatIsKeptInStaging() {
        cache.blocks = 0;
        assertEquals(6, deliver(spec(TENANT, 6 * BLOCK)));
        cache.blocks = 4;
        assertEquals(2, deliver(spec(TENANT, 8 * BLOCK)));
        assertEquals(4, rig.sender.counters().count(Kind.POOL_BLOCKS_HELD));
        cache.blocks = 8;
        assertEquals(0, deliver(spec(TENANT, 8 * BLOCK)));
        rig.assertRight();
    }

    @Test
    void shouldSendAnImageThatLiesInPieces() {
        cache.clear();
        cache.pieceBytes = 960;
        cache.fill(rig, keys(8));
        assertEquals(1, deliver(spec(TENANT, 5 * BLOCK)));
        rig.assertRight();
    }

    /** What is staged whole may wait for long: it pins nothing of what others wait for. */
    @Test
    void shouldNotHoldForAPrefillThatIsParked() {
        HandoffSpec spec = HandoffSpec.sourceFirst(nextId(TENANT), 4 * BLOCK).withBlockKeys(keys(4));
        assertEquals(4, deliver(spec));
        assertEquals(0, cache.pinsEver);
        rig.assertRight();
    }

    @Test
    void shouldFindNothingForAnotherTenantNorWithoutNames() {
        assertEquals(4, deliver(spec(TENANT + 1, 4 * BLOCK)));
        HandoffSpec nameless = HandoffSpec.destinationFirst(nextId(TENANT), rig.peer, 4 * BLOCK);
        assertEquals(4, deliver(nameless));
        assertEquals(0, cache.pinsEver);
        rig.assertRight();
    }

    /** What waits for a grant pins nothing; what ends lets go once no agent reads it any more. */
    @Test
    void shouldPinFromTheGrantUntilNobodyReads() {
        rig.receiver.isGrantHeld = true;
        HandoffSpec spec = spec(TENANT, 4 * BLOCK);
        long handoff = rig.begin(spec);
        rig.until("RESERVE", () -> rig.receiver.said.contains("RESERVE"));
        rig.steps(5);
        assertEquals(0, cache.pins);
        rig.receiver.isGrantHeld = false;
        rig.receiver.isReadyHeld = true;
        rig.receiver.grant(rig.receiver.only());
        rig.awaitGrant(handoff);
        assertEquals(0, rig.engine.finish(handoff, 0, null));
        rig.until("FIN", () -> rig.receiver.said.contains("FIN1"));
        assertEquals(1, cache.pins, "sent, and not verified yet");
        rig.areDataAgentsStopped = true;
        rig.receiver.abort(rig.receiver.only(), EndReason.DEADLINE);
        rig.steps(20);
        assertEquals(1, cache.pins, "an agent has not said that it stopped");
        rig.areDataAgentsStopped = false;
        assertEquals("failed DEADLINE", rig.awaitEnd(handoff));
        assertEquals(0, cache.pins);
        rig.assertRight();
    }

    @Test
    void shouldReadWhatIsHereUntilItIsReleased() {
        PrefixHere here = load(PrefixAsk.here(TENANT, keys(6)));
        assertEquals(4, here.blockCount());
        assertEquals("", here.whyNot());
        assertEquals(List.of(), cache.asked);
        ShardPairing self = ShardPairing.of(rig.layout.layout(), rig.layout.sharding(), rig.layout.layout(), rig.layout.sharding());
        CellMap map = CellMap.ofTarget(self, 4 * BLOCK, 0, 0, 4 << 20);
        for (int block = 0; block < 4; block++) {
            long seed = PatternSeed.ofBlock(rig.receiver.seed, keys(6), block, 0);
            assertEquals(map.lengthBytes(block), here.contiguousBytes(block, 0, 0, 0));
            assertEquals(0, KvPattern.mismatches(here.address(block, 0, 0, 0), map, block, seed), "a cell is a block here");
        }
        assertEquals(1, cache.pins);
        rig.engine.release(here);
        rig.steps(2);
        assertEquals(0, cache.pins);
        assertThrows(IllegalStateException.class, () -> rig.engine.release(here));
        PrefixHere none = load(PrefixAsk.here(TENANT + 1, keys(6)));
        assertEquals(0, none.blockCount());
        rig.engine.release(none);
        rig.assertRight();
    }

    @Test
    void shouldFetchFromTheNodeThatIsNamedWhatIsNotHere() {
        PrefixHere here = load(new PrefixAsk(new HandoffId(TENANT, 9, 1, 0), keys(6), "holder", 1_000));
        assertEquals(6, here.blockCount());
        assertEquals(List.of("holder"), cache.asked);
        rig.engine.release(here);
        assertEquals(6, load(new PrefixAsk(new HandoffId(TENANT, 9, 2, 0), keys(6), "holder", 1_000)).blockCount());
        assertEquals(1, cache.asked.size(), "all of it is here");
        rig.engine.release(rig.loaded.getLast());
        cache.blocks = 3;
        PrefixHere part = load(new PrefixAsk(new HandoffId(TENANT, 9, 3, 0), keys(6), "stranger", 1_000));
        assertEquals(3, part.blockCount(), "what there is");
        assertEquals("not_known", part.whyNot());
        rig.engine.release(part);
        rig.steps(2);
        rig.assertRight();
    }

    @Test
    void shouldRefuseToReadMoreThanItsShareAndToWaitForTooMuch() {
        cache.isReadFull = true;
        assertEquals("more than a quarter of the pool would be read at a time, or a request waits for all memory that is let go",
            load(PrefixAsk.here(TENANT, keys(4))).whyNot());
        cache.isReadFull = false;
        for (int fetch = 0; fetch < 64; fetch++) {
            rig.engine.load(new PrefixAsk(new HandoffId(TENANT, 9, fetch, 0), keys(6), "slow", 1_000));
        }
        PrefixHere refused = load(new PrefixAsk(new HandoffId(TENANT, 9, 64, 0), keys(6), "slow", 1_000));
        assertEquals("too many wait for other nodes: waiting=64", refused.whyNot());
        rig.engine.release(refused);
        rig.steps(2);
        rig.assertRight();
    }

    @Test
    void shouldLetGoWhatAnEngineReadThatIsGone() throws Exception {
        ProcessLock engine = watchedEngine(folder);
        PrefixHere here = load(PrefixAsk.here(TENANT, keys(4)));
        assertEquals(1, cache.pins);
        engine.close();
        look();
        assertEquals(0, cache.pins);
        rig.engine.release(here);
        rig.steps(2);
        assertEquals(0, cache.pins, "said too late: nothing is let go twice");
        rig.assertRight();
    }
}
