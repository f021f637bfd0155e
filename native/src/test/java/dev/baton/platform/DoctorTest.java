package dev.baton.platform;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DoctorTest {
    private static final long GIB = 1L << 30;

    @TempDir
    private Path root;

    @Test
    void shouldSayEverythingOfThisMachineWithARemedyForWhatIsMissing() {
        List<Finding> findings = Doctor.ofThisMachine(64 << 20)
            .and("other", () -> new Availability.Absent("not here", "type this")).findings();
        Set<String> names = new HashSet<>();
        for (Finding finding : findings) {
            assertTrue(names.add(finding.name()), finding::name);
            System.out.println(finding.describe());
            if (finding.availability() instanceof Availability.Absent absent) {
                assertFalse(absent.remedy().isBlank(), finding::describe);
            }
        }
        assertTrue(names.containsAll(List.of("jdk", "cpu", "memory", "shm", "huge-pages", "memlock", "rdma",
            "sockets", "open-files", "container", "other")), names::toString);
        assertTrue(findings.getFirst().availability().isPresent(), "this very JDK runs the test");
        assertEquals("--   other         not here; type this", findings.getLast().describe());
    }

    @Test
    void shouldAcceptAMachineThatHasWhatIsNeeded() throws IOException {
        file("proc/cpuinfo", "processor : 0\nmodel name : Test CPU\nflags : fpu sse4_2 pclmulqdq avx2\nprocessor : 1\n");
        file("proc/meminfo", "MemTotal: 33554432 kB\nMemAvailable: 16777216 kB\n");
        file("proc/self/limits", """
            Max open files            65536   65536   files
            Max locked memory         unlimited   unlimited   bytes
            """);
        file("sys/kernel/mm/transparent_hugepage/enabled", "always [madvise] never");
        file("proc/sys/net/core/rmem_max", "4194304");
        file("proc/sys/net/core/wmem_max", "8388608");
        Doctor doctor = new Doctor(root, GIB, 64 * GIB, 2);

        assertPresent(doctor.cpu(), "features=[avx2, sse4_2, pclmulqdq]");
        assertPresent(doctor.memory(), "available=16.0GiB");
        assertPresent(doctor.container(), "no memory limit");
        assertPresent(doctor.openFiles(), "limit=65536");
        assertPresent(doctor.memlock(), "unlimited");
        assertPresent(doctor.hugePages(), "[madvise]");
        assertPresent(DeviceProbes.sockets(root), "rmem_max=4194304");
    }

    @Test
    void shouldSayWhatIsTooSmallAndWhatToType() throws IOException {
        file("proc/cpuinfo", "processor : 0\nflags : fpu sse4_2\n");
        file("proc/meminfo", "MemTotal: 4194304 kB\nMemAvailable: 524288 kB\n");
        file("proc/self/limits", """
            Max open files            1024   4096   files
            Max locked memory         8388608   8388608   bytes
            """);
        file("sys/kernel/mm/transparent_hugepage/enabled", "always madvise [never]");
        file("proc/sys/net/core/rmem_max", "212992");
        file("proc/sys/net/core/wmem_max", "4194304");
        Doctor doctor = new Doctor(root, 2 * GIB, GIB, 1);

        assertAbsent(doctor.jdk(17), "JAVA_HOME");
        assertAbsent(doctor.cpu(), "2 cores");
        assertAbsent(doctor.memory(), "smaller");
        assertAbsent(doctor.container(), "--memory");
        assertAbsent(doctor.openFiles(), "ulimit -n");
        assertAbsent(doctor.memlock(), "ulimit -l");
        assertAbsent(doctor.hugePages(), "transparent_hugepage");
        assertAbsent(DeviceProbes.sockets(root), "sysctl -w net.core.rmem_max=4194304");
    }

    @Test
    void shouldTakeWhatCannotBeReadAsMissing() {
        Doctor doctor = new Doctor(root, GIB, GIB, 2);
        for (Availability availability : List.of(doctor.cpu(), doctor.memory(), doctor.shm(), doctor.hugePages(),
            doctor.memlock(), doctor.openFiles(), DeviceProbes.rdma(root),
            DeviceProbes.sockets(root))) {
            assertFalse(availability.isPresent(), availability::describe);
        }
    }

    @Test
    void shouldSayThatSharedMemoryIsTooSmallForThePool() throws IOException {
        Files.createDirectories(root.resolve("dev/shm"));
        assertAbsent(new Doctor(root, 1L << 60, GIB, 2).shm(), "--shm-size");
        assertTrue(new Doctor(root, 0, GIB, 2).shm().isPresent());
    }

    @Test
    void shouldSayThatADeviceLacksItsLibraryOrIsThere() throws IOException {
        Files.createDirectories(root.resolve("sys/class/infiniband/mlx5_0"));
        // Either the library is on this machine and it is present, or the remedy names it; never the driver.
        assertTrue(DeviceProbes.rdma(root).describe().contains("mlx5_0"));
    }

    private void file(String name, String text) throws IOException {
        Path path = root.resolve(name);
        Files.createDirectories(path.getParent());
        Files.writeString(path, text);
    }

    private static void assertPresent(Availability availability, String part) {
        assertInstanceOf(Availability.Present.class, availability, availability::describe);
        assertTrue(availability.describe().contains(part), availability::describe);
    }

    private static void assertAbsent(Availability availability, String remedyPart) {
        Availability.Absent absent = assertInstanceOf(Availability.Absent.class, availability, availability::describe);
        assertTrue(absent.remedy().contains(remedyPart), absent::describe);
    }
}
