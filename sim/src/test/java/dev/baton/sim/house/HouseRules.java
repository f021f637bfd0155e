package dev.baton.sim.house;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.AccessTarget;
import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.List;
import java.util.Set;

/** The rules over compiled classes, made from {@link House}. */
final class HouseRules {
    private static final DescribedPredicate<JavaClass> OURS = resideInAnyPackage("dev.baton..").as("ours");

    private static final DescribedPredicate<JavaClass> PURE = DescribedPredicate.describe("pure", type -> {
        String outermost = type.getName().replaceFirst("\\$.*", "");
        return !House.NOT_PURE.contains(outermost) &&
            (House.PURE_PACKAGES.stream().anyMatch(root -> House.isIn(type.getPackageName(), root)) ||
                outermost.matches(House.PURE_NAMES));
    });

    /** Types that a pure class does not know: threads, chance, and the world outside. */
    private static final DescribedPredicate<JavaClass> IMPURE_TYPE = DescribedPredicate.describe(
        "a thread, chance, a clock or I/O", type -> {
            String name = type.getName();
            return Set.of("java.lang.Thread", "java.lang.ProcessBuilder", "java.lang.Runtime", "java.util.Random", "java.util.Timer",
                "java.util.SplittableRandom", "java.util.concurrent.ThreadLocalRandom", "java.security.SecureRandom",
                "java.time.Clock").contains(name) ||
                name.startsWith("java.util.random.") || name.startsWith("java.util.concurrent.locks.") ||
                name.startsWith("java.util.concurrent.Exec") || name.startsWith("java.nio.channels.") ||
                name.startsWith("java.nio.file.") || name.startsWith("java.net.") ||
                (name.startsWith("java.io.") && !name.equals("java.io.Serializable"));
        });

    /** Calls that read a clock, chance or the process's surroundings by way of a type that is otherwise harmless. */
    private static final DescribedPredicate<JavaAccess<?>> IMPURE_CALL = DescribedPredicate.describe(
        "reads a clock, chance or the surroundings", access -> {
            AccessTarget target = access.getTarget();
            String call = target.getOwner().getName() + "." + target.getName();
            return Set.of("java.lang.System.nanoTime", "java.lang.System.currentTimeMillis", "java.lang.System.getProperty",
                "java.lang.System.getenv", "java.lang.System.out", "java.lang.System.err", "java.lang.Math.random",
                "java.lang.System.identityHashCode", "java.util.UUID.randomUUID", "java.time.Instant.now",
                "java.time.LocalDateTime.now", "java.lang.Object.wait", "java.lang.Object.notify").contains(call);
        });

    private HouseRules() {}

    /** Imports run down, and never between the two ends or the two rooms of the second floor. */
    static ArchRule floor(House.Module module) {
        return noClasses().that().resideInAnyPackage(patterns(module.packages()))
            .should().dependOnClassesThat(OURS.and(DescribedPredicate.not(resideInAnyPackage(House.importable(module)))))
            .as(module.name() + " imports only " + module.mayImport())
            .allowEmptyShould(true);
    }

    /** No class lies outside the modules' packages. */
    static ArchRule everyClassHasAModule() {
        return classes().that(OURS).should().resideInAnyPackage(
            House.MODULES.stream().flatMap(module -> module.packages().stream()).map(root -> root + "..").toArray(String[]::new))
            .as("every class lies in a module's package");
    }

    /** Inside a module, too, packages depend on each other in one direction. */
    static ArchRule noPackageCycles() {
        return slices().matching("dev.baton.(**)").should().beFreeOfCycles().allowEmptyShould(true);
    }

    /** A library is used only where the table says, and one that is not in the table nowhere. */
    static ArchRule libraries() {
        return classes().that(OURS).should(new ArchCondition<JavaClass>("use libraries where the table says") {
            @Override
            public void check(JavaClass type, ConditionEvents events) {
                for (Dependency dependency : type.getDirectDependenciesFromSelf()) {
                    String wrong = misuse(type, dependency.getTargetClass().getBaseComponentType());
                    if (wrong != null) {
                        events.add(SimpleConditionEvent.violated(type, wrong + ": " + dependency.getDescription()));
                    }
                }
            }
        });
    }

    static ArchRule pureClassesKnowNoWorld() {
        return noClasses().that(PURE).should().dependOnClassesThat(IMPURE_TYPE)
            .as("a core knows no thread, chance, clock or I/O").allowEmptyShould(true);
    }

    static ArchRule pureClassesReadNoClock() {
        return noClasses().that(PURE).should().accessTargetWhere(IMPURE_CALL)
            .as("a core is handed time and chance").allowEmptyShould(true);
    }

    static ArchRule pureClassesShareNoState() {
        return fields().that().areDeclaredInClassesThat(PURE).and().areStatic().should().beFinal()
            .as("a core has no static state").allowEmptyShould(true);
    }

    private static String misuse(JavaClass user, JavaClass used) {
        String packageName = used.getPackageName();
        boolean isPlain = used.isPrimitive() || House.isIn(packageName, "dev.baton") || House.isIn(packageName, "java") ||
            House.isIn(packageName, "javax");
        List<House.Library> matching = House.LIBRARIES.stream().filter(library -> library.holds(packageName)).toList();
        if (isPlain) {
            return null;
        }
        if (matching.isEmpty()) {
            return "not in the table of libraries";
        }
        House.Library library = matching.getFirst();
        return library.users().test(user.getName()) ? null : library.name() + " has no place here";
    }

    private static String[] patterns(List<String> packages) {
        return packages.stream().map(root -> root + "..").toArray(String[]::new);
    }
}
