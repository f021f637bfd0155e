package dev.baton.sim.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.baton.sim.Baton;
import dev.baton.sim.report.ExitCode;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the command refuses before it starts any process, and the mode that starts none. */
class DemoCommandTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @TempDir
    private Path folder;

    private int demo(String... options) {
        String[] args = new String[options.length + 1];
        args[0] = "demo";
        System.arraycopy(options, 0, args, 1, options.length);
        return Baton.run(new PrintWriter(out), new PrintWriter(err), args);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', value = {
        "--model Lama-3.1-8B      | unknown model: model=Lama-3.1-8B; near: Llama-3.1-8B",
        "--decode-tp 3            | tp must be a divisor or a multiple of kvHeads=8",
        "--prefill-tp 0           | --prefill-tp must be 1 to 64: --prefill-tp=0",
        "--decode-tp 2147483647   | --decode-tp must be 1 to 64",
        "--senders 0              | --senders must be 1 to 32: --senders=0",
        "--scale -1               | --scale must be 0 to 2147483647: --scale=-1",
        "--requests -5            | --requests must be 0 to 1000000: --requests=-5",
        "--chunk-tokens 300       | chunkTokens must be a multiple of the block of 256 tokens: chunkTokens=300",
        "--trace no/such.jsonl    | no such trace: file=no/such.jsonl; check the path",
        "--transport pigeon       | unknown transport: --transport=pigeon; known: [shm, rdma, tcp, tcp-lossless, aeron, rdma-sim]",
        "--order sideways         | Invalid value for option '--order'",
        "--admission maybe        | Invalid value for option '--admission'",
        "--chunks 8               | --chunks goes with --admission",
        "--admission chunk --requests 1 | requestCount must be 2 to 1024: requestCount=1",
    })
    void shouldRefuseWhatCannotBeObeyed(String options, String message) {
        assertEquals(ExitCode.USAGE, demo(options.split(" ")), err::toString);
        assertTrue(err.toString().startsWith("baton: " + message), err::toString);
        assertEquals("", out.toString());
    }

    @Test
    void shouldNameTheFileAndTheLineOfAMalformedTrace() throws IOException {
        Path trace = folder.resolve("bad.jsonl");
        Files.writeString(trace, """
            {"timestamp": 0, "input_length": 600, "output_length": 5, "hash_ids": [1, 2]}
            {"timestamp": 1, "input_length": -600, "output_length": 5, "hash_ids": [1, 2]}
            """);

        assertEquals(ExitCode.USAGE, demo("--trace", trace.toString()));
        assertTrue(err.toString().startsWith("baton: malformed trace: file=" + trace + " line=2: "), err::toString);
    }

    @Test
    void shouldSayWhatToDoWhereSharedMemoryIsTooSmall() {
        assertEquals(ExitCode.NOT_POSSIBLE, demo("--pool-mib", "1000000000"));
        assertTrue(err.toString().startsWith("baton: shared memory is too small: folder=/dev/shm "), err::toString);
        assertTrue(err.toString().contains("--shm-size=4g"), err::toString);
        assertEquals("", out.toString());
    }

    @Test
    void shouldShowTheDeadlockAsACycle() throws IOException {
        assertEquals(ExitCode.DONE, demo("--admission", "chunk", "--json"));

        JsonNode result = new ObjectMapper().readTree(out.toString());
        assertEquals(4, result.get("requests").asInt());
        assertEquals(0, result.get("completed").asInt());
        assertEquals(4, result.get("failed").asInt());
        assertEquals(4, result.get("deadlock").size());
        for (int i = 0; i < 4; i++) {
            JsonNode stuck = result.get("deadlock").get(i);
            assertEquals(7, stuck.get("holds").asInt());
            assertEquals(result.get("deadlock").get((i + 1) % 4).get("request").asText(), stuck.get("waitsFor").asText());
        }
    }

    @Test
    void shouldFinishTheSameLoadWhenMemoryIsTakenWhole() throws IOException {
        assertEquals(ExitCode.DONE, demo("--admission", "request", "--requests", "6", "--chunks", "3", "--json"));

        JsonNode result = new ObjectMapper().readTree(out.toString());
        assertEquals(6, result.get("completed").asInt());
        assertEquals(0, result.get("failed").asInt());
        assertTrue(result.get("deadlock").isNull());
    }
}
