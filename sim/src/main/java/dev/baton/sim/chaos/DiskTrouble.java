package dev.baton.sim.chaos;

import dev.baton.sim.time.Agenda;
import dev.baton.sim.time.Chance;

/** What goes wrong with the disk below one receiver, and until when; whatever process has it then. */
final class DiskTrouble {
    private final Cluster cluster;
    private final Agenda agenda;
    private final SimDisk disk;
    private final Chance chance;
    private long fullUntilNs;
    private long failingUntilNs;
    private long hungUntilNs;

    DiskTrouble(ReceiverMember receiver, SimDisk disk) {
        this.cluster = receiver.cluster;
        this.agenda = receiver.agenda;
        this.disk = disk;
        this.chance = Chance.of(cluster.plan().seed, "disk-time" + receiver.node);
    }

    /** What one round of I/O takes, now. */
    long timeNs() {
        boolean isSlow = !cluster.isHealed() && chance.happens(cluster.plan().diskRate(FaultKind.DISK_SLOW));
        if (isSlow) {
            cluster.injected(FaultKind.DISK_SLOW);
        }
        return isSlow ? chance.between(5_000_000, 800_000_000) : chance.between(20_000, 500_000);
    }

    /** @param tierOrNull of the process that has the disk */
    void begin(FaultKind kind, long untilNs, SimTier tierOrNull) {
        switch (kind) {
            case DISK_FULL -> fullUntilNs = Math.max(fullUntilNs, untilNs);
            case DISK_ERRORS -> failingUntilNs = Math.max(failingUntilNs, untilNs);
            case DISK_HANG -> hungUntilNs = Math.max(hungUntilNs, untilNs);
            default -> throw new IllegalStateException("not of a disk: " + kind);
        }
        if (tierOrNull != null) {
            tierOrNull.hang(hungUntilNs);
        }
        lookAfter();
        if (untilNs < Long.MAX_VALUE) {
            agenda.at(untilNs, this::lookAfter);
        }
    }

    private void lookAfter() {
        disk.full(fullUntilNs > agenda.nowNs());
        disk.failing(failingUntilNs > agenda.nowNs());
    }

    long hungUntilNs() {
        return hungUntilNs;
    }

    void heal(SimTier tierOrNull) {
        fullUntilNs = 0;
        failingUntilNs = 0;
        hungUntilNs = 0;
        lookAfter();
        if (tierOrNull != null) {
            tierOrNull.heal();
        }
    }
}
