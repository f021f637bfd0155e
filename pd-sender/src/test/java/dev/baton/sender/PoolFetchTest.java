package dev.baton.sender;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import dev.baton.sender.core.HandoffSpec;
import dev.baton.sender.core.SenderCounters.Kind;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.HandoffId;
import dev.baton.transport.session.Session;

/** Blocks that lie where the node received them go to the node that asks, from there, whole or in pieces. */
class PoolFetchTest extends PooledTest {
    PoolFetchTest() {
        super(4L << 20);
    }

    @BeforeEach
    void start() {
        rig.startOther();
        rig.until("both sessions", () -> rig.plane.sessionCount() == 2 && rig.receiver.plane.sessionCount() == 1
            && rig.other.plane.sessionCount() == 1);
    }

    private static HandoffId id(int fetch) {
        return new HandoffId(TENANT, 5, fetch, 0);
    }

    private void want(HandoffId id, int blocks, int haveTokens) {
        Session[] session = new Session[1];
        rig.other.plane.forEachSession(open -> session[0] = open);
        rig.other.proxy.wantBegin(session[0], 3, id, haveTokens, 5_000, -1);
        keys(blocks).forEach(key -> rig.other.proxy.wantKey(key.first(), key.second(), key.third(), key.fourth()));
        rig.other.proxy.wantEnd();
    }

    private void awaitDelivered(int count) {
        rig.until("delivered " + count, () -> rig.sender.counters().count(Kind.DELIVERED) == count && cache.pins == 0);
        rig.steps(3);
    }

    private void assertUntouched() {
        assertEquals(0, rig.blocksFilled);
        assertEquals(List.of(), rig.events);
        rig.assertRight();
    }

    @Test
    void shouldSendFromWhereItWasReceived() {
        cache.fill(rig, keys(6));
        want(id(1), 4, 0);
        awaitDelivered(1);
        assertEquals(List.of("WANT_ACK", "RESERVE", "BIND", "FIN1"), rig.other.said);
        assertEquals(4, rig.other.only().lineCount, "the fake compares every byte with the pattern");
        assertEquals(1, cache.pinsEver);
        assertUntouched();
    }

    /** Extents of one reservation may be scattered: an image lies in as many pieces. */
    @Test
    void shouldSendAnImageThatLiesInPieces() {
        for (int pieceBytes : new int[] {64, 960, 4096}) {
            cache.clear();
            cache.pieceBytes = pieceBytes;
            cache.fill(rig, keys(6));
            want(id(pieceBytes), 4, 0);
            awaitDelivered(cache.pinsEver + 1);
        }
        assertEquals(3, cache.pinsEver);
        assertUntouched();
    }

    /** The engine's thread is asked only for more than lies there; where it has no more, or nobody looks, that goes. */
    @Test
    void shouldSendWhatWasReceivedWhereTheEngineHasNoMore() {
        cache.fill(rig, keys(6));
        want(id(1), 6, 0);
        awaitDelivered(1);
        assertEquals(4 * BLOCK, rig.other.only().cells.tokens());
        want(id(2), 6, 4 * BLOCK);
        rig.until("no more than it has", () -> rig.other.said.contains("NOT_HERE NOT_KNOWN"));
        assertUntouched();
    }

    /** What is kept in staging goes where that is more: behind what was received, or all of it. */
    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void shouldSendWhatIsStagedWhereThatIsMore(int pooledBefore) {
        cache.blocks = pooledBefore;
        cache.fill(rig, keys(6));
        HandoffSpec spec = HandoffSpec.destinationFirst(new HandoffId(TENANT, 0, 1, 0), 0, 6 * BLOCK).withBlockKeys(keys(6));
        long handoff = rig.begin(spec);
        rig.awaitGrant(handoff);
        rig.prefill(handoff, spec, null);
        assertEquals("DELIVERED NONE", rig.awaitEnd(handoff));
        assertEquals(6 - pooledBefore, rig.blocksFilled);
        cache.blocks = 2;
        want(id(1), 6, 0);
        awaitDelivered(2);
        assertEquals(6, rig.other.only().lineCount);
        rig.assertRight();
    }

    @Test
    void shouldEndAFetchWhoseBlocksWereEvictedBeforeItsGrant() {
        cache.fill(rig, keys(6));
        rig.other.isGrantHeld = true;
        want(id(1), 4, 0);
        rig.until("RESERVE", () -> rig.other.said.contains("RESERVE"));
        cache.blocks = 3;
        rig.other.grant(rig.other.only());
        rig.until("ABORT", () -> rig.other.said.contains("ABORT"));
        assertEquals(EndReason.EVICTED, rig.other.only().abortedBySender);
        assertEquals(0, cache.pinsEver);
        assertUntouched();
    }

    /** Nothing is let go while an agent may read it: the peer's end is answered once all of them have stopped. */
    @Test
    void shouldKeepBlocksPinnedUntilNobodyReadsThem() {
        cache.fill(rig, keys(6));
        rig.other.isReadyHeld = true;
        want(id(1), 4, 0);
        rig.until("FIN", () -> rig.other.said.contains("FIN1"));
        assertEquals(1, cache.pins, "sent, and not verified yet");
        rig.areDataAgentsStopped = true;
        rig.other.abort(rig.other.only(), EndReason.DEADLINE);
        rig.steps(20);
        assertEquals(1, cache.pins, "an agent has not said that it stopped");
        rig.areDataAgentsStopped = false;
        rig.until("let go", () -> cache.pins == 0);
        assertEquals(1, rig.sender.counters().failures(EndReason.DEADLINE));
        assertUntouched();
    }

    /** Numbers of handoffs that are over are used again, and a word of one that is over says nothing of the next. */
    @Test
    void shouldServeManyOneAfterTheOther() {
        cache.fill(rig, keys(6));
        for (int fetch = 1; fetch <= 200; fetch++) {
            want(id(fetch), 4, 0);
            awaitDelivered(fetch);
        }
        assertEquals(200, cache.pinsEver);
        assertUntouched();
    }
}
