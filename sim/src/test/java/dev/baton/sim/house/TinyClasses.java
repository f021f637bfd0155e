package dev.baton.sim.house;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;

/** Compiles a few small sources into a folder and imports them, so that rules meet classes that break them. */
final class TinyClasses {
    private static final Pattern NAME = Pattern.compile(
        "package ([\\w.]+);.*?\\b(?:class|interface|record|enum) (\\w+)", Pattern.DOTALL);

    private TinyClasses() {}

    /** @param sources whole compilation units, each with a package and one top-level type */
    static JavaClasses compile(Path folder, String... sources) throws IOException {
        Path classes = Files.createDirectories(folder.resolve("classes"));
        List<String> args = new ArrayList<>(List.of("-proc:none", "-d", classes.toString()));
        for (String source : sources) {
            Matcher name = NAME.matcher(source);
            assertTrue(name.find(), source);
            Path file = folder.resolve("java/" + name.group(1).replace('.', '/') + "/" + name.group(2) + ".java");
            Files.createDirectories(file.getParent());
            args.add(Files.writeString(file, source).toString());
        }
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        assertTrue(compiler.run(null, null, null, args.toArray(String[]::new)) == 0, "the tiny sources compile");
        return new ClassFileImporter().importPath(classes);
    }
}
