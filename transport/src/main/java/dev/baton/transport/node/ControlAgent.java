package dev.baton.transport.node;

import java.util.List;

import org.agrona.concurrent.Agent;
import org.agrona.concurrent.NanoClock;

import dev.baton.transport.session.ControlPlane;

/**
 * The one agent that owns sessions, ledgers and states of a process: every role's control work, then the messages that
 * arrived, on one thread. One clock read serves a cycle.
 */
final class ControlAgent implements Agent {
    private final ControlPlane plane;
    private final NodeService[] services;
    private final NanoClock clock;

    ControlAgent(ControlPlane plane, List<NodeService> services, NanoClock clock) {
        this.plane = plane;
        this.services = services.toArray(NodeService[]::new);
        this.clock = clock;
    }

    @Override
    public String roleName() {
        return "baton-control";
    }

    @Override
    public int doWork() {
        long nowNs = clock.nanoTime();
        int workCount = 0;
        boolean hasRoom = true;
        for (NodeService service : services) {
            workCount += service.doControlWork(nowNs);
            hasRoom &= service.hasRoom();
        }
        return hasRoom ? workCount + plane.poll(nowNs) : workCount;
    }

    @Override
    public void onClose() {
        plane.close();
    }
}
