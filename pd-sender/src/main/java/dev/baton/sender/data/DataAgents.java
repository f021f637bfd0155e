package dev.baton.sender.data;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import org.agrona.concurrent.Agent;
import org.agrona.concurrent.NanoClock;

import dev.baton.memory.MemoryLedger;
import dev.baton.sender.core.DataListener;
import dev.baton.sender.core.DataPlane;
import dev.baton.sender.core.Transfer;
import dev.baton.transport.LinkContext;
import dev.baton.transport.Transport;

/** All data agents of a sender, as its control agent sees them. Its methods belong to the control agent's thread. */
public final class DataAgents implements DataPlane {
    /** One kernel call in this time and open session, and only where peers share this host's memory. */
    private static final long LOOK_EVERY_NS = TimeUnit.MILLISECONDS.toNanos(50);

    private final AgentMail[] mails;
    private final SendingAgent[] agents;
    private final SessionDrains drains;
    private boolean hasLooked;
    private long nextLookNs;

    /**
     * @param agentCount  at least 1
     * @param handoffsMax handoffs under way at once, at most
     * @param clock       for leases and stalls; read by every agent
     * @param kinds       what cells are made of
     * @param transports  by scheme; they stay their owner's to close, after these agents have ended
     */
    public DataAgents(int agentCount, int handoffsMax, Map<String, Transport> transports, MemoryLedger ledger,
        NanoClock clock, WireKinds kinds) {
        mails = new AgentMail[agentCount];
        agents = new SendingAgent[agentCount];
        drains = new SessionDrains(agentCount, transports);
        for (int i = 0; i < agentCount; i++) {
            mails[i] = new AgentMail(i, handoffsMax, drains);
            agents[i] = new SendingAgent(i, agentCount, mails[i], transports, ledger, new PostGate(clock), kinds);
        }
    }

    /** What is to be run, each by one thread. */
    public List<Agent> agents() {
        return List.of(agents);
    }

    public DataCounters counters(int agent) {
        return agents[agent].counters();
    }

    @Override
    public int agentCount() {
        return agents.length;
    }

    /** What HELLO may say of earlier sessions. */
    public SessionDrains drains() {
        return drains;
    }

    @Override
    public void openLanes(String scheme, List<LinkContext> lanes) {
        if (!drains.open(scheme, lanes.getFirst().peerIncarnation(), lanes.getFirst().sessionId())) {
            return;   // the receiver does not see it held and gives no addresses
        }
        for (int i = 0; i < mails.length; i++) {
            List<LinkContext> own = new ArrayList<>();
            for (LinkContext lane : lanes) {
                if (lane.lane() % mails.length == i) {
                    own.add(lane);
                }
            }
            if (!own.isEmpty()) {
                mails[i].put(new AgentMail.OpenLanes(scheme, own));
            }
        }
    }

    @Override
    public void closeLanes(long sessionId) {
        for (AgentMail mail : mails) {
            mail.put(new AgentMail.CloseLanes(sessionId));
        }
    }

    @Override
    public void look(Transfer transfer) {
        for (AgentMail mail : mails) {
            mail.look(transfer);
        }
    }

    /** Tells of receivers that died, long before they are silent for too long. Returns a work count. */
    public int lookForDead(long nowNs, DataListener listener) {
        if (hasLooked && nextLookNs - nowNs > 0) {
            return 0;
        }
        hasLooked = true;
        nextLookNs = nowNs + LOOK_EVERY_NS;
        int count = 0;
        long gone;
        while ((gone = drains.nextGone()) != SessionDrains.NONE) {
            listener.onPeerGone(gone);
            count++;
        }
        return count;
    }

    /** Hands on what the agents have told. Returns a work count. */
    public int drain(DataListener listener) {
        int workCount = 0;
        for (AgentMail mail : mails) {
            workCount += mail.drain(listener);
        }
        return workCount;
    }
}
