package dev.baton.sim.house;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The rules over files. Each gives what is wrong, one line for each find; nothing wrong is an empty list. */
final class SourceRules {
    /** Written in two halves, so that this file does not find itself. */
    private static final Pattern UNFINISHED = Pattern.compile("\\b(TO" + "DO|FIX" + "ME|XX" + "X)\\b");
    private static final Pattern SLEEP = Pattern.compile("\\bThread\\.sl" + "eep\\(");

    private SourceRules() {}

    /** What lies at the top and is not in the plan, and what is in the plan and does not lie there. */
    static List<String> topLevel(Path root) throws IOException {
        List<String> modules = House.MODULES.stream().map(House.Module::name).toList();
        List<String> wrong = new ArrayList<>();
        try (Stream<Path> entries = Files.list(root)) {
            for (String name : entries.map(path -> path.getFileName().toString()).sorted().toList()) {
                if (!name.startsWith(".") && !modules.contains(name) && !House.TOP_LEVEL.contains(name)) {
                    wrong.add("not in the plan: " + name);
                }
            }
        }
        for (String module : modules) {
            if (!Files.isRegularFile(root.resolve(module).resolve("pom.xml"))) {
                wrong.add("missing: " + module + "/pom.xml");
            }
        }
        return wrong;
    }

    static List<String> readmes(Path root) {
        List<String> wrong = new ArrayList<>();
        for (House.Module module : House.MODULES) {
            if (!Files.isRegularFile(root.resolve(module.name()).resolve("README.md"))) {
                wrong.add("missing: " + module.name() + "/README.md");
            }
        }
        return wrong;
    }

    /** Each source file lies in the module that its package belongs to. */
    static List<String> packagesInTheirModules(Path root) throws IOException {
        List<String> wrong = new ArrayList<>();
        for (House.Module module : House.MODULES) {
            Path sources = root.resolve(module.name()).resolve("src/main/java");
            for (Path file : javaFiles(sources)) {
                String packageName = sources.relativize(file.getParent()).toString().replace('/', '.');
                if (!module.holds(packageName)) {
                    wrong.add("not a package of " + module.name() + ": " + root.relativize(file));
                }
            }
        }
        return wrong;
    }

    static List<String> longFiles(Path root) throws IOException {
        List<String> wrong = new ArrayList<>();
        for (House.Module module : House.MODULES) {
            for (Path file : javaFiles(root.resolve(module.name()).resolve("src/main/java"))) {
                int lines = Files.readAllLines(file).size();
                if (lines > House.LINES_MAX) {
                    wrong.add(lines + " lines, at most " + House.LINES_MAX + ": " + root.relativize(file));
                }
            }
        }
        return wrong;
    }

    /** Words of unfinished work, and waits by the clock, in main and test code. */
    static List<String> bannedWords(Path root) throws IOException {
        List<String> wrong = new ArrayList<>();
        for (House.Module module : House.MODULES) {
            for (Path file : javaFiles(root.resolve(module.name()).resolve("src"))) {
                int lineNumber = 0;
                for (String line : Files.readAllLines(file)) {
                    lineNumber++;
                    if (UNFINISHED.matcher(line).find() || SLEEP.matcher(line).find()) {
                        wrong.add(root.relativize(file) + ":" + lineNumber + ": " + line.strip());
                    }
                }
            }
        }
        return wrong;
    }

    private static List<Path> javaFiles(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(file -> file.toString().endsWith(".java")).sorted().toList();
        }
    }
}
