package dev.baton.transport.rdma;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which devices there are and what is near them, of a folder laid out as the kernel lays out {@code /sys}. */
class RdmaDevicesTest {
    private static final String SWITCH = "devices/pci0000:3a/0000:3a:00.0/0000:3b:00.0";

    @TempDir
    private Path sys;

    @BeforeEach
    void machineOfTwoSockets() throws IOException {
        card("mlx5_0", SWITCH + "/0000:3c:00.0", 0, "4: ACTIVE", "10.1.0.7");
        card("mlx5_1", "devices/pci0000:5d/0000:5d:00.0/0000:5e:00.0", 0, "4: ACTIVE", "10.2.0.7");
        card("mlx5_2", "devices/pci0000:ae/0000:ae:00.0/0000:af:00.0", 1, "4: ACTIVE", "10.3.0.7");
        card("mlx5_3", "devices/pci0000:d7/0000:d7:00.0/0000:d8:00.0", 1, "1: DOWN", "10.4.0.7");
        gpu("0000:3d:00.0", SWITCH + "/0000:3d:00.0", 0);
        gpu("0000:b0:00.0", "devices/pci0000:b0/0000:b0:00.0", 1);
        gpu("0000:ff:00.0", "devices/pci0000:ff/0000:ff:00.0", -1);
    }

    @Test
    void shouldListDevicesWithACableAndAnAddress() {
        assertEquals(List.of("mlx5_0 10.1.0.7 0", "mlx5_1 10.2.0.7 0", "mlx5_2 10.3.0.7 1"), RdmaDevices.read(sys).stream()
            .map(device -> device.name() + " " + device.address() + " " + device.numaNode()).toList());
        assertEquals(List.of("0000:3a:00.0", "0000:3b:00.0", "0000:3c:00.0"), RdmaDevices.read(sys).getFirst().pciPath());
        assertEquals(List.of("10.1.0.7", "10.2.0.7", "10.3.0.7"), RdmaDevices.rails(sys, List.of()));
    }

    @Test
    void shouldTakeTheCardBehindTheSameSwitchAsTheGpu() {
        assertEquals(List.of("10.1.0.7"), RdmaDevices.rails(sys, List.of("near=0000:3d:00.0")));
    }

    @Test
    void shouldTakeTheCardsOfTheSameNodeWhereNoneSharesABridge() {
        assertEquals(List.of("10.3.0.7"), RdmaDevices.rails(sys, List.of("near=0000:b0:00.0")));
    }

    @Test
    void shouldTakeEveryCardWhereNothingIsNear() {
        assertEquals(3, RdmaDevices.rails(sys, List.of("near=0000:ff:00.0")).size());
        assertEquals(3, RdmaDevices.rails(sys, List.of("near=0000:77:00.0")).size());
    }

    @Test
    void shouldTakeAddressesAsTheyAreTold() {
        assertEquals(List.of("10.9.0.1", "10.9.0.2"), RdmaDevices.rails(sys, List.of("10.9.0.1", "10.9.0.2")));
    }

    @Test
    void shouldKnowDevicesOfSoftware() throws IOException {
        Path rxe = Files.createDirectories(sys.resolve("class/infiniband/rxe0"));
        addresses(rxe, "4: ACTIVE", "10.9.0.1");
        RdmaDevices.Facts device = RdmaDevices.read(sys).getLast();
        assertEquals(new RdmaDevices.Facts("rxe0", "10.9.0.1", -1, List.of()), device);
        assertEquals(0, RdmaDevices.nearness(device, List.of("0000:3a:00.0"), 0));
    }

    @Test
    void shouldFindNothingOnAMachineWithoutDevices() {
        assertEquals(List.of(), RdmaDevices.rails(sys.resolve("elsewhere"), List.of()));
    }

    private void card(String name, String place, int numaNode, String state, String address) throws IOException {
        Path device = pci(place, numaNode);
        Path folder = Files.createDirectories(device.resolve("infiniband/" + name));
        Files.createSymbolicLink(folder.resolve("device"), device);
        Files.createDirectories(sys.resolve("class/infiniband"));
        Files.createSymbolicLink(sys.resolve("class/infiniband/" + name), folder);
        addresses(folder, state, address);
    }

    private void gpu(String address, String place, int numaNode) throws IOException {
        Files.createDirectories(sys.resolve("bus/pci/devices"));
        Files.createSymbolicLink(sys.resolve("bus/pci/devices/" + address), pci(place, numaNode));
    }

    private Path pci(String place, int numaNode) throws IOException {
        Path device = Files.createDirectories(sys.resolve(place));
        Files.writeString(device.resolve("numa_node"), numaNode + "\n");
        return device;
    }

    /** The link-local address of each kind first, as the kernel has them, then the one that was given. */
    private static void addresses(Path device, String state, String address) throws IOException {
        Path port = Files.createDirectories(device.resolve("ports/1"));
        Files.createDirectories(port.resolve("gids"));
        Files.createDirectories(port.resolve("gid_attrs/types"));
        Files.writeString(port.resolve("state"), state + "\n");
        String[] bytes = address.split("\\.", -1);
        String mapped = String.format(Locale.ROOT, "0000:0000:0000:0000:0000:ffff:%02x%02x:%02x%02x", Integer.parseInt(bytes[0]),
            Integer.parseInt(bytes[1]), Integer.parseInt(bytes[2]), Integer.parseInt(bytes[3]));
        String[][] gids = {{"fe80:0000:0000:0000:ba59:9fff:fe00:0001", "IB/RoCE v1"}, {"fe80:0000:0000:0000:ba59:9fff:fe00:0001", "RoCE v2"},
            {mapped, "IB/RoCE v1"}, {mapped, "RoCE v2"}};
        for (int i = 0; i < gids.length; i++) {
            Files.writeString(port.resolve("gids/" + i), gids[i][0] + "\n");
            Files.writeString(port.resolve("gid_attrs/types/" + i), gids[i][1] + "\n");
        }
    }
}
