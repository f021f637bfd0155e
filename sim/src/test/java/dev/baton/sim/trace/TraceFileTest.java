package dev.baton.sim.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TraceFileTest {
    private static final String GOOD = "{\"timestamp\": 7, \"input_length\": 600, \"output_length\": 5, \"hash_ids\": [0, 4]}";
    private static final String HEADER = "TIMESTAMP,ContextTokens,GeneratedTokens\n";

    @TempDir
    private Path folder;

    private Path write(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text);
    }

    @Test
    void shouldReadMooncakeLines() throws IOException {
        Path file = write("t.jsonl", GOOD + "\n\n{\"timestamp\":8,\"input_length\":1,\"output_length\":0}\r\n");

        assertEquals(List.of(new TraceRequest(7, 600, 5, List.of(0L, 4L)), new TraceRequest(8, 1, 0, List.of())),
            TraceFile.read(file, Integer.MAX_VALUE));
    }

    @Test
    void shouldReadAzureLinesByContentNotByName() throws IOException {
        Path file = write("misnamed.jsonl", HEADER + "2023-11-16 23:59:59.9799600,4808,10\n2023-11-17 00:00:01.0319600,3180,8");

        assertEquals(List.of(new TraceRequest(0, 4808, 10, List.of()), new TraceRequest(1052, 3180, 8, List.of())),
            TraceFile.read(file, Integer.MAX_VALUE));
    }

    @Test
    void shouldNotLookBeyondTheFirstRequestsAskedFor() throws IOException {
        Path file = write("t.jsonl", GOOD + "\n" + GOOD + "\nnot json\n");

        assertEquals(2, TraceFile.read(file, 2).size());
        assertThrows(IllegalArgumentException.class, () -> TraceFile.read(file, 3));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "{`timestamp`: 0, `input_length`: -5, `output_length`: 1}              | input_length=-5",
        "{`timestamp`: 0, `input_length`: 0, `output_length`: 1}               | input_length=0",
        "{`timestamp`: 0, `input_length`: 2147483648, `output_length`: 1}      | input_length=2147483648",
        "{`timestamp`: 0, `input_length`: 1e30, `output_length`: 1}            | input_length=1.0E30",
        "{`timestamp`: 0, `input_length`: `9`, `output_length`: 1}             | input_length=\"9\"",
        "{`timestamp`: -1, `input_length`: 9, `output_length`: 1}              | timestamp=-1",
        "{`timestamp`: 9223372036854775807, `input_length`: 9, `output_length`: 1} | timestamp=9223372036854775807",
        "{`timestamp`: 0, `input_length`: 9}                                   | field missing: output_length",
        "{`timestamp`: 0, `input_length`: 9, `output_length`: 1, `hash_ids`: [1, 2]}   | hash_ids=array of 2",
        "{`timestamp`: 0, `input_length`: 9, `output_length`: 1, `hash_ids`: [`a`]}    | hash_ids[0]=\"a\"",
        "{`timestamp`: 0, `input_length`: 9, `input_length`: 8, `output_length`: 1}    | input_length",
        "{`timestamp`: 0, `input_length`: 9, `output_length                            | not a JSON object",
        "[1, 2]                                                                        | not a JSON object",
        "{`timestamp`: 0, `input_length`: 9, `output_length`: 1} {}                    | not a JSON object",
    })
    void shouldRefuseAMooncakeLineByFileLineAndValue(String line, String fact) throws IOException {
        Path file = write("t.jsonl", GOOD + "\n\n" + line.replace('`', '"') + "\n");

        assertRefused(file, 3, fact);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "2023-11-16 18:17:04,3180                    | fields=2",
        "2023-11-16 18:17:04,3180,8,9                | fields=4",
        "yesterday,3180,8                            | TIMESTAMP=yesterday",
        "2023-11-16 18:17:01,3180,8                  | TIMESTAMP=2023-11-16 18:17:01",
        "2023-11-16 18:17:04,-1,8                    | ContextTokens=-1",
        "2023-11-16 18:17:04,3180,99999999999        | GeneratedTokens=99999999999",
        "2023-11-16 18:17:04,3180,eight              | GeneratedTokens=eight",
        "+999999999-12-31 00:00:00,3180,8            | TIMESTAMP=+999999999-12-31 00:00:00",
    })
    void shouldRefuseAnAzureLineByFileLineAndValue(String line, String fact) throws IOException {
        Path file = write("t.csv", HEADER + "2023-11-16 18:17:03.9799600,4808,10\n" + line + "\n");

        assertRefused(file, 3, fact);
    }

    @Test
    void shouldRefuseWhatIsNoTrace() throws IOException {
        assertRefused(write("empty.jsonl", "\n \n"), 2, "empty");
        assertRefused(write("other.csv", "a,b,c\n1,2,3\n"), 1, "unknown trace format: it begins with \"a,b,c\"");
        assertRefused(write("endless.jsonl", "{".repeat(2 << 20)), 1, "longer than");

        IllegalArgumentException missing = assertThrows(IllegalArgumentException.class,
            () -> TraceFile.open(folder.resolve("none.jsonl")));
        assertTrue(missing.getMessage().startsWith("no such trace: file=" + folder.resolve("none.jsonl")), missing::getMessage);
        assertThrows(IllegalArgumentException.class, () -> TraceFile.open(folder));
    }

    @ParameterizedTest
    @CsvSource({
        "mooncake/conversation_trace.jsonl, 12031, 144793823, true",
        "mooncake/synthetic_trace.jsonl, 3993, 0, true",
        "azure/AzureLLMInferenceTrace_conv.csv, 19366, 0, false",
        "azure/AzureLLMInferenceTrace_code.csv, 8819, 0, false",
    })
    void shouldReadEveryRequestOfAPublishedTrace(String name, int requestCount, long promptTokens, boolean hasBlockIds) {
        Path file = SharedData.folder().resolve("traces").resolve(name);
        assumeTrue(Files.exists(file), () -> "no published traces here: file=" + file + "; set BATON_DATA");

        List<TraceRequest> requests = TraceFile.read(file, Integer.MAX_VALUE);

        assertEquals(requestCount, requests.size());
        assertTrue(requests.stream().allMatch(request -> request.hasBlockIds() == hasBlockIds));
        if (promptTokens > 0) {
            assertEquals(promptTokens, requests.stream().mapToLong(TraceRequest::promptTokens).sum());
        }
    }

    private static void assertRefused(Path file, int line, String fact) {
        IllegalArgumentException ex = assertThrows(IllegalArgumentException.class,
            () -> TraceFile.read(file, Integer.MAX_VALUE));
        assertTrue(ex.getMessage().startsWith("malformed trace: file=" + file + " line=" + line + ": "), ex::getMessage);
        assertTrue(ex.getMessage().contains(fact), ex::getMessage);
    }
}
