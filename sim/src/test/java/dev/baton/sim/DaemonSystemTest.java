package dev.baton.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import dev.baton.sim.report.ExitCode;

/** The daemons as an operator runs them, each a process of its own; this process is the prefill engine and the operator. */
@Timeout(90)
class DaemonSystemTest extends DaemonHarness {
    @Test
    void shouldServeOnlyThoseWhoKnowItsSecret() throws Exception {
        String secret = secretFile("right", "the secret of this test");
        String other = secretFile("wrong", "another secret of this test");
        try (BatonProcess receiver = receiver("--secret-file", secret)) {
            assertEquals(ExitCode.DONE, send(receiver, "--model", MODEL, "--pattern", "7", "--secret-file", secret), err::toString);
            assertEquals(1, json().get("completed").asInt());

            assertEquals(ExitCode.FAILED, send(receiver, "--connect-seconds", "3", "--secret-file", other));
            assertTrue((out.toString() + err).contains("another secret"), () -> out + " " + err);
            assertEquals(ExitCode.FAILED, send(receiver, "--connect-seconds", "3"));
            assertTrue((out.toString() + err).contains("--secret-file"), () -> out + " " + err);
            assertEquals(ExitCode.FAILED, run("stats", "--to", receiver.address(), "--json"));
            assertTrue(err.toString().contains("--secret-file"), err::toString);

            assertEquals(ExitCode.DONE, run("stats", "--to", receiver.address(), "--json", "--secret-file", secret), err::toString);
            JsonNode counters = json().get("control");
            assertTrue(counters.get("secrets.refused").asLong() >= 3, counters::toString);
            receiver.terminate();
        }
    }

    private String secretFile(String name, String text) throws IOException {
        Path file = folder.resolve(name);
        Files.writeString(file, text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        return file.toString();
    }

    /** The one pool of a node with both roles: each share and the whole add up, by state, and shares add up to the whole. */
    private JsonNode onePoolStats(BatonProcess node) throws IOException {
        JsonNode stats = stats(node);
        JsonNode pool = stats.get("pool");
        for (String state : List.of("totalBytes", "freeBytes", "ownedBytes", "sealedBytes", "evictableBytes", "quarantinedBytes")) {
            long shares = 0;
            for (String share : List.of("reservations", "window", "wholeStaging")) {
                shares += pool.get(share).get(state).asLong();
            }
            assertEquals(pool.get(state).asLong(), shares, () -> state + " " + pool);
        }
        for (JsonNode part : List.of(pool, pool.get("reservations"), pool.get("window"), pool.get("wholeStaging"))) {
            assertEquals(part.get("totalBytes").asLong(), part.get("freeBytes").asLong() + part.get("ownedBytes").asLong() +
                part.get("sealedBytes").asLong() + part.get("quarantinedBytes").asLong(), pool::toString);
        }
        assertEquals(POOL_BYTES / 8, pool.get("window").get("totalBytes").asLong());
        assertEquals(POOL_BYTES / 8, pool.get("wholeStaging").get("totalBytes").asLong());
        assertEquals(pool.get("reservations").get("totalBytes").asLong(), stats.get("decode").get("pool").get("totalBytes").asLong());
        return stats;
    }

    private long slabFileBytes(String incarnation) throws IOException {
        long bytes = 0;
        try (Stream<Path> files = Files.list(shared)) {
            for (Path file : files.filter(name -> name.getFileName().toString().matches("baton-0*" + incarnation + "-.*\\.slab")).toList()) {
                bytes += Files.size(file);
            }
        }
        return bytes;
    }

    @Test
    void shouldDeliverOverEachTransportAddUpAndEndWell() throws Exception {
        try (BatonProcess receiver = receiver()) {
            int delivered = 0;
            for (String transport : List.of("shm", "tcp", "aeron")) {
                assertEquals(ExitCode.DONE, send(receiver, "--pattern", "7", "--requests", "3", "--model", MODEL, "--transport", transport),
                    () -> transport + ": " + out + err);
                assertEquals(3, json().get("completed").asInt());
                assertEquals(3 * TOKEN_BYTES * 512, json().get("bytes").asLong());
                delivered += 3;
            }
            JsonNode stats = statsWhenIdle(receiver);
            assertEquals(delivered, stats.get("counters").get("delivered").asInt());
            assertEquals(delivered * TOKEN_BYTES * 512, stats.get("landing").get("verifiedBytes").asLong());
            assertEquals(delivered, stats.get("reservations").get("released").asInt());

            assertEquals(ExitCode.DONE, run("stats", "--to", receiver.address()));
            assertTrue(out.toString().contains("of which evictable"), out::toString);
            String incarnation = stats(receiver).get("incarnation").asText();
            Path driver = SHARED_MEMORY.resolve("baton-aeron-" + incarnation);
            assertTrue(Files.exists(driver), driver::toString);

            assertEquals(List.of(verified(delivered)), receiver.terminate());
            assertEquals(ExitCode.DONE, receiver.exitCode());
            assertTrue(Files.notExists(driver), driver::toString);
        }
    }

    @Test
    void shouldSendToSeveralReceiversInTurn() throws Exception {
        try (BatonProcess first = receiver(); BatonProcess second = receiver()) {
            assertEquals(ExitCode.DONE, send(first, "--to", second.address(), "--pattern", "7", "--requests", "5", "--model", MODEL),
                () -> out.toString() + err);
            JsonNode receivers = json().get("receivers");
            assertEquals(List.of(first.address(), second.address()), receivers.findValuesAsText("to"));
            assertEquals(List.of("3", "2"), receivers.findValuesAsText("completed"));
            assertEquals(5, json().get("completed").asInt());

            assertEquals(3, statsWhenIdle(first).get("counters").get("delivered").asInt());
            assertEquals(2, statsWhenIdle(second).get("counters").get("delivered").asInt());
            assertEquals(List.of(verified(3)), first.terminate());
            assertEquals(List.of(verified(2)), second.terminate());
        }
    }

    @Test
    void shouldTellWrongBytes() throws Exception {
        try (BatonProcess receiver = receiver()) {
            assertEquals(ExitCode.DONE, send(receiver, "--pattern", "8", "--model", MODEL), err::toString);
            List<String> summary = receiver.terminate();

            assertEquals(ExitCode.FAILED, receiver.exitCode());
            assertEquals(1, summary.size(), summary::toString);
            assertTrue(summary.getFirst().matches("verified 1 requests, \\d+ bytes, [1-9]\\d* wrong bytes; first: .*"), summary::toString);
        }
    }

    @Test
    void shouldMoveKvOfTheTypeThatBothEndsName() throws Exception {
        try (BatonProcess receiver = receiver("--kv-cache-dtype", "fp8_e4m3")) {
            assertEquals(ExitCode.FAILED, send(receiver, "--pattern", "7", "--model", MODEL, "--connect-seconds", "3"), err::toString);
            assertTrue((out.toString() + err).contains("dtype: bf16 here, fp8_e4m3 there"), () -> out + " " + err);

            assertEquals(ExitCode.DONE, send(receiver, "--pattern", "7", "--model", MODEL, "--kv-cache-dtype", "fp8_e4m3"), err::toString);
            assertEquals(TOKEN_BYTES / 2 * 512, json().get("bytes").asLong());
            JsonNode stats = statsWhenIdle(receiver);
            assertEquals(0, stats.get("pool").get("reservedBytes").asLong());
            assertEquals(List.of("verified 1 requests, " + TOKEN_BYTES / 2 * 512 + " bytes, 0 wrong bytes"), receiver.terminate());
            assertEquals(ExitCode.DONE, receiver.exitCode());
        }
    }

    @Test
    void shouldRunBothRolesInOneProcess() throws Exception {
        try (BatonProcess receiver = receiver();
            BatonProcess node = daemon("node", "--roles", "prefill,decode", "--verify-pattern", "7", "--peers",
                receiver.address())) {
            assertEquals(ExitCode.DONE, send(node, "--pattern", "7", "--model", MODEL, "--requests", "2"), err::toString);
            JsonNode stats = onePoolStats(node);
            assertEquals(2, stats.get("decode").get("counters").get("delivered").asInt());
            assertEquals(0, stats.get("prefill").get("handoffs").asInt());
            assertEquals(POOL_BYTES, slabFileBytes(stats.get("incarnation").asText()), "one set of files for all shares");

            assertEquals(ExitCode.USAGE, run("node", "--model", MODEL, "--pool", "64MiB", "--window", "32MiB", "--whole-staging", "32MiB",
                "--shm-dir", shared.toString()));
            assertTrue(err.toString().contains("windowBytes=33554432 wholeStagingBytes=33554432"), err::toString);

            assertEquals(List.of(verified(2)), node.terminate());
            assertEquals(ExitCode.DONE, node.exitCode());
            receiver.terminate();
        }
    }

    @Test
    void shouldPrintOneJsonObjectForPrograms() throws Exception {
        Path config = Files.writeString(folder.resolve("node.yaml"), "roles: [decode]\nverify-pattern: 7\npool: 64MiB\n");
        List<BatonProcess> daemons = List.of(receiver("--json"), daemon("node", "--config", config.toString(), "--json"));
        try {
            for (BatonProcess daemon : daemons) {
                assertEquals(ExitCode.DONE, send(daemon, "--pattern", "7", "--model", MODEL), err::toString);
                assertEquals(1, json().get("completed").asInt());
                List<String> lines = daemon.terminate();
                assertEquals(1, lines.size(), lines::toString);
                JsonNode summary = new ObjectMapper().readTree(lines.getFirst());
                assertEquals(1, summary.get("requests").asInt());
                assertEquals(512 * TOKEN_BYTES, summary.get("verifiedBytes").asLong());
                assertEquals(0, summary.get("mismatches").asLong());
                assertEquals(ExitCode.DONE, daemon.exitCode());
            }
        } finally {
            for (BatonProcess daemon : daemons) {
                daemon.close();
            }
        }
    }

    private static String verified(int requests) {
        return "verified " + requests + " requests, " + requests * TOKEN_BYTES * 512 + " bytes, 0 wrong bytes";
    }
}
