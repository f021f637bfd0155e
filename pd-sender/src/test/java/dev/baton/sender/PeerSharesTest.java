package dev.baton.sender;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

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
        granted(to(rig.peer + 1, 1));
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

    @Test
    void shouldBeginToOthersHoweverManyHandoffsWaitForOne() {
        startBoth();
        long toOther = granted(to(rig.peer + 1, 1));
        rig.receiver.isGrantHeld = true;
        List<Long> begun = new ArrayList<>();
        long handoff;
        while ((handoff = rig.engine.begin(to(rig.peer, 1))) != PrefillEngine.FULL) {
            begun.add(handoff);
        }
        assertTrue(begun.size() >= HANDOFFS_MAX * 2 / 3 && begun.size() <= HANDOFFS_MAX * 3 / 4, () -> "begun=" + begun.size());
        assertTrue(rig.engine.begin(to(rig.peer + 1, 1)) > 0);
        begun.forEach(rig.engine::cancel);
        begun.forEach(rig::awaitEnd);
        assertTrue(rig.engine.begin(to(rig.peer, 1)) > 0, "they count no more");
        rig.engine.cancel(toOther);
        rig.awaitEnd(toOther);
    }
}
