package dev.baton.sim.bench;

import dev.baton.memory.Copier;
import dev.baton.memory.MemoryLedger;
import dev.baton.memory.Region;
import dev.baton.memory.Regions;
import dev.baton.memory.cuda.Cuda;
import dev.baton.memory.cuda.CudaDevice;
import dev.baton.memory.cuda.CudaException;
import dev.baton.memory.cuda.CudaMemory;
import dev.baton.memory.cuda.Dmabuf;
import dev.baton.platform.Require;
import dev.baton.sim.report.CommandException;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.IntConsumer;

/**
 * Hands device memory from this process to another on this machine, through CUDA IPC and through page-locked staging, in
 * turn with plain copies in one process. Every round has bytes of its own, and what arrived is compared by the CRC32C of
 * all of it. Needs a device; one thread.
 *
 * @param lengthBytes what is handed over in a round
 * @param chunkBytes  bytes of one copy, in both paths
 */
public record GpuBench(int ordinal, int peerOrdinal, long lengthBytes, long chunkBytes, int rounds) {
    private static final long DMABUF_BYTES = 2L << 20;

    /**
     * Rates in bytes a second. The plain ones are one copy each, waited for: device to device, device to pinned host and
     * back; {@code stagedRatio} is against these two one after the other.
     */
    public record Result(String device, String peerDevice, MedianInterval plainDevice, MedianInterval plainToHost,
        MedianInterval plainToDevice, MedianInterval ipc, MedianInterval staged, MedianInterval ipcRatio,
        MedianInterval stagedRatio, long bytesVerified, String dmabuf) {}

    public GpuBench {
        Require.between("chunkBytes", chunkBytes, 4096, lengthBytes);
        Require.that(chunkBytes % 4096 == 0, "chunkBytes", chunkBytes, "a multiple of 4096");
        Require.between("rounds", rounds, 1, 1000);
    }

    /**
     * Measures. The file of the staging slots lies in this directory, of mode 0700, and is removed.
     * @throws CommandException if bytes differ or memory was left; nothing was measured then
     */
    public Result run(Path directory, IntConsumer onRound) throws IOException {
        MemoryLedger ledger = new MemoryLedger();
        Result result;
        try (CudaDevice device = Cuda.open(ledger, ordinal)) {
            result = run(device, ledger, directory.resolve("gpu-ring"), onRound);
        }
        if (!ledger.isEmpty()) {
            throw CommandException.failed("memory was not given back: " + ledger, "report this as a fault of Baton", null);
        }
        return result;
    }

    private Result run(CudaDevice device, MemoryLedger ledger, Path file, IntConsumer onRound) throws IOException {
        double[][] rates = new double[7][rounds];
        try (CudaMemory source = device.allocate("gpu-source", lengthBytes);
            CudaMemory copy = device.allocate("gpu-copy", lengthBytes);
            CudaMemory host = device.allocatePinned("gpu-host", lengthBytes);
            Region region = Regions.createFile(ledger, "gpu-ring", file, GpuRing.lengthBytes(chunkBytes));
            GpuRing ring = new GpuRing(device, region, chunkBytes);
            ReceiverProcess peer = new ReceiverProcess(GpuPeerMain.class, List.of(Integer.toString(peerOrdinal),
                source.ipcHandle().toString(), Long.toString(lengthBytes), Long.toString(chunkBytes), file.toString()))) {
            for (int round = 0; round < rounds; round++) {
                fill(host, round + 1);
                int crc = Copier.best().crc(host.address(), lengthBytes, 0);
                double toDevice = plain(device, source, host);
                double toHost = plain(device, host, source);
                double inDevice = plain(device, copy, source);

                peer.ask("clear", "cleared");
                double ipc = lengthBytes * 1e9 / Long.parseLong(peer.ask("ipc", "ipc"));
                requireSame("ipc", round, crc, peer);
                peer.ask("clear", "cleared");
                double staged = staged(peer, ring, source);
                requireSame("staged", round, crc, peer);

                double[] row = {inDevice, toHost, toDevice, ipc, staged, ipc / inDevice, staged * (1 / toHost + 1 / toDevice)};
                for (int i = 0; i < row.length; i++) {
                    rates[i][round] = row[i];
                }
                onRound.accept(round + 1);
            }
        }
        return new Result(device.name(), peerOrdinal == ordinal ? device.name() : "device " + peerOrdinal,
            MedianInterval.of(rates[0]), MedianInterval.of(rates[1]), MedianInterval.of(rates[2]), MedianInterval.of(rates[3]),
            MedianInterval.of(rates[4]), MedianInterval.of(rates[5]), MedianInterval.of(rates[6]), 2L * rounds * lengthBytes,
            dmabuf(device));
    }

    private double plain(CudaDevice device, CudaMemory target, CudaMemory source) {
        long beganNs = System.nanoTime();
        device.copyAndWait(target, 0, source, 0, lengthBytes);
        return lengthBytes * 1e9 / Math.max(1, System.nanoTime() - beganNs);
    }

    private double staged(ReceiverProcess peer, GpuRing ring, CudaMemory source) throws IOException {
        ring.clear();
        peer.ask("staged", "ready");
        long beganNs = System.nanoTime();
        ring.produce(source);
        long tookNs = System.nanoTime() - beganNs;
        peer.expect("staged");
        return lengthBytes * 1e9 / tookNs;
    }

    private static void requireSame(String path, int round, int crcSent, ReceiverProcess peer) throws IOException {
        int crcLanded = Integer.parseInt(peer.ask("crc", "crc"));
        if (crcLanded != crcSent) {
            throw CommandException.failed("bytes differ: path=" + path + " round=" + round + " crcSent=0x" +
                Integer.toHexString(crcSent) + " crcLanded=0x" + Integer.toHexString(crcLanded),
                "report this as a fault of Baton, with the driver's version", null);
        }
    }

    /** Words that no two rounds share, by Marsaglia's xorshift. */
    private void fill(CudaMemory host, long seed) {
        long word = seed * 0x9E3779B97F4A7C15L;
        for (long offset = 0; offset + Long.BYTES <= lengthBytes; offset += Long.BYTES) {
            word ^= word << 13;
            word ^= word >>> 7;
            word ^= word << 17;
            host.segment().set(ValueLayout.JAVA_LONG_UNALIGNED, offset, word);
        }
    }

    /** Whether the device's memory can be told to a network device; nothing is registered with one here. */
    private static String dmabuf(CudaDevice device) {
        if (!device.hasDmabuf()) {
            return "not supported by this device";
        }
        try (CudaMemory memory = device.allocate("gpu-dmabuf", DMABUF_BYTES); Dmabuf dmabuf = memory.dmabuf()) {
            return Files.exists(Path.of("/proc/self/fd/" + dmabuf.descriptor())) ? "exported" : "no descriptor";
        } catch (CudaException ex) {
            return "refused: " + ex.getMessage();
        }
    }
}
