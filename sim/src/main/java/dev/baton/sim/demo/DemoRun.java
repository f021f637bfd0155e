package dev.baton.sim.demo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.baton.sim.report.CommandException;
import dev.baton.sim.report.Human;
import dev.baton.sim.report.Progress;
import dev.baton.transport.node.StatsClient;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * One demo from start to end: starts the processes, deals the requests out, carries word of parked prefills from
 * senders to the receiver, and gathers what all of them say. It moves no KV itself. One thread.
 */
final class DemoRun implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(DemoRun.class.getName());
    private static final long READY_WITHIN_NS = TimeUnit.SECONDS.toNanos(60);
    private static final String HOST = "127.0.0.1";
    private static final long QUIET_WITHIN_NS = TimeUnit.SECONDS.toNanos(5);
    private static final long SUMMARY_WITHIN_NS = TimeUnit.SECONDS.toNanos(20);
    /** Nothing moved for so long: whatever is wrong, waiting does not mend it. */
    private static final long STALLED_NS = TimeUnit.SECONDS.toNanos(60);
    private static final long POLL_MS = 100;

    private final DemoSetup setup;
    private final DemoPlan plan;
    /** Null where requests have no names for their blocks. */
    private final DemoCache cache;
    private final LinkedBlockingQueue<ChildJvm.Said> said = new LinkedBlockingQueue<>();
    private final List<ChildJvm> children = new ArrayList<>();
    private final Map<ChildJvm, JsonNode> ready = new HashMap<>();
    private final Map<ChildJvm, JsonNode> summaries = new HashMap<>();
    private final Map<ChildJvm, Long> engineBytes = new HashMap<>();
    private final DemoLedger ledger;
    private final ChildJvm receiver;
    private long startedNs;
    private long movedNs;
    private long elapsedNs;

    private DemoRun(DemoSetup setup, DemoPlan plan, DemoCache cacheOrNull, int senderCount) {
        this.setup = setup;
        this.plan = plan;
        cache = cacheOrNull;
        ledger = new DemoLedger(plan);
        receiver = ChildJvm.start("receiver", DemoReceiver.class, said);
        children.add(receiver);
        for (int i = 0; i < senderCount; i++) {
            children.add(ChildJvm.start("sender-" + i, DemoSender.class, said));
        }
    }

    /**
     * Runs a demo.
     *
     * @throws CommandException if a process failed; the message holds its last lines
     */
    static DemoResult run(DemoSetup setup, DemoPlan plan, DemoCache cacheOrNull, int senderCount, PrintWriter err) {
        try (DemoRun run = new DemoRun(setup, plan, cacheOrNull, senderCount)) {
            Thread end = new Thread(run::close, "baton-demo-end");
            Runtime.getRuntime().addShutdownHook(end);
            try (Progress progress = new Progress(err, Progress.isTerminal(), run::progressLine)) {
                return run.run(progress);
            } finally {
                run.removeHook(end);
            }
        }
    }

    private DemoResult run(Progress progress) {
        dealOut();
        awaitAll("ready", ready, READY_WITHIN_NS);
        startedNs = System.nanoTime();
        movedNs = startedNs;
        ObjectNode connect = Line.of("connect").put("host", HOST).put("port", ready.get(receiver).get("port").asInt());
        children.stream().filter(child -> child != receiver).forEach(child -> child.tell(connect));
        while (!ledger.isSettled()) {
            hear();
            long nowNs = System.nanoTime();
            progress.step(nowNs);
            if (nowNs - movedNs > STALLED_NS) {
                ledger.giveUp("stalled");
            }
        }
        elapsedNs = System.nanoTime() - startedNs;
        JsonNode stats = statsOnceQuiet();
        children.forEach(child -> child.tell(Line.of("finish")));
        awaitAll("summary", summaries, SUMMARY_WITHIN_NS);
        children.forEach(ChildJvm::awaitEnd);
        List<JsonNode> ofSenders = children.stream().filter(child -> child != receiver).map(summaries::get).toList();
        return new DemoResult(setup, plan, cache, ledger, elapsedNs, stats, summaries.get(receiver), ofSenders);
    }

    /** Everyone is told the setup; requests go to the senders in turn. */
    private void dealOut() {
        children.forEach(child -> child.tell(setup.json()));
        ObjectNode all = Line.of("requests");
        all.set("tokens", Line.array(plan.tokens()));
        receiver.tell(all);
        int senderCount = children.size() - 1;
        for (int sender = 0; sender < senderCount; sender++) {
            ObjectNode requests = Line.of("requests").put("node", "demo-" + children.get(sender + 1).name());
            var numbers = requests.putArray("requests");
            var tokens = requests.putArray("tokens");
            var ids = requests.putArray("ids");
            for (int request = sender; request < plan.tokens().length; request += senderCount) {
                numbers.add(request);
                tokens.add(plan.tokens()[request]);
                ArrayNode own = ids.addArray();
                if (cache != null) {
                    cache.putIds(request, own);
                }
            }
            children.get(sender + 1).tell(requests);
        }
    }

    private void awaitAll(String event, Map<ChildJvm, JsonNode> heard, long withinNs) {
        long deadlineNs = System.nanoTime() + withinNs;
        while (heard.size() < children.size()) {
            hear();
            if (deadlineNs - System.nanoTime() <= 0) {
                ChildJvm silent = children.stream().filter(child -> !heard.containsKey(child)).findFirst()
                    .orElseThrow();
                throw failed("a process says no " + event + " within " + Human.duration(withinNs), silent);
            }
        }
    }

    /** What the receiver says of itself, once it has nothing in flight; or after a while anyway. */
    private JsonNode statsOnceQuiet() {
        int port = ready.get(receiver).get("port").asInt();
        long deadlineNs = System.nanoTime() + QUIET_WITHIN_NS;
        try {
            JsonNode stats;
            do {
                stats = Line.tree(StatsClient.ask(HOST, port, setup.secretOrNull(), QUIET_WITHIN_NS)).path("decode");
            } while (stats.path("reservations").path("live").asLong() > 0 && deadlineNs - System.nanoTime() > 0);
            return stats;
        } catch (IOException ex) {
            throw CommandException.failed(ex.getMessage(), "add --debug to see more", ex);
        }
    }

    /** Takes what was said, after a short wait for the first. */
    private void hear() {
        try {
            ChildJvm.Said next = said.poll(POLL_MS, TimeUnit.MILLISECONDS);
            while (next != null) {
                onSaid(next.child(), next.lineOrNull());
                next = said.poll();
            }
        } catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
            throw CommandException.failed("interrupted", "start it again", ex);
        }
    }

    private void onSaid(ChildJvm child, JsonNode lineOrNull) {
        if (lineOrNull == null) {
            if (!summaries.containsKey(child)) {
                throw failed("a process ended before its time", child);
            }
            return;
        }
        switch (Line.event(lineOrNull)) {
            case "ready" -> ready.put(child, lineOrNull);
            case "summary" -> summaries.put(child, lineOrNull);
            case "progress" -> onProgress(child, lineOrNull.get("bytes").asLong());
            case "parked" -> receiver.tell(Line.of("want").put("node", lineOrNull.get("node").asText())
                .put("request", lineOrNull.get("request").asInt()).put("attempt", lineOrNull.get("attempt").asInt()));
            case "consumed" -> {
                ledger.onConsumed(lineOrNull);
                movedNs = System.nanoTime();
            }
            case "ended" -> {
                ledger.onEnded(lineOrNull);
                movedNs = System.nanoTime();
            }
            case "failed" -> throw lineOrNull.get("isLacking").asBoolean()
                ? CommandException.notPossible(lineOrNull.get("what").asText(), "type: baton doctor")
                : failed(lineOrNull.get("what").asText(), child);
            default -> throw failed("it says what nobody expects: " + lineOrNull, child);
        }
    }

    private void onProgress(ChildJvm child, long bytes) {
        Long before = engineBytes.put(child, bytes);
        if (before == null || before != bytes) {
            movedNs = System.nanoTime();
        }
    }

    private String progressLine() {
        long compared = engineBytes.getOrDefault(receiver, 0L);
        double seconds = Math.max(1e-9, (System.nanoTime() - startedNs) / 1e9);
        return Human.count(ledger.settled()) + " of " + Human.count(plan.tokens().length) + " requests, " +
            Human.bytes(compared) + " of " + Human.bytes(plan.totalBytes()) + " compared, " +
            Human.rate(compared / seconds) + ", " + Human.count(ledger.mismatches()) + " mismatches";
    }

    private static CommandException failed(String what, ChildJvm child) {
        return CommandException.failed(what + ": " + child.tail(), "add --debug to see more", null);
    }

    private void removeHook(Thread end) {
        try {
            Runtime.getRuntime().removeShutdownHook(end);
        } catch (IllegalStateException ex) {
            LOG.log(System.Logger.Level.DEBUG, "this process goes down already, and the hook does what is left", ex);
        }
    }

    /** Ends all processes, then removes what they shared. Done twice, it does nothing. */
    @Override
    public synchronized void close() {
        // Told all at once, so that they end side by side.
        children.forEach(ChildJvm::hangUp);
        children.forEach(ChildJvm::close);
        children.clear();
        SharedFolder.remove(setup.folder());
    }
}
