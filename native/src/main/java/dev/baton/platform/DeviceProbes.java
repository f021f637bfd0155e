package dev.baton.platform;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** What {@link Doctor} asks about networks and devices. Cheap: no device is opened. */
final class DeviceProbes {
    /** What Aeron's bulk streams ask of a socket: a 2 MiB window inside a 4 MiB buffer, on both ends. */
    private static final long SOCKET_BUFFER_BYTES = 4L << 20;

    private DeviceProbes() {}

    static Availability sockets(Path root) {
        long receiveBytes = number(root, "proc/sys/net/core/rmem_max");
        long sendBytes = number(root, "proc/sys/net/core/wmem_max");
        String facts = "rmem_max=" + receiveBytes + " wmem_max=" + sendBytes;
        return Math.min(receiveBytes, sendBytes) >= SOCKET_BUFFER_BYTES ? new Availability.Present(facts)
            : new Availability.Absent(
                "socket buffers are small, so bulk over Aeron UDP runs with small windows, slowly: " + facts +
                " wants=" + SOCKET_BUFFER_BYTES,
                "sysctl -w net.core.rmem_max=" + SOCKET_BUFFER_BYTES + " net.core.wmem_max=" + SOCKET_BUFFER_BYTES);
    }

    static Availability rdma(Path root) {
        List<String> devices = names(root.resolve("sys/class/infiniband"));
        if (devices.isEmpty()) {
            return new Availability.Absent("no RDMA device, so the rdma transport is off: looked=/sys/class/infiniband",
                "nothing, unless this host has an RDMA network card: then load its driver (modprobe mlx5_ib)");
        }
        return isLoadable("libibverbs.so.1")
            ? new Availability.Present("devices=" + devices + " library=libibverbs.so.1")
            : new Availability.Absent("RDMA devices without libibverbs, so the rdma transport is off: devices=" +
                devices, "apt-get install libibverbs1 ibverbs-providers librdmacm1");
    }

    private static boolean isLoadable(String library) {
        try (Arena arena = Arena.ofConfined()) {
            return SymbolLookup.libraryLookup(library, arena) != null;
        } catch (IllegalArgumentException ex) {
            return false;
        }
    }

    private static List<String> names(Path directory) {
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.map(entry -> entry.getFileName().toString()).sorted().toList();
        } catch (IOException ex) {
            return List.of();
        }
    }

    private static long number(Path root, String file) {
        String line = Doctor.first(Doctor.lines(root, file)).strip();
        return line.chars().allMatch(Character::isDigit) ? Long.parseLong(line) : 0;
    }
}
