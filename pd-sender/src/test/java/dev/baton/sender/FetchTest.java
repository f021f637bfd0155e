package dev.baton.sender;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import dev.baton.kv.BlockKey;
import dev.baton.kv.DimensionOrder;
import dev.baton.kv.ElementType;
import dev.baton.kv.KvLayout;
import dev.baton.kv.LayerGroup;
import dev.baton.kv.ShardedLayout;
import dev.baton.kv.Sharding;
import dev.baton.sender.core.FetchTenants;
import dev.baton.sender.core.HandoffSpec;
import dev.baton.sender.core.SenderCounters.Kind;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.HandoffId;
import dev.baton.transport.session.Session;

/** Another node asks for blocks that are kept here: they go to it, and the engine hears nothing of it. */
class FetchTest {
    private static final int BLOCK = 16;
    private static final int WINDOW_UNITS = 64;
    private static final long TENANT = 7;
    private static final ShardedLayout LAYOUT = layout(32);

    private SenderRig rig;
    private int requests = 1000;

    private static ShardedLayout layout(int headDim) {
        return new ShardedLayout(new KvLayout("toy", DimensionOrder.NHD, 1, BLOCK, List.of(
            LayerGroup.attention("full", 3, 4, headDim, ElementType.BF16))), Sharding.SINGLE);
    }

    private void start(ShardedLayout target, FetchTenants tenants) {
        rig = SenderRig.of(LAYOUT, target, context -> context.fetchTenants(tenants));
        rig.startOther();
        rig.until("both sessions", () -> rig.plane.sessionCount() == 2 && rig.receiver.plane.sessionCount() == 1
            && rig.other.plane.sessionCount() == 1);
    }

    @BeforeEach
    void start() {
        start(LAYOUT, FetchTenants.ALL);
    }

    @AfterEach
    void close() {
        rig.close();
    }

    private static List<BlockKey> keys(int family, int count) {
        List<BlockKey> keys = new ArrayList<>();
        for (int block = 0; block < count; block++) {
            keys.add(new BlockKey(family, 1, 2, block));
        }
        return keys;
    }

    /** Handed off to the first node, and kept. */
    private void keep(int family, int blocks) {
        HandoffSpec spec = HandoffSpec.destinationFirst(new HandoffId(TENANT, 0, ++requests, 0), 0, blocks * BLOCK).withBlockKeys(keys(family, blocks));
        long handoff = rig.begin(spec);
        rig.awaitGrant(handoff);
        rig.prefill(handoff, spec, null);
        assertEquals("DELIVERED NONE", rig.awaitEnd(handoff));
        rig.ends.clear();
        rig.events.clear();
        rig.blocksFilled = 0;
    }

    private static HandoffId id(long tenant, int fetch) {
        return new HandoffId(tenant, 5, fetch, 0);
    }

    private void want(FakeReceiver by, HandoffId id, List<BlockKey> keys, int haveTokens) {
        Session[] session = new Session[1];
        by.plane.forEachSession(open -> session[0] = open);
        by.proxy.wantBegin(session[0], 3, id, haveTokens, 5_000, -1);
        keys.forEach(key -> by.proxy.wantKey(key.first(), key.second(), key.third(), key.fourth()));
        by.proxy.wantEnd();
    }

    private void cancel(FakeReceiver by, HandoffId id) {
        by.plane.forEachSession(open -> by.proxy.cancel(open, 0, id, EndReason.CANCELLED));
    }

    private void assertUntouched() {
        rig.until("nothing under way", () -> rig.engine.handoffCount() == 0);
        assertEquals(0, rig.blocksFilled);
        assertEquals(List.of(), rig.events);
        assertTrue(rig.ends.isEmpty());
        assertEquals(4L << 20, rig.sender.staging().windowFreeBytes(), "nothing stays pinned");
        rig.assertRight();
    }

    @Test
    void shouldSendWhatIsKeptAndTellTheEngineNothing() {
        keep(1, 4);
        want(rig.other, id(TENANT, 1), keys(1, 6), 0);
        rig.until("landed", () -> rig.sender.counters().count(Kind.DELIVERED) == 2);
        assertEquals(List.of("WANT_ACK", "RESERVE", "BIND", "FIN1"), rig.other.said);
        assertEquals(4, rig.other.only().lineCount, "the fake compares every byte with the pattern");
        assertEquals(1, rig.sender.counters().count(Kind.FETCHED));
        assertUntouched();
    }

    @Test
    void shouldBeginOnceWhatIsAskedTwice() {
        keep(1, 4);
        rig.other.isGrantHeld = true;
        want(rig.other, id(TENANT, 1), keys(1, 4), 0);
        want(rig.other, id(TENANT, 1), keys(1, 4), 0);
        rig.until("RESERVE", () -> rig.other.said.contains("RESERVE"));
        want(rig.other, id(TENANT, 1), keys(1, 4), 0);
        rig.until("two answers", () -> rig.other.said.stream().filter("WANT_ACK"::equals).count() == 2);
        rig.other.isGrantHeld = false;
        rig.other.grant(rig.other.only());
        rig.until("landed", () -> rig.sender.counters().count(Kind.DELIVERED) == 2);
        rig.until("over", () -> rig.engine.handoffCount() == 0);
        want(rig.other, id(TENANT, 1), keys(1, 4), 0);   // late: it came, and is over
        rig.until("an answer", () -> rig.other.said.getLast().startsWith("NOT_HERE"));
        assertEquals("NOT_HERE NOT_KNOWN", rig.other.said.getLast());
        assertEquals(1, rig.other.said.stream().filter("RESERVE"::equals).count());
        assertUntouched();
    }

    @Test
    void shouldSayThatThereIsNoMoreThanTheAskerHas() {
        keep(1, 4);
        want(rig.other, id(TENANT, 1), keys(1, 6), 4 * BLOCK);
        want(rig.other, id(TENANT, 2), keys(2, 6), 0);
        want(rig.other, id(TENANT + 1, 3), keys(1, 4), 0);   // another tenant's prompt of the same names
        rig.until("answers", () -> rig.other.said.size() == 3);
        assertEquals(List.of("NOT_HERE NOT_KNOWN", "NOT_HERE NOT_KNOWN", "NOT_HERE NOT_KNOWN"), rig.other.said);
        assertEquals(3, rig.sender.counters().count(Kind.FETCHES_REFUSED));
        assertUntouched();
    }

    @Test
    void shouldGiveNothingOfATenantThatItWasNotToldToGive() {
        rig.close();
        start(LAYOUT, FetchTenants.of(Set.of(TENANT + 1)));
        keep(1, 4);
        want(rig.other, id(TENANT, 1), keys(1, 4), 0);
        want(rig.other, id(TENANT + 1, 1), keys(1, 4), 0);
        rig.until("answers", () -> rig.other.said.size() == 2);
        assertEquals(List.of("NOT_HERE NOT_ALLOWED", "NOT_HERE NOT_KNOWN"), rig.other.said);
        assertUntouched();
    }

    @Test
    void shouldRefuseANodeOfAnotherLayout() {
        rig.close();
        start(layout(64), FetchTenants.ALL);
        want(rig.other, id(TENANT, 1), keys(1, 4), 0);
        rig.until("an answer", () -> rig.other.said.size() == 1);
        assertEquals(List.of("NOT_HERE LAYOUT_MISMATCH"), rig.other.said);
        assertUntouched();
    }

    @Test
    void shouldRefuseWhileItDrains() {
        keep(1, 4);
        rig.sender.drain();
        rig.steps(3);
        want(rig.other, id(TENANT, 1), keys(1, 4), 0);
        rig.until("an answer", () -> rig.other.said.contains("NOT_HERE SHUTDOWN"));
        assertUntouched();
    }

    /** What waits for its grant pins nothing: by then it may be gone, and what is left of it alone is not what was promised. */
    @Test
    void shouldEndAFetchWhoseBlocksWentBeforeItsGrant() {
        keep(1, 4);
        rig.other.isGrantHeld = true;
        want(rig.other, id(TENANT, 1), keys(1, 4), 0);
        rig.until("RESERVE", () -> rig.other.said.contains("RESERVE"));
        HandoffSpec large = HandoffSpec.destinationFirst(new HandoffId(TENANT, 0, ++requests, 0), 0, WINDOW_UNITS * BLOCK).withBlockKeys(keys(2, WINDOW_UNITS));
        long handoff = rig.begin(large);
        rig.awaitGrant(handoff);
        rig.prefill(handoff, large, null);   // a fetch that waits keeps no room
        rig.other.grant(rig.other.only());
        rig.until("ABORT", () -> rig.other.said.contains("ABORT"));
        assertEquals(EndReason.EVICTED, rig.other.only().abortedBySender);
        assertEquals(0, rig.other.only().lineCount, "nothing of it was sent");
        assertEquals("DELIVERED NONE", rig.awaitEnd(handoff));
        assertEquals(1, rig.sender.counters().failures(EndReason.EVICTED));
        rig.assertRight();
    }

    @Test
    void shouldForgetWhatIsCancelledBeforeAndAfterItBegan() {
        keep(1, 4);
        rig.other.isGrantHeld = true;
        want(rig.other, id(TENANT, 1), keys(1, 4), 0);
        cancel(rig.other, id(TENANT, 1));
        want(rig.other, id(TENANT, 2), keys(1, 4), 0);
        rig.until("RESERVE", () -> rig.other.said.contains("RESERVE"));
        cancel(rig.other, id(TENANT, 2));
        rig.until("both over", () -> rig.sender.counters().failures(EndReason.CANCELLED) == 2);
        assertEquals(1, rig.other.said.stream().filter("RESERVE"::equals).count());
        assertUntouched();
    }

    @Test
    void shouldServeOneNodeNoMoreThanItsShareAtOnce() {
        keep(1, 4);
        rig.other.isGrantHeld = true;
        for (int fetch = 1; fetch <= 9; fetch++) {
            want(rig.other, id(TENANT, fetch), keys(1, 4), 0);
        }
        rig.until("a refusal", () -> rig.other.said.contains("NOT_HERE OVERLOADED"));
        rig.until("the others", () -> rig.other.said.stream().filter("RESERVE"::equals).count() == 8);
        for (int fetch = 1; fetch <= 8; fetch++) {
            cancel(rig.other, id(TENANT, fetch));
        }
        assertUntouched();
    }

    /** The node that asked goes: what it asked for is not for its next process, which has not asked. */
    @Test
    void shouldEndWhatALostNodeAskedFor() {
        keep(1, 4);
        rig.other.isGrantHeld = true;
        want(rig.other, id(TENANT, 1), keys(1, 4), 0);
        rig.until("RESERVE", () -> rig.other.said.contains("RESERVE"));
        rig.other.plane.forEachSession(open -> open.close(EndReason.SESSION_LOST));
        rig.until("it ends by its deadline", () -> rig.sender.counters().failures(EndReason.DEADLINE) == 1);
        assertUntouched();
    }
}
