package dev.baton.memory.cuda;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.baton.memory.MemoryLedger;
import dev.baton.memory.Region;
import dev.baton.memory.Regions;
import dev.baton.platform.Availability;
import dev.baton.platform.ThreadAllocation;
import java.io.BufferedReader;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Random;

/**
 * One walk through all that a device does, byte by byte compared. In a process of its own, over whichever driver's library
 * that process finds; prints a line for each step, and the ledger at the end. {@code peer HANDLE BYTES} is the other process.
 */
final class CudaWalkMain {
    private static final int BYTES = 1 << 20;
    private static final int POLLS_MAX = 100_000_000;
    private static final int ROUNDS = 30;
    private static final long SEED = 20_261_121L;

    private CudaWalkMain() {}

    public static void main(String[] args) throws Exception {
        MemoryLedger ledger = new MemoryLedger();
        if (Cuda.availability() instanceof Availability.Absent absent) {
            System.out.println("ABSENT " + absent.describe());
            return;
        }
        System.out.println("PRESENT " + Cuda.availability().describe());
        try (CudaDevice device = Cuda.open(ledger, 0)) {
            if (args.length > 0) {
                peer(device, IpcHandle.parse(args[1]), Integer.parseInt(args[2]));
            } else {
                roundTrip(device);
                registered(device, ledger);
                ipc(device);
                dmabuf(device);
                refusals(device);
            }
        } catch (CudaException ex) {
            System.out.println("REFUSED " + ex.code() + " " + ex.getMessage());
        }
        System.out.println(ledger);
    }

    private static void roundTrip(CudaDevice device) throws Exception {
        try (CudaStream stream = device.stream(); CopyEvent event = stream.event();
            CudaMemory source = device.allocatePinned("walk-source", BYTES);
            CudaMemory middle = device.allocate("walk-middle", BYTES);
            CudaMemory target = device.allocatePinned("walk-target", BYTES)) {
            fill(source.segment());
            copyAndPoll(stream, event, middle, source);
            copyAndPoll(stream, event, target, middle);
            requireEqual(source.segment(), target.segment());
            long allocated = Long.MAX_VALUE;
            for (int round = 0; round < ROUNDS && allocated > 0; round++) {
                long before = ThreadAllocation.currentThreadBytes();
                for (int i = 0; i < 2000; i++) {
                    stream.copy(middle, i, source, i, 256);
                    event.record();
                    await(event);
                }
                allocated = ThreadAllocation.currentThreadBytes() - before;
            }
            copyAndPoll(stream, event, middle, source);
            target.segment().fill((byte) 0);
            device.copyAndWait(target, 0, middle, 0, BYTES);
            requireEqual(source.segment(), target.segment());
            closeTwice(source);
            System.out.println("STEP pinned allocatedBytes=" + allocated);
        }
    }

    private static void registered(CudaDevice device, MemoryLedger ledger) {
        try (Region region = Regions.anonymous(ledger, "walk-region", 2L * BYTES);
            CudaMemory host = device.register(region); CudaMemory middle = device.allocate("walk-middle", BYTES);
            CudaStream stream = device.stream(); CopyEvent event = stream.event()) {
            fill(region.segment().asSlice(0, BYTES));
            stream.copy(middle, 0, host, 0, BYTES);
            stream.copy(host, BYTES, middle, 0, BYTES);
            event.record();
            await(event);
            requireEqual(region.segment().asSlice(0, BYTES), region.segment().asSlice(BYTES, BYTES));
            System.out.println("STEP registered counted=" + ledger.bytes("walk-region"));
        }
    }

    private static void ipc(CudaDevice device) throws IOException, InterruptedException {
        try (CudaStream stream = device.stream(); CopyEvent event = stream.event();
            CudaMemory memory = device.allocate("walk-shared", 2L * BYTES);
            CudaMemory host = device.allocatePinned("walk-host", BYTES)) {
            fill(host.segment());
            copyAndPoll(stream, event, memory, host);
            Process peer = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED", "-Xmx64m", "-cp", System.getProperty("java.class.path"),
                CudaWalkMain.class.getName(), "peer", memory.ipcHandle().toString(), Integer.toString(BYTES))
                .redirectError(ProcessBuilder.Redirect.INHERIT).start();
            try (BufferedReader output = peer.inputReader(UTF_8)) {
                output.lines().forEach(line -> System.out.println("PEER " + line));
                require(peer.waitFor() == 0, "the peer failed");
            } finally {
                peer.destroyForcibly();
            }
            MemorySegment sent = MemorySegment.ofArray(host.segment().toArray(ValueLayout.JAVA_BYTE));
            device.copyAndWait(host, 0, memory, BYTES, BYTES);
            requireEqual(sent, host.segment());
            System.out.println("STEP ipc");
        }
    }

    /** Copies the first half of the other process's memory into the second, over memory of its own. */
    private static void peer(CudaDevice device, IpcHandle handle, int bytes) {
        try (CudaMemory theirs = device.open("peer-view", handle, 2L * bytes);
            CudaMemory ours = device.allocate("peer-own", bytes); CudaStream stream = device.stream();
            CopyEvent event = stream.event()) {
            stream.copy(ours, 0, theirs, 0, bytes);
            stream.copy(theirs, bytes, ours, 0, bytes);
            event.record();
            await(event);
        }
        try (CudaMemory tooLong = device.open("peer-view", handle, 1L << 40)) {
            System.out.println("a longer view than the allocation was given: " + tooLong);
        } catch (IllegalArgumentException ex) {
            System.out.println("REFUSED " + ex.getMessage());
        }
    }

    private static void dmabuf(CudaDevice device) throws Exception {
        if (!device.hasDmabuf()) {
            System.out.println("STEP dmabuf not supported by this device");
            return;
        }
        try (CudaMemory memory = device.allocate("walk-dmabuf", 2L << 20); Dmabuf dmabuf = memory.dmabuf()) {
            require(dmabuf.descriptor() > 2, "descriptor=" + dmabuf.descriptor());
            closeTwice(dmabuf);
            System.out.println("STEP dmabuf");
        } catch (CudaException ex) {
            // What a device claims, its kernel driver may still refuse.
            System.out.println("STEP dmabuf refused: " + ex.getMessage());
        }
    }

    private static void refusals(CudaDevice device) throws Exception {
        try (CudaMemory memory = device.allocate("walk-memory", BYTES); CudaStream stream = device.stream()) {
            refused(() -> stream.copy(memory, 1, memory, 0, BYTES));
            refused(() -> stream.copy(memory, -1, memory, 0, 1));
            refused(() -> stream.copy(memory, 0, memory, 0, 0));
            refused(memory::segment);
            refused(() -> device.allocate("walk-none", 0));
            refused(() -> device.open("walk-self", memory.ipcHandle(), BYTES));
            refused(device::close);
            closeTwice(stream);
            refused(stream::event);
        }
        System.out.println("STEP refusals");
    }

    /** The blocks that own these close them again. */
    private static void closeTwice(AutoCloseable owned) throws Exception {
        owned.close();
        owned.close();
    }

    private static void refused(Runnable call) {
        try {
            call.run();
        } catch (IllegalArgumentException | IllegalStateException | CudaException ex) {
            System.out.println("REFUSED " + ex.getMessage());
            return;
        }
        throw new IllegalStateException("a call that is wrong was taken");
    }

    private static void copyAndPoll(CudaStream stream, CopyEvent event, CudaMemory target, CudaMemory source) {
        stream.copy(target, 0, source, 0, BYTES);
        event.record();
        await(event);
    }

    private static void await(CopyEvent event) {
        for (int polls = 0; !event.isDone(); polls++) {
            require(polls < POLLS_MAX, "a copy does not end");
            Thread.onSpinWait();
        }
    }

    private static void fill(MemorySegment segment) {
        byte[] bytes = new byte[(int) segment.byteSize()];
        new Random(SEED).nextBytes(bytes);
        segment.copyFrom(MemorySegment.ofArray(bytes));
    }

    private static void requireEqual(MemorySegment expected, MemorySegment actual) {
        long mismatch = expected.mismatch(actual);
        require(mismatch == -1, "bytes differ: firstOffset=" + mismatch);
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new IllegalStateException(otherwise);
        }
    }
}
