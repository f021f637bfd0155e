package dev.baton.sim.bench;

import static dev.baton.platform.Require.between;
import static dev.baton.platform.Require.that;

import io.aeron.driver.ThreadingMode;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * What a transport bench is asked to do. A value out of its range is an IllegalArgumentException that names it.
 *
 * @param schemes   transports, of {@link #SCHEMES}
 * @param sizes     message lengths in bytes
 * @param windows   messages on their way at most, a stream
 * @param streams   numbers of lanes
 * @param pairs     interleaved rounds
 * @param sampleMs  length of one sample
 * @param setBytes  working set on each side; rounded up to whole MiB
 * @param directory where shared memory lies
 * @param driver    threads of embedded media drivers: shared, shared-network, dedicated
 * @param idle      how measured threads wait: backoff, yield, spin
 * @param isEventDriven whether an inlet of rdma sleeps where it has nothing to do
 */
public record BenchSettings(List<String> schemes, List<Integer> sizes, List<Integer> windows, List<Integer> streams,
    int pairs, int sampleMs, long setBytes, Path directory, String driver, String idle,
    boolean isEventDriven) {
    public static final List<String> SCHEMES = OpenTransport.SCHEMES;
    /** What is measured where nobody says what. */
    public static final List<String> SCHEMES_ANYWHERE = OpenTransport.SCHEMES_ANYWHERE;
    private static final int SIZE_MIN = 4096;
    private static final int SIZE_MAX = 256 << 20;
    private static final long SET_MIN = 1 << 20;
    private static final long SET_MAX = 1 << 30;

    public BenchSettings {
        for (String scheme : schemes) {
            if (!SCHEMES.contains(scheme)) {
                throw new IllegalArgumentException("unknown transport: transport=" + scheme + "; known: " + SCHEMES +
                    " or all");
            }
        }
        sizes.forEach(size -> between("size", size, SIZE_MIN, SIZE_MAX));
        sizes.forEach(size -> that(size % 64 == 0, "size", size, "a multiple of 64"));
        windows.forEach(window -> between("window", window, 1, StreamCounters.LINE_COUNT / 2));
        streams.forEach(count -> between("streams", count, 1, 16));
        between("pairs", pairs, 1, 1001);
        between("sampleMs", sampleMs, 1, 60_000);
        between("setBytes", setBytes, SET_MIN, SET_MAX);
        threading(driver);
        idleMode(idle);
    }

    public Schedule schedule() {
        return Schedule.of(schemes, sizes, windows, streams, setBytes);
    }

    /** Memory and processes for it; {@code incarnation} names the shared files and may not be in use. */
    public BenchSetup setup(long incarnation) {
        int streamsMax = streams.stream().mapToInt(count -> count).max().orElse(1);
        Path own = directory.resolve(String.format(Locale.ROOT, "baton-bench-%016x", incarnation));
        return new BenchSetup(own, incarnation, setBytes, streamsMax, threading(driver), idleMode(idle),
            isEventDriven);
    }

    private static IdleMode idleMode(String idle) {
        return switch (idle) {
            case "backoff" -> IdleMode.BACKOFF;
            case "yield" -> IdleMode.YIELD;
            case "spin" -> IdleMode.SPIN;
            default -> throw new IllegalArgumentException("unknown way to wait: idle=" + idle +
                "; known: backoff, yield, spin");
        };
    }

    private static ThreadingMode threading(String driver) {
        return switch (driver) {
            case "shared" -> ThreadingMode.SHARED;
            case "shared-network" -> ThreadingMode.SHARED_NETWORK;
            case "dedicated" -> ThreadingMode.DEDICATED;
            default -> throw new IllegalArgumentException("unknown media driver threads: driver=" + driver +
                "; known: shared, shared-network, dedicated");
        };
    }
}
