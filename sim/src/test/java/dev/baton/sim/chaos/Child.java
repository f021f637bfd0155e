package dev.baton.sim.chaos;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A process that plays seeds, with this one's classes and settings. For its minute or two the compiler's first stage alone is the quickest. */
final class Child {
    private Child() {}

    /** @param canary what the system property says; empty for none */
    static Process start(String canary, List<String> mainAndArguments) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        for (String flag : ManagementFactory.getRuntimeMXBean().getInputArguments()) {
            if (!flag.startsWith("-agent") && !flag.startsWith("-javaagent") && !flag.startsWith("-Xm")) {
                command.add(flag);
            }
        }
        command.addAll(List.of("-XX:TieredStopAtLevel=1", "-Xmx512m", "-Dbaton.canary=" + canary, "-cp", System.getProperty("java.class.path")));
        command.addAll(mainAndArguments);
        return new ProcessBuilder(command).redirectErrorStream(true).start();
    }
}
