package dev.baton.sim.chaos;

import dev.baton.platform.WatchedProcess;
import dev.baton.receiver.DecodeReceiver;
import dev.baton.sim.time.Chance;

/**
 * The decode engine beside a node, one after the other: a thread of it, which leaves by its own word, or a process of its own, which is
 * killed, and the node finds out by looking. The next one comes after a while, or at once, before the node has carried out that the other left.
 */
final class EngineLife {
    /** What the kernel knows of a process. */
    private static final class Alive {
        private boolean isAlive = true;
    }

    private final Cluster cluster;
    private final int node;
    private final boolean isMortal;
    private final Chance chance;
    /** Null where the engine is a thread, or none is there. */
    private Alive process;
    private boolean isAttached;
    private long goneUntilNs;

    EngineLife(Cluster cluster, int node) {
        this.cluster = cluster;
        this.node = node;
        isMortal = cluster.plan().has(FaultKind.ENGINE_GONE);
        chance = Chance.of(cluster.plan().seed, "engine-life" + node);
    }

    boolean isAttached() {
        return isAttached;
    }

    void attach(DecodeReceiver receiver) {
        process = null;
        isAttached = true;
        if (isMortal && chance.below(2) == 0) {
            Alive alive = new Alive();
            process = alive;
            receiver.attach(WatchedProcess.by(() -> alive.isAlive));
        } else {
            receiver.attach();
        }
    }

    /** It goes. Returns whether the next one is there already. */
    boolean leave(DecodeReceiver receiver, long nowNs, long forNs) {
        boolean isReplaced = isAttached && chance.below(4) == 0;
        if (isAttached) {
            cluster.happened(FaultKind.ENGINE_GONE);
        }
        goneUntilNs = Math.max(goneUntilNs, isReplaced ? nowNs : nowNs + forNs);
        if (process != null) {
            process.isAlive = false;
            process = null;
            cluster.oracle().seen(node, "engine-killed", 0);
        } else if (isAttached) {
            receiver.detach();
        }
        isAttached = false;
        if (isReplaced) {
            cluster.oracle().seen(node, "engine-replaced", 0);
            attach(receiver);
        }
        return isReplaced;
    }

    /** Another is to come by now. */
    boolean isDue(long nowNs) {
        return !isAttached && goneUntilNs <= nowNs;
    }

    /** When another comes, if nobody is there. */
    long nextNs() {
        return isAttached ? Long.MAX_VALUE : goneUntilNs;
    }

    void heal() {
        goneUntilNs = 0;
    }
}
