package dev.baton.sim.trace;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** A trace with anything in its lines: requests within their bounds, or a refusal. The lines are given without a file. */
class TraceFileFuzzTest {
    @MethodSource("seeds")
    @FuzzTest(maxDuration = "20s")
    void shouldRefuseOrReadAnyLines(byte[] bytes) {
        if (bytes == null) {
            return;
        }
        String[] lines = new String(bytes, StandardCharsets.UTF_8).split("\n", -1);
        try {
            TraceFormat format = TraceFormat.of(lines[0]);
            for (int i = format instanceof AzureFormat ? 1 : 0; i < lines.length; i++) {
                TraceRequest request = format.parse(lines[i]);
                assertTrue(request.promptTokens() >= 1 && request.outputTokens() >= 0 && request.arrivalMs() >= 0);
            }
        } catch (IllegalArgumentException ex) {
            assertTrue(ex.getMessage() != null && ex.getMessage().length() < 1000, "a refusal is short");
        }
    }

    static Stream<byte[]> seeds() {
        return Stream.of("{}",
            "{\"timestamp\": 5, \"input_length\": 600, \"output_length\": 7, \"hash_ids\": [1, 2]}\n",
            "{\"timestamp\": 5, \"input_length\": 1, \"output_length\": 0}\n{}\n", "{\"timestamp\": 1e400}\n",
            AzureFormat.HEADER + "\n2023-11-16 18:17:03.9799600,4808,10\n2023-11-16 18:17:04.0319600+00:00,3180,8\n",
            AzureFormat.HEADER + "\n2023-11-16 18:17:03,-1,10\n",
            AzureFormat.HEADER + "\n2023-11-16 18:17:03,1,1\n+999999999-12-31 00:00:00,1,1\n")
            .map(text -> text.getBytes(StandardCharsets.UTF_8));
    }
}
