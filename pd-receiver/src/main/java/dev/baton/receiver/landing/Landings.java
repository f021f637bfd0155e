package dev.baton.receiver.landing;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;

import org.agrona.concurrent.Agent;

import dev.baton.buffer.slab.RunMap;
import dev.baton.buffer.slab.SlabPool;
import dev.baton.kv.CellMap;
import dev.baton.memory.Copier;
import dev.baton.receiver.core.LandingEvents;
import dev.baton.receiver.core.LandingZone;
import dev.baton.receiver.core.SourceParts;
import dev.baton.transport.Inlet;
import dev.baton.transport.LandingListener;
import dev.baton.transport.SchemeFences;
import dev.baton.transport.WriterFence;

/**
 * The control agent's hand on the data agents: gives every order to each agent that it concerns, through that agent's
 * ring, and hears what they have to tell. Control agent's thread only, but for {@link #counters}.
 */
public final class Landings implements LandingZone {
    /** Shortest ring of orders: the one of events must hold what one order may have to tell. */
    public static final int RING_BYTES_MIN = 128 << 10;
    private static final int EVENTS_PER_CYCLE_MAX = 8192;

    private final SlabPool pool;
    private final AtomicReferenceArray<Landing> table;
    private final LandingAgent[] agents;
    private final List<LandingCounters> counters = new ArrayList<>();
    private final SchemeFences fences = new SchemeFences();

    /**
     * @param agentCount      data agents, and lanes
     * @param reservationsMax live reservations at most; their slots index the table of landings
     * @param ringBytes       of the ring of orders to an agent, {@link #RING_BYTES_MIN} at least; the one of events is half as long
     */
    public Landings(SlabPool pool, Copier copier, int agentCount, int reservationsMax, int ringBytes) {
        this.pool = pool;
        table = new AtomicReferenceArray<>(reservationsMax);
        agents = new LandingAgent[agentCount];
        for (int lane = 0; lane < agentCount; lane++) {
            LandingCounters agentCounters = new LandingCounters();
            counters.add(agentCounters);
            agents[lane] = new LandingAgent(lane, copier, table, agentCounters, ringBytes);
        }
    }

    /** What a one-sided transport is fenced by; before a core asks. */
    public void fence(String scheme, WriterFence value) {
        fences.add(scheme, value);
    }

    @Override
    public WriterFence fence() {
        return fences;
    }

    /** The listener that inlets of that lane are opened with. */
    public LandingListener listener(int lane) {
        return agents[lane];
    }

    /** Hands that lane's inlets to its agent, which closes them; before the agent runs. */
    public void inlets(int lane, List<Inlet> inlets) {
        agents[lane].inlets(inlets);
    }

    /** For a node that ends before its agents ran; once they did, each closes its own. */
    public void closeInlets() {
        for (LandingAgent agent : agents) {
            agent.onClose();
        }
    }

    public List<Agent> agents() {
        return List.of(agents);
    }

    public List<LandingCounters> counters() {
        return List.copyOf(counters);
    }

    @Override
    public int laneCount() {
        return agents.length;
    }

    /** Tells what the data agents told. */
    public int poll(LandingEvents events) {
        int workCount = 0;
        for (LandingAgent agent : agents) {
            workCount += agent.outbox().drain(events, EVENTS_PER_CYCLE_MAX);
        }
        return workCount;
    }

    @Override
    public boolean hasRoom() {
        for (LandingAgent agent : agents) {
            if (!agent.inbox().hasRoom()) {
                return false;
            }
        }
        return true;
    }

    @Override
    public void openSession(long sessionId, long tokenHigh, long tokenLow) {
        for (LandingAgent agent : agents) {
            agent.inbox().openSession(sessionId, tokenHigh, tokenLow);
        }
    }

    @Override
    public void closeSession(long sessionId) {
        for (LandingAgent agent : agents) {
            agent.inbox().closeSession(sessionId);
        }
    }

    @Override
    public void open(int slot, long reservation, int generation, CellMap map, RunMap runs, SourceParts parts) {
        table.set(slot, new Landing(reservation, generation, map, runs, pool, agents.length, parts));
        for (LandingAgent agent : agents) {
            agent.inbox().open(reservation, slot);
        }
    }

    @Override
    public void bind(long reservation, int part, long sessionId, long token) {
        for (LandingAgent agent : agents) {
            agent.inbox().bind(reservation, part, sessionId, token);
        }
    }

    @Override
    public void line(long reservation, int part, int lane, int cell, int crc, int seq, boolean isOneSided) {
        agents[lane].inbox().line(reservation, part, cell, crc, seq, isOneSided);
    }

    @Override
    public void seal(long reservation) {
        for (LandingAgent agent : agents) {
            agent.inbox().seal(reservation);
        }
    }

    @Override
    public void reopen(long reservation, int lane, int cell) {
        agents[lane].inbox().reopen(reservation, cell);
    }

    @Override
    public void revoke(long reservation) {
        for (LandingAgent agent : agents) {
            agent.inbox().revoke(reservation);
        }
    }

    @Override
    public void recheck(int slot, long reservation, int endBlock) {
        for (LandingAgent agent : agents) {
            agent.inbox().recheck(reservation, slot, endBlock);
        }
    }

    @Override
    public void close(int slot, long reservation) {
        for (LandingAgent agent : agents) {
            agent.inbox().close(reservation);
        }
        table.set(slot, null);
    }
}
