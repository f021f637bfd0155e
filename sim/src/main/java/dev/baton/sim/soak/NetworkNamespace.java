package dev.baton.sim.soak;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import dev.baton.platform.Availability;
import dev.baton.platform.Require;

/**
 * A network namespace with a loopback device of its own, whose packets can be lost, altered, refused or slowed while
 * processes in it talk. Nothing outside it is touched. Made and closed by one thread; gone after {@link #close()}.
 */
public final class NetworkNamespace implements AutoCloseable {
    private static final AtomicInteger MADE = new AtomicInteger();
    private static final Pattern PACKETS = Pattern.compile("packets (\\d+)");
    /** Bit 1,920 of what follows the network header: within the payload of every frame that carries KV. */
    private static final String FAR_IN_THE_PAYLOAD = "@th,1920,8";

    private final String name;

    private NetworkNamespace(String name) {
        this.name = name;
    }

    /** Whether this machine lets this process make one: root, and the tools ip, nft and tc. */
    public static Availability probe() {
        String remedy = "run as root on Linux; Debian: apt-get install iproute2 nftables";
        if (!Files.exists(Path.of("/proc/self/ns/net"))) {
            return new Availability.Absent("no network namespaces", remedy);
        }
        String name = "baton-probe-" + ProcessHandle.current().pid();
        try (NetworkNamespace probe = new NetworkNamespace(name)) {
            probe.open();
            return new Availability.Present("network namespaces");
        } catch (IOException ex) {
            return new Availability.Absent("network namespaces cannot be made: " + ex.getMessage(), remedy);
        }
    }

    /**
     * Makes one, with its loopback device up.
     *
     * @throws IOException with the tool's own words where it cannot be made
     */
    public static NetworkNamespace create() throws IOException {
        NetworkNamespace made = new NetworkNamespace("baton-" + ProcessHandle.current().pid() + "-" + MADE.incrementAndGet());
        try {
            made.open();
            return made;
        } catch (IOException ex) {
            made.close();
            throw ex;
        }
    }

    private void open() throws IOException {
        Tool.run("ip", "netns", "add", name);
        inside("ip", "link", "set", "lo", "up");
        inside("nft", "add table inet baton");
        inside("nft", "add counter inet baton hits");
        inside("nft", "add chain inet baton in { type filter hook input priority 0; }");
    }

    /** What stands before a command so that it runs in here. */
    public List<String> entry() {
        return List.of("ip", "netns", "exec", name);
    }

    /** That share of all TCP and UDP packets is lost, each drawn anew. */
    public void lose(int percent) throws IOException {
        Require.between("percent", percent, 1, 100);
        rule("meta l4proto { tcp, udp } numgen random mod 100 < " + percent + " counter name hits drop");
    }

    /** Every packet to that UDP port is lost; those from it still arrive. */
    public void loseAllTo(int udpPort) throws IOException {
        rule("udp dport " + udpPort + " counter name hits drop");
    }

    /** One byte in {@code oneOf} TCP and UDP packets of more than 1 KiB is overwritten, deep in its payload, after checksums. */
    public void alter(int oneOf) throws IOException {
        rule("meta l4proto { tcp, udp } meta length > 1024 numgen random mod " + oneOf + " == 0 " + FAR_IN_THE_PAYLOAD +
            " set 0x5a counter name hits");
    }

    /** Packets leave at that rate at most. */
    public void limitTo(int megabitsPerSecond) throws IOException {
        inside("tc", "qdisc", "replace", "dev", "lo", "root", "tbf", "rate", megabitsPerSecond + "mbit", "burst", "256k",
            "latency", "100ms");
    }

    /** Packets to that port of loopback go to another one, unless they come from a {@link Relay}; answers find their way back. */
    void redirect(String protocol, int port, int to) throws IOException {
        inside("nft", "add table ip relay");
        inside("nft", "add chain ip relay out { type nat hook output priority -100; }");
        inside("nft", "add rule ip relay out " + protocol + " dport " + port + " " + protocol + " sport != " +
            Relay.SOURCE_PORT_MIN + "-" + Relay.SOURCE_PORT_MAX + " counter redirect to :" + to);
    }

    /** Packets that a rule dropped or altered so far. */
    public long hits() throws IOException {
        return number(inside("nft", "list counter inet baton hits"), PACKETS);
    }

    /** Packets that the rate limit dropped or held back so far; 0 without one. */
    public long heldBack() throws IOException {
        String text = inside("tc", "-s", "qdisc", "show", "dev", "lo");
        return number(text, Pattern.compile("dropped (\\d+)")) + number(text, Pattern.compile("overlimits (\\d+)"));
    }

    /** Takes every rule and the rate limit away. The counters stay. */
    public void heal() throws IOException {
        inside("nft", "flush chain inet baton in");
        if (inside("tc", "qdisc", "show", "dev", "lo").contains("tbf")) {
            inside("tc", "qdisc", "del", "dev", "lo", "root");
        }
    }

    private void rule(String text) throws IOException {
        inside("nft", "add rule inet baton in " + text);
    }

    private String inside(String... command) throws IOException {
        String[] whole = new String[4 + command.length];
        entry().toArray(whole);
        System.arraycopy(command, 0, whole, 4, command.length);
        return Tool.run(whole);
    }

    private static long number(String text, Pattern pattern) {
        Matcher matcher = pattern.matcher(text);
        return matcher.find() ? Long.parseLong(matcher.group(1)) : 0;
    }

    @Override
    public void close() throws IOException {
        if (Tool.run("ip", "netns", "list").lines().anyMatch(line -> line.split(" ", -1)[0].equals(name))) {
            Tool.run("ip", "netns", "delete", name);
        }
    }
}
