package dev.baton.sim.soak;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

import dev.baton.platform.Availability;

/** The parts that the soak is made of, without processes. */
class SoakPartsTest {
    private static final int DRAWS = 20_000;

    private static List<RelayFaults.Kind> draws(long seed, boolean isDatagram) {
        RelayFaults faults = RelayFaults.of(seed).split();
        List<RelayFaults.Kind> kinds = new ArrayList<>();
        for (int i = 0; i < DRAWS; i++) {
            kinds.add(faults.next(isDatagram));
        }
        return kinds;
    }

    @Test
    void shouldDrawTheSameFaultsFromTheSameSeed() {
        assertEquals(draws(3, true), draws(3, true));
        assertNotEquals(draws(3, true), draws(4, true));
    }

    @Test
    void shouldNotCutDatagramsNorDoubleBytesOfConnections() {
        assertEquals(EnumSet.complementOf(EnumSet.of(RelayFaults.Kind.CUT)), Set.copyOf(draws(5, true)));
        assertEquals(EnumSet.of(RelayFaults.Kind.NONE, RelayFaults.Kind.DELAYED, RelayFaults.Kind.FLIPPED, RelayFaults.Kind.CUT),
            Set.copyOf(draws(5, false)));
    }

    @Test
    void shouldFlipExactlyOneBit() {
        RelayFaults faults = RelayFaults.of(6);
        for (int length = 1; length < 100; length++) {
            byte[] bytes = new byte[length];
            faults.flipOneBit(bytes, length);
            int flipped = 0;
            for (byte one : bytes) {
                flipped += Integer.bitCount(one & 0xff);
            }
            assertEquals(1, flipped);
        }
    }

    @Test
    void shouldSeeAtWhichPortsAProcessCanBeReached() throws IOException {
        assumeTrue(Files.exists(Path.of("/proc/self/net/udp")), "skipped: no /proc");
        InetAddress loopback = InetAddress.getLoopbackAddress();
        try (ServerSocket server = new ServerSocket(0, 1, loopback); DatagramSocket bound = new DatagramSocket(0, loopback);
            Socket client = new Socket(loopback, server.getLocalPort())) {
            OpenPorts ports = OpenPorts.of(ProcessHandle.current().pid());
            assertTrue(ports.tcp().contains(server.getLocalPort()), ports::toString);
            assertTrue(ports.udp().contains(bound.getLocalPort()), ports::toString);
            assertFalse(ports.tcp().contains(client.getLocalPort()), ports::toString);
        }
    }

    @Test
    void shouldFailARunThatIsOutOfItsBoundAndOnlyThat() {
        assertEquals(0, failuresOf(new Measure("told s", 3, 3)));
        assertEquals(0, failuresOf(new Measure("rate", 1e9, Double.NaN)));
        assertEquals(1, failuresOf(new Measure("told s", 3.1, 3)));
    }

    private static int failuresOf(Measure measure) {
        return failuresOf((_, _) -> ScenarioResult.of(1, 1, 0).with(measure.name(), measure.value(), measure.bound()));
    }

    @FunctionalInterface
    private interface Run {
        ScenarioResult begun(int before, SplittableRandom random) throws IOException;
    }

    private static int failuresOf(Run run) {
        return ran(run).failures();
    }

    private static Tally ran(Run run) {
        AtomicInteger begun = new AtomicInteger();
        Tally tally = new Tally(new Scenario() {
            @Override
            public String what() {
                return "nothing";
            }

            @Override
            public Availability possible() {
                return new Availability.Present("a test");
            }

            @Override
            public ScenarioResult run(SplittableRandom random) throws IOException {
                return run.begun(begun.getAndIncrement(), random);
            }
        });
        tally.run(new SplittableRandom(1), new PrintWriter(new StringWriter()));
        return tally;
    }

    @Test
    void shouldBeginARunAgainWhereTheMachineStoodStillAndCountIt() throws IOException {
        Tally tally = ran((before, _) -> {
            if (before < 2) {
                throw Requests.notDelivered(told(400, 396, "{\"delivered\":396,\"stalled\":4}"), "seen");
            }
            return ScenarioResult.of(before, 1, 0);
        });
        assertEquals(0, tally.failures(), tally::firstFailure);
        StringWriter json = new StringWriter();
        tally.json().print(new PrintWriter(json));
        assertTrue(json.toString().contains("\"stoodStill\":2"), json::toString);
        assertTrue(json.toString().contains("\"faults\":2"), json::toString);
    }

    @Test
    void shouldFailWhereNodesAlwaysStandStill() {
        AtomicInteger begun = new AtomicInteger();
        assertEquals(1, failuresOf((_, _) -> {
            begun.incrementAndGet();
            throw new StoodStillException("stalled");
        }));
        assertEquals(3, begun.get());
    }

    @Test
    void shouldFailAtOnceWhereAnythingElseWentWrong() throws IOException {
        for (String ends : List.of("{\"delivered\":396,\"stalled\":3,\"corrupt\":1}", "{\"delivered\":396,\"corrupt\":4}", "{\"delivered\":396,\"stalled\":3}",
            "{\"delivered\":396}", "{\"delivered\":400}")) {
            assertEquals(IOException.class, Requests.notDelivered(told(400, 396, ends), ends).getClass(), ends);
        }
        assertEquals(IOException.class, Requests.notDelivered(null, "has not ended").getClass());
        AtomicInteger begun = new AtomicInteger();
        assertEquals(1, failuresOf((_, _) -> {
            begun.incrementAndGet();
            throw Requests.notDelivered(null, "has not ended");
        }));
        assertEquals(1, begun.get());
    }

    private static JsonNode told(int requests, int completed, String ends) throws IOException {
        return new ObjectMapper().readTree("{\"requests\":" + requests + ",\"completed\":" + completed + ",\"ends\":" + ends + "}");
    }
}
