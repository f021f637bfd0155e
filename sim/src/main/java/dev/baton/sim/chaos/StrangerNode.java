package dev.baton.sim.chaos;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;

import dev.baton.sim.fabric.SimGround;
import dev.baton.sim.fabric.SimProcess;
import dev.baton.sim.time.Agenda;
import dev.baton.sim.time.Chance;
import dev.baton.transport.node.ControlContext;
import dev.baton.transport.session.ControlPlane;
import dev.baton.transport.session.NodeIdentity;
import dev.baton.transport.session.Peering;
import dev.baton.transport.session.Role;

/** A stranger's own node, under the name of one of the others: the production's control plane, with another secret or none. It dials, or only listens. */
final class StrangerNode {
    private static final int NODE = -1;
    private static final long CYCLE_NS = 20_000;
    private static final long IDLE_NS = 250_000_000;

    private final Agenda agenda;
    private final SimProcess process;
    private final ControlPlane plane;
    private final List<Peering> dialled = new ArrayList<>();
    private final Agenda.Happening stepDue = this::stepIfDue;
    private long nextStepNs = Long.MAX_VALUE;

    StrangerNode(Cluster cluster, StrangerPlan plan) {
        agenda = cluster.agenda();
        Chance chance = Chance.of(cluster.plan().seed, "stranger-node");
        process = new SimProcess(cluster.fabric(), NODE, Strangers.HOST, Member.PORT, chance.nextLong() | 1, this::wake);
        NodeIdentity identity = new NodeIdentity(cluster.memberAt(chance.below(cluster.memberCount())).name(), process.incarnation(), 0,
            EnumSet.of(Role.PREFILL), cluster.plan().lanes, Plan.EXTENT_BYTES, List.of(), List.of(), cluster.plan().senderLayout.encode());
        plane = new SimGround(process, agenda::nowNs, chance).open(new ControlContext().identity(identity).host(Strangers.HOST).port(Member.PORT)
            .secret(plan.hasOther() ? Forger.OTHER : null).random(chance::nextLong));
        for (int i = 0; i < cluster.memberCount(); i++) {
            Member member = cluster.memberAt(i);
            cluster.fabric().orderly(Strangers.HOST, member.host);   // each Hello comes once, so that answers can be counted
            if (plan.isDialler() && chance.below(2) == 0) {
                dialled.add(plane.dial(member.host, Member.PORT));
            }
        }
        wake();
    }

    SimProcess process() {
        return process;
    }

    private void wake() {
        schedule(agenda.nowNs() + CYCLE_NS);
    }

    private void schedule(long atNs) {
        if (atNs < nextStepNs) {
            nextStepNs = atNs;
            agenda.at(atNs, stepDue);
        }
    }

    private void stepIfDue() {
        if (agenda.nowNs() != nextStepNs || process.isDead()) {
            return;
        }
        nextStepNs = Long.MAX_VALUE;
        int work = plane.poll(agenda.nowNs());
        if (plane.sessionCount() > 0) {
            throw new Violation("S15", "a stranger has a session: " + process);
        }
        schedule(agenda.nowNs() + (work > 0 ? CYCLE_NS : IDLE_NS));
    }

    void close() {
        dialled.forEach(Peering::close);
        process.kill();
        plane.close();
    }
}
