package dev.baton.sim.demo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.baton.kv.CellMap;
import dev.baton.kv.ShardedLayout;
import dev.baton.sender.PrefillSender;
import dev.baton.sender.SenderContext;
import dev.baton.sender.SenderService;
import dev.baton.transport.node.NodeContext;
import dev.baton.transport.node.NodeRuntime;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.BackoffIdleStrategy;
import org.agrona.concurrent.IdleStrategy;

/**
 * A sender's process of a demo: a {@link PrefillSender} and a stand-in for its engine, which prefills the requests it
 * is given chunk by chunk. The main thread is the engine's.
 */
final class DemoSender implements PrefillWorker.Listener {
    private static final long PROGRESS_NS = TimeUnit.MILLISECONDS.toNanos(200);

    private final Coordinator coordinator;
    private final String nodeId;
    private boolean isFinished;

    private DemoSender(Coordinator coordinator, String nodeId) {
        this.coordinator = coordinator;
        this.nodeId = nodeId;
    }

    /** Started by the coordinator only, which talks to it over its standard input and output. */
    public static void main(String[] args) {
        ChildMain.run(coordinator -> {
            DemoSetup setup = DemoSetup.of(coordinator.await());
            JsonNode requests = coordinator.await();
            String nodeId = requests.get("node").asText();
            NodeContext node = setup.node(nodeId, setup.source());
            SenderService service = new SenderService(context(setup));
            try (NodeRuntime runtime = NodeRuntime.launch(node, List.of(service))) {
                coordinator.say(Line.of("ready"));
                new DemoSender(coordinator, nodeId).run(setup, requests, service.sender(), runtime);
            }
        });
    }

    /** Each order of binding has staging of its own; the one that is not used is as small as may be. */
    private static SenderContext context(DemoSetup setup) {
        ShardedLayout layout = setup.source();
        long unitBytes = CellMap.of(layout.layout(), layout.sharding(), layout.layout(), layout.sharding(),
            layout.layout().blockTokens(), 0, 0, setup.extentBytes()).sourceImages().unitBytesMax();
        return new SenderContext().layout(layout).transport(setup.scheme()).handoffsMax(PrefillWorker.ACTIVE_MAX)
            .windowBytes(setup.isSourceFirst() ? unitBytes : setup.stagingBytes())
            .wholeBytes(setup.isSourceFirst() ? setup.stagingBytes() : unitBytes);
    }

    private void run(DemoSetup setup, JsonNode requests, PrefillSender sender, NodeRuntime runtime) {
        JsonNode connect = coordinator.await();
        int peer = sender.connect(connect.get("host").asText(), connect.get("port").asInt());
        PrefillWorker worker = new PrefillWorker(setup, sender.engine(), peer, this);
        int[] numbers = ChildMain.numbers(requests.get("requests"));
        int[] tokens = ChildMain.numbers(requests.get("tokens"));
        for (int i = 0; i < numbers.length; i++) {
            worker.add(numbers[i], tokens[i], DemoCache.keys(requests.get("ids").get(i), setup.seed()));
        }
        work(worker, runtime);
    }

    private void work(PrefillWorker worker, NodeRuntime runtime) {
        IdleStrategy idle = new BackoffIdleStrategy(1, 10, 10_000, 200_000);
        long cpuNs = ChildMain.cpuNs();
        long progressNs = System.nanoTime();
        while (!isFinished) {
            int workCount = worker.doWork();
            for (JsonNode line = coordinator.poll(); line != null; line = coordinator.poll()) {
                onLine(line);
                workCount++;
            }
            long nowNs = System.nanoTime();
            if (nowNs - progressNs >= PROGRESS_NS) {
                progressNs = nowNs;
                coordinator.say(Line.of("progress").put("bytes", worker.generatedBytes()));
            }
            ChildMain.requireWell(runtime.failure());
            idle.idle(workCount);
        }
        ObjectNode summary = Line.of("summary").put("cpuNs", ChildMain.cpuNs() - cpuNs)
            .put("engineCpuNs", worker.generatingCpuNs()).put("engineBytes", worker.generatedBytes());
        ObjectNode retries = summary.putObject("retries");
        worker.retries().forEach(retries::put);
        ObjectNode nextAttempts = summary.putObject("nextAttempts");
        worker.nextAttempts().forEach(nextAttempts::put);
        coordinator.say(summary);
    }

    private void onLine(JsonNode line) {
        if (!Line.event(line).equals("finish") && !Line.event(line).equals(Coordinator.GONE)) {
            throw new IllegalArgumentException("not expected of the coordinator: line=" + line);
        }
        isFinished = true;
    }

    @Override
    public void onParked(PrefillWorker.Prefill prefill) {
        coordinator.say(Line.of("parked").put("request", prefill.request).put("attempt", prefill.attempt).put("node", nodeId));
    }

    @Override
    public void onEnded(PrefillWorker.Prefill prefill, RequestOutcome outcome, String reason, String detail) {
        coordinator.say(Line.of("ended").put("request", prefill.request).put("attempt", prefill.attempt)
            .put("outcome", outcome.word()).put("reason", reason).put("detail", detail).put("fromNs", prefill.fromNs).put("prefilledNs", prefill.prefilledNs));
    }
}
