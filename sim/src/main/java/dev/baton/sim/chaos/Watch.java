package dev.baton.sim.chaos;

import java.util.List;
import java.util.Map;

import org.agrona.concurrent.Agent;

import dev.baton.transport.node.NodeService;
import dev.baton.transport.node.NodeSetup;
import dev.baton.transport.session.ControlPlane;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.Role;
import dev.baton.transport.session.Session;
import dev.baton.transport.session.SessionListener;
import dev.baton.transport.wire.Frames;

/** A service of each node that does nothing and hears, before any other, every message that is about to be used. */
final class Watch implements NodeService {
    private final Member member;

    Watch(Member member) {
        this.member = member;
    }

    @Override
    public Role role() {
        return member instanceof SenderMember ? Role.PREFILL : Role.DECODE;
    }

    @Override
    public void start(ControlPlane plane) {
        member.cluster.authenticity().onStarted(member.process);
        plane.addMessageListener((session, templateId, buffer, bodyOffset, blockLength, version, length) -> {
            member.cluster.oracle().onUsed(member, session, buffer);
            member.cluster.impossible().onUsed(member, session, templateId, buffer, bodyOffset, blockLength, version);
            member.cluster.drains().onUsed(member, session, templateId);
            member.cluster.authenticity().onUsed(member, session, buffer, bodyOffset + length + Frames.TRAILER_LENGTH);
            member.cluster.gangs().onUsed(member, session, templateId, buffer, bodyOffset, blockLength, version);
            return false;
        });
        plane.addSessionListener(new SessionListener() {
            @Override
            public void onSessionOpened(Session session) {
                member.cluster.authenticity().onSessionOpened(member, session);
                member.cluster.gangs().onSessionOpened(member, session);
            }

            @Override
            public void onSessionClosed(Session session, EndReason reason) {
                member.cluster.authenticity().onSessionClosed(member, session);
                member.cluster.gangs().onSessionClosed(member, session);
            }
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
