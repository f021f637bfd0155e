package dev.baton.sim.chaos;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A process that plays seeds, with this one's classes and settings. */
final class Child {
    /** For half a minute the compiler's first stage alone is the quickest. */
    private static final List<String> SHORT = List.of("-XX:TieredStopAtLevel=1", "-Xmx512m");
    /** What the launcher gives a search. */
    private static final List<String> LONG = List.of("-XX:TieredStopAtLevel=4", "@" + Path.of("src", "main", "sh", "search.options"), "-Xms1g", "-Xmn512m", "-Xmx2g");

    private Child() {}

    /** @param canary what the system property says; empty for none */
    static Process start(String canary, List<String> mainAndArguments) throws IOException {
        return start(SHORT, canary, mainAndArguments);
    }

    /** One that works for a minute or more. */
    static Process startLong(List<String> mainAndArguments) throws IOException {
        return start(LONG, "", mainAndArguments);
    }

    private static Process start(List<String> flags, String canary, List<String> mainAndArguments) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        for (String flag : ManagementFactory.getRuntimeMXBean().getInputArguments()) {
            if (!flag.startsWith("-agent") && !flag.startsWith("-javaagent") && !flag.startsWith("-Xm")) {
                command.add(flag);
            }
        }
        command.addAll(flags);
        command.addAll(List.of("-Dbaton.canary=" + canary, "-cp", System.getProperty("java.class.path")));
        command.addAll(mainAndArguments);
        return new ProcessBuilder(command).redirectErrorStream(true).start();
    }
}
