package dev.baton.buffer.tier.disk;

/** Every job there is, made at the start: those that are free, and the loads that are under way. The store's thread. */
final class DiskJobs {
    private final DiskJob[] free;
    private final DiskJob[] loads;
    private int freeCount;
    private int loadCount;

    DiskJobs(int count, int loadsMax) {
        free = new DiskJob[count];
        loads = new DiskJob[loadsMax];
        for (int i = 0; i < count; i++) {
            free[i] = new DiskJob();
        }
        freeCount = count;
    }

    /** One that is free, or null. */
    DiskJob takeOrNull(DiskJob.Kind kind) {
        if (freeCount == 0) {
            return null;
        }
        DiskJob job = free[--freeCount];
        job.kind = kind;
        job.tag = 0;
        job.file = null;
        job.moveTo = null;
        job.entry = 0;
        job.isAnswered = false;
        job.isAhead = false;
        job.isCancelled = false;
        job.handle = -1;
        job.path = null;
        job.nextInBatch = null;
        job.page = null;
        job.result = 0;
        return job;
    }

    void giveBack(DiskJob job) {
        free[freeCount++] = job;
    }

    int loadCount() {
        return loadCount;
    }

    DiskJob load(int index) {
        return loads[index];
    }

    void addLoad(DiskJob job) {
        job.loadIndex = loadCount;
        loads[loadCount++] = job;
    }

    void removeLoad(DiskJob job) {
        DiskJob last = loads[--loadCount];
        loads[job.loadIndex] = last;
        last.loadIndex = job.loadIndex;
        loads[loadCount] = null;
    }
}
