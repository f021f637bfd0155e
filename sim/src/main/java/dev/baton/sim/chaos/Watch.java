package dev.baton.sim.chaos;

import java.util.List;
import java.util.Map;

import org.agrona.concurrent.Agent;

import dev.baton.transport.node.NodeService;
import dev.baton.transport.node.NodeSetup;
import dev.baton.transport.session.ControlPlane;
import dev.baton.transport.session.Role;

/** A service of each node that does nothing and hears, before any other, every message that is about to be used. */
final class Watch implements NodeService {
    private final Member member;

    Watch(Member member) {
        this.member = member;
    }

    @Override
    public Role role() {
        return member instanceof ReceiverMember ? Role.DECODE : Role.PREFILL;
    }

    @Override
    public void start(ControlPlane plane) {
        plane.addMessageListener((session, templateId, buffer, bodyOffset, blockLength, version, length) -> {
            member.cluster.oracle().onUsed(member, session, buffer);
            return false;
        });
    }

    @Override
    public void declare(NodeSetup setup) {}

    @Override
    public void prepare(NodeSetup setup) {}

    @Override
    public List<Agent> dataAgents() {
        return List.of();
    }

    @Override
    public int doControlWork(long nowNs) {
        return 0;
    }

    @Override
    public boolean hasRoom() {
        return true;
    }

    @Override
    public Map<String, Object> stats() {
        return Map.of();
    }

    @Override
    public void drain() {}

    @Override
    public void shutdown() {}

    @Override
    public boolean isDrained() {
        return true;
    }

    @Override
    public void close() {}
}
