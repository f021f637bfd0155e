package dev.baton.sim.house;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/** The plan of the house as data: what lies where and who may import what. The rules read it; nothing else states it. */
final class House {
    /** A Maven module: its packages with all that lies below them, and the modules below it that it may import. */
    record Module(String name, List<String> packages, List<String> mayImport) {
        boolean holds(String packageName) {
            return packages.stream().anyMatch(root -> isIn(packageName, root));
        }
    }

    /** A library: its packages, and which of our classes may use it, by their full names. */
    record Library(String name, List<String> packages, Predicate<String> users) {
        boolean holds(String packageName) {
            return packages.stream().anyMatch(root -> isIn(packageName, root));
        }
    }

    /** From the ground up. The two ends never import each other, nor do the mover of bytes and the keeper of bytes. */
    static final List<Module> MODULES = List.of(
        new Module("native", List.of("dev.baton.platform", "dev.baton.memory"), List.of()),
        new Module("buffer-mgr", List.of("dev.baton.kv", "dev.baton.buffer"), List.of("native")),
        new Module("transport",
            List.of("dev.baton.transport", "dev.baton.directory", "dev.baton.engine", "dev.baton.http", "dev.baton.node"),
            List.of("native")),
        new Module("pd-sender", List.of("dev.baton.sender"), List.of("native", "buffer-mgr", "transport")),
        new Module("pd-receiver", List.of("dev.baton.receiver"), List.of("native", "buffer-mgr", "transport")),
        new Module("sim", List.of("dev.baton.sim"),
            List.of("native", "buffer-mgr", "transport", "pd-sender", "pd-receiver")));

    private static final Predicate<String> IN_SIM = in("dev.baton.sim");

    /** A command line, or the process around it. */
    private static final Predicate<String> IN_A_MAIN =
        IN_SIM.or(named(".*(Main|Command|Options)")).or(in("dev.baton.node")).or(named(".*\\.cli\\..*"));

    /** Reads or writes text for people and programs outside, far from the path of the bytes. */
    private static final Predicate<String> AT_THE_EDGE = IN_A_MAIN.or(in("dev.baton.http"))
        .or(named(".*\\.(http|config|report)\\..*")).or(named(".*(Config|Settings|Json|Yaml)[A-Za-z]*"));

    /** What is not in this table may not be used at all. */
    static final List<Library> LIBRARIES = List.of(
        new Library("Agrona", List.of("org.agrona"), in("dev.baton")),
        new Library("Aeron", List.of("io.aeron"), in("dev.baton.transport").or(in("dev.baton.node")).or(IN_SIM)),
        new Library("Micrometer", List.of("io.micrometer"), in("dev.baton.platform", "dev.baton.memory", "dev.baton.kv").negate()),
        new Library("picocli", List.of("picocli"), IN_A_MAIN),
        new Library("Jackson and YAML", List.of("com.fasterxml.jackson", "org.yaml.snakeyaml"), AT_THE_EDGE),
        new Library("HdrHistogram", List.of("org.HdrHistogram"), IN_SIM),
        new Library("the JDK's HTTP server", List.of("com.sun.net.httpserver"), AT_THE_EDGE),
        new Library("the JDK's management beans", List.of("com.sun.management"), in("dev.baton.platform").or(IN_SIM)),
        new Library("DiSNI", List.of("com.ibm.disni"), in("dev.baton.transport.rdma")),
        new Library("JCuda", List.of("jcuda"), in("dev.baton.memory.cuda")),
        new Library("jetcd", List.of("io.etcd"), in("dev.baton.directory", "dev.baton.transport.directory")),
        new Library("Lettuce, its Netty and the AWS SDK", List.of("io.lettuce", "io.netty", "software.amazon"), in("dev.baton.buffer.tier")),
        new Library("zstd-jni", List.of("com.github.luben"), in("dev.baton.buffer.codec")));

    /** Pure: time and randomness come as parameters, nothing is read or written, no thread is known. */
    static final List<String> PURE_PACKAGES = List.of(
        "dev.baton.kv", "dev.baton.buffer.reserve", "dev.baton.buffer.index", "dev.baton.buffer.tier.log",
        "dev.baton.sender.core", "dev.baton.receiver.core", "dev.baton.sim.deadlock");

    /** Pure wherever they lie: state machines and cores, by their names. */
    static final String PURE_NAMES = "dev\\.baton\\..*(Core|Machine|Ledger|State|Circuit)";

    /**
     * Exempt from purity, each for its reason. {@code ModelShapes}: reads its own table of models from the jar, once.
     * {@code MemoryLedger}: counts regions of all threads, and so is no core. {@code ExtentCounts}: lets other threads read
     * the pool's totals, and pauses while they are being written.
     */
    static final List<String> NOT_PURE = List.of(
        "dev.baton.kv.ModelShapes", "dev.baton.memory.MemoryLedger", "dev.baton.buffer.reserve.ExtentCounts");

    /** Beside the modules, hidden folders and the build's own {@code target}, nothing else lies at the top. */
    static final List<String> TOP_LEVEL = List.of(
        "README.md", "pom.xml", "baton", "docs", "LICENSE", "NOTICE", "CHANGELOG.md", "SECURITY.md", "jvm.options", "target");

    static final int LINES_MAX = 400;

    private House() {}

    /** The module's packages and those it may import, as patterns of ArchUnit. */
    static String[] importable(Module module) {
        Map<String, Module> byName = MODULES.stream().collect(java.util.stream.Collectors.toMap(Module::name, each -> each));
        List<String> patterns = new ArrayList<>();
        module.packages().forEach(root -> patterns.add(root + ".."));
        for (String name : module.mayImport()) {
            byName.get(name).packages().forEach(root -> patterns.add(root + ".."));
        }
        return patterns.toArray(String[]::new);
    }

    static boolean isIn(String name, String root) {
        return name.equals(root) || name.startsWith(root + ".");
    }

    private static Predicate<String> in(String... roots) {
        return name -> List.of(roots).stream().anyMatch(root -> isIn(name, root));
    }

    private static Predicate<String> named(String pattern) {
        return name -> name.replaceFirst("\\$.*", "").matches(pattern);
    }
}
