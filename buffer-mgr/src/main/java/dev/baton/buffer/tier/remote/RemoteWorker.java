package dev.baton.buffer.tier.remote;

import dev.baton.buffer.tier.BlockName;
import dev.baton.buffer.tier.IoThread;
import java.lang.System.Logger.Level;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Queue;
import org.agrona.DirectBuffer;

/**
 * Does the operations of one lane over one connection: lookups by the batch, all else one at a time. What fails fails
 * alone, and the connection begins anew.
 */
final class RemoteWorker implements IoThread.Worker {
    private static final int PROBE_BYTES = 4096;

    private final String roleName;
    private final RemoteContext context;
    private final RemoteConnection connection;
    private final Queue<RemoteJob> queue;
    private final Queue<RemoteJob> done;
    private final RemoteHead head;
    private final RemoteJob[] batch;
    private final String[] names;
    private final long[] lengthsBytes;
    private final long[] storedMs;
    private final byte[] name = new byte[BlockName.LENGTH_BYTES];
    private final RemoteJob probe = new RemoteJob();

    RemoteWorker(String roleName, RemoteContext context, Queue<RemoteJob> queue, Queue<RemoteJob> done) {
        this.roleName = roleName;
        this.context = context;
        this.queue = queue;
        this.done = done;
        connection = context.client().connection();
        head = new RemoteHead(context.copier(), context.ledger());
        int batchMax = Math.min(context.lookupsMax(), context.client().lookupBatchMax());
        batch = new RemoteJob[batchMax];
        names = new String[batchMax];
        lengthsBytes = new long[batchMax];
        storedMs = new long[batchMax];
        for (int at = 0; at < BlockName.LENGTH_BYTES; at += Long.BYTES) {
            probe.name.putLong(at, context.salts().getAsLong());
        }
    }

    @Override
    public int doWork() {
        RemoteJob job = queue.poll();
        if (job == null) {
            return 0;
        }
        if (job.kind == RemoteJob.Kind.LOOKUP) {
            return lookUp(job);
        }
        job.isBegun = true;
        job.result = job.isCancelled ? RemoteJob.Result.CANCELLED : perform(job);
        giveBack(job);
        return 1;
    }

    @Override
    public boolean hasWork() {
        return !queue.isEmpty();
    }

    @Override
    public void onClose() {
        connection.reset();
        head.close();
    }

    @Override
    public String roleName() {
        return roleName;
    }

    /** All that wait go as one, up to the batch's length. */
    private int lookUp(RemoteJob first) {
        int count = 0;
        for (RemoteJob job = first; job != null; job = count < batch.length ? queue.poll() : null) {
            job.isBegun = true;
            job.result = RemoteJob.Result.CANCELLED;
            if (job.isCancelled) {
                giveBack(job);
            } else {
                names[count] = nameOf(job.name);
                batch[count++] = job;
            }
        }
        RemoteJob.Result result = RemoteJob.Result.OK;
        try {
            if (count > 0) {
                find(count, context.lookupTimeoutNs());
            }
        } catch (RemoteException | RuntimeException ex) {
            result = failed(ex, RemoteJob.Kind.LOOKUP);
        }
        for (int i = 0; i < count; i++) {
            batch[i].result = result;
            batch[i].foundBytes = result == RemoteJob.Result.OK ? lengthsBytes[i] : RemoteConnection.ABSENT;
            batch[i].isStrike = result != RemoteJob.Result.OK && i == 0;
            giveBack(batch[i]);
            batch[i] = null;
        }
        return Math.max(1, count);
    }

    /** What is too old is not there. */
    private void find(int count, long timeoutNs) throws RemoteException {
        Arrays.fill(lengthsBytes, 0, count, RemoteConnection.ABSENT);
        Arrays.fill(storedMs, 0, count, 0);
        connection.find(names, count, lengthsBytes, storedMs, timeoutNs);
        for (int i = 0; i < count; i++) {
            lengthsBytes[i] = isOver(storedMs[i]) ? RemoteConnection.ABSENT : lengthsBytes[i];
        }
    }

    private boolean isOver(long objectStoredMs) {
        return context.timeToLive().isOver(objectStoredMs, context.timeToLive().nowMs().getAsLong());
    }

    private void giveBack(RemoteJob job) {
        if (!done.offer(job)) {
            throw new IllegalStateException("queue of what is done holds every job there is, and is full");
        }
    }

    private RemoteJob.Result perform(RemoteJob job) {
        try {
            return switch (job.kind) {
                case LOAD -> load(job);
                case STORE -> store(job);
                case PROBE -> probe();
                case LOOKUP -> throw new IllegalStateException("lookups go by the batch");
            };
        } catch (RemoteException | RuntimeException ex) {
            return failed(ex, job.kind);
        }
    }

    private RemoteJob.Result failed(Exception ex, RemoteJob.Kind kind) {
        // What this connection still carries belongs to nobody any more.
        connection.reset();
        boolean isFull = ex instanceof RemoteException remote && remote.isFull();
        System.getLogger(RemoteWorker.class.getName()).log(ex instanceof RemoteException ? Level.DEBUG : Level.WARNING,
            "remote tier: an operation failed: kind=" + kind + " at=" + context.client().describe(), ex);
        return isFull ? RemoteJob.Result.FULL : RemoteJob.Result.FAILED;
    }

    private RemoteJob.Result load(RemoteJob job) throws RemoteException {
        BlockMemory target = new BlockMemory(job.address, job.lengthBytes);
        job.memory = target;
        String object = nameOf(job.name);
        boolean isRight = false;
        boolean isExpired;
        long lengthBytes;
        try {
            lengthBytes = connection.get(object, head, target, context.loadTimeoutNs());
            if (lengthBytes == RemoteConnection.ABSENT || lengthBytes > job.lengthBytes) {
                return RemoteJob.Result.MISSED;
            }
            boolean isWhole = lengthBytes > 0 && head.isOf(job.name, job.address, lengthBytes);
            isExpired = isWhole && isOver(RemoteHead.storedMs(head.bytes()));
            isRight = isWhole && !isExpired;
        } finally {
            target.end();
            job.memory = null;
            if (!isRight && target.isTouched()) {
                target.wipe();
            }
        }
        if (!isRight) {
            job.isExpired = isExpired;
            removeBad(object);
            return isExpired ? RemoteJob.Result.MISSED : RemoteJob.Result.CORRUPT;
        }
        job.foundBytes = lengthBytes;
        return RemoteJob.Result.OK;
    }

    /** So that nobody finds it again, and it can be stored anew; where even that fails, the next load tries again. */
    private void removeBad(String object) {
        try {
            connection.remove(object, context.loadTimeoutNs());
        } catch (RemoteException ex) {
            failed(ex, RemoteJob.Kind.LOAD);
        }
    }

    private RemoteJob.Result store(RemoteJob job) throws RemoteException {
        names[0] = nameOf(job.name);
        find(1, context.storeTimeoutNs());
        if (lengthsBytes[0] == job.lengthBytes) {
            return RemoteJob.Result.PRESENT;
        }
        put(job, names[0]);
        return RemoteJob.Result.OK;
    }

    private void put(RemoteJob job, String object) throws RemoteException {
        BlockMemory source = new BlockMemory(job.address, job.lengthBytes);
        job.memory = source;
        try {
            head.write(job.name, job.address, job.lengthBytes, context.timeToLive().nowMs().getAsLong());
            connection.put(object, head, source, context.storeTimeoutNs());
        } finally {
            source.end();
            job.memory = null;
        }
    }

    /** Writes a small object of random bytes under a name of this worker's own, reads it back and removes it. */
    private RemoteJob.Result probe() throws RemoteException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(PROBE_BYTES);
            ByteBuffer bytes = memory.asByteBuffer();
            while (bytes.hasRemaining()) {
                bytes.putLong(context.salts().getAsLong());
            }
            probe.address = memory.address();
            probe.lengthBytes = PROBE_BYTES;
            put(probe, nameOf(probe.name));
            RemoteJob.Result loaded = load(probe);
            connection.remove(nameOf(probe.name), context.storeTimeoutNs());
            return loaded == RemoteJob.Result.OK ? loaded : RemoteJob.Result.FAILED;
        }
    }

    private String nameOf(DirectBuffer whole) {
        whole.getBytes(0, name);
        return HexFormat.of().formatHex(name);
    }
}
