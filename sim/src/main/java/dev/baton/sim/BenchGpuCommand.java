package dev.baton.sim;

import dev.baton.memory.cuda.Cuda;
import dev.baton.platform.Availability;
import dev.baton.platform.Require;
import dev.baton.sim.bench.ByteSize;
import dev.baton.sim.bench.GpuBench;
import dev.baton.sim.bench.MachineFacts;
import dev.baton.sim.bench.MedianInterval;
import dev.baton.sim.report.CommandException;
import dev.baton.sim.report.ExitCode;
import dev.baton.sim.report.JsonReport;
import dev.baton.sim.report.Table;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Device memory from one process to another, by CUDA IPC and by pinned staging, beside plain copies. */
@Command(
    name = "gpu",
    mixinStandardHelpOptions = true,
    description = "Hands GPU memory to another process by CUDA IPC and by pinned staging, in turn with plain copies; every "
        + "byte compared. Exit code 3 where there is no GPU.")
final class BenchGpuCommand implements Callable<Integer> {
    private static final long BYTES_MAX = 64L << 30;

    @Option(names = "--size", paramLabel = "SIZE", defaultValue = "256MiB",
        description = "Bytes of one hand-off; default: ${DEFAULT-VALUE}.")
    private String size;

    @Option(names = "--chunk", paramLabel = "SIZE", defaultValue = "4MiB",
        description = "Bytes of one copy, a multiple of 4 KiB; default: ${DEFAULT-VALUE}.")
    private String chunk;

    @Option(names = "--rounds", paramLabel = "N", defaultValue = "11",
        description = "Times that all are measured, 1 to 1000; default: ${DEFAULT-VALUE}.")
    private int rounds;

    @Option(names = "--device", paramLabel = "N", defaultValue = "0",
        description = "Device that the bytes come from; default: ${DEFAULT-VALUE}.")
    private int device;

    @Option(names = "--peer-device", paramLabel = "N", defaultValue = "0",
        description = "Device that the other process takes them to; default: ${DEFAULT-VALUE}.")
    private int peerDevice;

    @Mixin
    private BenchOutput output;

    @Override
    public Integer call() throws IOException {
        GpuBench bench = new GpuBench(device, peerDevice, ByteSize.parse(size, BYTES_MAX), ByteSize.parse(chunk, BYTES_MAX), rounds);
        if (Cuda.availability() instanceof Availability.Absent absent) {
            throw CommandException.notPossible("no GPU: " + absent.reason(), absent.remedy());
        }
        Require.between("peer-device", peerDevice, 0, Cuda.deviceCount() - 1);
        PrintWriter err = output.err();
        MachineFacts machine = MachineFacts.ofThisMachine();
        err.println("machine: " + machine.describe() + "; " + Cuda.availability().describe());
        Path shared = Path.of("/dev/shm");
        Path directory = Files.isDirectory(shared) ? Files.createTempDirectory(shared, "baton-bench")
            : Files.createTempDirectory("baton-bench");
        GpuBench.Result result;
        try {
            result = bench.run(directory, done -> err.println("rounds done: " + done));
        } finally {
            Files.deleteIfExists(directory);
        }
        if (output.isJson()) {
            json(bench, machine, result).print(output.out());
        } else {
            print(result);
        }
        return ExitCode.DONE;
    }

    private static JsonReport json(GpuBench bench, MachineFacts machine, GpuBench.Result result) {
        return new JsonReport().add("command", "bench gpu").add("machine", machine.json())
            .add("cuda", Cuda.availability().describe()).add("device", result.device()).add("peerDevice", result.peerDevice())
            .add("size", bench.lengthBytes()).add("chunk", bench.chunkBytes()).add("rounds", bench.rounds())
            .add("bytesVerified", result.bytesVerified()).add("dmabuf", result.dmabuf())
            .add("plainDeviceToDevice", rate(result.plainDevice())).add("plainDeviceToHost", rate(result.plainToHost()))
            .add("plainHostToDevice", rate(result.plainToDevice())).add("ipc", rate(result.ipc()))
            .add("staged", rate(result.staged())).add("ipcRatio", interval(result.ipcRatio(), 1))
            .add("stagedRatio", interval(result.stagedRatio(), 1));
    }

    private static JsonReport rate(MedianInterval bytesPerSecond) {
        return interval(bytesPerSecond, 1e9);
    }

    /** Rates in GB/s (10^9 bytes), ratios as they are. */
    private static JsonReport interval(MedianInterval of, double unit) {
        return new JsonReport().add("median", of.median() / unit).add("low", of.low() / unit).add("high", of.high() / unit)
            .add("coverage", of.coverage());
    }

    private void print(GpuBench.Result result) {
        Table table = new Table("what", "GB/s", "low", "high", "against plain copies");
        row(table, "plain, device to device", result.plainDevice(), null);
        row(table, "plain, device to pinned host", result.plainToHost(), null);
        row(table, "plain, pinned host to device", result.plainToDevice(), null);
        row(table, "another process, by CUDA IPC", result.ipc(), result.ipcRatio());
        row(table, "another process, by pinned staging", result.staged(), result.stagedRatio());
        PrintWriter out = output.out();
        out.println(table);
        out.println("device: " + result.device() + "; other process: " + result.peerDevice() + "; bytes compared: "
            + result.bytesVerified() + "; dma-buf: " + result.dmabuf());
        out.flush();
    }

    private static void row(Table table, String what, MedianInterval rate, MedianInterval ratioOrNull) {
        table.row(what, rate.median() / 1e9, rate.low() / 1e9, rate.high() / 1e9,
            ratioOrNull == null ? null : (Object) ratioOrNull.median());
    }
}
