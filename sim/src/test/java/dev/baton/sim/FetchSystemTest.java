package dev.baton.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.baton.sim.report.ExitCode;

/** As an operator sees it: a node in a process of its own receives a prompt, and another one fetches it from there. */
@Timeout(90)
class FetchSystemTest {
    private static final int TOKENS = 200;
    private static final int BLOCK = 32;
    private static final int WHOLE_TOKENS = TOKENS / BLOCK * BLOCK;
    /** Of Llama-3.2-1B: 16 layers, 8 heads, 64 wide, keys and values, bf16. */
    private static final long BYTES_PER_TOKEN = 16 * 8 * 64 * 2 * 2;

    @TempDir
    Path folder;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private final List<Process> children = new ArrayList<>();

    @AfterEach
    void end() {
        children.forEach(Process::destroyForcibly);
    }

    /** A node with both roles that compares every byte it receives; its control address. */
    private String start(String nodeId, String... more) throws IOException {
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        for (String flag : Files.readAllLines(Path.of("..", "jvm.options"))) {
            if (!flag.isBlank() && !flag.startsWith("#") && !flag.startsWith("-Xm") && !flag.startsWith("-XX:AOT")) {
                command.add(flag.strip());
            }
        }
        command.addAll(List.of("-Xmx256m", "-XX:TieredStopAtLevel=1", "-cp", System.getProperty("java.class.path"), Baton.class.getName(), "node",
            "--listen", "127.0.0.1:0", "--node-id", nodeId, "--pool", "64MiB", "--extent", "256KiB", "--verify-pattern", "7"));
        command.addAll(common());
        command.addAll(List.of(more));
        Process child = new ProcessBuilder(command).redirectError(folder.resolve(nodeId + ".err").toFile()).start();
        children.add(child);
        BufferedReader lines = child.inputReader();
        String line = lines.readLine();
        assertTrue(line != null && line.startsWith("LISTENING "), () -> "line=" + line);
        return line.split(" ", -1)[1];
    }

    private List<String> common() {
        return List.of("--model", "Llama-3.2-1B", "--block-tokens", Integer.toString(BLOCK), "--transports", "tcp", "--shm-dir", folder.toString());
    }

    private int run(String... args) {
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        List<String> all = new ArrayList<>(List.of(args));
        all.addAll(common());
        all.add("--json");
        return Baton.run(Map.of(), new PrintWriter(out), new PrintWriter(err), all.toArray(new String[0]));
    }

    private int fetch(String from, String... more) {
        List<String> args = new ArrayList<>(List.of("fetch", "--from", from, "--pattern", "7", "--tokens", Integer.toString(2 * TOKENS), "--pool",
            "64MiB", "--extent", "256KiB", "--listen", "127.0.0.1:0"));
        args.addAll(List.of(more));
        return run(args.toArray(new String[0]));
    }

    private JsonNode json() throws IOException {
        return new ObjectMapper().readTree(out.toString());
    }

    @Test
    void shouldFetchWhatAnotherProcessReceived() throws Exception {
        String address = start("holder", "--fetch-tenants", "0,beef");
        assertEquals(ExitCode.FAILED, fetch(address), err::toString);
        assertEquals("not_known", json().get("why").asText(), "nothing is there yet");

        assertEquals(ExitCode.DONE, run("send", "--to", address, "--pattern", "7", "--named", "--tokens", Integer.toString(TOKENS), "--window",
            "16MiB", "--whole-staging", "16MiB", "--requests", "2", "--concurrency", "1", "--listen", "127.0.0.1:0"), err::toString);
        assertEquals((TOKENS + TOKENS - WHOLE_TOKENS) * BYTES_PER_TOKEN, json().get("bytes").asLong(), "named alike, so sent once but for its end");

        assertEquals(ExitCode.DONE, fetch(address), err::toString);
        assertEquals(WHOLE_TOKENS, json().get("tokens").asInt());
        assertEquals(WHOLE_TOKENS * BYTES_PER_TOKEN, json().get("bytes").asLong());
        assertEquals("holder", json().get("node").asText());
        assertEquals(ExitCode.FAILED, fetch(address, "--tenant", "beef"), err::toString);
        assertEquals("not_known", json().get("why").asText(), "another tenant's is another prompt");
        assertEquals(ExitCode.FAILED, fetch(address, "--tenant", "c0ffee"), err::toString);
        assertEquals("not_allowed", json().get("why").asText());

        String last = start("last");
        assertEquals(ExitCode.DONE, run("forward", "--from", address, "--to", last, "--pattern", "7", "--tokens", Integer.toString(TOKENS + BLOCK),
            "--pool", "128MiB", "--extent", "256KiB", "--listen", "127.0.0.1:0"), err::toString);
        assertEquals(WHOLE_TOKENS / BLOCK, json().get("blocksRead").asInt());
        assertEquals(WHOLE_TOKENS * BYTES_PER_TOKEN, json().get("bytesRead").asLong());
        assertEquals(0, json().get("bytesWrong").asLong());
        assertEquals(2, json().get("blocksComputed").asInt(), "what is behind that beginning");
        assertEquals("verified 1 requests, " + (TOKENS + BLOCK) * BYTES_PER_TOKEN + " bytes, 0 wrong bytes", end(children.get(1)));
        assertEquals("verified 2 requests, " + 2 * TOKENS * BYTES_PER_TOKEN + " bytes, 0 wrong bytes", end(children.get(0)));
    }

    /** As an operator ends it; what it says of all that it compared. */
    private static String end(Process child) throws IOException, InterruptedException {
        child.toHandle().destroy();
        assertTrue(child.waitFor(20, TimeUnit.SECONDS), "ends after SIGTERM");
        return child.inputReader().readLine();
    }

    @Test
    void shouldRefuseTenantsThatAreNone() {
        assertEquals(ExitCode.USAGE, run("node", "--listen", "127.0.0.1:0", "--fetch-tenants", "everybody"));
        assertTrue(err.toString().contains("--fetch-tenants=everybody"), err::toString);
        assertEquals(ExitCode.USAGE, fetch("127.0.0.1:1", "--tenant", "x"));
        assertTrue(err.toString().contains("--tenant=x"), err::toString);
    }
}
