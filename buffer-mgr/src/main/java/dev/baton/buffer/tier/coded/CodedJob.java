package dev.baton.buffer.tier.coded;

import org.agrona.concurrent.UnsafeBuffer;

import dev.baton.buffer.codec.ImageShape;
import dev.baton.buffer.tier.BlockName;
import dev.baton.buffer.tier.LoadResult;

/** One store or load on its way, with memory for its encoded bytes; used again and again. Whoever has it in a queue, or last took it out, owns it. */
final class CodedJob {
    final int number;
    final boolean isLoad;
    final long scratch;
    final long scratchBytes;
    final UnsafeBuffer name = new UnsafeBuffer(new byte[BlockName.LENGTH_BYTES]);
    ImageShape shape;
    long tag;
    long address;
    long lengthBytes;
    long deadlineNs;
    /** Since when the store below has not taken it. */
    long refusedSinceNs;
    /** What goes to the store below, or came from it. */
    long encodedBytes;
    /** Of a load, told by the store below. */
    LoadResult result;
    /** Of a load: its bytes could not be what was stored. */
    boolean isDamaged;

    CodedJob(int number, boolean isLoad, long scratch, long scratchBytes) {
        this.number = number;
        this.isLoad = isLoad;
        this.scratch = scratch;
        this.scratchBytes = scratchBytes;
    }

    /** Whether the record lies as it is in memory, without a header: no encoded one has this length. */
    boolean isPlain() {
        return encodedBytes == lengthBytes;
    }
}
