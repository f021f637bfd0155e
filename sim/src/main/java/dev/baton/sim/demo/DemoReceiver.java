package dev.baton.sim.demo;

import com.fasterxml.jackson.databind.JsonNode;
import dev.baton.receiver.DecodeReceiver;
import dev.baton.receiver.ReceiverContext;
import dev.baton.receiver.core.ReadyHandoff;
import dev.baton.receiver.core.ReceiverLimits;
import dev.baton.receiver.core.TierCounters;
import dev.baton.receiver.engine.DecodeListener;
import dev.baton.transport.node.NodeContext;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.HandoffId;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import org.agrona.concurrent.BackoffIdleStrategy;
import org.agrona.concurrent.IdleStrategy;

/**
 * The receiver's process of a demo: a {@link DecodeReceiver} and a stand-in for its engine, which takes each request
 * that is ready, compares all of it and releases it. The main thread is the engine's.
 */
final class DemoReceiver implements DecodeListener {
    private static final int EVENTS_MAX = 16;
    private static final long PROGRESS_NS = TimeUnit.MILLISECONDS.toNanos(200);
    private static final long WANT_AGAIN_NS = TimeUnit.MILLISECONDS.toNanos(50);
    private static final int SCANNED = 1000;
    private static final long TIER_WITHIN_NS = TimeUnit.SECONDS.toNanos(15);
    private static final long TIER_LOOK_NS = TimeUnit.MILLISECONDS.toNanos(1);
    private static final long WANT_WITHIN_NS = TimeUnit.SECONDS.toNanos(10);
    /** A node that has a session answers sooner. */
    private static final long LOST_NS = TimeUnit.SECONDS.toNanos(2);

    /** A parked prefill that is to be asked for, at the node that has it. */
    private record Want(String nodeId, HandoffId id, long sinceNs, long dueNs) {}

    private final Coordinator coordinator;
    private final DemoSetup setup;
    private final DecodeWorker worker;
    private final DecodeReceiver receiver;
    private final ArrayDeque<ReadyHandoff> ready = new ArrayDeque<>();
    private final ArrayDeque<Want> wants = new ArrayDeque<>();
    private final Map<HandoffId, Want> asked = new HashMap<>();
    private boolean isFinished;

    private DemoReceiver(Coordinator coordinator, DemoSetup setup, int[] tokens, DecodeReceiver receiver) {
        this.coordinator = coordinator;
        this.setup = setup;
        this.receiver = receiver;
        worker = new DecodeWorker(setup, tokens);
    }

    /** Started by the coordinator only, which talks to it over its standard input and output. */
    public static void main(String[] args) {
        ChildMain.run(coordinator -> {
            DemoSetup setup = DemoSetup.of(coordinator.await());
            int[] tokens = ChildMain.numbers(coordinator.await().get("tokens"));
            NodeContext node = setup.node("demo-receiver", setup.target());
            ReceiverContext context = new ReceiverContext().layout(setup.target())
                .poolBytesPerShard(setup.poolBytesPerShard())
                .extentBytes(setup.extentBytes()).poolShared(setup.scheme().equals("shm") || setup.scheme().equals("rdma-sim"))
                .limits(ReceiverLimits.DEFAULT.withCache(setup.cache())).tier(setup.tierOrNull()).conclude();
            try (DecodeReceiver receiver = DecodeReceiver.launch(node, context)) {
                awaitTier(receiver, tier -> tier.storeOrNull() != null && tier.storeOrNull().scannedPermille() == SCANNED);
                receiver.attach();
                coordinator.say(Line.of("ready").put("port", receiver.port()));
                new DemoReceiver(coordinator, setup, tokens, receiver).run();
            }
        });
    }

    /** For a while: a demo is better with its tier, and right without. */
    private static void awaitTier(DecodeReceiver receiver, Predicate<TierCounters> isSo) {
        long startNs = System.nanoTime();
        while (receiver.tierOrNull() != null && !isSo.test(receiver.tierOrNull())
            && System.nanoTime() - startNs < TIER_WITHIN_NS) {
            ChildMain.requireWell(receiver.runtime().failure());
            LockSupport.parkNanos(TIER_LOOK_NS);
        }
    }

    private void run() {
        IdleStrategy idle = new BackoffIdleStrategy(1, 10, 10_000, 200_000);
        long cpuNs = ChildMain.cpuNs();
        long progressNs = System.nanoTime();
        while (!isFinished) {
            int workCount = receiver.poll(this, EVENTS_MAX);
            for (JsonNode line = coordinator.poll(); line != null; line = coordinator.poll()) {
                onLine(line);
                workCount++;
            }
            long nowNs = System.nanoTime();
            while (!wants.isEmpty() && wants.peek().dueNs() - nowNs <= 0) {
                Want want = wants.remove();
                asked.put(want.id(), want);
                receiver.want(want.nodeId(), want.id(), 0);
                workCount++;
            }
            if (!ready.isEmpty()) {
                consume(ready.remove());
                workCount++;
            }
            if (nowNs - progressNs >= PROGRESS_NS) {
                progressNs = nowNs;
                coordinator.say(Line.of("progress").put("bytes", worker.comparedBytes()));
            }
            ChildMain.requireWell(receiver.runtime().failure());
            idle.idle(workCount);
        }
        awaitTier(receiver, tier -> tier.blocksWaiting() == 0);
        coordinator.say(Line.of("summary").put("cpuNs", ChildMain.cpuNs() - cpuNs)
            .put("engineCpuNs", worker.comparingCpuNs()).put("engineBytes", worker.comparedBytes()));
    }

    private void onLine(JsonNode line) {
        switch (Line.event(line)) {
            case "want" -> {
                long nowNs = System.nanoTime();
                HandoffId id = setup.handoffId(line.get("request").asInt(), line.get("attempt").asInt());
                // Parked anew, so what was parked before it is not there any more.
                wants.removeIf(want -> want.id().requestLow() == id.requestLow());
                asked.keySet().removeIf(before -> before.requestLow() == id.requestLow());
                wants.add(new Want(line.get("node").asText(), id, nowNs, nowNs));
            }
            case "finish", Coordinator.GONE -> isFinished = true;
            default -> throw new IllegalArgumentException("not expected of the coordinator: line=" + line);
        }
    }

    private void consume(ReadyHandoff handoff) {
        DecodeWorker.Compared compared = worker.compare(handoff);
        receiver.release(handoff.handle());
        coordinator.say(Line.of("consumed").put("request", DecodeWorker.request(handoff.handoffId()))
            .put("attempt", handoff.handoffId().attempt()).put("bytes", compared.bytes())
            .put("verifiedBytes", compared.verifiedBytes()).put("heldTokens", compared.heldTokens()).put("mismatches", compared.mismatches())
            .put("firstMismatch", compared.firstMismatch()).put("admissionNs", handoff.admissionNs())
            .put("wireNs", handoff.wireNs())
            .put("verifyNs", handoff.verifyNs()).put("readyNs", handoff.readyNs())
            .put("releasedNs", System.nanoTime()));
    }

    @Override
    public void onReady(ReadyHandoff handoff) {
        asked.remove(handoff.handoffId());
        if (receiver.take(handoff)) {
            ready.add(handoff);
        }
    }

    /** The sender hears of it too and reports it; here is nothing to give back. */
    @Override
    public void onEnded(HandoffId handoff, EndReason reason, String detail) {
        asked.remove(handoff);
    }

    /**
     * Asked too soon, before the sender's session was there or its prefill parked: asks again for a while, which begins anew where a
     * session was lost. What ended at the sender is the sender's to report.
     */
    @Override
    public void onNotHere(HandoffId handoff, EndReason reason) {
        Want want = asked.remove(handoff);
        long nowNs = System.nanoTime();
        if (want == null || (reason != EndReason.NOT_KNOWN && reason != EndReason.PEER_LOST)) {
            return;
        }
        long sinceNs = nowNs - want.dueNs() > LOST_NS ? nowNs : want.sinceNs();
        if (nowNs - sinceNs < WANT_WITHIN_NS) {
            wants.add(new Want(want.nodeId(), handoff, sinceNs, nowNs + WANT_AGAIN_NS));
        } else {
            throw new IllegalStateException("a parked prefill is not where it was parked: handoff=" + handoff
                + " reason=" + reason);
        }
    }
}
