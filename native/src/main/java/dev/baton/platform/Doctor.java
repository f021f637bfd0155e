package dev.baton.platform;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;

/**
 * Looks at this machine once and says, thing by thing, what is present, what is missing, what that turns off and what
 * to type. Changes nothing, starts nothing, throws nothing; takes milliseconds. For start-up and {@code baton doctor}.
 *
 * <p>It knows the operating system only. What a floor above can tell (the C copier, CUDA, a transport) is added with
 * {@link #and(String, Supplier)}.
 */
public final class Doctor {
    private static final int JDK_MIN = 25;
    private static final long OPEN_FILES_MIN = 4096;
    private static final List<String> CPU_FEATURES =
        List.of("avx512f", "avx2", "sse4_2", "pclmulqdq", "vpclmulqdq", "crc32", "asimd");

    private final Path root;
    private final long poolBytes;
    private final long containerBytes;
    private final int coreCount;
    private final List<String> otherNames = new ArrayList<>();
    private final List<Supplier<Availability>> otherProbes = new ArrayList<>();

    /**
     * For tests, which lay out a file system of their own.
     * @param root           where {@code /proc}, {@code /sys} and {@code /dev} are looked for
     * @param containerBytes memory that this process may use, its container's limit counted in
     * @param coreCount      processors that this process may use
     */
    Doctor(Path root, long poolBytes, long containerBytes, int coreCount) {
        this.root = root;
        this.poolBytes = poolBytes;
        this.containerBytes = containerBytes;
        this.coreCount = coreCount;
    }

    /** A doctor for this machine, who judges memory by the pool that is to fit: its bytes, 0 for none. */
    public static Doctor ofThisMachine(long poolBytes) {
        Require.atLeast("poolBytes", poolBytes, 0);
        // The JDK reads the control groups, both generations of them; so these two are the container's numbers.
        OperatingSystemMXBean system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        return new Doctor(Path.of("/"), poolBytes, system.getTotalMemorySize(),
            Runtime.getRuntime().availableProcessors());
    }

    /** Adds a thing that this floor cannot see. */
    public Doctor and(String name, Supplier<Availability> probe) {
        otherNames.add(name);
        otherProbes.add(probe);
        return this;
    }

    /** Everything, in the order of a page. */
    public List<Finding> findings() {
        List<Finding> findings = new ArrayList<>(List.of(
            new Finding("jdk", jdk(Runtime.version().feature())),
            new Finding("system-calls", Posix.availability()),
            new Finding("cpu", cpu()),
            new Finding("memory", memory()),
            new Finding("container", container()),
            new Finding("shm", shm()),
            new Finding("huge-pages", hugePages()),
            new Finding("memlock", memlock()),
            new Finding("open-files", openFiles()),
            new Finding("sockets", DeviceProbes.sockets(root)),
            new Finding("rdma", DeviceProbes.rdma(root))));
        for (int i = 0; i < otherNames.size(); i++) {
            findings.add(new Finding(otherNames.get(i), otherProbes.get(i).get()));
        }
        return findings;
    }

    Availability jdk(int feature) {
        String facts = "version=" + Runtime.version() + " vendor=" + System.getProperty("java.vendor");
        return feature >= JDK_MIN ? new Availability.Present(facts)
            : new Availability.Absent("JDK is too old: " + facts + " needs=" + JDK_MIN,
                "install JDK 25 and set JAVA_HOME to it");
    }

    Availability cpu() {
        List<String> lines = lines("proc/cpuinfo");
        String flags = " " + valueOf(lines, "flags", valueOf(lines, "Features", "")) + " ";
        List<String> features = CPU_FEATURES.stream().filter(feature -> flags.contains(" " + feature + " ")).toList();
        long hostCores = lines.stream().filter(line -> line.startsWith("processor")).count();
        String facts = "cores=" + coreCount + " ofHost=" + hostCores + " model=" +
            valueOf(lines, "model name", "unknown") + " features=" + features;
        if (!features.contains("crc32") && !features.contains("sse4_2")) {
            return new Availability.Absent(facts +
                ": no CRC32C instruction, so checking bytes costs more than moving them",
                "run on a processor with SSE4.2 or the ARM CRC extension");
        }
        return coreCount >= 2 ? new Availability.Present(facts)
            : new Availability.Absent(facts + ": copying and checking share one core, which halves the rate",
                "give this process 2 cores or more");
    }

    Availability memory() {
        List<String> lines = lines("proc/meminfo");
        long totalBytes = kibibytes(lines, "MemTotal");
        long availableBytes = kibibytes(lines, "MemAvailable");
        String facts = "total=" + size(totalBytes) + " available=" + size(availableBytes) + pool();
        return availableBytes >= poolBytes ? new Availability.Present(facts)
            : new Availability.Absent("the pool does not fit in free memory: " + facts,
                "make the pool smaller or stop what uses the memory");
    }

    Availability container() {
        long totalBytes = kibibytes(lines("proc/meminfo"), "MemTotal");
        if (containerBytes >= totalBytes) {
            return new Availability.Present("no memory limit below the machine's " + size(totalBytes));
        }
        String facts = "limit=" + size(containerBytes) + pool();
        return containerBytes > poolBytes ? new Availability.Present(facts)
            : new Availability.Absent("the pool does not fit in this container, shared memory counts too: " + facts,
                "raise the container's memory limit (docker run --memory, resources.limits.memory)");
    }

    Availability shm() {
        Path directory = root.resolve("dev/shm");
        try {
            FileStore store = Files.getFileStore(directory);
            String facts = "size=" + size(store.getTotalSpace()) + " free=" + size(store.getUsableSpace()) + pool();
            return store.getUsableSpace() >= poolBytes ? new Availability.Present(facts)
                : new Availability.Absent("the pool does not fit in /dev/shm: " + facts,
                    "mount -o remount,size=" + poolBytes + " /dev/shm (in a container: --shm-size, or an emptyDir of " +
                    "medium Memory), or make the pool smaller");
        } catch (IOException ex) {
            return new Availability.Absent("no /dev/shm, so no one-copy transport between processes: cause=" + ex,
                "mount -t tmpfs tmpfs /dev/shm");
        }
    }

    Availability hugePages() {
        String modes = first(lines("sys/kernel/mm/transparent_hugepage/enabled"));
        return modes.contains("[madvise]") || modes.contains("[always]")
            ? new Availability.Present("transparent huge pages: modes=" + modes)
            : new Availability.Absent("no transparent huge pages, so staging lies on 4 KiB pages: modes=" + modes,
                "echo madvise > /sys/kernel/mm/transparent_hugepage/enabled");
    }

    Availability memlock() {
        long limitBytes = limit("Max locked memory");
        String facts = "limit=" + (limitBytes == Long.MAX_VALUE ? "unlimited" : size(limitBytes)) + pool();
        return limitBytes == Long.MAX_VALUE || (poolBytes > 0 && limitBytes >= poolBytes)
            ? new Availability.Present(facts)
            : new Availability.Absent("locked memory is limited, so a pool cannot be registered for RDMA: " + facts,
                "ulimit -l unlimited (LimitMEMLOCK=infinity in a systemd unit)");
    }

    Availability openFiles() {
        long limit = limit("Max open files");
        return limit >= OPEN_FILES_MIN ? new Availability.Present("limit=" + limit)
            : new Availability.Absent("few files may be open, which bounds peers and slabs: limit=" + limit +
                " wants=" + OPEN_FILES_MIN, "ulimit -n 65536 (LimitNOFILE=65536 in a systemd unit)");
    }

    /** The soft limit of a row such as {@code Max open files   20000   20000   files}; 0 where there is none. */
    private long limit(String row) {
        return lines("proc/self/limits").stream().filter(line -> line.startsWith(row)).findFirst()
            .map(line -> Arrays.asList(line.substring(row.length()).strip().split(" +")).getFirst())
            .map(soft -> soft.equals("unlimited") ? Long.MAX_VALUE : Long.parseLong(soft)).orElse(0L);
    }

    private String pool() {
        return poolBytes == 0 ? "" : " pool=" + size(poolBytes);
    }

    private List<String> lines(String file) {
        return lines(root, file);
    }

    /** The lines of a small file, or none where it cannot be read: for a probe both mean that it is not there. */
    static List<String> lines(Path root, String file) {
        try {
            return Files.readAllLines(root.resolve(file));
        } catch (IOException ex) {
            return List.of();
        }
    }

    static String first(List<String> lines) {
        return lines.isEmpty() ? "none" : lines.getFirst();
    }

    private static String valueOf(List<String> lines, String key, String otherwise) {
        return lines.stream().filter(line -> line.startsWith(key) && line.contains(":")).findFirst()
            .map(line -> line.substring(line.indexOf(':') + 1).strip()).orElse(otherwise);
    }

    private static long kibibytes(List<String> lines, String key) {
        String value = valueOf(lines, key, "0 kB");
        return Long.parseLong(value.substring(0, value.indexOf(' '))) << 10;
    }

    /** Bytes for a person, in GiB or MiB. */
    static String size(long lengthBytes) {
        return lengthBytes >= 1L << 30 ? String.format(Locale.ROOT, "%.1fGiB", lengthBytes / (double) (1L << 30))
            : String.format(Locale.ROOT, "%.1fMiB", lengthBytes / (double) (1L << 20));
    }
}
