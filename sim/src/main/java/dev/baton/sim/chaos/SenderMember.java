package dev.baton.sim.chaos;

import java.util.List;

import dev.baton.transport.node.NodeService;

/** A prefill node. */
final class SenderMember extends Member {
    private final int sender;
    private final Prefill prefill;

    /** @param sender its number among the senders */
    SenderMember(Cluster cluster, int node, int sender) {
        super(cluster, node, "sender");
        this.sender = sender;
        prefill = new Prefill(this, cluster.plan().layoutOf(sender));
    }

    Prefill prefill() {
        return prefill;
    }

    @Override
    byte[] layout() {
        return cluster.plan().layoutOf(sender).encode();
    }

    @Override
    List<String> schemes() {
        return cluster.plan().schemesOf(sender);
    }

    @Override
    List<NodeService> services() {
        return List.of(prefill.service(cluster.plan().shardsOf(sender)));
    }

    @Override
    void onStarted() {
        prefill.started();
        cluster.receivers().forEach(prefill::connect);
    }

    @Override
    void onGone(boolean isInOrder) {
        prefill.onDied();
    }

    @Override
    void requireTold() {
        prefill.requireTold();
    }

    @Override
    void heal() {
        prefill.heal();
        super.heal();
        wake();
    }

    @Override
    long engineCycle(long nowNs, boolean hasMoved) {
        return prefill.cycle(nowNs, hasMoved);
    }
}
