package dev.baton.sim.chaos;

import java.util.ArrayList;
import java.util.List;

import dev.baton.receiver.DecodeReceiver;
import dev.baton.receiver.core.ReadyHandoff;
import dev.baton.receiver.engine.DecodeListener;
import dev.baton.transport.node.HostPort;
import dev.baton.transport.node.NodeService;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.HandoffId;

/** A decode node that lends its memory to a receiver: the production member of a gang, and an engine that compares its shards of every request. */
final class LenderMember extends Member implements DecodeListener {
    private final ReceiverMember leader;
    private final int place;
    private final List<Held> held = new ArrayList<>();
    private NodeService service;
    private DecodeReceiver receiver;
    private final EngineLife engine;

    /**
     * @param leader who allocates its memory
     * @param place  its place among the processes of that instance, from 1 on
     */
    LenderMember(Cluster cluster, int node, ReceiverMember leader, int place) {
        super(cluster, node, "lender");
        this.leader = leader;
        this.place = place;
        engine = new EngineLife(cluster, node);
    }

    ReceiverMember leader() {
        return leader;
    }

    private GangPlan gang() {
        return cluster.plan().gangs.get(leader.node);
    }

    boolean hasShard(int shard) {
        return gang().shards().get(place).has(shard);
    }

    @Override
    byte[] layout() {
        return cluster.plan().receiverLayout.encode();
    }

    @Override
    List<String> schemes() {
        return gang().schemes().get(place);
    }

    @Override
    List<NodeService> services() {
        service = DecodeReceiver.service(leader.context(gang().shards().get(place)).gangLeader(new HostPort(leader.host, PORT)).conclude());
        return List.of(service);
    }

    @Override
    void onStarted() {
        receiver = DecodeReceiver.of(runtime, service);
        engine.attach(receiver);
    }

    @Override
    void onGone(boolean isInOrder) {
        held.clear();
        cluster.gangs().onLenderDied(this);
    }

    /** What its leader's engine takes from now on it may never hear of. */
    @Override
    void onShutdown() {
        cluster.gangs().cut(this);
    }

    @Override
    void requireTold() {
        if (engine.isAttached()) {
            cluster.drains().requireTold(this);
        }
    }

    /** Nothing is left here of what a leader granted. */
    boolean isIdle() {
        return held.isEmpty() && (!isUp() || service.isDrained());
    }

    /** Whether a fence failed here, so that memory may never be lent again. */
    boolean mayKeep() {
        return !schemes().getFirst().equals("tcp") && process.hasBrokenFence();
    }

    /** As the control agent knows it, too, whenever it hears messages, for it carries out what engines said before; but where a process was killed, which it has yet to see. */
    boolean hasEngine() {
        return engine.isAttached();
    }

    /** The decode engine goes, and another comes after that time, or at once. */
    void engineGone(long forNs) {
        if (isUp()) {
            held.clear();   // who would read it, or release it, is gone
            cluster.gangs().onEngineGone(this);
            if (engine.leave(receiver, agenda.nowNs(), forNs) && isRunning()) {
                receiver.poll(this, 16);
            }
            wake();
        }
    }

    @Override
    void heal() {
        engine.heal();
        super.heal();
        wake();
    }

    @Override
    long engineCycle(long nowNs, boolean hasMoved) {
        if (engine.isDue(nowNs)) {
            engine.attach(receiver);
            worked = true;
        }
        if (engine.isAttached()) {
            worked |= receiver.poll(this, 16) > 0;
        }
        long nextNs = engine.nextNs();
        for (int i = 0; i < held.size(); i++) {
            Held one = held.get(i);
            if (one.releaseNs <= nowNs) {
                held.remove(i--);
                compare(one.ready, one.attempt, "release");
                cluster.gangs().onReleased(this, one.ready.handle());
                receiver.release(one.ready.handle());
                worked = true;
            } else {
                nextNs = Math.min(nextNs, one.releaseNs);
            }
        }
        return nextNs;
    }

    /** The leader's engine has taken it for all; it is this one's to read, unless another engine was here before. */
    @Override
    public void onReady(ReadyHandoff handoff) {
        Attempt attempt = cluster.attempt(handoff.handoffId());
        boolean isTaken = receiver.take(handoff);
        cluster.note(name(), () -> attempt + " ready, taken=" + isTaken);
        if (isTaken) {
            cluster.gangs().onReady(this, handoff, attempt);
            compare(handoff, attempt, "ready");
            Held one = new Held(handoff, attempt);
            one.releaseNs = agenda.nowNs() + readTimeNs(chance);
            held.add(one);
        }
    }

    @Override
    public void onEnded(HandoffId handoff, EndReason reason, String detail) {
        Attempt attempt = cluster.attempt(handoff);
        cluster.note(name(), () -> attempt + " ended for the engine: " + reason + " " + detail);
        if (reason == EndReason.NONE) {
            throw new Violation("S19", "an abnormal end has no reason: " + attempt);
        }
        cluster.gangs().onEnded(this, attempt);
    }

    @Override
    public void onNotHere(HandoffId handoff, EndReason reason) {
        cluster.note(name(), () -> "not here: " + cluster.attempt(handoff) + " " + reason);
    }

    /** Every byte of its own shards; what comes beside the KV is the leader's engine's. */
    private void compare(ReadyHandoff ready, Attempt attempt, String when) {
        Comparison.requireRight(cluster.plan(), ready, attempt, when);
        if (ready.aux().length > 0) {
            throw new Violation("S4", "aux data at a member: " + attempt);
        }
    }
}
