package dev.baton.sim.bench;

import dev.baton.memory.Copier;
import dev.baton.memory.MemoryLedger;
import dev.baton.memory.Region;
import dev.baton.memory.Regions;
import dev.baton.transport.Link;
import dev.baton.transport.LinkContext;
import dev.baton.transport.RemoteSlab;
import dev.baton.transport.TransportContext;
import dev.baton.transport.shm.ShmFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.HdrHistogram.Histogram;
import org.agrona.CloseHelper;

/**
 * The sending process: its memory, the receiving process beside it, and samples of every way between them. All memory
 * is touched before anything is measured, in both processes. One thread.
 */
public final class BenchSender implements AutoCloseable {
    private static final long SOURCE_SEED = 42;

    private final BenchSetup setup;
    private final MemoryLedger ledger = new MemoryLedger();
    private final Copier copier = Copier.best();
    private final Region counters;
    private final Region source;
    private final ReceiverProcess receiver;
    private final Region target;
    private final List<Link> links = new ArrayList<>();
    /** Shared memory outlives a process that is interrupted. */
    private final Thread cleaner = new Thread(this::removeAtEnd, "bench-cleaner");
    private OpenTransport open;
    private long mismatchCount;
    private long checkedBytes;
    private volatile boolean isEnding;

    /**
     * Makes the memory and starts the receiving process.
     * @throws dev.baton.memory.RegionException if there is not enough of either kind of memory; the message says what
     *                                          to do
     */
    public BenchSender(BenchSetup setup) throws IOException {
        this.setup = setup;
        List<AutoCloseable> made = new ArrayList<>();
        try {
            Regions.privateDirectory(setup.directory());
            made.add(this::removeDirectory);
            counters = Regions.createFile(ledger, "bench.counters", setup.countersFile(), setup.countersBytes());
            made.add(counters);
            source = Regions.anonymous(ledger, "bench.source", setup.setBytes());
            made.add(source);
            fill(source);
            receiver = new ReceiverProcess(setup);
            made.add(receiver);
            target = Regions.openFile(ledger, "bench.target-view",
                ShmFiles.slab(setup.directory(), setup.incarnation(), 0), setup.setBytes(), true);
            Runtime.getRuntime().addShutdownHook(cleaner);
        } catch (IOException | RuntimeException ex) {
            CloseHelper.quietCloseAll(made.reversed());
            throw ex;
        }
    }

    /** Opens this many lanes and waits until all are connected. */
    public void open(String scheme, int streams) throws IOException {
        String[] places = receiver.ask("open " + scheme + " " + streams, "opened").split(",", -1);
        open = OpenTransport.open(scheme,
            new TransportContext(setup.incarnation() + 1, setup.directory(), null, copier, ledger), setup.threading(),
            false);
        open.transport().registerSource(source.address(), source.lengthBytes());
        List<RemoteSlab> slabs = List.of(new RemoteSlab(0, 0, setup.setBytes()));
        for (int lane = 0; lane < streams; lane++) {
            String[] place = places[lane].split("@", -1);
            links.add(open.transport().openLink(new LinkContext(BenchSetup.SESSION, lane, place[1],
                Integer.parseInt(place[0]), setup.incarnation(), BenchSetup.TOKEN_HIGH, LinkSender.TOKEN, slabs)));
        }
        Pause pause = new Pause(setup.idle(), "lanes to connect: transport=" + scheme);
        for (Link link : links) {
            while (!link.isConnected()) {
                link.poll();
                pause.idle();
                if (link.isClosed()) {
                    throw new IllegalStateException("lane does not connect: transport=" + scheme + " lane=" +
                        link.lane() + " whyClosed=" + link.whyClosed());
                }
            }
        }
    }

    public void closeTransport() throws IOException {
        if (open != null) {
            CloseHelper.closeAll(links);
            links.clear();
            open.close();
            open = null;
            receiver.ask("close", "closed");
        }
    }

    /** Moves this many messages on each stream. */
    Sample run(Trial trial, int messageCount) throws Exception {
        trial.requireFits(setup.setBytes());
        List<MessageClock> clocks = new ArrayList<>();
        for (int stream = 0; stream < trial.streams(); stream++) {
            counters(stream).clear();
            clocks.add(new MessageClock(counters(stream), trial.window(), messageCount));
        }
        String[] ports = {};
        if (trial.way().hasReceiver()) {
            ports = receiver.ask("run " + trial.way() + " " + trial.sizeBytes() + " " + trial.window() + " " +
                trial.streams() + " " + messageCount, "ready").split(",", -1);
        }
        List<SocketSender> sockets = new ArrayList<>();
        try {
            for (int stream = 0; stream < trial.streams() && trial.way().isSocket(); stream++) {
                sockets.add(new SocketSender(copier, setup.idle(), Integer.parseInt(ports[stream])));
            }
            long cpuBeforeNs = ProcessCpu.ns();
            long startNs = System.nanoTime();
            Streams.runAll(trial.streams(), stream -> send(trial, stream, clocks.get(stream), sockets));
            long elapsedNs = System.nanoTime() - startNs;
            long cpuNs = ProcessCpu.ns() - cpuBeforeNs + receiverCpuNs(trial);
            Histogram latencyNs = clocks.getFirst().latencyNs();
            for (int i = 1; i < clocks.size(); i++) {
                latencyNs.add(clocks.get(i).latencyNs());
            }
            long bytes = (long) messageCount * trial.sizeBytes() * trial.streams();
            checkedBytes += trial.way().isChecked() ? bytes : 0;
            return new Sample(bytes, elapsedNs, cpuNs, latencyNs);
        } finally {
            CloseHelper.closeAll(sockets);
        }
    }

    /** Messages whose bytes at the receiver were not those of their manifest line, in all samples so far. */
    public long mismatchCount() {
        return mismatchCount;
    }

    /** Bytes compared in all samples so far. */
    public long checkedBytes() {
        return checkedBytes;
    }

    public String copierName() {
        return copier.name();
    }

    @Override
    public void close() {
        List<AutoCloseable> all = new ArrayList<>(links);
        Collections.addAll(all, open, target, receiver, source, counters, this::removeDirectory);
        if (!isEnding) {
            Runtime.getRuntime().removeShutdownHook(cleaner);
        }
        CloseHelper.closeAll(all);
    }

    private int send(Trial trial, int stream, MessageClock clock, List<SocketSender> sockets) throws IOException {
        Share share = Share.of(trial, setup.setBytes(), stream, source.address(), target.address());
        StreamCounters own = counters(stream);
        if (trial.way() == Way.LINK) {
            new LinkSender(links.get(stream), setup.idle(), BenchSetup.SESSION).run(share, own, clock);
        } else if (trial.way().isSocket()) {
            ByteBuffer bytes = source.segment().asByteBuffer();
            sockets.get(stream).run(trial.way().isChecked(), share, bytes, source.address(), own, clock);
        } else {
            new CopySender(copier, setup.idle()).run(trial.way(), share, own, clock);
        }
        return 0;
    }

    private long receiverCpuNs(Trial trial) throws IOException {
        if (!trial.way().hasReceiver()) {
            return 0;
        }
        String[] words = receiver.expect("done").split(" ", -1);
        mismatchCount += Long.parseLong(words[1]);
        return Long.parseLong(words[0]);
    }

    private StreamCounters counters(int stream) {
        return new StreamCounters(counters.address() + (long) stream * StreamCounters.BYTES);
    }

    private static void fill(Region region) {
        SplittableRandom random = new SplittableRandom(SOURCE_SEED);
        byte[] bytes = new byte[1 << 20];
        ByteBuffer buffer = region.segment().asByteBuffer();
        while (buffer.hasRemaining()) {
            random.nextBytes(bytes);
            buffer.put(bytes, 0, Math.min(bytes.length, buffer.remaining()));
        }
    }

    private void removeAtEnd() {
        isEnding = true;
        removeDirectory();
    }

    /** Files of a receiver that was killed would stay in memory until somebody removes them. */
    private void removeDirectory() {
        try (Stream<Path> files = Files.walk(setup.directory())) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException ex) {
            throw new UncheckedIOException("the bench's directory cannot be removed: path=" + setup.directory(), ex);
        }
    }
}
