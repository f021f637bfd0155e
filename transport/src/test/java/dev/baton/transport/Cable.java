package dev.baton.transport;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The cable between the two devices of the test machine: v0, the receiver's end, and v1; and what its devices have counted. */
final class Cable {
    private static final Pattern DROPPED = Pattern.compile("dropped (\\d+)");
    /** Longer than an emulated processor takes to start a JVM while others have most of it. */
    private static final long DEADLINE_NS = TimeUnit.SECONDS.toNanos(90);
    private static final Path DEVICES = Path.of("/sys/class/infiniband");

    private Cable() {}

    /** Puts an end back in. The kernel has forgotten the routes through it meanwhile. */
    static void plug(String end) throws Exception {
        run("ip", "link", "set", end, "up");
        run("ip", "route", "replace", "10.9.1.2/32", "dev", "v0", "src", "10.9.1.1", "table", "101");
        run("ip", "route", "replace", "10.9.1.1/32", "dev", "v1", "src", "10.9.1.2", "table", "102");
    }

    /** What happens to packets, in netem's words, both ways; an empty string ends it. */
    static void emulate(String what) throws Exception {
        for (String end : List.of("v0", "v1")) {
            if (what.isEmpty()) {
                run("tc", "qdisc", "delete", "dev", end, "root");
            } else {
                List<String> command = new ArrayList<>(List.of("tc", "qdisc", "replace", "dev", end, "root", "netem", "limit", "10000"));
                command.addAll(List.of(what.split(" ")));
                run(command.toArray(String[]::new));
            }
        }
    }

    /** Packets that the emulated cable has lost, both ways. */
    static long dropped() throws Exception {
        Matcher matcher = DROPPED.matcher(run("tc", "-s", "qdisc", "show"));
        long sum = 0;
        while (matcher.find()) {
            sum += Long.parseLong(matcher.group(1));
        }
        return sum;
    }

    /** Sum of all devices' counters with this word in their names. */
    static long counter(String word) {
        long sum = 0;
        try (Stream<Path> devices = Files.list(DEVICES)) {
            for (Path device : devices.toList()) {
                try (DirectoryStream<Path> counters =
                    Files.newDirectoryStream(device.resolve("ports/1/hw_counters"), "*" + word + "*")) {
                    for (Path counter : counters) {
                        sum += Long.parseLong(Files.readString(counter).trim());
                    }
                }
            }
        } catch (IOException ex) {
            throw new UncheckedIOException(ex);
        }
        return sum;
    }

    static void await(BooleanSupplier holds, String what) {
        long startNs = System.nanoTime();
        while (!holds.getAsBoolean()) {
            LockSupport.parkNanos(1_000_000);
            assertTrue(System.nanoTime() - startNs < DEADLINE_NS, () -> "waited too long for " + what);
        }
    }

    static String run(String... command) throws Exception {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertEquals(0, process.waitFor(), () -> String.join(" ", command) + ": " + output);
        return output;
    }
}
