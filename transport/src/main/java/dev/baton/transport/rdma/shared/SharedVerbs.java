package dev.baton.transport.rdma.shared;

import dev.baton.memory.Copier;
import dev.baton.memory.MemoryLedger;
import dev.baton.memory.Region;
import dev.baton.memory.Regions;
import dev.baton.transport.TransportContext;
import dev.baton.transport.rdma.verbs.ConnectionChannel;
import dev.baton.transport.rdma.verbs.Verbs;
import dev.baton.transport.shm.OwnFiles;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * One process's devices of software, of which processes of the same directory of shared memory reach the memory. Device n
 * answers at 127.0.0.(n + 1); every other address is that of the first. Safe from any thread.
 */
public final class SharedVerbs implements Verbs {
    private static final int LAST_OCTET = 3;

    private final long incarnation;
    private final Path directory;
    private final Path spillDirectoryOrNull;
    private final MemoryLedger ledger;
    private final Copier copier;
    private final SharedFaults faults;
    private final OwnFiles ownFiles;
    private final PeerFiles peerFiles;
    private final AtomicLong nextFile = new AtomicLong(1);
    private final SharedDevice[] devices;

    /** Claims this incarnation's files in the directory, and removes those of processes that are gone. */
    public SharedVerbs(TransportContext context, int deviceCount, SharedFaults faults) {
        incarnation = context.incarnation();
        directory = Regions.privateDirectory(context.sharedMemoryDir());
        spillDirectoryOrNull = context.spillDir() == null ? null : Regions.privateDirectory(context.spillDir());
        ledger = context.ledger();
        copier = context.copier();
        this.faults = faults;
        ownFiles = OwnFiles.claim(directory, incarnation);
        peerFiles = new PeerFiles(directory, spillDirectoryOrNull, ledger);
        devices = new SharedDevice[deviceCount];
        for (int i = 0; i < deviceCount; i++) {
            devices[i] = new SharedDevice(this, i);
        }
    }

    @Override
    public ConnectionChannel openChannel() throws IOException {
        return new SharedChannel(this);
    }

    @Override
    public boolean isReachingAnyMemory() {
        return false;
    }

    /** After every channel, queue and key. */
    @Override
    public void close() {
        for (SharedDevice device : devices) {
            device.close();
        }
        ownFiles.close();
    }

    SharedDevice device(String host) {
        byte[] address = new InetSocketAddress(host, 0).getAddress().getAddress();
        boolean isNumbered = address.length == LAST_OCTET + 1 && address[0] == 127 && address[LAST_OCTET] > 0;
        return devices[isNumbered ? (address[LAST_OCTET] - 1) % devices.length : 0];
    }

    /** Every device, each at its own address, where a listener takes whatever comes to this machine. */
    List<InetSocketAddress> listenAt(String host, int port) {
        List<InetSocketAddress> addresses = new ArrayList<>();
        for (int i = 0; i < devices.length && isAny(host); i++) {
            addresses.add(new InetSocketAddress(InetAddress.ofLiteral("127.0.0." + (i + 1)), port));
        }
        return addresses.isEmpty() ? List.of(socketAddress(host, port)) : List.copyOf(addresses);
    }

    private static boolean isAny(String host) {
        return new InetSocketAddress(host, 0).getAddress().isAnyLocalAddress();
    }

    /** Devices of software are reached within their machine alone, whatever address it has towards others. */
    static InetSocketAddress socketAddress(String host, int port) {
        InetSocketAddress address = new InetSocketAddress(host, port);
        return !address.isUnresolved() && address.getAddress().isLoopbackAddress() ? address
            : new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port);
    }

    /** A new file of zeros that peers can map; its number says its name. */
    Region create(MemoryLedger countedBy, String owner, long number, long lengthBytes) {
        return Regions.createFile(countedBy, owner, SharedNames.file(directory, incarnation, number), lengthBytes);
    }

    long newFileNumber() {
        return nextFile.getAndIncrement();
    }

    long incarnation() {
        return incarnation;
    }

    Path directory() {
        return directory;
    }

    Path spillDirectoryOrNull() {
        return spillDirectoryOrNull;
    }

    MemoryLedger ledger() {
        return ledger;
    }

    Copier copier() {
        return copier;
    }

    SharedFaults faults() {
        return faults;
    }

    PeerFiles peerFiles() {
        return peerFiles;
    }
}
