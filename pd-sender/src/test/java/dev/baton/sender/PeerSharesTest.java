package dev.baton.sender;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import dev.baton.kv.BlockKey;
import dev.baton.sender.core.HandoffSpec;
import dev.baton.sender.engine.PrefillEngine;

/** What one receiver's handoffs may have of what all share, when nothing of theirs goes on (L7). */
class PeerSharesTest {
    private static final int BLOCK_TOKENS = 16;
    private static final int HANDOFFS_MAX = 64;
    /** A block takes one. */
    private static final int UNITS = 64;
    private static final int QUARTER = UNITS / 4;

    private final SenderRig rig = SenderRig.small();
    private long requests;

    @AfterEach
    void closeRig() {
        rig.close();
    }

    private void startBoth() {
        rig.awaitSession();
        rig.startOther();
        rig.until("both sessions", () -> rig.plane.sessionCount() == 2 && rig.receiver.plane.sessionCount() == 1 && rig.other.plane.sessionCount() == 1);
    }

    private HandoffSpec to(int peer, int blocks) {
        return HandoffSpec.destinationFirst(SenderRig.id(++requests), peer, blocks * BLOCK_TOKENS);
    }

    private long granted(HandoffSpec spec) {
        long handoff = rig.begin(spec);
        rig.awaitGrant(handoff);
        return handoff;
    }

    /** So many blocks from its first on find room now. */
    private int fillAll(long handoff, HandoffSpec spec) {
        int filled = 0;
        while (rig.fill(handoff, spec, filled)) {
            filled++;
        }
        return filled;
    }

    @Test
    void shouldGiveAllOfTheWindowToTheOnlyReceiver() {
        rig.awaitSession();
        HandoffSpec much = to(rig.peer, 2 * UNITS);
        long handoff = granted(much);
        rig.areDataAgentsStopped = true;
        assertEquals(UNITS, fillAll(handoff, much));
        rig.areDataAgentsStopped = false;
        rig.prefill(handoff, much, null);
        assertEquals("DELIVERED NONE", rig.awaitEnd(handoff));
        rig.assertRight();
    }

    /** Again and again: what has gone counts no more. */
    @Test
    void shouldLeaveOthersAQuarterOfTheWindowHoweverMuchGoesToOne() {
        startBoth();
        for (int round = 0; round < 3; round++) {
            HandoffSpec much = to(rig.peer, 2 * UNITS);
            HandoffSpec little = to(rig.peer + 1, UNITS);
            long handoff = granted(much);
            long beside = granted(little);
            rig.areDataAgentsStopped = true;
            assertEquals(UNITS - QUARTER, fillAll(handoff, much));
            int filled = fillAll(beside, little);
            assertTrue(filled >= QUARTER / 2 && filled < QUARTER, () -> "filled=" + filled);
            rig.areDataAgentsStopped = false;
            rig.prefill(beside, little, null);
            rig.prefill(handoff, much, null);
            assertEquals("DELIVERED NONE", rig.awaitEnd(beside));
            assertEquals("DELIVERED NONE", rig.awaitEnd(handoff));
        }
        rig.assertRight();
    }

    /** Ended before anything of it went: its share is free again. */
    @Test
    void shouldCountNothingOfWhatHasEnded() {
        startBoth();
        for (int round = 0; round < 3; round++) {
            HandoffSpec much = to(rig.peer, 2 * UNITS);
            long handoff = granted(much);
            rig.areDataAgentsStopped = true;
            assertEquals(UNITS - QUARTER, fillAll(handoff, much));
            rig.engine.cancel(handoff);
            rig.areDataAgentsStopped = false;
            rig.awaitEnd(handoff);
        }
    }

    /** Again and again: what has ended counts no more. */
    @Test
    void shouldBeginToOthersHoweverManyHandoffsWaitForOne() {
        startBoth();
        rig.receiver.isGrantHeld = true;
        for (int round = 0; round < 3; round++) {
            List<Long> begun = new ArrayList<>();
            long handoff;
            while ((handoff = rig.engine.begin(to(rig.peer, 1))) != PrefillEngine.FULL) {
                begun.add(handoff);
            }
            assertEquals(HANDOFFS_MAX * 3 / 4, begun.size());
            begun.add(rig.engine.begin(to(rig.peer + 1, 1)));
            assertTrue(begun.getLast() > 0);
            begun.forEach(rig.engine::cancel);
            begun.forEach(rig::awaitEnd);
        }
    }

    /** Its blocks stay where they are once they have gone; they count for it until then. */
    @Test
    void shouldCountBlocksWithNamesAsTheOthers() {
        startBoth();
        for (int round = 0; round < 3; round++) {
            HandoffSpec much = named(to(rig.peer, 2 * UNITS));
            long handoff = granted(much);
            rig.areDataAgentsStopped = true;
            assertEquals(UNITS - QUARTER, fillAll(handoff, much));
            rig.areDataAgentsStopped = false;
            rig.prefill(handoff, much, null);
            assertEquals("DELIVERED NONE", rig.awaitEnd(handoff));
        }
        rig.assertRight();
    }

    private HandoffSpec named(HandoffSpec spec) {
        List<BlockKey> keys = new ArrayList<>();
        for (int block = 0; block < spec.tokens() / BLOCK_TOKENS; block++) {
            keys.add(new BlockKey(requests, 0, 0, block));
        }
        return spec.withBlockKeys(keys);
    }

    /** An engine's lease that is over keeps nothing from anybody, also where it is the share that is full and not the window. */
    @Test
    void shouldEndLeasesThatAreOverBeforeAShareIsFull() {
        startBoth();
        HandoffSpec kept = named(to(rig.peer, UNITS / 2));
        long first = granted(kept);
        rig.prefill(first, kept, null);
        assertEquals("DELIVERED NONE", rig.awaitEnd(first));
        assertTrue(rig.engine.kept().lease(0, kept.blockKeys(), UNITS / 2, 1_000_000) > 0);
        rig.steps(100);
        HandoffSpec much = to(rig.peer, 2 * UNITS);
        long handoff = granted(much);
        rig.areDataAgentsStopped = true;
        assertEquals(UNITS - QUARTER, fillAll(handoff, much));
        rig.engine.cancel(handoff);
        rig.areDataAgentsStopped = false;
        rig.awaitEnd(handoff);
    }

    /** No receiver has these numbers: refused, and nobody's share is smaller for it. */
    @Test
    void shouldRefuseReceiversThatAreNotThereAndCountThemForNobody() {
        rig.awaitSession();
        for (int peer : new int[] {rig.peer + 1, 1_000_000_000, Integer.MAX_VALUE}) {
            long refused = rig.begin(to(peer, 1));
            assertTrue(rig.awaitEnd(refused).endsWith("REJECTED"), () -> rig.ends.toString());
        }
        HandoffSpec much = to(rig.peer, 2 * UNITS);
        long handoff = granted(much);
        rig.areDataAgentsStopped = true;
        assertEquals(UNITS, fillAll(handoff, much));
        rig.engine.cancel(handoff);
        rig.areDataAgentsStopped = false;
        rig.awaitEnd(handoff);
        assertEquals(0, rig.engine.handoffCount());
    }
}
