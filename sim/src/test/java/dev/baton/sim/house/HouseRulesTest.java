package dev.baton.sim.house;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.EvaluationResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Feeds the rules small houses that break them, one at a time, and one that does not. */
class HouseRulesTest {
    private static final String RECEIVER = "package dev.baton.receiver; public class Landing { public int cells; }";
    private static final String BUFFER = "package dev.baton.buffer; public class Pool { public int extents; }";

    @TempDir
    private Path folder;

    static Stream<Arguments> breaches() {
        return Stream.of(
            breach("the ends know each other", floor("pd-sender"), "Landing",
                "package dev.baton.sender; class Bad { dev.baton.receiver.Landing landing; }", RECEIVER),
            breach("the second floor's rooms know each other", floor("transport"), "Pool",
                "package dev.baton.transport; class Bad { int f() { return new dev.baton.buffer.Pool().extents; } }", BUFFER),
            breach("an import runs up", floor("native"), "Pool",
                "package dev.baton.memory; class Bad extends dev.baton.buffer.Pool {}", BUFFER),
            breach("a class without a module", HouseRules.everyClassHasAModule(), "dev.baton.misc.Bad",
                "package dev.baton.misc; class Bad {}"),
            breach("packages in a circle", HouseRules.noPackageCycles(), "Cycle detected",
                "package dev.baton.buffer; public class Bad { dev.baton.buffer.slab.Worse w; }",
                "package dev.baton.buffer.slab; public class Worse { dev.baton.buffer.Bad b; }"),
            breach("a library out of its place", HouseRules.libraries(), "picocli has no place here",
                "package dev.baton.kv; class Bad { picocli.CommandLine c; }"),
            breach("a library in an array", HouseRules.libraries(), "Aeron has no place here",
                "package dev.baton.buffer; class Bad { io.aeron.Image[] images; }"),
            breach("a library that nobody chose", HouseRules.libraries(), "not in the table",
                "package dev.baton.sim; class Bad { com.tngtech.archunit.lang.ArchRule rule; }"),
            breach("a core with a thread", HouseRules.pureClassesKnowNoWorld(), "java.lang.Thread",
                "package dev.baton.buffer.reserve; class Bad { Thread thread; }"),
            breach("a core that reads files", HouseRules.pureClassesKnowNoWorld(), "java.nio.file",
                "package dev.baton.kv; class Bad { boolean f() { return java.nio.file.Files.exists(null); } }"),
            breach("a machine that rolls dice", HouseRules.pureClassesKnowNoWorld(), "ThreadLocalRandom",
                "package dev.baton.transport.session; class BadMachine { int f() { return " +
                    "java.util.concurrent.ThreadLocalRandom.current().nextInt(); } }"),
            breach("a core that reads the clock", HouseRules.pureClassesReadNoClock(), "nanoTime",
                "package dev.baton.sender.core; class Bad { Runnable r = () -> { long t = System.nanoTime(); }; }"),
            breach("a core that makes up ids", HouseRules.pureClassesReadNoClock(), "randomUUID",
                "package dev.baton.receiver.core; class Bad { Object id = java.util.UUID.randomUUID(); }"),
            breach("a core that shares state", HouseRules.pureClassesShareNoState(), "counter",
                "package dev.baton.kv; class Bad { static int counter; }"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("breaches")
    void shouldReport(String name, ArchRule rule, String named, String[] sources) throws IOException {
        EvaluationResult result = rule.evaluate(TinyClasses.compile(folder, sources));

        assertTrue(result.hasViolation(), name);
        assertTrue(result.getFailureReport().toString().contains(named), () -> result.getFailureReport().toString());
    }

    @Test
    void shouldFindNothingInAGoodHouse() throws IOException {
        JavaClasses good = TinyClasses.compile(folder, RECEIVER, BUFFER,
            "package dev.baton.receiver.core; class InboundMachine { dev.baton.buffer.Pool pool; static final int MAX = 3; " +
                "enum State { NEW } long f(long nowNs) { return nowNs; } }",
            "package dev.baton.transport.aeron; class Good { io.aeron.Image image; org.agrona.DirectBuffer[] buffers; }",
            "package dev.baton.receiver; class ReceiverMain { picocli.CommandLine command; }",
            "package dev.baton.sim; class Good { dev.baton.receiver.Landing l; long f() { return System.nanoTime(); } }");
        List<ArchRule> rules = Stream.concat(House.MODULES.stream().map(HouseRules::floor), Stream.of(
            HouseRules.everyClassHasAModule(), HouseRules.noPackageCycles(), HouseRules.libraries(),
            HouseRules.pureClassesKnowNoWorld(), HouseRules.pureClassesReadNoClock(), HouseRules.pureClassesShareNoState()))
            .toList();

        for (ArchRule rule : rules) {
            EvaluationResult result = rule.evaluate(good);
            assertFalse(result.hasViolation(), () -> result.getFailureReport().toString());
        }
    }

    @Test
    void shouldReportFilesThatBreakThePlan() throws IOException {
        for (House.Module module : House.MODULES) {
            Files.createDirectories(folder.resolve(module.name()).resolve("src/main/java/dev/baton"));
            Files.writeString(folder.resolve(module.name()).resolve("pom.xml"), "");
            Files.writeString(folder.resolve(module.name()).resolve("README.md"), "");
        }
        assertEquals(List.of(), SourceRules.topLevel(folder));
        assertEquals(List.of(), SourceRules.readmes(folder));
        assertEquals(List.of(), SourceRules.longFiles(folder));
        assertEquals(List.of(), SourceRules.bannedWords(folder));
        assertEquals(List.of(), SourceRules.packagesInTheirModules(folder));

        Files.createDirectory(folder.resolve("scripts"));
        Files.delete(folder.resolve("sim/pom.xml"));
        Files.delete(folder.resolve("native/README.md"));
        Files.writeString(folder.resolve("sim/src/main/java/dev/baton/Long.java"), "//\n".repeat(House.LINES_MAX + 1));
        Files.writeString(folder.resolve("transport/src/main/java/dev/baton/Later.java"), "// TO" + "DO finish\n");
        Files.writeString(folder.resolve("native/src/main/java/dev/baton/Late.java"), "Thread.sl" + "eep(1);\n");

        assertEquals(List.of("not in the plan: scripts", "missing: sim/pom.xml"), SourceRules.topLevel(folder));
        assertEquals(List.of("missing: native/README.md"), SourceRules.readmes(folder));
        assertEquals(List.of("401 lines, at most 400: sim/src/main/java/dev/baton/Long.java"), SourceRules.longFiles(folder));
        assertEquals(2, SourceRules.bannedWords(folder).size());
        assertEquals(3, SourceRules.packagesInTheirModules(folder).size());
    }

    private static Arguments breach(String name, ArchRule rule, String named, String... sources) {
        return Arguments.of(name, rule, named, sources);
    }

    private static ArchRule floor(String name) {
        return HouseRules.floor(House.MODULES.stream().filter(module -> module.name().equals(name)).findFirst().orElseThrow());
    }
}
