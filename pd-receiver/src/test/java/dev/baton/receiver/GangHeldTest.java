package dev.baton.receiver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import dev.baton.kv.BlockKey;
import dev.baton.receiver.core.ReadyBlocks;
import dev.baton.receiver.core.ReadyHandoff;
import dev.baton.transport.session.Session;
import dev.baton.transport.wire.GangBlocksEncoder;
import dev.baton.transport.wire.GangHeldEncoder;
import dev.baton.transport.wire.GangProxy;

/** What landed in the memory of several processes is found as long as all of it is there, and every engine reads its shards of it. */
class GangHeldTest {
    private final GangRig rig = new GangRig();

    @AfterEach
    void closeRig() {
        rig.close();
    }

    /** Where each cell of a request lies that is to be read by that engine, held ones first. */
    private static List<Long> places(ReadyHandoff ready) {
        List<Long> places = new ArrayList<>();
        ready.held().forEach(held -> addPlaces(held, places));
        addPlaces(ready.landed(), places);
        return places;
    }

    private static void addPlaces(ReadyBlocks blocks, List<Long> into) {
        for (int cell = blocks.firstCell(); cell < blocks.endCell(); cell++) {
            if (blocks.isHere(cell)) {
                into.add(blocks.address(cell, 0));
            }
        }
    }

    private List<Long> handedOff(int heldBlocks, long request, int blocks, long... keys) {
        assertEquals(heldBlocks, rig.landed(request, blocks, keys));
        rig.taken();
        List<Long> places = new ArrayList<>(places(rig.leaderEngine.ready.getLast()));
        places.addAll(places(rig.memberEngine.ready.getLast()));
        assertEquals(2L * blocks, places.size(), "every block at each process");
        assertEquals(2L * blocks, places.stream().distinct().count());
        rig.released();
        assertEquals(0, rig.used());
        return places;
    }

    @Test
    void shouldGrantTheRestOnlyAndShowEveryEngineWhereTheBeginningLies() {
        rig.withMember();
        List<Long> first = handedOff(0, 1, 4, 11, 12, 13, 14);
        List<Long> second = handedOff(3, 2, 5, 11, 12, 13, 99);
        assertEquals(first.subList(0, 3), second.subList(0, 3));
        assertEquals(first.subList(4, 7), second.subList(5, 8));
        assertEquals(List.of(11L, 12L, 13L, 99L), rig.memberEngine.ready.getLast().keys().stream().map(BlockKey::first).toList());
        assertEquals(3, rig.memberEngine.ready.getLast().map().firstBlock());
        List<Long> third = handedOff(4, 3, 6, 11, 12, 13, 99, 100);
        assertEquals(second.subList(0, 4), third.subList(0, 4));
        assertEquals(2, rig.memberEngine.ready.getLast().held().size(), "of two landings");
    }

    /** Held blocks stay while the member's engine reads them, though the leader's has done. */
    @Test
    void shouldNotGiveAwayWhatTheMembersEngineStillReads() {
        rig.withMember();
        handedOff(0, 1, 4, 11, 12, 13, 14);
        assertEquals(3, rig.landed(2, 5, 11, 12, 13, 99));
        rig.taken();
        assertTrue(rig.core.receiving().release(rig.grant.reservation().counter()));
        rig.step(3);
        long handle = rig.grant.reservation().counter();
        // More than is left without what is read.
        rig.reserve(3, 2 * GangRig.EXTENTS - 4);
        assertTrue(rig.toLeader.take().getFirst().startsWith("QUEUED 3"));
        assertTrue(rig.member.release(handle));
        rig.step(5);
        assertEquals(List.of("GRANT 3"), rig.toLeader.take());
    }

    /** A part of each block went with the process: no request may be given the rest, whoever reads it. */
    @ParameterizedTest
    @ValueSource(strings = {"idle", "read here", "read there", "parted"})
    void shouldFindNothingOnceAMemberWasLost(String how) {
        rig.withMember();
        if (how.equals("idle")) {
            handedOff(0, 1, 4, 11, 12, 13, 14);
            rig.killMember();
        } else {
            assertEquals(0, rig.landed(1, 4, 11, 12, 13, 14));
            rig.taken();
            if (how.equals("read there")) {
                assertTrue(rig.core.receiving().release(rig.grant.reservation().counter()));
            }
            if (how.equals("parted")) {
                rig.partMember();
                assertTrue(rig.member.release(rig.grant.reservation().counter()));
            } else {
                rig.killMember();
            }
        }
        long reading = rig.grant.reservation().counter();
        if (!how.equals("parted")) {
            rig.startMember(GangRig.MEMBER + 1, GangRig.EXTENTS);
        }
        rig.await("the member has lent", 5, () -> rig.leader.missing().isEmpty());
        rig.toLeader.take();
        assertEquals(0, rig.landed(2, 4, 11, 12, 13, 14));
        rig.taken();
        rig.released();
        if (how.equals("read here") || how.equals("parted")) {
            assertTrue(rig.core.receiving().release(reading), "what the leader's engine read is its own until now");
            rig.step(3);
        }
        assertEquals(0, rig.used());
        assertEquals(3, rig.landed(3, 4, 11, 12, 13, 14), "what landed since is found");
    }

    /** A request that holds blocks of a member ends with it, and nothing of it stays. */
    @Test
    void shouldEndWhatHoldsBlocksWhenAMemberIsLost() {
        rig.withMember();
        handedOff(0, 1, 4, 11, 12, 13, 14);
        rig.granted(2, 5, 11, 12, 13, 14);
        assertEquals(4 * ReceiverRig.BLOCK_TOKENS, rig.grant.heldTokens());
        rig.killMember();
        assertTrue(rig.toLeader.take().contains("OUTCOME 2 ABORTED MEMBER_LOST"));
        rig.step(5);
        assertEquals(0, rig.used());
        rig.startMember(GangRig.MEMBER + 1, GangRig.EXTENTS);
        assertEquals(0, rig.landed(3, 5, 11, 12, 13, 14));
    }

    /** Every piece is told to each member: of a beginning in very many pieces the first are held, the rest is sent. */
    @Test
    void shouldHoldNoMorePiecesThanAMemberIsTold() {
        int blocks = 66;
        try (GangRig large = new GangRig(2 * blocks)) {
            large.startMember(GangRig.MEMBER, 2 * blocks);
            long[] keys = IntStream.range(1, blocks + 1).asLongStream().toArray();
            for (int count = 1; count <= blocks; count++) {
                long[] named = Arrays.copyOf(keys, count);
                assertEquals(Math.min(count - 1, 64), large.landed(count, count, named), "blocks=" + count);
                large.taken();
                large.released();
            }
        }
    }

    /** What cannot be is not read, and its leader is not trusted with more. */
    @ParameterizedTest
    @ValueSource(strings = {"shard of another", "behind the slab", "too few", "no blocks", "too many blocks", "sent ones", "no layout"})
    void shouldCloseTheSessionOfALeaderThatTellsWhatCannotBe(String what) {
        rig.withMember();
        handedOff(0, 1, 4, 11, 12, 13, 14);
        assertEquals(3, rig.landed(2, 5, 11, 12, 13, 99));
        Session leader = rig.sessionOfLeader();
        GangProxy proxy = new GangProxy();
        GangHeldEncoder message = proxy.heldBegin(leader, rig.grant.reservation().counter());
        message.firstBlock(what.equals("no blocks") ? 1 : 0).endBlock(what.equals("too many blocks") ? 5 : what.equals("sent ones") ? 4 : 1)
            .groups(-1).tokens(4L * ReceiverRig.BLOCK_TOKENS).growthTokens(0).haveTokens(0);
        message.runsCount(1).next().shard(what.equals("shard of another") ? 0 : 1).slab(1)
            .firstExtent(what.equals("behind the slab") ? GangRig.EXTENTS - 1 : 0).extentCount(what.equals("too few") ? 1 : 2);
        byte[] layout = what.equals("no layout") ? new byte[0] : ReceiverRig.LAYOUT.encode();
        message.putLayout(layout, 0, layout.length);
        proxy.heldEnd();
        rig.step(3);
        assertEquals(1, rig.member.counters().protocolErrors(), rig.log::toString);
        assertFalse(leader.isOpen());
    }

    @Test
    void shouldCloseTheSessionOfALeaderThatNamesMoreBlocksThanThereAre() {
        rig.withMember();
        assertEquals(0, rig.landed(1, 2, 11, 12));
        GangProxy proxy = new GangProxy();
        GangBlocksEncoder.BlockKeysEncoder names = proxy.blocksBegin(rig.sessionOfLeader(), rig.grant.reservation().counter(), 3);
        for (int i = 0; i < 3; i++) {
            names.next().key().a(i).b(0).c(0).d(0);
        }
        proxy.blocksEnd();
        rig.step(3);
        assertEquals(1, rig.member.counters().protocolErrors());
    }

    /** Words about blocks are the leader's alone, and of what has ended they mean nothing. */
    @Test
    void shouldHearNoWordOfBlocksFromOthersOrOfWhatHasEnded() {
        rig.withMember();
        handedOff(0, 1, 4, 11, 12, 13, 14);
        GangProxy proxy = new GangProxy();
        proxy.blocksBegin(rig.sessionOfLeader(), rig.grant.reservation().counter(), 0);
        proxy.blocksEnd();
        rig.step(3);
        assertEquals(0, rig.member.counters().protocolErrors());
        long stale = rig.member.counters().stale();
        proxy.blocksBegin(rig.toMember.session, 1, 0);
        proxy.blocksEnd();
        rig.step(3);
        assertEquals(stale + 1, rig.member.counters().stale());
        long errors = rig.core.counters().protocolErrors();
        proxy.blocksBegin(rig.toLeader.session, 1, 0);
        proxy.blocksEnd();
        rig.step(3);
        assertEquals(errors + 1, rig.core.counters().protocolErrors());
    }
}
