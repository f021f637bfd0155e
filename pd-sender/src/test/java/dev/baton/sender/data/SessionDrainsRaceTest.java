package dev.baton.sender.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.locks.LockSupport;

import org.junit.jupiter.api.Test;

import dev.baton.memory.Copier;
import dev.baton.memory.MemoryLedger;
import dev.baton.sender.FencedLanes;
import dev.baton.sender.core.DataListener;
import dev.baton.transport.TransportContext;
import dev.baton.transport.loopback.LoopbackNetwork;
import dev.baton.transport.loopback.LoopbackTransport;
import dev.baton.transport.session.EndReason;

/**
 * Sessions open and close while two data agents run: none is let go, and HELLO covers none, while an agent could still write
 * on it.
 */
class SessionDrainsRaceTest {
    private static final int SESSIONS = Integer.getInteger("baton.race.rounds", 2) * 10_000;
    private static final int OPEN_MAX = 20;
    private static final int AGENTS = 2;
    private static final long PEER = 0x77;
    private static final long MINTER = 0x1234_5600_0000L;

    private final Queue<String> wrong = new ConcurrentLinkedQueue<>();
    /** By session: agents that write there no more, each noted before it says so. */
    private final AtomicIntegerArray quietAgents = new AtomicIntegerArray(SESSIONS + 1);
    private final SessionDrains drains = new SessionDrains(AGENTS, Map.of("loopback", new Fenced()));
    private int released;

    @Test
    void shouldLetGoOfASessionOnlyWhenEachAgentIsQuietThere() throws InterruptedException {
        List<AgentMail> mails = new ArrayList<>();
        List<Thread> agents = new ArrayList<>();
        for (int i = 0; i < AGENTS; i++) {
            AgentMail mail = new AgentMail(i, 16, drains);
            mails.add(mail);
            agents.add(new Thread(() -> beAgent(mail), "agent-" + i));
        }
        agents.forEach(Thread::start);
        int opened = 0;
        long startNs = System.nanoTime();
        while (released < SESSIONS && wrong.isEmpty() && System.nanoTime() - startNs < 60_000_000_000L) {
            if (opened < SESSIONS && opened - released < OPEN_MAX) {
                long session = MINTER + ++opened;
                drains.open("loopback", PEER, session);
                mails.forEach(mail -> mail.put(new AgentMail.CloseLanes(session)));
            }
            int events = 0;
            for (AgentMail mail : mails) {
                events += mail.drain(new Nobody());
            }
            long through = drains.drainedThrough(PEER, MINTER + opened);
            for (long session = through; session > MINTER && session > through - OPEN_MAX; session--) {
                requireQuiet("covered", session);
            }
            if (events == 0) {
                LockSupport.parkNanos(1000);
            }
        }
        for (Thread agent : agents) {
            agent.join(60_000);
            assertFalse(agent.isAlive(), "the agent came to an end");
        }

        assertEquals(List.of(), List.copyOf(wrong));
        assertEquals(SESSIONS, released);
        assertEquals(MINTER + SESSIONS, drains.drainedThrough(PEER, MINTER + SESSIONS));
    }

    private void beAgent(AgentMail mail) {
        for (int closed = 0; closed < SESSIONS && wrong.isEmpty();) {
            if (mail.take() instanceof AgentMail.CloseLanes close) {
                quietAgents.incrementAndGet((int) (close.sessionId() - MINTER));
                while (!mail.quiet(close.sessionId()) && wrong.isEmpty()) {
                    Thread.onSpinWait();
                }
                closed++;
            }
        }
    }

    private void requireQuiet(String what, long session) {
        int quiet = quietAgents.get((int) (session - MINTER));
        if (quiet != AGENTS) {
            wrong.add(what + " session=" + (session - MINTER) + " quietAgents=" + quiet);
        }
    }

    /** Its fence is let go of once a session, by the control agent. */
    private final class Fenced extends FencedLanes {
        Fenced() {
            super(new LoopbackTransport(new LoopbackNetwork(),
                new TransportContext(1, null, null, Copier.java(), new MemoryLedger())));
        }

        @Override
        public void release(long sessionId) {
            requireQuiet("let go", sessionId);
            released++;
        }
    }

    /** These agents tell of nothing else. */
    private final class Nobody implements DataListener {
        @Override
        public void onCellDone(long handle, int cell, int lengthBytes, int crc, int lane, int seq) {
            wrong.add("cell");
        }

        @Override
        public void onLaneDone(long handle, int lane, int round, int lastSeq) {
            wrong.add("lane");
        }

        @Override
        public void onStopped(long handle, int failedCompletions, long failedProcesses) {
            wrong.add("stopped");
        }

        @Override
        public void onLaneLost(long sessionId, int lane, EndReason reason) {
            wrong.add("lost");
        }

        @Override
        public void onPeerGone(long sessionId) {
            wrong.add("gone");
        }
    }
}
