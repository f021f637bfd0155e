package dev.baton.sender.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

import org.agrona.concurrent.Agent;
import org.junit.jupiter.api.Test;

import dev.baton.memory.Copier;
import dev.baton.memory.MemoryLedger;
import dev.baton.sender.FencedLanes;
import dev.baton.sender.core.DataListener;
import dev.baton.transport.Link;
import dev.baton.transport.LinkContext;
import dev.baton.transport.TransportContext;
import dev.baton.transport.loopback.LoopbackNetwork;
import dev.baton.transport.loopback.LoopbackTransport;
import dev.baton.transport.session.EndReason;

/** What HELLO may say of earlier sessions: nothing of them runs or is queued in any data agent. */
class SessionDrainsTest {
    private static final long PEER = 0x77;
    private static final long MINTER = 0x1234_5600_0000L;

    private final List<String> told = new ArrayList<>();
    private final DataAgents agents =
        new DataAgents(2, 16, Map.of("loopback", new FencedTransport(told)), new MemoryLedger(), System::nanoTime, new WireKinds(Set.of()));

    /** Lanes as they are, and a fence that writes down what it is told. */
    private static final class FencedTransport extends FencedLanes {
        private final List<String> told;

        FencedTransport(List<String> told) {
            super(new LoopbackTransport(new LoopbackNetwork(),
                new TransportContext(1, null, null, Copier.java(), new MemoryLedger())));
            this.told = told;
        }

        @Override
        public Link openLink(LinkContext context) {
            told.add("open " + context.sessionId() % 100 + " lane=" + context.lane());
            return super.openLink(context);
        }

        @Override
        public boolean hold(long peerIncarnation, long sessionId) {
            told.add("hold " + sessionId % 100);
            return peerIncarnation == PEER;
        }

        @Override
        public void release(long sessionId) {
            told.add("release " + sessionId % 100);
        }
    }

    private void open(long peer, long sessionId) {
        agents.openLanes("loopback", List.of(new LinkContext(sessionId, 0, "r", 1, peer, 1, 2, List.of()),
            new LinkContext(sessionId, 1, "r", 2, peer, 1, 2, List.of())));
    }

    private void runAgent(int agent) throws Exception {
        Agent one = agents.agents().get(agent);
        one.doWork();
        agents.drain(new DataListener() {
            @Override
            public void onCellDone(long handle, int cell, int lengthBytes, int crc, int lane, int seq) {
                told.add("cell " + cell);
            }

            @Override
            public void onLaneDone(long handle, int lane, int round, int lastSeq) {
                told.add("lane " + lane);
            }

            @Override
            public void onStopped(long handle, int failedCompletions, long failedProcesses) {
                told.add("stopped " + handle);
            }

            @Override
            public void onLaneLost(long sessionId, int lane, EndReason why) {
                told.add("lost " + lane);
            }

            @Override
            public void onPeerGone(long sessionId) {
                told.add("gone " + sessionId % 100);
            }
        });
    }

    private long through(long lastSessionId) {
        return agents.drains().drainedThrough(PEER, lastSessionId);
    }

    @Test
    void shouldCoverASessionOnlyWhenEveryAgentHasClosedItsLanes() throws Exception {
        long session = MINTER + 3;
        open(PEER, session);
        assertEquals(session - 1, through(session), "queued, not even open yet");
        runAgent(0);
        runAgent(1);
        assertEquals(session - 1, through(session), "open");
        agents.closeLanes(session);
        assertEquals(session - 1, through(session), "agents have not read of the end: a copy may be queued before it");
        runAgent(0);
        assertEquals(session - 1, through(session), "one may still copy");
        assertTrue(told.stream().noneMatch(line -> line.startsWith("release")), told::toString);
        runAgent(1);
        assertEquals(session, through(session));
        assertEquals("release " + session % 100, told.getLast());
    }

    @Test
    void shouldCoverASessionThatNeverHadLanes() throws Exception {
        long session = MINTER + 3;
        agents.closeLanes(session);
        assertEquals(session, through(session));
        runAgent(0);
        runAgent(1);
        assertEquals(session, through(session));
        assertEquals(List.of(), told);
    }

    @Test
    void shouldLookAtSessionsOfThatPeerAndMinterOnly() {
        open(PEER, MINTER + 3);
        assertEquals(MINTER + 2, through(MINTER + 9));
        assertEquals(MINTER + 1, through(MINTER + 1), "it is later than that one");
        assertEquals(9, through(9), "another minter's ids are in no order with it");
        assertEquals(MINTER + 9, agents.drains().drainedThrough(PEER + 1, MINTER + 9), "another process");
    }

    @Test
    void shouldOpenNoLanesWhereTheFenceCannotBeHeld() throws Exception {
        open(PEER + 1, MINTER + 3);
        runAgent(0);
        runAgent(1);
        assertEquals(1, told.size(), told::toString);
        assertEquals(MINTER + 3, agents.drains().drainedThrough(PEER + 1, MINTER + 3));
    }
}
