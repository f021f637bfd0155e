package dev.baton.memory.cuda;

import dev.baton.platform.Availability;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import jcuda.driver.CUdevice;
import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;

/**
 * Loads the driver's library and JCuda's, once, on first use. The driver's comes first and alone, because JCuda's cannot
 * be loaded without it and its classes stay broken for good once that failed.
 */
final class CudaLibrary {
    private static final int NAME_BYTES = 256;
    private static final String NO_DRIVER_REMEDY =
        "nothing, unless this host has an NVIDIA GPU: then install its driver (in a container: --gpus all and " +
        "NVIDIA_DRIVER_CAPABILITIES=compute,utility)";

    private final SymbolLookup driver;
    private final Availability availability;
    private final int deviceCount;

    private CudaLibrary(SymbolLookup driver, Availability availability, int deviceCount) {
        this.driver = driver;
        this.availability = availability;
        this.deviceCount = deviceCount;
    }

    /** Loaded when it is first named, and so not before somebody asks. */
    private static final class Holder {
        private static final CudaLibrary LIBRARY = probe();
    }

    static Availability availability() {
        return Holder.LIBRARY.availability;
    }

    static int deviceCount() {
        return Holder.LIBRARY.deviceCount;
    }

    /** The driver's functions, for the calls that JCuda lacks. Only where CUDA is present. */
    static SymbolLookup driver() {
        return Holder.LIBRARY.driver;
    }

    private static CudaLibrary probe() {
        String system = System.getProperty("os.name", "") + "-" + System.getProperty("os.arch", "");
        if (!system.toLowerCase(Locale.ROOT).matches("linux-(amd64|x86_64)")) {
            return absent("JCuda has natives for Linux on x86-64 alone: system=" + system, "nothing; KV stays in host memory");
        }
        SymbolLookup driver;
        try {
            driver = SymbolLookup.libraryLookup("libcuda.so.1", Arena.global());
        } catch (IllegalArgumentException ex) {
            return absent("no CUDA driver, so KV stays in host memory: library=libcuda.so.1 device=/dev/nvidiactl " +
                (Files.exists(Path.of("/dev/nvidiactl")) ? "is there" : "is not there"), NO_DRIVER_REMEDY);
        }
        try {
            loadJCuda();
            return devices(driver);
        } catch (IOException | UncheckedIOException | LinkageError | CudaException ex) {
            return absent("CUDA cannot be used: cause=" + firstLine(ex),
                ex instanceof CudaException ? "check the driver (nvidia-smi), and that this process may use the device"
                    : "check that the temporary directory lets libraries be loaded (-Djava.io.tmpdir), and that lib/ is whole");
        }
    }

    /**
     * JCuda unpacks its library under a fixed name into the temporary directory and takes what already lies there, so it
     * is shown a directory of this user alone while it loads.
     */
    private static void loadJCuda() throws IOException {
        String shared = System.getProperty("java.io.tmpdir");
        Path directory = Files.createTempDirectory("baton-cuda-");
        try {
            System.setProperty("java.io.tmpdir", directory.toString());
            JCudaDriver.setExceptionsEnabled(false);
        } finally {
            System.setProperty("java.io.tmpdir", shared);
            try (Stream<Path> files = Files.list(directory)) {
                for (Path file : files.toList()) {
                    Files.delete(file);
                }
            }
            Files.delete(directory);
        }
    }

    private static CudaLibrary devices(SymbolLookup driver) {
        CudaException.check("cuInit", JCudaDriver.cuInit(0), "");
        int[] number = new int[1];
        CudaException.check("cuDeviceGetCount", JCudaDriver.cuDeviceGetCount(number), "");
        int deviceCount = number[0];
        if (deviceCount == 0) {
            throw new CudaException("cuDeviceGetCount", CUresult.CUDA_ERROR_NO_DEVICE, "deviceCount=0");
        }
        CudaException.check("cuDriverGetVersion", JCudaDriver.cuDriverGetVersion(number), "");
        String version = number[0] / 1000 + "." + number[0] % 1000 / 10;
        List<String> devices = new ArrayList<>();
        for (int ordinal = 0; ordinal < deviceCount; ordinal++) {
            CUdevice device = device(ordinal);
            devices.add(String.format(Locale.ROOT, "%s %.1fGiB", name(device, ordinal), memoryBytes(device, ordinal) / 0x1p30));
        }
        return new CudaLibrary(driver, new Availability.Present("devices=" + devices + " driver=CUDA " + version), deviceCount);
    }

    static CUdevice device(int ordinal) {
        CUdevice device = new CUdevice();
        CudaException.check("cuDeviceGet", JCudaDriver.cuDeviceGet(device, ordinal), "ordinal=" + ordinal);
        return device;
    }

    static String name(CUdevice device, int ordinal) {
        byte[] name = new byte[NAME_BYTES];
        CudaException.check("cuDeviceGetName", JCudaDriver.cuDeviceGetName(name, name.length, device), "ordinal=" + ordinal);
        int length = 0;
        while (length < name.length && name[length] != 0) {
            length++;
        }
        return new String(name, 0, length, StandardCharsets.UTF_8);
    }

    static long memoryBytes(CUdevice device, int ordinal) {
        long[] bytes = new long[1];
        CudaException.check("cuDeviceTotalMem", JCudaDriver.cuDeviceTotalMem(bytes, device), "ordinal=" + ordinal);
        return bytes[0];
    }

    private static CudaLibrary absent(String reason, String remedy) {
        return new CudaLibrary(null, new Availability.Absent(reason, remedy), 0);
    }

    /** JCuda's message is a page with stack traces; its first line says it. */
    private static String firstLine(Throwable ex) {
        return ex.toString().lines().findFirst().orElse("");
    }
}
