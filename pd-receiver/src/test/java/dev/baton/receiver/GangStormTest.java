package dev.baton.receiver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;

import dev.baton.receiver.core.ReadyBlocks;
import dev.baton.receiver.core.ReadyHandoff;
import dev.baton.transport.session.EndReason;

/**
 * Requests that begin alike come, are read and go in any order, between them a member's process dies or only its session does: whatever an
 * engine is given as held is what landed there under that name, in that process, and in that life of the gang.
 */
class GangStormTest {
    private static final int SEEDS = 40;
    private static final int STEPS = 60;

    private static final class Life {
        final GangRig rig = new GangRig();
        final SplittableRandom random;
        final String name;
        /** What lies at each process, by address; nothing of before the member was lost. */
        final Map<Long, Long> atLeader = new HashMap<>();
        final Map<Long, Long> atMember = new HashMap<>();
        final List<Long> leaderReads = new ArrayList<>();
        final List<Long> memberReads = new ArrayList<>();
        long request;
        long incarnation = GangRig.MEMBER;
        int held;
        int losses;

        Life(long seed) {
            random = new SplittableRandom(seed);
            name = "seed=" + seed;
            rig.withMember();
        }

        /** One of two beginnings, alike for some blocks. */
        private long[] keys(int blocks) {
            long beginning = 1L + random.nextInt(2);
            int alike = random.nextInt(1, 7);
            return IntStream.range(0, blocks).mapToLong(block -> block < alike ? 100 * beginning + block : 10_000L * (request + 1) + block)
                .toArray();
        }

        void handOff() {
            int blocks = random.nextInt(1, 7);
            long[] keys = keys(blocks);
            rig.reserve(++request, blocks, keys);
            List<String> said = rig.toLeader.take();
            if (!said.contains("GRANT " + request)) {
                rig.core.cancel(ReceiverRig.id(request), EndReason.CANCELLED);
                rig.step(3);
                rig.toLeader.take();
                return;
            }
            rig.grant = rig.toLeader.grants.get(ReceiverRig.id(request));
            if (random.nextInt(8) == 0) {
                rig.core.cancel(ReceiverRig.id(request), EndReason.CANCELLED);
                rig.step(5);
                rig.toLeader.take();
                return;
            }
            held += rig.landGranted(request, blocks);
            rig.taken();
            long handle = rig.grant.reservation().counter();
            look(rig.leaderEngine.ready.getLast(), keys, atLeader);
            look(rig.memberEngine.ready.getLast(), keys, atMember);
            leaderReads.add(handle);
            memberReads.add(handle);
        }

        private void look(ReadyHandoff ready, long[] keys, Map<Long, Long> lies) {
            int cells = 0;
            for (ReadyBlocks blocks : ready.held()) {
                for (int cell = blocks.firstCell(); cell < blocks.endCell(); cell++) {
                    if (blocks.isHere(cell)) {
                        cells++;
                        assertEquals(keys[blocks.map().block(cell)], lies.get(blocks.address(cell, 0)), name + " request=" + request);
                    }
                }
            }
            ReadyBlocks landed = ready.landed();
            for (int cell = landed.firstCell(); cell < landed.endCell(); cell++) {
                if (landed.isHere(cell)) {
                    cells++;
                    lies.put(landed.address(cell, 0), keys[landed.map().block(cell)]);
                }
            }
            assertEquals(keys.length, cells, name + " request=" + request + ": every block once");
        }

        void releaseAtLeader() {
            if (!leaderReads.isEmpty()) {
                assertTrue(rig.core.receiving().release(leaderReads.remove(random.nextInt(leaderReads.size()))), name);
                rig.step(3);
            }
        }

        void releaseAtMember() {
            if (!memberReads.isEmpty()) {
                assertTrue(rig.member.release(memberReads.remove(random.nextInt(memberReads.size()))), name);
                rig.step(3);
            }
        }

        void loseMember() {
            losses++;
            if (random.nextBoolean()) {
                rig.killMember();
                memberReads.clear();
                rig.startMember(++incarnation, GangRig.EXTENTS);
            } else {
                rig.partMember();
                while (!memberReads.isEmpty()) {
                    releaseAtMember();
                }
            }
            atMember.clear();
            rig.memberZone.fence.isHeld = false;   // its senders' sessions ended with the leader's
            rig.await("it has lent again: " + name, 5, () -> rig.leader.missing().isEmpty());
            rig.memberZone.fence.isHeld = true;
            rig.toLeader.take();
            rig.toMember.take();
        }

        void step() {
            switch (random.nextInt(16)) {
                case 0 -> loseMember();
                case 1, 2, 3 -> releaseAtLeader();
                case 4, 5, 6 -> releaseAtMember();
                default -> handOff();
            }
            rig.ledger.checkInvariants();
        }

        void end() {
            while (!leaderReads.isEmpty()) {
                releaseAtLeader();
            }
            while (!memberReads.isEmpty()) {
                releaseAtMember();
            }
            rig.step(5);
            assertEquals(0, rig.used(), name);
            assertEquals(0, rig.ledger.liveCount(), name);
            rig.close();
        }
    }

    @Test
    void shouldNeverShowABlockThatIsNotWhatItsNameSays() {
        int held = 0;
        int losses = 0;
        for (long seed = 1; seed <= SEEDS; seed++) {
            Life life = new Life(seed);
            for (int i = 0; i < STEPS; i++) {
                life.step();
            }
            life.end();
            held += life.held;
            losses += life.losses;
        }
        assertTrue(held > 10 * SEEDS && losses > SEEDS, "held=" + held + " losses=" + losses);
    }
}
