package dev.baton.sim;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.baton.sim.report.CommandException;
import dev.baton.sim.report.ExitCode;
import dev.baton.sim.report.Human;
import dev.baton.sim.report.Table;
import dev.baton.transport.node.AddressOptions;
import dev.baton.transport.node.HostPort;
import dev.baton.transport.node.StatsClient;
import dev.baton.transport.secret.SharedSecret;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code baton stats}: asks a running node where it stands. */
@Command(
    name = "stats",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description =
    "Asks a running node for its pool by state, reservations by state, rejections by reason and counters.")
final class StatsCommand implements Callable<Integer> {
    /** Extents of a pool by state; those before {@code total} add up to it, save that evictable ones are sealed too. */
    private static final List<String> POOL_STATES = List.of("free", "owned", "sealed", "evictable", "quarantined",
        "total");

    @Option(names = "--to", required = true, paramLabel = "HOST:PORT", converter = AddressOptions.class,
        description = "The node's control address, as its LISTENING line tells it.")
    private HostPort to;

    @Option(names = "--timeout-seconds", paramLabel = "N", defaultValue = "5",
        description = "Longest wait for the answer. Default: ${DEFAULT-VALUE}.")
    private int timeoutSeconds;

    @Option(names = "--secret-file", paramLabel = "FILE",
        description = "The node's secret, if it has one; or BATON_SECRET_FILE.")
    private Path secretFile;

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean isJson;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        if (timeoutSeconds < 1) {
            throw new IllegalArgumentException("timeout-seconds must be at least 1: timeout-seconds=" + timeoutSeconds);
        }
        String json;
        try {
            json = StatsClient.ask(to.host(), to.port(), secretFile == null ? null : SharedSecret.read(secretFile),
                TimeUnit.SECONDS.toNanos(timeoutSeconds));
        } catch (IOException ex) {
            throw CommandException.failed("no statistics from " + to + ": " + ex.getMessage(),
                "check that a node listens there (baton receiver --listen " + to + ") with the same --secret-file", ex);
        }
        PrintWriter out = spec.commandLine().getOut();
        if (isJson) {
            out.println(json);
        } else {
            print(out, json);
        }
        out.flush();
        return ExitCode.DONE;
    }

    private void print(PrintWriter out, String json) {
        JsonNode stats;
        try {
            stats = new ObjectMapper().readTree(json);
        } catch (JsonProcessingException ex) {
            throw CommandException.failed("the answer from " + to + " is not JSON: " + ex.getOriginalMessage(),
                "use equal versions", ex);
        }
        out.println("node " + stats.path("nodeId").asText() + " at " + to + ", incarnation "
            + stats.path("incarnation").asText());
        for (Map.Entry<String, JsonNode> role : stats.properties()) {
            if (role.getValue().isObject()) {
                printRole(out, role.getKey(), role.getValue());
            }
        }
    }

    private static void printRole(PrintWriter out, String role, JsonNode stats) {
        out.println();
        out.println(role + (stats.has("model") ? ": " + stats.path("model").asText() : ""));
        Table plain = new Table("counter", "value");
        boolean hasPlain = false;
        for (Map.Entry<String, JsonNode> member : stats.properties()) {
            if (member.getKey().equals("pool")) {
                out.println();
                out.print(pool(member.getValue()));
            } else if (member.getValue().isObject()) {
                printNumbers(out, member.getKey(), member.getValue());
            } else if (member.getValue().isNumber()) {
                plain.row(member.getKey(), member.getValue().asLong());
                hasPlain = true;
            }
        }
        if (hasPlain) {
            out.println();
            out.print(plain);
        }
    }

    private static void printNumbers(PrintWriter out, String name, JsonNode numbers) {
        out.println();
        if (numbers.isEmpty()) {
            out.println(name + ": none");
            return;
        }
        Table table = new Table(name, "count");
        numbers.properties().forEach(number -> table.row(number.getKey(), number.getValue().asLong()));
        out.print(table);
    }

    private static Table pool(JsonNode pool) {
        long extentBytes = pool.path("extentBytes").asLong();
        Table table = new Table("pool", "extents", "bytes");
        for (String state : POOL_STATES) {
            long extents = pool.path(state + "Extents").asLong();
            table.row(state.equals("evictable") ? "  of which evictable" : state, extents,
                Human.bytes(extents * extentBytes));
        }
        return table.row("most ever reserved", null, Human.bytes(pool.path("highWaterBytes").asLong()));
    }
}
