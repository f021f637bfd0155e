package dev.baton.sim.bench;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;

/** CPU time of this process, all its threads, in the kernel and out of it. */
final class ProcessCpu {
    private static final OperatingSystemMXBean SYSTEM =
        (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

    private ProcessCpu() {}

    static long ns() {
        return SYSTEM.getProcessCpuTime();
    }
}
