package dev.baton.sender;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;

import dev.baton.sender.core.HandoffSpec;
import dev.baton.sender.core.SenderCounters.Kind;
import dev.baton.transport.session.EndReason;

/** The sender's own copy of a lease, and what it does after it stood still. */
class LeaseTest extends RiggedTest {
    private void advanceTo(long nowNs) {
        while (nowNs - rig.nowNs > 0) {
            rig.step(Math.min(nowNs - rig.nowNs, TimeUnit.MILLISECONDS.toNanos(10)));
        }
    }

    @Test
    void shouldStopPostingAtSeventyPercentAndGoOnWhenItIsRenewed() {
        rig.receiver.leaseMs = 1_000;
        rig.receiver.isRenewUnanswered = true;
        HandoffSpec spec = rig.spec(1, 64);
        long handoff = rig.begin(spec);
        rig.until("RESERVE", () -> rig.receiver.said.contains("RESERVE"));
        long grantedNs = rig.nowNs;
        rig.awaitGrant(handoff);
        assertTrue(rig.fill(handoff, spec, 0));
        rig.engine.chunkReady(handoff, 16);
        advanceTo(grantedNs + TimeUnit.MILLISECONDS.toNanos(690));
        int landed = rig.receiver.landedOrder.size();
        assertEquals(1, landed);

        advanceTo(grantedNs + TimeUnit.MILLISECONDS.toNanos(700));
        assertTrue(rig.fill(handoff, spec, 1));
        rig.engine.chunkReady(handoff, 32);
        rig.steps(20);
        assertEquals(landed, rig.receiver.landedOrder.size(), "posted after 70 % of the lease");
        assertTrue(rig.sender.data().counters(0).withheld() + rig.sender.data().counters(1).withheld() > 0);

        rig.receiver.isRenewUnanswered = false;
        rig.until("cells after the renewal", () -> rig.receiver.landedOrder.size() > landed);
        assertEquals(16, rig.receiver.lastRenewPrefilledTokens - 16);
        for (int block = 2; block < 4; block++) {
            assertTrue(rig.fill(handoff, spec, block));
        }
        rig.engine.finish(handoff, 64, null);
        assertEquals("DELIVERED NONE", rig.awaitEnd(handoff));
        rig.assertRight();
    }

    @Test
    void shouldTellHowFarItIsWithEachRenewal() {
        HandoffSpec spec = rig.spec(1, 64);
        long handoff = rig.begin(spec);
        rig.awaitGrant(handoff);
        rig.until("a renewal while nothing is prefilled", () -> rig.receiver.said.contains("RENEW"));
        assertEquals(0, rig.receiver.lastRenewPrefilledTokens);
        assertEquals(0, rig.receiver.lastRenewBytes);
        rig.receiver.said.clear();
        assertTrue(rig.fill(handoff, spec, 0));
        rig.engine.chunkReady(handoff, 16);
        rig.until("the next renewal", () -> rig.receiver.said.contains("RENEW"));
        assertEquals(16, rig.receiver.lastRenewPrefilledTokens);
        assertEquals(rig.receiver.only().cells.lengthBytes(0), rig.receiver.lastRenewBytes);
    }

    @Test
    void shouldLiveManyLeasesLongWhileTheyAreRenewed() {
        rig.receiver.leaseMs = 300;
        HandoffSpec spec = rig.spec(1, 64);
        long handoff = rig.begin(spec);
        rig.awaitGrant(handoff);
        advanceTo(rig.nowNs + TimeUnit.SECONDS.toNanos(20));
        rig.prefill(handoff, spec, null);
        assertEquals("DELIVERED NONE", rig.awaitEnd(handoff));
        rig.assertRight();
    }

    /** As after a partition: the answer took most of a lease, so this end cannot know how much of it is left. */
    @Test
    void shouldRenewAtOnceAGrantWhoseLeaseMayBeNearlyOver() {
        rig.receiver.leaseMs = 1_000;
        rig.awaitSession();
        HandoffSpec spec = rig.spec(1, 64);
        long handoff = rig.begin(spec);
        rig.until("RESERVE", () -> rig.receiver.said.contains("RESERVE"));
        rig.network.hold("s", 1);
        advanceTo(rig.nowNs + TimeUnit.MILLISECONDS.toNanos(900));
        rig.network.release("s", 1);
        rig.awaitGrant(handoff);
        rig.prefill(handoff, spec, null);
        assertEquals("DELIVERED NONE", rig.awaitEnd(handoff));
        rig.assertRight();
    }

    /** What the faults before it had held up says nothing of a grant that comes at once. */
    @Test
    void shouldHoldAGrantThatCameAtOnceWhenTheAnswerBeforeItTookLongerThanALease() {
        rig.receiver.leaseMs = 1_000;
        rig.awaitSession();
        long slow = rig.begin(rig.spec(1, 64));
        rig.until("RESERVE", () -> rig.receiver.said.contains("RESERVE"));
        rig.network.hold("s", 1);
        advanceTo(rig.nowNs + TimeUnit.MILLISECONDS.toNanos(2_000));
        rig.network.release("s", 1);
        rig.awaitGrant(slow);
        rig.engine.cancel(slow);
        rig.awaitEnd(slow);
        rig.receiver.landings.clear();

        HandoffSpec spec = rig.spec(2, 64);
        long handoff = rig.begin(spec);
        rig.awaitGrant(handoff);
        rig.prefill(handoff, spec, null);
        assertEquals("DELIVERED NONE", rig.awaitEnd(handoff));
        rig.assertRight();
    }

    /** QUEUED came at once and GRANT did not: no answer before says how long the way of this one was. */
    @Test
    void shouldPostNothingByAGrantThatMayBeOldUntilItsRenewalIsAnswered() {
        rig.receiver.leaseMs = 1_000;
        rig.receiver.isGrantHeld = true;
        rig.receiver.isRenewUnanswered = true;
        HandoffSpec spec = rig.spec(1, 64);
        long handoff = rig.begin(spec);
        rig.until("QUEUED", () -> rig.sender.counters().count(Kind.QUEUED) == 1);
        rig.network.hold("s", 1);
        rig.receiver.grant(rig.receiver.only());
        advanceTo(rig.nowNs + TimeUnit.MILLISECONDS.toNanos(1_100));
        rig.network.release("s", 1);
        rig.awaitGrant(handoff);
        rig.prefill(handoff, spec, null);
        rig.steps(20);
        assertEquals(0, rig.receiver.landedOrder.size(), "posted by a lease that was over");

        rig.receiver.isRenewUnanswered = false;
        assertEquals("DELIVERED NONE", rig.awaitEnd(handoff));
        rig.assertRight();
    }

    /** The same of a NACK, which begins a lease anew. */
    @Test
    void shouldSendNothingAgainByANackThatMayBeOldUntilItsRenewalIsAnswered() {
        rig.receiver.leaseMs = 1_000;
        HandoffSpec spec = HandoffSpec.sourceFirst(SenderRig.id(1), 64);
        rig.awaitSession();
        long handoff = rig.begin(spec);
        rig.receiver.nackOnce.add(1);
        rig.prefill(handoff, spec, null);
        rig.receiver.wantAll(spec.id());
        rig.until("FIN", () -> rig.receiver.said.contains("FIN1"));
        int landed = rig.receiver.landedOrder.size();
        rig.network.hold("s", 1);
        rig.receiver.isRenewUnanswered = true;
        advanceTo(rig.nowNs + TimeUnit.MILLISECONDS.toNanos(1_100));
        rig.network.release("s", 1);
        rig.until("NACK", () -> rig.sender.counters().count(Kind.NACKED) == 1);
        rig.steps(20);
        assertEquals(landed, rig.receiver.landedOrder.size(), "posted by a lease that was over");

        rig.receiver.isRenewUnanswered = false;
        assertEquals("DELIVERED NONE", rig.awaitEnd(handoff));
        rig.assertRight();
    }

    @Test
    void shouldEndAHandoffWhoseLeaseIsOverWithoutAnAnswer() {
        rig.receiver.isRenewUnanswered = true;
        rig.receiver.leaseMs = 500;
        long handoff = rig.begin(rig.spec(1, 64));
        rig.awaitGrant(handoff);
        assertEquals("failed LEASE_EXPIRED", rig.awaitEnd(handoff));
        rig.steps(3);
        assertEquals(EndReason.LEASE_EXPIRED, rig.receiver.only().abortedBySender);
        assertTrue(rig.receiver.only().isDrained);
        rig.assertRight();
    }

    /** As after SIGSTOP: nothing ran for a while, then everything does, while all is prefilled. */
    @Test
    void shouldPostNothingAfterAPauseButDropItsGrants() {
        HandoffSpec spec = rig.spec(1, 64);
        long handoff = rig.begin(spec);
        rig.awaitGrant(handoff);
        assertTrue(rig.fill(handoff, spec, 0));
        rig.engine.chunkReady(handoff, 16);
        rig.until("the first cell", () -> rig.receiver.landedOrder.size() == 1);
        assertTrue(rig.fill(handoff, spec, 1));
        rig.engine.chunkReady(handoff, 32);
        rig.step(TimeUnit.MILLISECONDS.toNanos(1_001));
        rig.steps(20);
        assertEquals(1, rig.receiver.landedOrder.size(), "posted after a pause");
        assertEquals("failed STALLED", rig.awaitEnd(handoff));
        assertEquals(1, rig.sender.counters().count(Kind.SELF_FENCED));

        rig.receiver.landings.clear();
        HandoffSpec next = rig.spec(2, 64);
        long second = rig.begin(next);
        rig.awaitGrant(second);
        rig.prefill(second, next, null);
        assertEquals("DELIVERED NONE", rig.awaitEnd(second));
        rig.assertRight();
    }

    /** The control agent runs all the time and renews: the data agent must see for itself that it stood still. */
    @Test
    void shouldFenceADataAgentThatStoodStillAlone() {
        HandoffSpec spec = rig.spec(1, 64);
        long handoff = rig.begin(spec);
        rig.awaitGrant(handoff);
        assertTrue(rig.fill(handoff, spec, 0));
        rig.engine.chunkReady(handoff, 16);
        rig.until("the first cell", () -> rig.receiver.landedOrder.size() == 1);
        rig.areDataAgentsStopped = true;
        advanceTo(rig.nowNs + TimeUnit.MILLISECONDS.toNanos(1_001));
        assertTrue(rig.fill(handoff, spec, 1));
        rig.engine.chunkReady(handoff, 32);
        rig.step();
        assertFalse(rig.ends.containsKey(handoff));
        rig.areDataAgentsStopped = false;
        assertEquals("failed STALLED", rig.awaitEnd(handoff));
        assertEquals(1, rig.receiver.landedOrder.size(), "posted after a pause");
        assertEquals(0, rig.sender.counters().count(Kind.SELF_FENCED), "the control agent stood still");
        rig.assertRight();
    }

    @Test
    void shouldKeepASessionOnWhichNothingIsHeldOverAPause() {
        rig.until("session", () -> rig.plane.sessionCount() == 1 && rig.receiver.plane.sessionCount() == 1);
        rig.step(TimeUnit.SECONDS.toNanos(2));
        rig.steps(20);
        assertEquals(1, rig.plane.sessionCount());
        assertEquals(0, rig.sender.counters().count(Kind.SELF_FENCED));
    }
}
