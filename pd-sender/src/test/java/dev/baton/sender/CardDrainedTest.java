package dev.baton.sender;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import dev.baton.sender.core.HandoffSpec;
import dev.baton.transport.session.EndReason;

/** A card says that it has the bytes, and only the receiver sees when they lie there: DRAINED names the mark behind all that went. */
class CardDrainedTest {
    private SenderRig rig;
    private CardLanes cards;

    @BeforeEach
    void open() {
        rig = SenderRig.small(context -> {
            cards = new CardLanes(context.transports().get("loopback"));
            context.addTransport(cards);
        });
    }

    @AfterEach
    void close() {
        rig.close();
    }

    /** Granted, and so many of its four blocks on the way. */
    private long streaming(int blocks) {
        HandoffSpec spec = rig.spec(1, 64);
        long handoff = rig.begin(spec);
        rig.awaitGrant(handoff);
        for (int block = 0; block < blocks; block++) {
            assertTrue(rig.fill(handoff, spec, block));
        }
        rig.engine.chunkReady(handoff, 16 * blocks);
        rig.steps(3);
        return handoff;
    }

    @Test
    void shouldNameTheMarksThatWentBehindAllItsBytes() {
        long handoff = streaming(2);
        Map<Integer, Long> marks = cards.lastMarks(FakeReceiver.INCARNATION);
        int wentCount = cards.went.size();
        rig.receiver.abort(rig.receiver.only(), EndReason.LEASE_EXPIRED);
        rig.awaitEnd(handoff);
        rig.steps(3);
        assertTrue(rig.receiver.only().isDrained);
        assertEquals(marks, rig.receiver.only().lastMarks);
        assertEquals(wentCount, cards.went.size(), "no mark is posted that proves nothing");
        rig.assertRight();
    }

    /** It waits for room for that mark: before it has gone DRAINED would be a word too much. */
    @Test
    void shouldMarkWhatIsUnmarkedWhenItStops() {
        cards.takesMarks = false;
        long handoff = streaming(2);
        assertTrue(cards.went.stream().allMatch(one -> one.startsWith("bytes")), cards.went::toString);
        rig.receiver.abort(rig.receiver.only(), EndReason.LEASE_EXPIRED);
        rig.steps(50);
        assertFalse(rig.receiver.only().isDrained);
        assertFalse(rig.ends.containsKey(handoff));

        cards.takesMarks = true;
        rig.awaitEnd(handoff);
        rig.steps(3);
        assertTrue(rig.receiver.only().isDrained);
        assertEquals(0, rig.receiver.only().failedCompletions);
        assertEquals(cards.lastMarks(FakeReceiver.INCARNATION), rig.receiver.only().lastMarks);
        rig.assertRight();
    }

    @Test
    void shouldMarkWhatIsUnmarkedThoughItsLeaseIsOver() {
        cards.takesMarks = false;
        long handoff = streaming(1);
        rig.receiver.isRenewUnanswered = true;
        rig.until("the lease's end", () -> rig.receiver.said.contains("ABORT"));
        cards.takesMarks = true;
        rig.awaitEnd(handoff);
        rig.steps(3);
        assertEquals(cards.lastMarks(FakeReceiver.INCARNATION), rig.receiver.only().lastMarks);
        rig.assertRight();
    }

    @Test
    void shouldNameNoMarkWhereNothingWent() {
        long handoff = streaming(0);
        rig.receiver.abort(rig.receiver.only(), EndReason.LEASE_EXPIRED);
        rig.awaitEnd(handoff);
        rig.steps(3);
        assertTrue(rig.receiver.only().isDrained);
        assertEquals(Map.of(), rig.receiver.only().lastMarks);
        assertTrue(cards.went.isEmpty(), cards.went::toString);
        rig.assertRight();
    }

    /** Lanes have room for one request at a time, which another handoff always has one for. */
    @Test
    void shouldMarkWhatIsStoppedBeforeOthersFillItsLane() {
        HandoffSpec busy = rig.spec(2, 960);
        long other = rig.begin(busy);
        rig.awaitGrant(other);
        for (int block = 0; block < 60; block++) {
            assertTrue(rig.fill(other, busy, block));
        }
        cards.takesMarks = false;
        long handoff = streaming(2);
        cards.roomMax = 1;
        rig.steps(1);
        cards.takesMarks = true;
        rig.engine.chunkReady(other, 960);
        rig.receiver.abort(rig.receiver.landings.values().stream().filter(one -> one.id.equals(SenderRig.id(1))).findFirst().orElseThrow(),
            EndReason.LEASE_EXPIRED);
        rig.steps(20);
        assertTrue(rig.ends.containsKey(handoff), "it has ended");
        long left = cards.went.stream().filter(one -> one.startsWith("bytes")).count();
        assertTrue(left < 60, () -> "while the other one was sending: " + left);
        assertEquals(0, rig.engine.finish(other, 960, null));
        rig.awaitEnd(other);
        rig.assertRight();
    }
}
