package dev.baton.buffer.tier.coded;

import java.lang.foreign.MemorySegment;

import org.agrona.concurrent.OneToOneConcurrentArrayQueue;

import dev.baton.buffer.codec.BlockCodec;
import dev.baton.buffer.codec.CodecException;
import dev.baton.buffer.codec.CodecRegistry;
import dev.baton.buffer.codec.CodecSpec;
import dev.baton.buffer.tier.IoThread;

/** Encodes, or decodes, what it is given, one after the other. Its own thread; queues lead there and back. */
final class CodedWorker implements IoThread.Worker {
    private static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

    private final String role;
    private final BlockCodec codec;
    private final BlockCodec lossless;
    private final OneToOneConcurrentArrayQueue<CodedJob> in;
    private final OneToOneConcurrentArrayQueue<CodedJob> out;
    private final CodedCounters counters;

    CodedWorker(String role, CodecSpec spec, int jobsMax, CodedCounters counters) {
        this.role = role;
        this.counters = counters;
        codec = BlockCodec.open(CodecRegistry.builtIn(), spec);
        lossless = BlockCodec.open(CodecRegistry.builtIn(), CodecSpec.parse("lossless"));
        in = new OneToOneConcurrentArrayQueue<>(jobsMax);
        out = new OneToOneConcurrentArrayQueue<>(jobsMax);
    }

    /** Never full: there are no more jobs than places. */
    void give(CodedJob job) {
        if (!in.offer(job)) {
            throw new IllegalStateException("more jobs than there are: role=" + role);
        }
    }

    CodedJob doneOrNull() {
        return out.poll();
    }

    @Override
    public boolean hasWork() {
        return !in.isEmpty();
    }

    @Override
    public int doWork() {
        CodedJob job = in.poll();
        if (job == null) {
            return 0;
        }
        if (job.isLoad) {
            decode(job);
        } else {
            encode(job);
        }
        if (!out.offer(job)) {
            throw new IllegalStateException("more jobs than there are: role=" + role);
        }
        return 1;
    }

    @Override
    public void onClose() {
        codec.close();
        lossless.close();
    }

    @Override
    public String roleName() {
        return role;
    }

    /** What does not become smaller is stored as it lies, without a header: that length no encoded record has. */
    private void encode(CodedJob job) {
        // A lossy codec counts on rows of tokens; a piece of an image has none that it could know.
        boolean isWhole = job.shape.slots() > 1 && codec.encodedBytesMax(job.shape) <= job.scratchBytes;
        BlockCodec by = isWhole ? codec : lossless;
        job.encodedBytes = job.lengthBytes;
        if (by.encodedBytesMax(job.shape) <= job.scratchBytes) {
            long encoded = by.encode(job.shape, job.address, job.scratch, job.scratchBytes);
            job.encodedBytes = Math.min(encoded, job.lengthBytes);
        }
        counters.encoded(job.lengthBytes, job.encodedBytes);
    }

    private void decode(CodedJob job) {
        job.isDamaged = false;
        if (job.isPlain()) {
            MemorySegment.copy(ALL, job.scratch, ALL, job.address, job.lengthBytes);
            return;
        }
        try {
            codec.decode(job.shape, job.scratch, job.encodedBytes, job.address);
            counters.decoded();
        } catch (CodecException ex) {
            job.isDamaged = true;
            counters.damaged(ex);
            wipe(job);
        }
    }

    /** Of a load that is no hit nothing is left. */
    static void wipe(CodedJob job) {
        ALL.asSlice(job.address, job.lengthBytes).fill((byte) 0);
    }
}
