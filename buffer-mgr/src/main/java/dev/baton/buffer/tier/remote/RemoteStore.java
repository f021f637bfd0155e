package dev.baton.buffer.tier.remote;

import dev.baton.buffer.tier.BlockName;
import dev.baton.buffer.tier.BlockStore;
import dev.baton.buffer.tier.BlockStoreListener;
import dev.baton.buffer.tier.BlockStoreStats;
import dev.baton.buffer.tier.Circuit;
import dev.baton.buffer.tier.CircuitState;
import dev.baton.buffer.tier.LoadResult;
import dev.baton.buffer.tier.StoreCounters;
import dev.baton.buffer.tier.StoreResult;
import dev.baton.buffer.tier.log.RecordFormat;
import dev.baton.platform.Require;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.ManyToOneConcurrentArrayQueue;

/**
 * A remote tier, whatever {@link RemoteClient} is behind it. Lookups, loads and stores have places, queues, threads and
 * connections of their own, so that a lookup waits behind neither; lookups that wait go as one batch. Nothing is known here
 * of what the store holds: others use it, too. A store that hangs costs time-outs, a few threads and the memory of what was
 * given to it, until {@link Circuit} keeps everything from it.
 */
public final class RemoteStore implements BlockStore {
    private static final int DONE_PER_POLL_MAX = 256;
    private static final int CLOSE_PATIENCE_MS = 2000;
    private static final long CHECK_INTERVAL_NS = TimeUnit.MILLISECONDS.toNanos(1);
    private static final long NOT_KNOWN = -1;

    private final RemoteContext context;
    private final RemoteLane lookups;
    private final RemoteLane loads;
    private final RemoteLane stores;
    private final List<RemoteLane> lanes;
    private final ManyToOneConcurrentArrayQueue<RemoteJob> done;
    private final Circuit circuit = new Circuit();
    private final StoreCounters counters = new StoreCounters();
    private long checkDueNs;
    private long lookupStrikeDueNs;
    private boolean isProbing;
    private boolean isClosed;

    private RemoteStore(RemoteContext context) {
        this.context = context;
        lookups = new RemoteLane(context.lookupsMax());
        loads = new RemoteLane(context.loadsMax());
        stores = new RemoteLane(context.storesMax() + 1);
        lanes = List.of(lookups, loads, stores);
        done = new ManyToOneConcurrentArrayQueue<>(context.lookupsMax() + context.loadsMax() + context.storesMax() + 1);
        start("tier-lookup-", lookups, context.lookupThreads());
        start("tier-load-", loads, context.loadThreads());
        start("tier-store-", stores, context.storeThreads());
    }

    /**
     * Opens the tier; connects to nothing yet.
     * @param nowNs on the clock of {@link #poll}
     */
    public static RemoteStore open(RemoteContext context, long nowNs) {
        RemoteStore store = new RemoteStore(context);
        store.checkDueNs = nowNs;
        store.lookupStrikeDueNs = nowNs;
        return store;
    }

    @Override
    public int store(long tag, DirectBuffer name, int nameOffset, long address, long lengthBytes) {
        Require.between("lengthBytes", lengthBytes, 1, blockBytesMax());
        if (isClosed || !circuit.mayWrite()) {
            return OFF;
        }
        // One place is the probe's.
        boolean isRoom = stores.count() - (isProbing ? 1 : 0) < context.storesMax();
        return begin(stores, isRoom ? stores.takeOrNull(RemoteJob.Kind.STORE, tag) : null, name, nameOffset, address, lengthBytes);
    }

    @Override
    public int lookup(long tag, DirectBuffer name, int nameOffset) {
        if (isClosed || !circuit.mayRead()) {
            return OFF;
        }
        return begin(lookups, lookups.takeOrNull(RemoteJob.Kind.LOOKUP, tag), name, nameOffset, 0, 0);
    }

    @Override
    public int load(long tag, DirectBuffer name, int nameOffset, long address, long capacityBytes, long deadlineNs) {
        if (isClosed || !circuit.mayRead()) {
            return OFF;
        }
        RemoteJob job = loads.takeOrNull(RemoteJob.Kind.LOAD, tag);
        if (job != null) {
            job.deadlineNs = deadlineNs;
        }
        return begin(loads, job, name, nameOffset, address, capacityBytes);
    }

    /** Not done here: what is read ahead over a network takes from what was asked for. */
    @Override
    public void readAhead(DirectBuffer names, int namesOffset, int count) {}

    @Override
    public int poll(long nowNs, BlockStoreListener listener, int limit) {
        if (isClosed) {
            return 0;
        }
        int workCount = 0;
        RemoteJob job;
        for (int i = 0; i < DONE_PER_POLL_MAX && workCount < limit && (job = done.poll()) != null; i++) {
            switch (job.kind) {
                case LOOKUP -> onLookedUp(job, nowNs, listener);
                case LOAD -> onRead(job, nowNs, listener);
                case STORE -> onWritten(job, nowNs, listener);
                case PROBE -> onProbed(job, nowNs);
            }
            workCount++;
        }
        workCount += tellLateLoads(nowNs, listener);
        if (checkDueNs - nowNs <= 0) {
            checkDueNs = nowNs + CHECK_INTERVAL_NS;
            workCount += tellLateLookups(nowNs, listener);
            lookForHung(nowNs);
            workCount += probe(nowNs);
        }
        return workCount;
    }

    @Override
    public long blockBytesMax() {
        return Math.min(RecordFormat.PAYLOAD_BYTES_MAX, context.client().payloadBytesMax());
    }

    @Override
    public BlockStoreStats stats() {
        return new BlockStoreStats(NOT_KNOWN, NOT_KNOWN, NOT_KNOWN, NOT_KNOWN, 1000, circuit.state(), loads.count(),
            stores.count() - (isProbing ? 1 : 0), counters.hits, counters.misses, counters.corrupt, counters.failed,
            counters.late, counters.stored, counters.storedBytes, counters.loadedBytes, counters.storesFailed,
            counters.backPressured, 0, 0, 0, 0, 0, circuit.openedCount(), counters.expired, context.timeToLive().ms());
    }

    /** Ends connections first, so that what waits on them fails at once and the threads end. */
    @Override
    public void close() {
        if (!isClosed) {
            isClosed = true;
            for (RemoteLane lane : lanes) {
                for (int i = 0; i < lane.count(); i++) {
                    lane.job(i).isCancelled = true;
                }
            }
            context.client().close();
            for (RemoteLane lane : lanes) {
                if (!lane.close(CLOSE_PATIENCE_MS)) {
                    lane.endMemory();
                }
            }
        }
    }

    private void start(String role, RemoteLane lane, int threads) {
        for (int i = 0; i < threads; i++) {
            lane.start(new RemoteWorker(role + i, context, lane.queue(), done));
        }
    }

    private int begin(RemoteLane lane, RemoteJob job, DirectBuffer name, int nameOffset, long address, long lengthBytes) {
        if (job == null) {
            counters.backPressured++;
            return BACK_PRESSURED;
        }
        job.address = address;
        job.lengthBytes = lengthBytes;
        job.name.putBytes(0, name, nameOffset, BlockName.LENGTH_BYTES);
        lane.submit(job);
        return ACCEPTED;
    }

    private void onLookedUp(RemoteJob job, long nowNs, BlockStoreListener listener) {
        if (job.isStrike && !job.isAnswered) {
            circuit.onStrike(nowNs);
        }
        boolean isHeld = !job.isAnswered;
        long tag = job.tag;
        long foundBytes = job.foundBytes;
        lookups.giveBack(job);
        if (isHeld) {
            listener.onFound(tag, foundBytes);
        }
    }

    private void onRead(RemoteJob job, long nowNs, BlockStoreListener listener) {
        LoadResult result = switch (job.result) {
            case OK -> LoadResult.HIT;
            case MISSED -> LoadResult.MISS;
            case CORRUPT -> LoadResult.CORRUPT;
            case FAILED, FULL, CANCELLED, PRESENT -> LoadResult.FAILED;
        };
        boolean isCancelled = job.result == RemoteJob.Result.CANCELLED;
        counters.expired += job.isExpired ? 1 : 0;
        counters.corrupt += result == LoadResult.CORRUPT ? 1 : 0;
        counters.failed += result == LoadResult.FAILED && !isCancelled ? 1 : 0;
        if ((result == LoadResult.CORRUPT || result == LoadResult.FAILED) && !isCancelled) {
            circuit.onStrike(nowNs);
        }
        if (!job.isAnswered) {
            counters.hits += result.isHit() ? 1 : 0;
            counters.misses += result == LoadResult.MISS ? 1 : 0;
            counters.loadedBytes += result.isHit() ? job.foundBytes : 0;
            listener.onLoaded(job.tag, result, result.isHit() ? job.foundBytes : 0);
        }
        long tag = job.tag;
        loads.giveBack(job);
        listener.onReleased(tag);
    }

    private void onWritten(RemoteJob job, long nowNs, BlockStoreListener listener) {
        StoreResult result = switch (job.result) {
            case OK -> StoreResult.STORED;
            case PRESENT -> StoreResult.PRESENT;
            case MISSED, CORRUPT, FAILED, FULL, CANCELLED -> StoreResult.FAILED;
        };
        if (result == StoreResult.FAILED && job.result != RemoteJob.Result.CANCELLED) {
            circuit.onWriteFailed(nowNs);
        }
        counters.storesFailed += result == StoreResult.FAILED ? 1 : 0;
        counters.stored += result == StoreResult.STORED ? 1 : 0;
        counters.storedBytes += result == StoreResult.STORED ? job.lengthBytes : 0;
        long tag = job.tag;
        stores.giveBack(job);
        listener.onStored(tag, result);
    }

    private void onProbed(RemoteJob job, long nowNs) {
        isProbing = false;
        circuit.onProbed(job.result == RemoteJob.Result.OK, job.result == RemoteJob.Result.FULL, nowNs);
        stores.giveBack(job);
    }

    private int tellLateLoads(long nowNs, BlockStoreListener listener) {
        int told = 0;
        for (int i = 0; i < loads.count(); i++) {
            RemoteJob job = loads.job(i);
            if (!job.isAnswered && job.deadlineNs - nowNs <= 0) {
                job.isAnswered = true;
                job.isCancelled = true;
                counters.late++;
                told++;
                listener.onLoaded(job.tag, LoadResult.LATE, 0);
            }
        }
        return told;
    }

    /** A lookup's time runs from when it was first seen here. One strike for all that time out within a time-out. */
    private int tellLateLookups(long nowNs, BlockStoreListener listener) {
        int told = 0;
        for (int i = 0; i < lookups.count(); i++) {
            RemoteJob job = lookups.job(i);
            if (!job.isTimed) {
                job.isTimed = true;
                job.deadlineNs = nowNs + context.lookupTimeoutNs();
            }
            if (!job.isAnswered && job.deadlineNs - nowNs <= 0) {
                job.isAnswered = true;
                job.isCancelled = true;
                counters.late++;
                told++;
                if (lookupStrikeDueNs - nowNs <= 0) {
                    lookupStrikeDueNs = nowNs + context.lookupTimeoutNs();
                    circuit.onStrike(nowNs);
                }
                listener.onFound(job.tag, NOT_KNOWN);
            }
        }
        return told;
    }

    private void lookForHung(long nowNs) {
        boolean isHung = false;
        for (int lane = 0; lane < lanes.size(); lane++) {
            for (int i = 0; i < lanes.get(lane).count(); i++) {
                RemoteJob job = lanes.get(lane).job(i);
                if (job.isBegun && !job.isSeenBegun) {
                    job.isSeenBegun = true;
                    job.seenBegunNs = nowNs;
                }
                isHung |= job.isSeenBegun && nowNs - job.seenBegunNs > context.hungAfterNs();
            }
        }
        circuit.hung(isHung);
        if (circuit.state() == CircuitState.OFF) {
            cancelWaiting();
        }
    }

    /** What waits behind a store that answers nothing would only time out, one after the other. */
    private void cancelWaiting() {
        for (int lane = 0; lane < lanes.size(); lane++) {
            for (int i = 0; i < lanes.get(lane).count(); i++) {
                RemoteJob job = lanes.get(lane).job(i);
                if (!job.isBegun && job.kind != RemoteJob.Kind.PROBE) {
                    job.isCancelled = true;
                }
            }
        }
    }

    private int probe(long nowNs) {
        RemoteJob job = isProbing || !circuit.isProbeDue(nowNs) ? null : stores.takeOrNull(RemoteJob.Kind.PROBE, 0);
        if (job == null) {
            return 0;
        }
        isProbing = true;
        circuit.probing(nowNs);
        stores.submit(job);
        return 1;
    }
}
