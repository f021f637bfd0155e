package dev.baton.sim.house;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Holds the whole house to its plan. {@link HouseRulesTest} shows that each rule can fail. */
class HouseTest {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static JavaClasses house;

    @BeforeAll
    static void importEveryModule() {
        house = new ClassFileImporter().withImportOption(new ImportOption.DoNotIncludeTests()).importPackages("dev.baton");
    }

    @Test
    void shouldHaveReadEveryModuleThatHasClasses() {
        for (House.Module module : House.MODULES) {
            boolean hasSources = Files.isDirectory(ROOT.resolve(module.name()).resolve("src/main/java/dev/baton"));
            boolean hasClasses = house.stream().anyMatch(type -> module.holds(type.getPackageName()));
            assertEquals(hasSources, hasClasses, module.name());
        }
        assertTrue(house.stream().noneMatch(type -> type.getName().equals(HouseTest.class.getName())), "tests are left out");
    }

    @TestFactory
    Stream<DynamicTest> shouldImportDownOnly() {
        return House.MODULES.stream()
            .map(module -> DynamicTest.dynamicTest(module.name(), () -> HouseRules.floor(module).check(house)));
    }

    @TestFactory
    Stream<DynamicTest> shouldKeepTheRules() {
        return Stream.of(
            HouseRules.everyClassHasAModule(), HouseRules.noPackageCycles(), HouseRules.libraries(),
            HouseRules.pureClassesKnowNoWorld(), HouseRules.pureClassesReadNoClock(), HouseRules.pureClassesShareNoState())
            .map((ArchRule rule) -> DynamicTest.dynamicTest(rule.getDescription(), () -> rule.check(house)));
    }

    @Test
    void shouldHaveNothingElseAtTheTop() throws IOException {
        assertEquals(List.of(), SourceRules.topLevel(ROOT));
    }

    @Test
    void shouldIntroduceEveryModule() {
        assertEquals(List.of(), SourceRules.readmes(ROOT));
    }

    @Test
    void shouldKeepPackagesInTheirModules() throws IOException {
        assertEquals(List.of(), SourceRules.packagesInTheirModules(ROOT));
    }

    @Test
    void shouldKeepFilesShort() throws IOException {
        assertEquals(List.of(), SourceRules.longFiles(ROOT));
    }

    @Test
    void shouldLeaveNothingUnfinishedAndNeverSleep() throws IOException {
        assertEquals(List.of(), SourceRules.bannedWords(ROOT));
    }

    /** The build repeats the flags of jvm.options for its tests, less memory sizes, because Maven cannot read that file. */
    @Test
    void shouldTestWithTheFlagsItRunsWith() throws IOException {
        String pom = Files.readString(ROOT.resolve("pom.xml"));
        for (String flag : Files.readAllLines(ROOT.resolve("jvm.options"))) {
            boolean isMemorySize = flag.startsWith("-Xm") || flag.startsWith("-XX:MaxDirectMemorySize");
            if (flag.startsWith("-") && !flag.startsWith("-D") && !isMemorySize) {
                assertTrue(pom.contains(flag), () -> "jvm.options has a flag that tests run without: " + flag);
            }
        }
    }
}
