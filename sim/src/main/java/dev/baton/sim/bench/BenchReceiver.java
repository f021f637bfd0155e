package dev.baton.sim.bench;

import dev.baton.memory.Copier;
import dev.baton.memory.MemoryLedger;
import dev.baton.memory.Region;
import dev.baton.transport.Inlet;
import dev.baton.transport.InletContext;
import dev.baton.transport.RdmaOptions;
import dev.baton.transport.RemoteSlab;
import dev.baton.transport.TransportContext;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import org.agrona.CloseHelper;

/**
 * The receiving half of every way, over one slab. Its methods belong to one thread; a sample runs on one thread a
 * stream.
 */
final class BenchReceiver implements AutoCloseable {
    private static final int SCRATCH_BYTES = 64 << 10;

    private final BenchSetup setup;
    private final MemoryLedger ledger;
    private final Region slab;
    private final Region counters;
    private final Copier copier = Copier.best();
    private final PlainSink plain;
    private final List<Inlet> inlets = new ArrayList<>();
    private final List<LandingSink> sinks = new ArrayList<>();
    private OpenTransport open;

    BenchReceiver(BenchSetup setup, MemoryLedger ledger, Region slab, Region counters) {
        this.setup = setup;
        this.ledger = ledger;
        this.slab = slab;
        this.counters = counters;
        this.plain = new PlainSink(copier, setup.idle());
    }

    /** Opens one inlet a stream and gives their ports and hosts. */
    String open(String scheme, int streams) {
        open = OpenTransport.open(scheme, new TransportContext(setup.incarnation(), setup.directory(), null, null, copier,
            ledger, false, new RdmaOptions(List.of(), setup.isEventDriven())), setup.threading(), true);
        open.transport().register(new RemoteSlab(0, 0, setup.setBytes()), slab.address());
        List<String> ports = new ArrayList<>();
        for (int lane = 0; lane < streams; lane++) {
            LandingSink sink = new LandingSink(copier, setup.idle(), open.transport().isOneSided());
            Inlet inlet = open.transport().openInlet(new InletContext(lane, BenchSetup.HOST, 0, sink, SCRATCH_BYTES));
            inlet.openSession(BenchSetup.SESSION, BenchSetup.TOKEN_HIGH, LinkSender.TOKEN);
            inlets.add(inlet);
            sinks.add(sink);
            ports.add(inlet.port() + "@" + (inlet.host().isEmpty() ? BenchSetup.HOST : inlet.host()));
        }
        return String.join(",", ports);
    }

    void poll() {
        for (Inlet inlet : inlets) {
            inlet.poll(SCRATCH_BYTES);
        }
    }

    /** Says "ready", takes in {@code messageCount} messages of each stream, and gives the answer to print. */
    String run(Trial trial, int messageCount, PrintStream out) throws Exception {
        List<ServerSocketChannel> servers = new ArrayList<>();
        try {
            List<String> ports = new ArrayList<>();
            for (int stream = 0; stream < trial.streams() && trial.way().isSocket(); stream++) {
                ServerSocketChannel server = ServerSocketChannel.open().bind(
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
                servers.add(server);
                ports.add(Integer.toString(((InetSocketAddress) server.getLocalAddress()).getPort()));
            }
            long cpuBeforeNs = ProcessCpu.ns();
            out.println(("ready " + String.join(",", ports)).strip());
            int mismatches = Streams.runAll(trial.streams(), stream -> receive(trial, messageCount, stream, servers));
            return "done " + (ProcessCpu.ns() - cpuBeforeNs) + " " + mismatches;
        } finally {
            CloseHelper.closeAll(servers);
        }
    }

    void closeTransport() {
        CloseHelper.closeAll(inlets);
        inlets.clear();
        sinks.clear();
        CloseHelper.close(open);
        open = null;
    }

    @Override
    public void close() {
        closeTransport();
    }

    private int receive(Trial trial, int messageCount, int stream,
        List<ServerSocketChannel> servers) throws IOException {
        Share share = Share.of(trial, setup.setBytes(), stream, 0, slab.address());
        StreamCounters own = new StreamCounters(counters.address() + (long) stream * StreamCounters.BYTES);
        if (trial.way() == Way.LINK) {
            return sinks.get(stream).run(inlets.get(stream), share, own, messageCount);
        }
        if (!trial.way().isSocket()) {
            return plain.runBare(share, own, messageCount);
        }
        try (SocketChannel channel = servers.get(stream).accept()) {
            ByteBuffer target = slab.segment().asByteBuffer();
            return plain.runSocket(channel, trial.way().isChecked(), share, target, slab.address(), own, messageCount);
        }
    }
}
