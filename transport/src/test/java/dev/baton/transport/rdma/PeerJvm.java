package dev.baton.transport.rdma;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A JVM beside the test's, with its classes, that prints lines. {@code baton.test.jvm} says how JVMs start where that
 * differs: everything before the name of the main class.
 */
public final class PeerJvm implements AutoCloseable {
    private static final String FLAGS = "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED " +
        "--add-exports=java.base/jdk.internal.misc=ALL-UNNAMED --enable-native-access=ALL-UNNAMED -XX:TieredStopAtLevel=1 " +
        "-XX:+UseSerialGC -XX:+UseCompactObjectHeaders -Xmx256m";

    private final Process process;
    private final BufferedReader output;
    private final List<String> seen = new ArrayList<>();

    private PeerJvm(Process process) {
        this.process = process;
        this.output = process.inputReader(UTF_8);
    }

    public static PeerJvm start(Class<?> main, String... words) throws IOException {
        String prefix = System.getProperty("baton.test.jvm", FLAGS + " -cp " + System.getProperty("java.class.path"));
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        command.addAll(List.of(prefix.split(" ")));
        command.add(main.getName());
        command.addAll(List.of(words));
        return new PeerJvm(new ProcessBuilder(command).redirectErrorStream(true).start());
    }

    /** The rest of the next line that begins so. */
    public String await(String prefix) throws IOException {
        String line;
        while ((line = output.readLine()) != null) {
            seen.add(line);
            if (line.startsWith(prefix)) {
                return line.substring(prefix.length());
            }
        }
        throw new AssertionError("the peer ended without a line that begins with " + prefix + ": " + seen);
    }

    public int awaitExit() throws InterruptedException {
        assertTrue(process.waitFor(30, TimeUnit.SECONDS), "the peer is still there");
        return process.exitValue();
    }

    /** As by power: no word to anybody. */
    public void kill() {
        process.destroyForcibly();
    }

    @Override
    public void close() {
        process.destroyForcibly();
        process.onExit().orTimeout(30, TimeUnit.SECONDS).join();
    }
}
