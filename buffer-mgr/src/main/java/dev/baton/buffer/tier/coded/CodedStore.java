package dev.baton.buffer.tier.coded;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import org.agrona.DirectBuffer;

import dev.baton.buffer.codec.CodecSpec;
import dev.baton.buffer.tier.BlockName;
import dev.baton.buffer.tier.BlockStore;
import dev.baton.buffer.tier.BlockStoreListener;
import dev.baton.buffer.tier.BlockStoreStats;
import dev.baton.buffer.tier.IoThread;
import dev.baton.buffer.tier.LoadResult;
import dev.baton.buffer.tier.StoreResult;
import dev.baton.memory.MemoryLedger;
import dev.baton.memory.Region;
import dev.baton.memory.Regions;

/**
 * Another store whose records are encoded, by one thread, and decoded, by a second: the caller's does neither. Before an encoded record
 * stands a header that says by which codec, so records of several codecs, and of none, lie in one store. What is not
 * decoded to what was stored is {@link LoadResult#CORRUPT}, and so is a codec that this process does not know.
 *
 * <p>A load's capacity is the record's own length, as it was stored: a record below that has this very length is one without a
 * header, and no encoded one has it. Lookups answer the length below. A load touches its target only when the store below has given
 * all bytes; one that is late below never touches it.
 */
public final class CodedStore implements BlockStore {
    private static final long REFUSED_NS = TimeUnit.SECONDS.toNanos(1);
    private static final int STORES_MAX = 8;
    private static final int LOADS_MAX = 16;
    private static final int CLOSE_PATIENCE_MS = 5_000;
    private static final long HEADROOM_BYTES = 64 << 10;

    private final BlockStore below;
    private final RecordShapes shapes;
    private final long recordBytesMax;
    private final CodedCounters counters = new CodedCounters();
    private final CodedWorker encoder;
    private final CodedWorker decoder;
    private final IoThread encoding;
    private final IoThread decoding;
    private final Region memory;
    private final CodedJob[] jobs = new CodedJob[STORES_MAX + LOADS_MAX];
    private final ArrayDeque<CodedJob> freeStores = new ArrayDeque<>();
    private final ArrayDeque<CodedJob> freeLoads = new ArrayDeque<>();
    /** Encoded, and refused by the store below so far. */
    private final ArrayDeque<CodedJob> refused = new ArrayDeque<>();
    private final Answers answers = new Answers();

    /**
     * @param recordBytesMax the longest record that is stored; memory for 24 of them is taken
     * @throws IllegalArgumentException if there is no such codec, or it does not know a parameter
     */
    public CodedStore(BlockStore below, CodecSpec spec, RecordShapes shapes, long recordBytesMax, MemoryLedger ledger) {
        this(below, spec, shapes, recordBytesMax, ledger, false);
    }

    /** Without threads: what there is to encode and decode is done by {@link #poll}, for tests and simulation. */
    public static CodedStore stepped(BlockStore below, CodecSpec spec, RecordShapes shapes, long recordBytesMax, MemoryLedger ledger) {
        return new CodedStore(below, spec, shapes, recordBytesMax, ledger, true);
    }

    private CodedStore(BlockStore below, CodecSpec spec, RecordShapes shapes, long recordBytesMax, MemoryLedger ledger, boolean isStepped) {
        encoder = new CodedWorker("tier-encode", spec, STORES_MAX, counters);
        decoder = new CodedWorker("tier-decode", spec, LOADS_MAX, counters);
        this.below = below;
        this.shapes = shapes;
        this.recordBytesMax = Math.min(recordBytesMax, below.blockBytesMax());
        long scratchBytes = (recordBytesMax + recordBytesMax / 4 + HEADROOM_BYTES) & -64;
        memory = Regions.anonymous(ledger, "tier-codec", scratchBytes * jobs.length);
        for (int i = 0; i < jobs.length; i++) {
            jobs[i] = new CodedJob(i, i >= STORES_MAX, memory.address() + i * scratchBytes, scratchBytes);
            (jobs[i].isLoad ? freeLoads : freeStores).add(jobs[i]);
        }
        encoding = isStepped ? null : new IoThread(encoder);
        decoding = isStepped ? null : new IoThread(decoder);
    }

    CodedCounters counters() {
        return counters;
    }

    @Override
    public int store(long tag, DirectBuffer name, int nameOffset, long address, long lengthBytes) {
        CodedJob job = take(freeStores, tag, name, nameOffset, address, lengthBytes);
        if (job == null) {
            return BACK_PRESSURED;
        }
        encoder.give(job);
        wake(encoding);
        return ACCEPTED;
    }

    @Override
    public int lookup(long tag, DirectBuffer name, int nameOffset) {
        return below.lookup(tag, name, nameOffset);
    }

    @Override
    public int load(long tag, DirectBuffer name, int nameOffset, long address, long capacityBytes, long deadlineNs) {
        CodedJob job = take(freeLoads, tag, name, nameOffset, address, capacityBytes);
        if (job == null) {
            return BACK_PRESSURED;
        }
        job.deadlineNs = deadlineNs;
        job.result = null;
        int result = below.load(job.number, job.name, 0, job.scratch, capacityBytes, deadlineNs);
        if (result != ACCEPTED) {
            freeLoads.add(job);
        }
        return result;
    }

    @Override
    public void readAhead(DirectBuffer names, int namesOffset, int count) {
        below.readAhead(names, namesOffset, count);
    }

    @Override
    public int poll(long nowNs, BlockStoreListener listener, int limit) {
        answers.listener = listener;
        answers.nowNs = nowNs;
        int workCount = below.poll(nowNs, answers, limit);
        while (encoding == null && encoder.doWork() + decoder.doWork() > 0) {
            workCount++;
        }
        for (CodedJob job = refused.peek(); job != null && (storeBelow(job) || isGivenUp(job, nowNs)); job = refused.peek()) {
            refused.remove();
            workCount++;
        }
        for (CodedJob job = encoder.doneOrNull(); job != null; job = encoder.doneOrNull()) {
            if (!refused.isEmpty() || !storeBelow(job)) {
                job.refusedSinceNs = nowNs;
                refused.add(job);
            }
            workCount++;
        }
        for (CodedJob job = decoder.doneOrNull(); job != null; job = decoder.doneOrNull()) {
            boolean isLate = job.deadlineNs - nowNs <= 0;
            if (isLate && !job.isDamaged) {
                CodedWorker.wipe(job);
            }
            LoadResult result = job.isDamaged ? LoadResult.CORRUPT : isLate ? LoadResult.LATE : LoadResult.HIT;
            end(job, result, result.isHit() ? job.lengthBytes : -1);
            freeLoads.add(job);
            workCount++;
        }
        return workCount;
    }

    @Override
    public long blockBytesMax() {
        return recordBytesMax;
    }

    /** Of the store below; bytes are encoded ones, and what could not be decoded is corrupt. */
    @Override
    public BlockStoreStats stats() {
        return below.stats().withDamaged(counters.damagedRecords());
    }

    /** Of the stores below; what could not be decoded counts as the nearest one's. */
    @Override
    public List<BlockStoreStats> statsByTier() {
        List<BlockStoreStats> stats = new ArrayList<>(below.statsByTier());
        stats.set(0, stats.getFirst().withDamaged(counters.damagedRecords()));
        return stats;
    }

    @Override
    public int tierCount() {
        return below.tierCount();
    }

    @Override
    public void close() {
        if (encoding == null) {
            encoder.onClose();
            decoder.onClose();
        }
        boolean isEncodingOver = encoding == null || encoding.close(CLOSE_PATIENCE_MS);
        boolean isQuiet = (decoding == null || decoding.close(CLOSE_PATIENCE_MS)) && isEncodingOver;
        below.close();
        if (isQuiet) {
            memory.close();
        }
    }

    private static void wake(IoThread threadOrNull) {
        if (threadOrNull != null) {
            threadOrNull.wake();
        }
    }

    private CodedJob take(ArrayDeque<CodedJob> free, long tag, DirectBuffer name, int nameOffset, long address, long lengthBytes) {
        CodedJob job = lengthBytes > recordBytesMax ? null : free.poll();
        if (job != null) {
            job.tag = tag;
            job.name.putBytes(0, name, nameOffset, BlockName.LENGTH_BYTES);
            job.address = address;
            job.lengthBytes = lengthBytes;
            job.shape = shapes.of(name, nameOffset, lengthBytes);
        }
        return job;
    }

    /** False where it has to be tried again. */
    private boolean storeBelow(CodedJob job) {
        int result = below.store(job.number, job.name, 0, job.isPlain() ? job.address : job.scratch, job.encodedBytes);
        if (result == OFF) {
            answers.onStored(job.number, StoreResult.FAILED);
        }
        return result != BACK_PRESSURED;
    }

    /** Its source is held for it: a store below that takes nothing must not keep that for longer. */
    private boolean isGivenUp(CodedJob job, long nowNs) {
        if (nowNs - job.refusedSinceNs < REFUSED_NS) {
            return false;
        }
        answers.onStored(job.number, StoreResult.FAILED);
        return true;
    }

    private void end(CodedJob job, LoadResult result, long lengthBytes) {
        answers.listener.onLoaded(job.tag, result, lengthBytes);
        answers.listener.onReleased(job.tag);
    }

    /** What the store below says, by the numbers of jobs. */
    private final class Answers implements BlockStoreListener {
        private BlockStoreListener listener;
        private long nowNs;

        @Override
        public void onStored(long number, StoreResult result) {
            CodedJob job = jobs[(int) number];
            listener.onStored(job.tag, result);
            freeStores.add(job);
        }

        @Override
        public void onFound(long tag, long lengthBytes) {
            listener.onFound(tag, lengthBytes);
        }

        @Override
        public void onLoaded(long number, LoadResult result, long lengthBytes) {
            CodedJob job = jobs[(int) number];
            job.result = result;
            job.encodedBytes = lengthBytes;
            if (!result.isHit()) {
                end(job, result, lengthBytes);   // its target was never touched
            }
        }

        @Override
        public void onReleased(long number) {
            CodedJob job = jobs[(int) number];
            boolean isHit = job.result.isHit();
            if (isHit && job.deadlineNs - nowNs <= 0) {
                end(job, LoadResult.LATE, -1);   // nor is it now
                freeLoads.add(job);
            } else if (isHit) {
                decoder.give(job);
                wake(decoding);
            } else {
                freeLoads.add(job);
            }
        }
    }
}
