package dev.baton.sim.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.baton.sim.Baton;
import dev.baton.sim.report.CommandException;
import dev.baton.sim.report.ExitCode;
import dev.baton.sim.trace.TraceRequest;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;

/** {@code baton bench cache} on a trace small enough to follow by hand. */
class BenchCacheTest {
    @TempDir
    private Path folder;

    /** Chain A of two blocks, chain B of two, A again, a third block of A that is partial: 100 tokens. */
    private Path trace() throws IOException {
        return Files.writeString(folder.resolve("tiny.jsonl"), """
            {"timestamp":0,"input_length":1024,"output_length":1,"hash_ids":[0,1]}
            {"timestamp":1,"input_length":1024,"output_length":1,"hash_ids":[2,3]}
            {"timestamp":2,"input_length":1124,"output_length":1,"hash_ids":[0,1,4]}
            {"timestamp":3,"input_length":1124,"output_length":1,"hash_ids":[0,1,4]}
            """);
    }

    private static String run(int exitCode, String... args) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        assertEquals(exitCode, Baton.run(new PrintWriter(out), new PrintWriter(err), args), err::toString);
        return exitCode == ExitCode.DONE ? out.toString() : err.toString();
    }

    @Test
    void shouldTellPeopleAndProgramsAndDraw() throws Exception {
        String trace = trace().toString();
        Path svg = folder.resolve("curves.svg");
        JsonNode json = new ObjectMapper().readTree(run(ExitCode.DONE, "bench", "cache", "--trace", trace, "--json",
            "--parts", "traces", "--policies", "lru,belady", "--capacities", "512,1024,0.01M", "--svg", svg.toString()));

        // With all blocks cached: 1024 of the third request and all of the fourth, of 4296 tokens.
        JsonNode last = json.get("replays").get(2);
        assertEquals("lru", last.get("policy").asText());
        assertEquals(10_000, last.get("capacityTokens").asInt());
        assertEquals((1024 + 1124) / 4296.0, last.get("tokenHit").asDouble(), 1e-9);
        assertEquals(0, last.get("tokenHitFirstHalf").asDouble());
        assertEquals((1024 + 1124) / 2248.0, last.get("tokenHitSecondHalf").asDouble(), 1e-9);
        // With two blocks LRU keeps the wrong ones; the optimum keeps chain A through B, then hits 1024 twice.
        assertEquals(0, json.get("replays").get(1).get("tokenHit").asDouble());
        assertTrue(json.get("replays").get(4).get("tokenHit").asDouble() > 0);

        Document drawn = DocumentBuilderFactory.newDefaultInstance().newDocumentBuilder().parse(svg.toFile());
        assertEquals(2, drawn.getElementsByTagName("polyline").getLength());
        assertTrue(run(ExitCode.DONE, "bench", "cache", "--trace", trace, "--parts", "traces").contains("w-tinylfu"));
    }

    @Test
    void shouldMeasureTheIndexAndCheckWhatItFinds() throws IOException {
        String out = run(ExitCode.DONE, "bench", "cache", "--parts", "index", "--index-blocks", "16384", "--lookups", "50", "--json");
        JsonNode index = new ObjectMapper().readTree(out).get("index");

        assertEquals(16384, index.get("blocks").asInt());
        assertTrue(index.get("bytesPerBlock").asDouble() < 80);
        assertEquals(4, index.get("lookups").size());
        for (JsonNode shape : index.get("lookups")) {
            assertEquals((128 << 10) / shape.get("blockTokens").asInt(), shape.get("blocksPerLookup").asInt());
            assertTrue(shape.get("cpuP99Us").asDouble() >= shape.get("cpuP50Us").asDouble());
        }
    }

    @Test
    void shouldRefuseByNameWhatItCannotPlay() throws IOException {
        String trace = trace().toString();
        assertTrue(run(ExitCode.USAGE, "bench", "cache", "--trace", trace, "--policies", "arc").contains("--policies=arc"));
        assertTrue(run(ExitCode.USAGE, "bench", "cache", "--trace", trace, "--capacities", "3X").contains("--capacities=3X"));
        assertTrue(run(ExitCode.USAGE, "bench", "cache", "--trace", trace, "--capacities", "3M,1M").contains("--capacities=1M"));
        assertTrue(run(ExitCode.USAGE, "bench", "cache", "--trace", trace, "--parts", "all").contains("--parts=all"));
        assertTrue(run(ExitCode.NOT_POSSIBLE, "bench", "cache", "--parts", "index", "--index-blocks", "100000000").contains("heap="));
        assertThrows(CommandException.class,
            () -> CacheTrace.of("bare", List.of(new TraceRequest(0, 600, 1, List.of()))));
    }
}
