package dev.baton.sim.bench;

import io.aeron.driver.ThreadingMode;
import java.nio.file.Path;
import java.util.List;

/**
 * What both processes of a transport bench are told when they start.
 *
 * @param directory   shared by both, mode 0700; removed by the sender at the end
 * @param incarnation of the receiver; names its slab
 * @param setBytes    working set: source memory, and target memory, each
 * @param streamsMax  streams that there is room for
 * @param threading   of embedded media drivers
 * @param idle        how measured threads wait
 * @param isEventDriven whether an inlet of rdma sleeps where it has nothing to do
 */
public record BenchSetup(Path directory, long incarnation, long setBytes, int streamsMax, ThreadingMode threading,
    IdleMode idle, boolean isEventDriven) {
    static final String HOST = "127.0.0.1";
    static final long SESSION = 0x5e55L;
    static final long TOKEN_HIGH = 0x0bad_5eed_0bad_5eedL;

    List<String> toArguments() {
        return List.of(directory.toString(), Long.toString(incarnation), Long.toString(setBytes),
            Integer.toString(streamsMax), threading.name(), idle.name(), Boolean.toString(isEventDriven));
    }

    static BenchSetup of(String[] arguments) {
        return new BenchSetup(Path.of(arguments[0]), Long.parseLong(arguments[1]), Long.parseLong(arguments[2]),
            Integer.parseInt(arguments[3]), ThreadingMode.valueOf(arguments[4]), IdleMode.valueOf(arguments[5]),
            Boolean.parseBoolean(arguments[6]));
    }

    Path countersFile() {
        return directory.resolve("counters");
    }

    long countersBytes() {
        return (long) streamsMax * StreamCounters.BYTES;
    }
}
