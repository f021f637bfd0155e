package dev.baton.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import dev.baton.sim.report.ExitCode;
import dev.baton.sim.soak.NetworkNamespace;

/** {@code baton bench wire} run small: whether it slows the network, tells fewer bytes, and checks; never how fast. */
@Timeout(120)
class BenchWireSystemTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(String... args) {
        return Baton.run(new PrintWriter(out), new PrintWriter(err), args);
    }

    private JsonNode onlyRate() throws IOException {
        JsonNode json = new ObjectMapper().readTree(out.toString());
        assertEquals("bench wire", json.get("command").asText());
        assertEquals(1, json.get("rates").size());
        return json.get("rates").get(0);
    }

    /** 4 MiB at 100 Mbit/s take a third of a second. What else the machine says on its loopback device is not in the bytes: the network is its own. */
    @Test
    void shouldSlowTheNetworkAndSendFewerBytesWhereTheyAreEncoded() throws IOException {
        assumeTrue(NetworkNamespace.probe().isPresent(), () -> "skipped: " + NetworkNamespace.probe().describe());
        assertEquals(ExitCode.DONE, run("bench", "wire", "--rates", "100", "--kv", "drawn", "--mib", "4", "--block-tokens", "32", "--rounds", "2", "--json"),
            err::toString);
        assertTrue(err.toString().contains("Mbit/s: 100, rounds measured: 2 of 2"), err::toString);
        JsonNode at = onlyRate();
        assertEquals(100, at.get("megabitsPerSecond").asInt());
        assertTrue(at.get("packetsHeldBack").asLong() > 0, at::toString);
        assertEquals(4 << 20, at.get("handoffBytes").asLong());
        JsonNode plain = at.get("transports").get(0);
        JsonNode coded = at.get("transports").get(1);
        assertEquals("tcp", plain.get("transport").asText());
        assertEquals("tcp-lossless", coded.get("transport").asText());
        assertTrue(plain.get("wireBytes").asLong() > 4 << 20, plain::toString);
        assertTrue(coded.get("wireBytes").asLong() < 0.8 * plain.get("wireBytes").asLong(), coded::toString);
        assertTrue(plain.get("seconds").asDouble() > 0.3, plain::toString);
        assertEquals(1, plain.get("faster").asDouble());
        assertTrue(coded.get("faster").asDouble() > 0);
    }

    @Test
    void shouldPrintATableOfThisProcessesNetwork() {
        assertEquals(ExitCode.DONE, run("bench", "wire", "--here", "--transports", "tcp", "--kv", "drawn", "--mib", "1", "--block-tokens", "32", "--rounds", "1"),
            err::toString);
        assertTrue(err.toString().contains("rounds measured: 1 of 1"), err::toString);
        assertTrue(out.toString().contains("no model's: drawn"), out::toString);
        assertTrue(out.toString().contains("as it is"), out::toString);
        assertTrue(out.toString().contains("MiB a handoff: 1.00; rounds: 1"), out::toString);
    }

    @ParameterizedTest
    @ValueSource(strings = {"--rates=0", "--mib=0", "--rounds=0", "--block-tokens=0", "--kv=/nowhere.kv"})
    void shouldRefuseWhatCannotBeMeasured(String option) {
        assertEquals(ExitCode.USAGE, run("bench", "wire", option));
        assertTrue(err.toString().contains(option.substring(option.indexOf('=') + 1)), err::toString);
        assertEquals("", out.toString());
    }
}
