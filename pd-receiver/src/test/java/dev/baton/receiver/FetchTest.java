package dev.baton.receiver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;

import org.junit.jupiter.api.Test;

import dev.baton.buffer.PinnedBlocks;
import dev.baton.buffer.SealedPrefixes;
import dev.baton.buffer.reserve.ReservationState;
import dev.baton.kv.BlockKey;
import dev.baton.receiver.core.FetchAsk;
import dev.baton.receiver.core.FetchEnd;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.HandoffId;
import dev.baton.transport.session.Lanes;
import dev.baton.transport.wire.Order;

/** This node asks another for a prompt's beginning: it lands as a handoff does, is cache at once, and has one end. */
class FetchTest {
    private final ReceiverRig rig = new ReceiverRig();

    private static FetchAsk ask(long request, long... keys) {
        List<BlockKey> names = new ArrayList<>();
        LongStream.of(keys).forEach(key -> names.add(new BlockKey(0, 0, 0, key)));
        return new FetchAsk("sender", ReceiverRig.id(request), names, 5_000);
    }

    private void fetch(FetchAsk ask) {
        rig.core.fetches().ask(ask);
        rig.step(2);
    }

    /** As the node that was asked comes for memory. */
    private Ask brought(long... keys) {
        Ask ask = new Ask();
        ask.order = Order.FETCHED;
        ask.tokens = (long) keys.length * ReceiverRig.BLOCK_TOKENS;
        ask.keys = keys;
        return ask;
    }

    private FetchEnd onlyEnd() {
        assertEquals(1, rig.engine.fetched.size(), () -> "told once: " + rig.engine.fetched);
        return rig.engine.fetched.getFirst();
    }

    private void land(long request, int cells) {
        ScriptedSender.Grant grant = rig.sender.grants.get(ReceiverRig.id(request));
        int held = (int) grant.heldTokens() / ReceiverRig.BLOCK_TOKENS;
        rig.bind(grant, grant.tokenLow(), "tcp");
        rig.proxy.chunkBegin(rig.sender.session, grant.reservation(), 0, 1, 0);
        for (int cell = 0; cell < cells; cell++) {
            rig.proxy.chunkLine(cell, ReceiverRig.CELL_BYTES, ReceiverRig.crcOf(cell), Lanes.laneOf(0, held + cell, RecordingZone.LANES), 1);
        }
        rig.proxy.chunkEnd();
        for (int cell = 0; cell < cells; cell++) {
            rig.verified(grant, cell);
        }
        rig.finAndMarks(grant, 1, cells);
    }

    /** Asked, granted and landed: so many blocks. */
    private void landed(long request, long... keys) {
        fetch(ask(request, keys));
        assertEquals(List.of("WANT"), rig.sender.take());
        rig.reserve(request, brought(keys));
        assertEquals(List.of("GRANT " + request), rig.sender.take());
        land(request, keys.length);
        rig.sender.heard.remove("ADDRESSES part=0 extents=" + keys.length);
        assertEquals(List.of("READY " + request, "OUTCOME " + request + " DELIVERED NONE"), rig.sender.take());
    }

    @Test
    void shouldKeepWhatCameAsCacheThatNobodyHolds() {
        try (rig) {
            landed(1, 11, 12, 13);
            assertEquals(new FetchEnd.Landed(ReceiverRig.id(1), 3 * ReceiverRig.BLOCK_TOKENS), onlyEnd());
            assertEquals(List.of(), rig.engine.told, "no engine hears of it");
            assertNull(rig.state(1));
            assertEquals(3, rig.totals().evictable());

            Ask request = new Ask();
            request.tokens = 5L * ReceiverRig.BLOCK_TOKENS;
            request.keys = new long[] {11, 12, 13, 14};
            rig.reserve(2, request);
            assertEquals(3L * ReceiverRig.BLOCK_TOKENS, rig.sender.grants.get(ReceiverRig.id(2)).heldTokens());
            assertEquals(1, rig.core.counters().fetchesLanded());
        }
    }

    @Test
    void shouldAskNobodyForWhatLiesHere() {
        try (rig) {
            landed(1, 11, 12, 13);
            fetch(ask(2, 11, 12));
            assertEquals(List.of(), rig.sender.take());
            assertEquals(new FetchEnd.Held(ReceiverRig.id(2), 2 * ReceiverRig.BLOCK_TOKENS), rig.engine.fetched.get(1));
        }
    }

    /** Decoding needs an engine; cache does not. */
    @Test
    void shouldFetchWithoutAnEngine() {
        try (rig) {
            rig.core.engineAttached(false);
            landed(1, 11, 12);
            assertTrue(onlyEnd() instanceof FetchEnd.Landed);
        }
    }

    @Test
    void shouldTakeFewerBlocksThanItAskedForButNoOthers() {
        try (rig) {
            fetch(ask(1, 11, 12, 13));
            rig.reserve(1, brought(11, 12));
            assertEquals(List.of("WANT", "GRANT 1"), rig.sender.take());
            fetch(ask(2, 11, 12, 13));
            rig.reserve(2, brought(11, 99));
            assertTrue(rig.sender.take().getLast().startsWith("REJECT 2 BAD_REQUEST retryAfterMs=0"));
            assertEquals(EndReason.REJECTED, ((FetchEnd.Failed) onlyEnd()).reason());
            Ask partial = brought(11, 12);
            partial.tokens++;
            fetch(ask(3, 11, 12, 13));
            rig.reserve(3, partial);
            assertTrue(rig.sender.take().getLast().startsWith("REJECT 3 BAD_REQUEST retryAfterMs=0"));
        }
    }

    /** Late, doubled, from another node, or never asked for: nothing is reserved. */
    @Test
    void shouldGrantNothingThatItDidNotAskThatNodeFor() {
        try (rig) {
            rig.reserve(1, brought(11, 12));
            assertTrue(rig.sender.take().getLast().startsWith("REJECT 1 CANCELLED retryAfterMs=0"));
            fetch(ask(2, 11, 12));
            ScriptedSender stranger = rig.stranger();
            brought(11, 12).put(rig.proxy, stranger.session, 77, 2, ReceiverRig.STRANGER);
            rig.step(2);
            assertTrue(stranger.take().getLast().startsWith("REJECT 2 CANCELLED retryAfterMs=0"));
            Ask ordinary = brought(11, 12);
            ordinary.order = Order.DESTINATION_FIRST;
            rig.reserve(2, ordinary);
            assertTrue(rig.sender.take().getLast().startsWith("REJECT 2 CANCELLED retryAfterMs=0"));
            assertEquals(List.of(), rig.engine.fetched, "and the fetch goes on");
            rig.reserve(2, brought(11, 12));
            rig.reserve(2, brought(11, 12));
            assertEquals(List.of("GRANT 2", "GRANT 2"), rig.sender.take());
            assertEquals(2, rig.totals().owned());
            land(2, 2);
            rig.sender.take();
            rig.reserve(2, brought(11, 12));
            assertTrue(rig.sender.take().getLast().startsWith("REJECT 2 MISMATCH retryAfterMs=0"));
            assertTrue(onlyEnd() instanceof FetchEnd.Landed);
        }
    }

    @Test
    void shouldTellOnceWhyThereIsNothing() {
        try (rig) {
            fetch(ask(1, 11));
            rig.proxy.notHere(rig.sender.session, 0, ReceiverRig.id(1), EndReason.NOT_ALLOWED);
            rig.proxy.notHere(rig.sender.session, 0, ReceiverRig.id(1), EndReason.NOT_ALLOWED);
            rig.step(2);
            assertEquals(new FetchEnd.NotHere(ReceiverRig.id(1), EndReason.NOT_ALLOWED), onlyEnd());
            fetch(new FetchAsk("nobody", ReceiverRig.id(2), ask(2, 11).keys(), 5_000));
            assertEquals(new FetchEnd.NotHere(ReceiverRig.id(2), EndReason.PEER_LOST), rig.engine.fetched.get(1));
        }
    }

    @Test
    void shouldAskAgainUntilItIsAnsweredAndEndByItsDeadline() {
        try (rig) {
            fetch(ask(1, 11));
            rig.pass(3_100 * ReceiverRig.MS);
            assertEquals(List.of("WANT", "WANT"), rig.sender.take());
            rig.proxy.wantAck(rig.sender.session, 0, ReceiverRig.id(1), ReceiverRig.BLOCK_TOKENS);
            rig.pass(2_100 * ReceiverRig.MS);
            assertEquals(List.of("CANCEL"), rig.sender.take());
            assertEquals(EndReason.DEADLINE, ((FetchEnd.Failed) onlyEnd()).reason());
            rig.reserve(1, brought(11));
            assertTrue(rig.sender.take().getLast().startsWith("REJECT 1 CANCELLED retryAfterMs=0"), "late");
            rig.core.fetches().ask(ask(1, 11));
            assertEquals(EndReason.REJECTED, ((FetchEnd.Failed) rig.engine.fetched.get(1)).reason());
        }
    }

    @Test
    void shouldGiveUpWhatIsCancelledBeforeAndAfterItsGrant() {
        try (rig) {
            fetch(ask(1, 11));
            rig.core.cancel(ReceiverRig.id(1), EndReason.CANCELLED);
            rig.step(2);
            assertEquals(List.of("WANT", "CANCEL"), rig.sender.take());
            fetch(ask(2, 11, 12));
            rig.reserve(2, brought(11, 12));
            rig.core.cancel(ReceiverRig.id(2), EndReason.CANCELLED);
            rig.step(2);
            assertEquals(List.of("WANT", "GRANT 2", "OUTCOME 2 ABORTED CANCELLED"), rig.sender.take());
            assertEquals(ReceiverRig.EXTENTS, rig.totals().free());
            assertEquals(2, rig.engine.fetched.size());
            rig.engine.fetched.forEach(end -> assertEquals(EndReason.CANCELLED, ((FetchEnd.Failed) end).reason()));
            assertEquals(List.of(), rig.engine.told);
        }
    }

    /** The node that was asked dies before it came for memory, and half-way: one end each, and the memory comes back. */
    @Test
    void shouldEndWithTheNodeThatWasAsked() {
        try (rig) {
            fetch(ask(1, 11));
            fetch(ask(2, 11, 12));
            rig.reserve(2, brought(11, 12));
            ScriptedSender.Grant grant = rig.sender.grants.get(ReceiverRig.id(2));
            rig.bind(grant, grant.tokenLow(), "tcp");
            rig.lines(grant, 1, 0);
            rig.verified(grant, 0);
            rig.loseSession();
            assertEquals(2, rig.engine.fetched.size());
            rig.engine.fetched.forEach(end -> assertEquals(EndReason.SESSION_LOST, ((FetchEnd.Failed) end).reason()));
            rig.revokedBy(grant, 0);
            rig.revokedBy(grant, 1);
            assertEquals(ReservationState.FENCED, rig.state(2), "what had landed is read again, to be kept");
            rig.core.receiving().onRechecked(grant.reservation().counter(), 0, 1);
            rig.core.receiving().onRechecked(grant.reservation().counter(), 1, 1);
            assertNull(rig.state(2));
            assertEquals(1, rig.totals().evictable());
            assertEquals(List.of(), rig.engine.told);
        }
    }

    /** A full pool makes it wait like any request, until its deadline; one that can never fit ends at once. */
    @Test
    void shouldWaitForRoomAndEndWhereThereIsNone() {
        try (rig) {
            rig.bound(50, ReceiverRig.EXTENTS, "tcp");
            fetch(ask(1, 11, 12));
            rig.reserve(1, brought(11, 12));
            assertEquals("QUEUED 1 position=0", rig.sender.take().getLast());
            rig.pass(5_100 * ReceiverRig.MS);
            assertEquals(EndReason.DEADLINE, ((FetchEnd.Failed) onlyEnd()).reason());
            long[] many = LongStream.range(0, ReceiverRig.EXTENTS + 1).toArray();
            fetch(ask(2, many));
            rig.reserve(2, brought(many));
            assertTrue(rig.sender.take().getLast().startsWith("REJECT 2 REQUEST_TOO_BIG"));
            assertEquals(EndReason.REJECTED, ((FetchEnd.Failed) rig.engine.fetched.get(1)).reason());
        }
    }

    @Test
    void shouldFetchNothingNewWhileItDrains() {
        try (rig) {
            fetch(ask(1, 11));
            rig.core.drain();
            fetch(ask(2, 11));
            assertEquals(2, rig.engine.fetched.size());
            rig.engine.fetched.forEach(end -> assertEquals(EndReason.SHUTDOWN, ((FetchEnd.Failed) end).reason()));
        }
    }

    @Test
    void shouldFetchOnlySoMuchAtOnceFromOneNode() {
        try (rig) {
            for (int request = 1; request <= 9; request++) {
                fetch(ask(request, request));
            }
            assertEquals(ReceiverRig.id(9), onlyEnd().handoff());
            assertEquals(EndReason.OVERLOADED, ((FetchEnd.Failed) onlyEnd()).reason());
            rig.core.fetches().ask(ask(8, 8));
            assertEquals(EndReason.REJECTED, ((FetchEnd.Failed) rig.engine.fetched.get(1)).reason(), "that one is under way");
        }
    }

    /** What lies here goes on to other nodes: while it is sent, it is not evicted. */
    @Test
    void shouldHoldWhatItsNodeSendsToAnother() {
        try (rig) {
            landed(1, 11, 12, 13);
            List<BlockKey> keys = ask(2, 11, 12, 13, 14).keys();
            SealedPrefixes sealed = rig.core.sealed();
            assertEquals(3, sealed.blockEnd(ReceiverRig.id(1).tenant(), keys, 0));
            assertEquals(3, sealed.blockEnd(ReceiverRig.id(1).tenant(), keys, 2));
            assertEquals(0, sealed.blockEnd(ReceiverRig.id(1).tenant() + 1, keys, 0));
            assertEquals(1, sealed.blockEnd(ReceiverRig.id(1).tenant() + 1, keys, 1));
            assertNull(sealed.pinOrNull(ReceiverRig.id(1).tenant(), keys, 0), "not all of them");
            PinnedBlocks pinned = sealed.pinOrNull(ReceiverRig.id(1).tenant(), keys.subList(0, 3), 1);
            assertEquals(1, rig.totals().evictable(), "the first was not asked for");
            assertEquals(ReceiverRig.CELL_BYTES - 100, pinned.contiguousBytes(2, 0, 0, 100));
            assertEquals(pinned.address(1, 0, 0, 0) + 100, pinned.address(1, 0, 0, 100));
            rig.bound(50, ReceiverRig.EXTENTS - 2, "tcp");
            assertEquals(2, rig.totals().sealed(), "what is pinned stays");
            pinned.release();
            assertEquals(2, rig.totals().evictable());
        }
    }

    /** A prefill engine of the same node: it hears of its own fetches, the decode engine of its own. */
    @Test
    void shouldTellWhoAskedHowAFetchEnded() {
        try (rig) {
            List<String> told = new ArrayList<>();
            SealedPrefixes sealed = rig.core.sealed();
            FetchAsk asked = ask(1, 11, 12);
            sealed.fetch("sender", asked.handoff().tenant(), asked.handoff().requestHigh(), asked.handoff().requestLow(), asked.keys(), 5_000, told::add);
            rig.step(2);
            assertEquals(List.of("WANT"), rig.sender.take());
            rig.core.fetches().ask(asked);
            assertEquals(EndReason.REJECTED, ((FetchEnd.Failed) onlyEnd()).reason(), "that one is under way");
            assertEquals(List.of(), told);
            rig.reserve(1, brought(11, 12));
            land(1, 2);
            assertEquals(List.of(""), told);
            assertEquals(1, rig.engine.fetched.size());
            sealed.fetch("stranger", asked.handoff().tenant(), 9, 9, ask(2, 13).keys(), 5_000, told::add);
            assertEquals(List.of("", EndReason.PEER_LOST.tag()), told);
        }
    }

    /** What engines read stays until they let go, and is a quarter of the pool at most. */
    @Test
    void shouldLetEnginesReadAQuarterOfThePool() {
        try (rig) {
            landed(1, 11, 12, 13);
            long tenant = ReceiverRig.id(1).tenant();
            SealedPrefixes sealed = rig.core.sealed();
            List<BlockKey> keys = ask(2, 11, 12, 13).keys();
            assertNull(sealed.readOrNull(tenant, keys), "three of eight");
            PinnedBlocks first = sealed.readOrNull(tenant, keys.subList(0, 1));
            PinnedBlocks both = sealed.readOrNull(tenant, keys.subList(0, 1));
            assertEquals(first.address(0, 0, 0, 0), both.address(0, 0, 0, 0));
            assertNull(sealed.readOrNull(tenant, keys.subList(0, 1)), "two are being read");
            assertThrows(IllegalArgumentException.class, () -> first.address(1, 0, 0, 0));
            rig.bound(50, ReceiverRig.EXTENTS - 1, "tcp");
            assertEquals(1, rig.totals().sealed(), "what is read stays");
            first.release();
            both.release();
            assertEquals(1, rig.totals().evictable());
        }
    }

    /** What is read and sent from here one after the other would keep a request of the whole pool waiting until its deadline. */
    @Test
    void shouldPinNothingMoreWhileThePoolDrainsForARequest() {
        try (rig) {
            landed(1, 11, 12, 13);
            long tenant = ReceiverRig.id(1).tenant();
            SealedPrefixes sealed = rig.core.sealed();
            List<BlockKey> keys = ask(2, 11, 12, 13).keys();
            PinnedBlocks read = sealed.readOrNull(tenant, keys.subList(0, 1));
            PinnedBlocks sent = sealed.pinOrNull(tenant, keys, 1);
            rig.reserve(50, ReceiverRig.EXTENTS);
            assertEquals(List.of("QUEUED 50 position=0"), rig.sender.take());

            assertNull(sealed.readOrNull(tenant, keys.subList(0, 1)));
            assertNull(sealed.pinOrNull(tenant, keys, 1));
            read.release();
            sent.release();
            rig.step(2);

            assertEquals(List.of("GRANT 50"), rig.sender.take());
        }
    }

    /** A tenant finds nothing that another fetched. */
    @Test
    void shouldShowATenantNothingThatAnotherFetched() {
        try (rig) {
            landed(1, 11, 12, 13);
            FetchAsk asked = ask(2, 11, 12, 13);
            fetch(new FetchAsk("sender", new HandoffId(10, 1, 2, 0), asked.keys(), 5_000));
            assertEquals(List.of("WANT"), rig.sender.take(), "it holds nothing for that tenant");
        }
    }
}
