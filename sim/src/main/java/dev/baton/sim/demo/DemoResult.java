package dev.baton.sim.demo;

import com.fasterxml.jackson.databind.JsonNode;
import dev.baton.sim.demo.DemoLedger.Stage;
import dev.baton.sim.report.Human;
import dev.baton.sim.report.JsonReport;
import dev.baton.sim.report.Table;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.HdrHistogram.Histogram;

/** What a demo found, for people and for programs. Immutable once made; {@code stats} is what the
 * receiver tells anyone who asks, {@code receiver} and {@code senders} are their processes' summaries. */
record DemoResult(DemoSetup setup, DemoPlan plan, DemoCache cacheOrNull, DemoLedger ledger, long elapsedNs, JsonNode stats, JsonNode receiver,
    List<JsonNode> senders) {
    private static final double NS_PER_MS = 1e6;
    private static final double NS_PER_S = 1e9;
    private static final double BYTES_PER_GB = 1e9;

    boolean isRight() {
        return ledger.isRight();
    }

    double bytesPerSecond() {
        return ledger.bytes() / (elapsedNs / NS_PER_S);
    }

    /**
     * CPU time of the sender and receiver processes, their engines' pattern and comparison included, per 10^9 bytes of
     * KV.
     */
    double cpuSecondsPerGb() {
        return cpuNs("cpuNs") / NS_PER_S / (ledger.bytes() / BYTES_PER_GB);
    }

    /** As above, for generating and comparing bytes alone: no part of a hand-off. */
    double engineCpuSecondsPerGb() {
        return cpuNs("engineCpuNs") / NS_PER_S / (ledger.bytes() / BYTES_PER_GB);
    }

    private double cpuNs(String field) {
        double sum = receiver.get(field).asDouble();
        for (JsonNode sender : senders) {
            sum += sender.get(field).asDouble();
        }
        return sum;
    }

    private JsonNode counters() {
        return stats.path("counters");
    }

    private long tier(String member) {
        return stats.path("tier").path(member).asLong();
    }

    private JsonNode pool() {
        return stats.path("pool");
    }

    /** What senders counted under that name, by reason. */
    private Map<String, Integer> sum(String name) {
        Map<String, Integer> sum = new TreeMap<>();
        for (JsonNode sender : senders) {
            sender.get(name).properties().forEach(entry -> sum.merge(entry.getKey(), entry.getValue().asInt(),
                Integer::sum));
        }
        return sum;
    }

    JsonReport json() {
        JsonReport stages = new JsonReport();
        for (Stage stage : Stage.values()) {
            stages.add(stage.name().toLowerCase(Locale.ROOT), percentiles(ledger.stage(stage)));
        }
        return new JsonReport()
            .add("requests", plan.tokens().length)
            .add("completed", ledger.completed())
            .add("rejected", ledger.rejected())
            .add("failed", ledger.failed())
            .add("tokens", ledger.tokens())
            .add("bytes", ledger.bytes())
            .add("verifiedBytes", ledger.verifiedBytes())
            .add("mismatches", ledger.mismatches())
            .add("firstMismatch", ledger.firstMismatch().isEmpty() ? null : ledger.firstMismatch())
            .addNull("deadlock")
            .add("elapsedSeconds", elapsedNs / NS_PER_S)
            .add("bytesPerSecond", bytesPerSecond())
            .add("cpuSecondsPerGb", cpuSecondsPerGb())
            .add("engineCpuSecondsPerGb", engineCpuSecondsPerGb())
            .add("handoffMs", percentiles(ledger.handoff()))
            .add("admissionWaitMs", percentiles(ledger.stage(Stage.ADMISSION)))
            .add("afterPrefillMs", percentiles(ledger.afterPrefill()))
            .add("stagesMs", stages)
            .add("reservations", new JsonReport().add("granted", counters().path("grants").asLong())
                .add("queued", counters().path("queued").asLong()).add("retried", counts(sum("retries")))
                .add("nextAttempts", counts(sum("nextAttempts")))
                .add("reasons", counts(ledger.reasons())))
            .add("pool", new JsonReport().add("totalBytes", pool().path("totalBytes").asLong())
                .add("highWaterBytes", pool().path("highWaterBytes").asLong()))
            .add("cache", cacheJson())
            .add("transport", setup.scheme())
            .add("model", setup.target().layout().model())
            .add("order", setup.isSourceFirst() ? "source" : "destination")
            .add("prefillTp", setup.prefillTp())
            .add("decodeTp", setup.decodeTp())
            .add("senders", senders.size())
            .add("scale", plan.scale())
            .add("chunkTokens", plan.chunkTokens())
            .add("seed", setup.seed())
            .add("firstRejection", ledger.firstRejection().isEmpty() ? null : ledger.firstRejection())
            .add("firstFailure", ledger.firstFailure().isEmpty() ? null : ledger.firstFailure());
    }

    private JsonReport cacheJson() {
        JsonReport json = new JsonReport().add("filledBytes", filledBytes()).add("heldTokens", ledger.heldTokens())
            .add("heldShare", (double) ledger.heldTokens() / Math.max(1, ledger.tokens()));
        if (setup.tierOrNull() != null) {
            json.add("tier", new JsonReport().add("blocksLoaded", tier("blocksLoaded")).add("blocksStored", tier("blocksStored"))
                .add("blocksDropped", tier("blocksDropped")).add("promotionsLate", tier("promotionsLate"))
                .add("circuit", stats.path("tier").path("circuit").asText()));
        }
        return cacheOrNull == null ? json : json.add("lruShare", cacheOrNull.lruShare(poolBlocks()))
            .add("endlessShare", cacheOrNull.endlessShare());
    }

    /** What prefill engines made: neither what the receiver held, nor what senders had kept. */
    private long filledBytes() {
        long bytes = 0;
        for (JsonNode sender : senders) {
            bytes += sender.path("engineBytes").asLong();
        }
        return bytes;
    }

    /** Blocks that the receiver's pool has room for, were there nothing else in it. */
    private long poolBlocks() {
        return pool().path("totalBytes").asLong() / Math.max(1, plan.totalBytes() / Math.max(1, plan.totalTokens())) /
            setup.target().layout().blockTokens();
    }

    private static JsonReport percentiles(Histogram histogram) {
        return new JsonReport().add("p50", histogram.getValueAtPercentile(50) / NS_PER_MS)
            .add("p99", histogram.getValueAtPercentile(99) / NS_PER_MS);
    }

    private static JsonReport counts(Map<String, Integer> counts) {
        JsonReport json = new JsonReport();
        counts.forEach(json::add);
        return json;
    }

    String text() {
        Table amounts = new Table("what", "how much")
            .row("requests", plan.tokens().length)
            .row("completed, rejected, failed", ledger.completed() + ", " + ledger.rejected() + ", " + ledger.failed())
            .row("tokens", ledger.tokens())
            .row("KV bytes", Human.bytes(ledger.bytes()))
            .row("compared bytes", Human.bytes(ledger.verifiedBytes()))
            .row("KV bytes that prefill engines filled", Human.bytes(filledBytes()))
            .row("tokens held, not sent", held())
            .row("blocks from tier, to tier, dropped", tierBlocks())
            .row("mismatches", ledger.mismatches())
            .row("reservations granted", counters().path("grants").asLong())
            .row("of these after queueing", counters().path("queued").asLong())
            .row("told to come again", words(sum("retries")))
            .row("handed off anew, since it ended as", words(sum("nextAttempts")))
            .row("rejected or failed because", words(ledger.reasons()))
            .row("time", Human.duration(elapsedNs))
            .row("rate", Human.rate(bytesPerSecond()))
            .row("CPU s/GB", cpuSecondsPerGb())
            .row("of these engines' pattern, compare", engineCpuSecondsPerGb())
            .row("pool high-water", Human.bytes(pool().path("highWaterBytes").asLong()) + " of " +
                Human.bytes(pool().path("totalBytes").asLong()));
        Table times = new Table("stage", "p50 ms", "p99 ms", "max ms", "from, to");
        for (Stage stage : Stage.values()) {
            row(times, stage.name().toLowerCase(Locale.ROOT), ledger.stage(stage), extent(stage));
        }
        row(times, "hand-off", ledger.handoff(), setup.isSourceFirst() ? "end of prefill to READY"
            : "begin to READY, prefill included");
        if (!setup.isSourceFirst()) {
            row(times, "after prefill", ledger.afterPrefill(), "end of prefill to READY");
        }
        return amounts + "\n" + times + "\n" + sentence() + "\n";
    }

    private String tierBlocks() {
        return setup.tierOrNull() == null ? "-" : Human.count(tier("blocksLoaded")) + ", " + Human.count(tier("blocksStored")) + ", " +
            Human.count(tier("blocksDropped")) + "; waited in vain: " + Human.count(tier("promotionsLate")) + " requests";
    }

    private String held() {
        String share = Human.count(ledger.heldTokens()) + String.format(Locale.ROOT, " (%.1f %%)",
            100.0 * ledger.heldTokens() / Math.max(1, ledger.tokens()));
        return cacheOrNull == null ? share : share + String.format(Locale.ROOT,
            "; an LRU cache as large as the pool, one request at a time: %.1f %%, an endless one: %.1f %%",
            100 * cacheOrNull.lruShare(poolBlocks()), 100 * cacheOrNull.endlessShare());
    }

    private static void row(Table times, String name, Histogram ns, String extent) {
        times.row(name, ns.getValueAtPercentile(50) / NS_PER_MS, ns.getValueAtPercentile(99) / NS_PER_MS,
            ns.getMaxValue() / NS_PER_MS, extent);
    }

    private String extent(Stage stage) {
        return switch (stage) {
            case QUEUE -> setup.isSourceFirst() ? "end of prefill to RESERVE, wanted between" : "begin to RESERVE";
            case ADMISSION -> "RESERVE to GRANT";
            case WIRE -> setup.isSourceFirst() ? "GRANT to FIN" : "GRANT to FIN, prefill meanwhile";
            case VERIFY -> "FIN to READY";
            case CONSUME -> "READY to released, all compared";
        };
    }

    private static String words(Map<String, Integer> counts) {
        return counts.isEmpty() ? "-" : String.join(", ", counts.entrySet().stream()
            .map(entry -> entry.getKey() + " " + Human.count(entry.getValue())).toList());
    }

    /** Did all of it arrive, right. */
    String sentence() {
        String compared = Human.bytes(ledger.verifiedBytes()) + " of KV compared byte by byte, ";
        if (!isRight()) {
            return "NOT all of it arrived right: " + ledger.completed() + " of " + plan.tokens().length +
                " requests completed, " + ledger.failed() + " failed, " + Human.count(ledger.mismatches()) +
                " wrong bytes." + (ledger.firstMismatch().isEmpty() ? "" : " First wrong byte: " +
                    ledger.firstMismatch() + ".") +
                (ledger.firstFailure().isEmpty() ? "" : " First failure: " + ledger.firstFailure() + ".");
        }
        if (ledger.rejected() > 0) {
            return "All that was accepted arrived, right: " + ledger.completed() + " of " + plan.tokens().length +
                " requests, " + compared + "0 wrong; " + ledger.rejected() + " refused (" + words(ledger.reasons()) +
                "; first: " + ledger.firstRejection() + ").";
        }
        return "All " + ledger.completed() + " requests arrived, right: " + compared + "0 wrong.";
    }
}
