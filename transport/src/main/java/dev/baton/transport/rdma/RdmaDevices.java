package dev.baton.transport.rdma;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

/**
 * This machine's RDMA devices as the kernel tells of them under {@code /sys}: those with a cable and an address, in order of
 * their names, and what of the machine is near each. Reads files and nothing else.
 */
final class RdmaDevices {
    private static final int GID_BYTES = 16;
    private static final String NEAR = "near=";
    private static final int NEARNESS_NODE = 1;
    private static final int GIDS_MAX = 256;

    private RdmaDevices() {}

    /**
     * One device.
     *
     * @param name     such as {@code mlx5_0}
     * @param address  numeric, of its first RoCE v2 address that is not local to the link
     * @param numaNode -1 where the kernel knows none
     * @param pciPath  of bridges and the device, the root first; empty for a device of software
     */
    record Facts(String name, String address, int numaNode, List<String> pciPath) {}

    /** @param sys {@code /sys}, or what stands for it */
    static List<Facts> read(Path sys) {
        List<Facts> devices = new ArrayList<>();
        for (Path device : entries(sys.resolve("class/infiniband"))) {
            String address = isActive(device) ? addressOf(device) : "";
            if (!address.isEmpty()) {
                devices.add(new Facts(device.getFileName().toString(), address, number(device.resolve("device/numa_node"), -1),
                    pciPath(device.resolve("device"))));
            }
        }
        return devices;
    }

    /**
     * How near two things on the PCI bus are: bridges that both paths share; one for the same NUMA node alone, 0 for none.
     * GPUs and cards behind one switch reach each other without the processor.
     */
    static int nearness(Facts device, List<String> pciPath, int numaNode) {
        int shared = 0;
        while (shared < Math.min(device.pciPath().size(), pciPath.size())
            && device.pciPath().get(shared).equals(pciPath.get(shared))) {
            shared++;
        }
        boolean isSameNode = numaNode >= 0 && numaNode == device.numaNode();
        return shared > 0 ? NEARNESS_NODE + shared : isSameNode ? NEARNESS_NODE : 0;
    }

    /**
     * The addresses that lanes are laid over.
     *
     * @param wishes addresses; or one {@code near=0000:3b:00.0}, which takes the devices nearest to that one; none takes all
     */
    static List<String> rails(Path sys, List<String> wishes) {
        List<Facts> devices = read(sys);
        if (wishes.size() == 1 && wishes.getFirst().startsWith(NEAR)) {
            String pciAddress = wishes.getFirst().substring(NEAR.length());
            List<String> path = pciPath(sys, pciAddress);
            int node = numaNode(sys, pciAddress);
            int best = devices.stream().mapToInt(device -> nearness(device, path, node)).max().orElse(0);
            return devices.stream().filter(device -> nearness(device, path, node) == best).map(Facts::address).toList();
        }
        return wishes.isEmpty() ? devices.stream().map(Facts::address).toList() : List.copyOf(wishes);
    }

    /** The path of a PCI device such as {@code 0000:3b:00.0}; empty where there is none of that name. */
    static List<String> pciPath(Path sys, String pciAddress) {
        return pciPath(sys.resolve("bus/pci/devices").resolve(pciAddress));
    }

    /** The NUMA node of a PCI device; -1 where the kernel knows none. */
    static int numaNode(Path sys, String pciAddress) {
        return number(sys.resolve("bus/pci/devices").resolve(pciAddress).resolve("numa_node"), -1);
    }

    private static boolean isActive(Path device) {
        return line(device.resolve("ports/1/state")).equals("4: ACTIVE");
    }

    private static String addressOf(Path device) {
        Path port = device.resolve("ports/1");
        for (int index = 0; index < GIDS_MAX; index++) {
            String gid = line(port.resolve("gids/" + index));
            if (gid.isEmpty()) {
                break;
            }
            if (line(port.resolve("gid_attrs/types/" + index)).equals("RoCE v2")) {
                byte[] bytes = HexFormat.of().parseHex(gid.replace(":", ""));
                InetAddress address = bytes.length == GID_BYTES ? address(bytes) : null;
                if (address != null && !address.isLinkLocalAddress() && !address.isAnyLocalAddress()) {
                    return address.getHostAddress();
                }
            }
        }
        return "";
    }

    private static InetAddress address(byte[] bytes) {
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException ex) {
            throw new IllegalStateException("16 bytes are an address", ex);
        }
    }

    /** The names of the folders on the way to where a link leads that are places on a PCI bus. */
    private static List<String> pciPath(Path link) {
        List<String> path = new ArrayList<>();
        if (Files.exists(link)) {
            try {
                for (Path name : link.toRealPath()) {
                    if (name.toString().matches("[0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\\.[0-7]")) {
                        path.add(name.toString());
                    }
                }
            } catch (IOException ex) {
                throw new UncheckedIOException("cannot follow " + link, ex);
            }
        }
        return path;
    }

    private static int number(Path file, int otherwise) {
        String line = line(file);
        return line.matches("-?\\d{1,6}") ? Integer.parseInt(line) : otherwise;
    }

    /** Empty where the file is not there, or says nothing: the kernel refuses to read addresses that are not set. */
    private static String line(Path file) {
        try {
            return Files.readString(file).strip();
        } catch (IOException ex) {
            return "";
        }
    }

    private static List<Path> entries(Path directory) {
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.sorted().toList();
        } catch (IOException ex) {
            return List.of();
        }
    }
}
