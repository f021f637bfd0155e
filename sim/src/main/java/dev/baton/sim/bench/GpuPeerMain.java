package dev.baton.sim.bench;

import dev.baton.memory.Copier;
import dev.baton.memory.MemoryLedger;
import dev.baton.memory.Region;
import dev.baton.memory.Regions;
import dev.baton.memory.cuda.CopyEvent;
import dev.baton.memory.cuda.Cuda;
import dev.baton.memory.cuda.CudaDevice;
import dev.baton.memory.cuda.CudaMemory;
import dev.baton.memory.cuda.CudaStream;
import dev.baton.memory.cuda.IpcHandle;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * The other process of {@link GpuBench}: takes the bytes into device memory of its own, by either path, when it is told
 * to on standard input, and says how long it took and what it has. Ends when its input does.
 */
final class GpuPeerMain {
    private GpuPeerMain() {}

    /** Arguments: device, IPC handle, bytes, bytes of a chunk, the ring's file. */
    public static void main(String[] args) throws IOException {
        long lengthBytes = Long.parseLong(args[2]);
        long chunkBytes = Long.parseLong(args[3]);
        MemoryLedger ledger = new MemoryLedger();
        try (CudaDevice device = Cuda.open(ledger, Integer.parseInt(args[0]));
            CudaMemory theirs = device.open("gpu-peer-view", IpcHandle.parse(args[1]), lengthBytes);
            CudaMemory ours = device.allocate("gpu-peer", lengthBytes);
            CudaMemory host = device.allocatePinned("gpu-peer-host", lengthBytes);
            Region region = Regions.openFile(ledger, "gpu-ring", Path.of(args[4]), GpuRing.lengthBytes(chunkBytes), true);
            GpuRing ring = new GpuRing(device, region, chunkBytes);
            CudaStream stream = device.stream(); CopyEvent event = stream.event();
            BufferedReader orders = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            System.out.println("started " + device.name());
            for (String order = orders.readLine(); order != null; order = orders.readLine()) {
                switch (order) {
                    case "clear" -> {
                        host.segment().fill((byte) 0);
                        device.copyAndWait(ours, 0, host, 0, lengthBytes);
                        System.out.println("cleared");
                    }
                    case "ipc" -> System.out.println("ipc " + takeByIpc(ours, theirs, chunkBytes, stream, event));
                    case "staged" -> {
                        System.out.println("ready");
                        ring.consume(ours);
                        System.out.println("staged");
                    }
                    case "crc" -> {
                        device.copyAndWait(host, 0, ours, 0, lengthBytes);
                        System.out.println("crc " + Copier.best().crc(host.address(), lengthBytes, 0));
                    }
                    default -> throw new IllegalArgumentException("no such order: order=" + order);
                }
            }
        }
        System.out.println("ended " + ledger.totalBytes());
    }

    /** Nanoseconds from the first copy's start until the last was seen to be done. */
    private static long takeByIpc(CudaMemory ours, CudaMemory theirs, long chunkBytes, CudaStream stream, CopyEvent event) {
        Pause pause = new Pause(IdleMode.SPIN, "copies from the other process's memory");
        long beganNs = System.nanoTime();
        for (long offset = 0; offset < ours.lengthBytes(); offset += chunkBytes) {
            stream.copy(ours, offset, theirs, offset, Math.min(chunkBytes, ours.lengthBytes() - offset));
        }
        event.record();
        while (!event.isDone()) {
            pause.idle();
        }
        return System.nanoTime() - beganNs;
    }
}
