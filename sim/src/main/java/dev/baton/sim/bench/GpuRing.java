package dev.baton.sim.bench;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.baton.memory.Region;
import dev.baton.memory.cuda.CopyEvent;
import dev.baton.memory.cuda.CudaDevice;
import dev.baton.memory.cuda.CudaMemory;
import dev.baton.memory.cuda.CudaStream;
import java.lang.invoke.VarHandle;

/**
 * Page-locked slots in a shared file, through which one process's device memory reaches another's. Either end has one
 * of these over its own mapping; one thread each.
 * <pre>
 *   0     produced  chunks that lie in their slots, since the start of a round
 *   64    consumed  chunks whose slots are free again
 *   4096  slot 0, slot 1, ... each of chunkBytes; chunk i lies in slot i modulo SLOTS
 * </pre>
 */
final class GpuRing implements AutoCloseable {
    private static final int SLOTS = 4;
    private static final int HEADER_BYTES = 4096;
    private static final long PRODUCED_OFFSET = 0;
    private static final long CONSUMED_OFFSET = 64;
    private static final VarHandle COUNTER = JAVA_LONG.varHandle();

    private final Region region;
    private final long chunkBytes;
    private final CudaMemory staging;
    private final CudaStream stream;
    private final CopyEvent[] events = new CopyEvent[SLOTS];

    /** Over a region that is the caller's, who closes it after this. */
    GpuRing(CudaDevice device, Region region, long chunkBytes) {
        this.region = region;
        this.chunkBytes = chunkBytes;
        this.staging = device.register(region);
        this.stream = device.stream();
        for (int i = 0; i < SLOTS; i++) {
            events[i] = stream.event();
        }
    }

    static long lengthBytes(long chunkBytes) {
        return HEADER_BYTES + SLOTS * chunkBytes;
    }

    /** Before a round, by the producer, while the consumer does not look. */
    void clear() {
        COUNTER.setRelease(region.segment(), PRODUCED_OFFSET, 0L);
        COUNTER.setRelease(region.segment(), CONSUMED_OFFSET, 0L);
    }

    /** Sends all of the source through the slots; returns once the other end has all of it in its device. */
    void produce(CudaMemory source) {
        Pause pause = new Pause(IdleMode.YIELD, "slots to become free");
        long chunkCount = chunkCount(source);
        long started = 0;
        long produced = 0;
        long consumed = 0;
        while (consumed < chunkCount) {
            long before = started + produced + consumed;
            consumed = (long) COUNTER.getAcquire(region.segment(), CONSUMED_OFFSET);
            if (started < chunkCount && started - consumed < SLOTS) {
                stream.copy(staging, slotOffset(started), source, started * chunkBytes, length(source, started));
                events[(int) (started % SLOTS)].record();
                started++;
            }
            if (produced < started && events[(int) (produced % SLOTS)].isDone()) {
                produced++;
                COUNTER.setRelease(region.segment(), PRODUCED_OFFSET, produced);
            }
            rest(pause, before != started + produced + consumed);
        }
    }

    /** Takes what the other end produces into the target, until it is full. */
    void consume(CudaMemory target) {
        Pause pause = new Pause(IdleMode.YIELD, "chunks to be produced");
        long chunkCount = chunkCount(target);
        long started = 0;
        long consumed = 0;
        while (consumed < chunkCount) {
            long before = started + consumed;
            if (started < (long) COUNTER.getAcquire(region.segment(), PRODUCED_OFFSET)) {
                stream.copy(target, started * chunkBytes, staging, slotOffset(started), length(target, started));
                events[(int) (started % SLOTS)].record();
                started++;
            }
            if (consumed < started && events[(int) (consumed % SLOTS)].isDone()) {
                consumed++;
                COUNTER.setRelease(region.segment(), CONSUMED_OFFSET, consumed);
            }
            rest(pause, before != started + consumed);
        }
    }

    private long chunkCount(CudaMemory memory) {
        return (memory.lengthBytes() + chunkBytes - 1) / chunkBytes;
    }

    private long slotOffset(long chunk) {
        return HEADER_BYTES + chunk % SLOTS * chunkBytes;
    }

    private long length(CudaMemory memory, long chunk) {
        return Math.min(chunkBytes, memory.lengthBytes() - chunk * chunkBytes);
    }

    private static void rest(Pause pause, boolean hasMoved) {
        if (hasMoved) {
            pause.reset();
        } else {
            pause.idle();
        }
    }

    @Override
    public void close() {
        for (CopyEvent event : events) {
            event.close();
        }
        stream.close();
        staging.close();
    }
}
