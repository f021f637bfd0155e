package dev.baton.sim.bench;

import dev.baton.sim.report.Human;
import dev.baton.sim.report.JsonReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * The machine that numbers were taken on, as far as they depend on it; never its name. What the system does not tell is
 * empty or 0.
 *
 * @param lastCacheBytes largest cache of the first processor
 * @param load           run queue of the last minute: what else the machine was doing
 */
public record MachineFacts(String processor, int processors, long lastCacheBytes, String kernel, String jdk,
    double load) {
    public static MachineFacts ofThisMachine() {
        return new MachineFacts(processorModel(), Runtime.getRuntime().availableProcessors(), lastCache(),
            System.getProperty("os.name") + " " + System.getProperty("os.version"),
            System.getProperty("java.vm.version"), loadNow());
    }

    public static double loadNow() {
        String[] words = text(Path.of("/proc/loadavg")).split(" ", -1);
        return words[0].isEmpty() ? 0 : Double.parseDouble(words[0]);
    }

    public String describe() {
        return processors + " x " + processor + ", last-level cache " + Human.bytes(lastCacheBytes) + ", " + kernel +
            ", JDK " + jdk + ", load " + Human.significant(load);
    }

    public JsonReport json() {
        return new JsonReport().add("processor", processor).add("processors", processors).add("lastCacheBytes",
            lastCacheBytes)
            .add("kernel", kernel).add("jdk", jdk).add("load", load);
    }

    private static String processorModel() {
        return text(Path.of("/proc/cpuinfo")).lines().filter(line -> line.startsWith("model name"))
            .map(line -> line.substring(line.indexOf(':') + 1).strip()).findFirst()
            .orElse(System.getProperty("os.arch"));
    }

    private static long lastCache() {
        long largestBytes = 0;
        try (Stream<Path> caches = Files.list(Path.of("/sys/devices/system/cpu/cpu0/cache"))) {
            for (Path cache : caches.toList()) {
                largestBytes = Math.max(largestBytes, kibibytes(text(cache.resolve("size"))) << 10);
            }
        } catch (IOException ex) {
            // Not Linux, or a container without it: the caller takes a working set that is large for most machines.
            return 0;
        }
        return largestBytes;
    }

    private static long kibibytes(String size) {
        String upper = size.strip().toUpperCase(Locale.ROOT);
        if (!upper.matches("[0-9]+[KM]")) {
            return 0;
        }
        long value = Long.parseLong(upper.substring(0, upper.length() - 1));
        return upper.endsWith("M") ? value << 10 : value;
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException ex) {
            return "";
        }
    }
}
