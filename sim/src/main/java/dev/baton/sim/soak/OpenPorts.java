package dev.baton.sim.soak;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * The ports at which a process can be reached, as the kernel lists them.
 *
 * @param tcp those that accept connections
 * @param udp those that are bound, whether for peers or for answers
 */
record OpenPorts(Set<Integer> tcp, Set<Integer> udp) {
    private static final String LISTENING = "0A";
    private static final int STATE = 3;
    private static final int INODE = 9;

    static OpenPorts of(long pid) throws IOException {
        Path process = Path.of("/proc", Long.toString(pid));
        Set<String> inodes = new HashSet<>();
        try (Stream<Path> files = Files.list(process.resolve("fd"))) {
            for (Path file : files.toList()) {
                String target = Files.isSymbolicLink(file) ? Files.readSymbolicLink(file).toString() : "";
                if (target.startsWith("socket:[")) {
                    inodes.add(target.substring(8, target.length() - 1));
                }
            }
        }
        Set<Integer> tcp = new TreeSet<>();
        Set<Integer> udp = new TreeSet<>();
        for (String table : List.of("tcp", "tcp6", "udp", "udp6")) {
            Path file = process.resolve("net").resolve(table);
            List<String> lines = Files.exists(file) ? Files.readAllLines(file) : List.of("");
            for (String line : lines.subList(1, lines.size())) {
                String[] words = line.strip().split("\\s+", -1);
                int port = Integer.parseInt(words[1].substring(words[1].indexOf(':') + 1), 16);
                if (inodes.contains(words[INODE]) && (table.startsWith("udp") || words[STATE].equals(LISTENING))) {
                    (table.startsWith("udp") ? udp : tcp).add(port);
                }
            }
        }
        return new OpenPorts(tcp, udp);
    }
}
