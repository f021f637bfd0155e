package dev.baton.receiver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import dev.baton.transport.session.Session;
import dev.baton.transport.wire.GangProxy;
import dev.baton.transport.wire.GangRecords;

/**
 * Orders and events of any kind with any numbers, from the process that may say such a thing: they are obeyed, mean nothing or end the
 * session, and neither core throws.
 */
class GangAnyWordsTest {
    private static final int TRIES = 400;
    private static final int WORDS = 6;
    private static final long SEED = Long.getLong("baton.test.seed", System.nanoTime());

    /** Its data agents have no memory for a cell of the leader's, and would look for it outside of what they have. */
    @ParameterizedTest
    @ValueSource(ints = {GangProxy.LINE, GangProxy.REOPEN})
    void shouldCloseTheSessionOfALeaderThatOrdersACellOfItsOwn(int kind) {
        try (GangRig rig = new GangRig()) {
            rig.bound("tcp", "tcp");
            long reservation = rig.grant.reservation().counter();
            GangRecords records = new GangRecords();
            records.add(kind, reservation, kind == GangProxy.LINE ? 0 : 2, 2, 3, 4);
            new GangProxy().orders(rig.sessionOfLeader(), records);
            rig.step(3);
            assertEquals(1, rig.member.counters().protocolErrors(), rig.log::toString);
            assertEquals(List.of(), rig.memberZone.ordersOf(kind == GangProxy.LINE ? "line" : "reopen"));
        }
    }

    /** A cell can be wrong only once its part is bound: a member that says it before is not believed. */
    @ParameterizedTest
    @ValueSource(ints = {GangProxy.CORRUPT, GangProxy.MISSING})
    void shouldEndWhereAMemberJudgesACellThatNobodyCanHaveSent(int kind) {
        try (GangRig rig = new GangRig()) {
            rig.withMember();
            rig.granted(1);
            GangRecords records = new GangRecords();
            records.add(kind, rig.grant.reservation().counter(), 1, 1, 1, 0);
            new GangProxy().events(rig.sessionOfMember(), records);
            rig.step(3);
            assertTrue(rig.toLeader.take().contains("OUTCOME 1 ABORTED PROTOCOL"));
            rig.await("memory is back", 1, () -> rig.used() == 0);
        }
    }

    @Test
    void shouldThrowAtNoOrderOfALeader() {
        forMany(true);
    }

    @Test
    void shouldThrowAtNoEventOfAMember() {
        forMany(false);
    }

    private static void forMany(boolean isOrders) {
        for (int i = 0; i < TRIES; i++) {
            long seed = SEED + i;
            List<String> said = new ArrayList<>();
            try (GangRig rig = new GangRig()) {
                said(rig, new SplittableRandom(seed), isOrders, said);
            } catch (RuntimeException | AssertionError ex) {
                throw new AssertionError("-Dbaton.test.seed=" + seed + " " + said, ex);
            }
        }
    }

    private static void said(GangRig rig, SplittableRandom random, boolean isOrders, List<String> said) {
        if (random.nextBoolean()) {
            rig.bound("tcp", "tcp");
        } else {
            rig.withMember();
            rig.granted(1);
        }
        if (random.nextInt(4) == 0) {
            rig.bind(rig.toMember, "tcp");
            rig.lines(1, 0, 1, 2, 3);
        }
        GangProxy proxy = new GangProxy();
        for (int i = 0; i < WORDS; i++) {
            GangRecords records = new GangRecords();
            int kind = random.nextInt(14);
            long reservation = random.nextInt(8) == 0 ? random.nextLong() : rig.grant.reservation().counter();
            int[] values = {number(random), number(random), number(random), number(random)};
            records.add(kind, reservation, values[0], values[1], values[2], values[3]);
            said.add(kind + " " + reservation + " " + List.of(values[0], values[1], values[2], values[3]));
            Session session = isOrders ? rig.sessionOfLeader() : rig.sessionOfMember();
            if (session == null || !session.isOpen()) {
                return;
            }
            if (isOrders) {
                proxy.orders(session, records);
            } else {
                proxy.events(session, records);
            }
            rig.step(1 + random.nextInt(3));
            for (String order : rig.memberZone.orders) {
                assertEquals(-1, order.indexOf("cell=0"), order);   // of the leader's shard
            }
        }
    }

    private static int number(SplittableRandom random) {
        return switch (random.nextInt(4)) {
            case 0 -> random.nextInt();
            case 1 -> -random.nextInt(3);
            default -> random.nextInt(6);
        };
    }
}
