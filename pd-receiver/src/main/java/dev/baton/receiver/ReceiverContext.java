package dev.baton.receiver;

import java.util.Objects;

import dev.baton.buffer.reserve.AdmissionLimits;
import dev.baton.buffer.slab.ShardRange;
import dev.baton.buffer.slab.SlabPlan;
import dev.baton.kv.ShardedLayout;
import dev.baton.platform.Require;
import dev.baton.receiver.core.ReceiverLimits;
import dev.baton.receiver.landing.Landings;
import dev.baton.transport.node.HostPort;

/**
 * Everything a receiver is told beside its node's settings. Set what differs, {@link #conclude()} once, then only read.
 */
public final class ReceiverContext {
    /** Requests that wait may ask for so many times the memory of the larger tier, unless the limits bound it otherwise. */
    private static final int QUEUED_TIERS = 64;

    private ShardedLayout layout;
    private long poolBytesPerShard = 1L << 30;
    private long spillBytesPerShard;
    private int extentBytes = (int) SlabPlan.EXTENT_BYTES;
    private int reservationsMax = 4096;
    private AdmissionLimits admission = AdmissionLimits.DEFAULT;
    private ReceiverLimits limits = ReceiverLimits.DEFAULT;
    private boolean isPoolShared = true;
    private int ringBytes = 8 << 20;
    private ShardRange shardsHereOrNull;
    private HostPort gangLeaderOrNull;
    private TierSource tierOrNull;
    private boolean isConcluded;

    /** The decode engine's layout and sharding. */
    public ReceiverContext layout(ShardedLayout value) {
        requireOpen();
        layout = value;
        return this;
    }

    public ShardedLayout layout() {
        return layout;
    }

    /**
     * Memory of the node's whole pool for each shard, in bytes; cut down to whole extents. Where the node sends too, its
     * staging comes out of it first.
     */
    public ReceiverContext poolBytesPerShard(long value) {
        requireOpen();
        poolBytesPerShard = value;
        return this;
    }

    public long poolBytesPerShard() {
        return poolBytesPerShard;
    }

    /**
     * Memory of the spill tier for each shard, in bytes, cut down to whole extents: requests that the pool has no room
     * for land there whole, in files of the node's spill directory. 0 for none.
     */
    public ReceiverContext spillBytesPerShard(long value) {
        requireOpen();
        spillBytesPerShard = value;
        return this;
    }

    public long spillBytesPerShard() {
        return spillBytesPerShard;
    }

    /** Unit of allocation; 4 MiB by default. */
    public ReceiverContext extentBytes(int value) {
        requireOpen();
        extentBytes = value;
        return this;
    }

    public int extentBytes() {
        return extentBytes;
    }

    /** Most reservations alive at a time, queued ones included. */
    public ReceiverContext reservationsMax(int value) {
        requireOpen();
        reservationsMax = value;
        return this;
    }

    public int reservationsMax() {
        return reservationsMax;
    }

    /** Where these do not bound the bytes of requests that wait, 64 times those of the larger tier, over all shards, do. */
    public ReceiverContext admission(AdmissionLimits value) {
        requireOpen();
        admission = value;
        return this;
    }

    public AdmissionLimits admission() {
        return admission;
    }

    public ReceiverContext limits(ReceiverLimits value) {
        requireOpen();
        limits = value;
        return this;
    }

    public ReceiverLimits limits() {
        return limits;
    }

    /** Whether the pool lies in files that senders on this host may map; without them shm is not on offer. */
    public ReceiverContext poolShared(boolean value) {
        requireOpen();
        isPoolShared = value;
        return this;
    }

    public boolean isPoolShared() {
        return isPoolShared;
    }

    /**
     * Of the ring that carries orders to a data agent; the one back is half as long. A power of two, 128 KiB at least:
     * the one back must hold what a seal may have to tell, 1,024 cells that are missing. A shorter one means shorter polls.
     */
    public ReceiverContext ringBytes(int value) {
        requireOpen();
        ringBytes = value;
        return this;
    }

    public int ringBytes() {
        return ringBytes;
    }

    /**
     * Where several processes hold the instance's shards: those whose memory is here. The process that names no
     * {@link #gangLeader} allocates for all of them.
     */
    public ReceiverContext shardsHere(ShardRange value) {
        requireOpen();
        shardsHereOrNull = value;
        return this;
    }

    /** All, unless {@link #shardsHere(ShardRange)} said otherwise. */
    public ShardRange shardsHere() {
        return shardsHereOrNull == null ? ShardRange.all(layout.sharding().count()) : shardsHereOrNull;
    }

    /** Other processes hold shards of this instance. */
    public boolean isInGang() {
        return shardsHereOrNull != null;
    }

    /** The process that this one lends its memory to; without one it allocates by itself. */
    public ReceiverContext gangLeader(HostPort value) {
        requireOpen();
        gangLeaderOrNull = value;
        return this;
    }

    public HostPort gangLeaderOrNull() {
        return gangLeaderOrNull;
    }

    /** The tier below the pool, for a process that holds all shards; null, the default, for none. */
    public ReceiverContext tier(TierSource value) {
        requireOpen();
        tierOrNull = value;
        return this;
    }

    public TierSource tierOrNull() {
        return tierOrNull;
    }

    /** Checks what was set and closes this context to change. Starts and allocates nothing. */
    public ReceiverContext conclude() {
        requireOpen();
        Objects.requireNonNull(layout, "layout");
        Require.between("extentBytes", extentBytes, 4096, 1 << 30);
        Require.that(extentBytes % 4096 == 0, "extentBytes", extentBytes, "a multiple of 4096");
        Require.atLeast("poolBytesPerShard", poolBytesPerShard, extentBytes);
        Require.that(spillBytesPerShard == 0 || spillBytesPerShard >= extentBytes, "spillBytesPerShard",
            spillBytesPerShard, "0, or at least extentBytes=" + extentBytes);
        Require.between("reservationsMax", reservationsMax, 1, 1 << 20);
        concludeAdmission();
        Require.that(ringBytes >= Landings.RING_BYTES_MIN && Integer.bitCount(ringBytes) == 1, "ringBytes", ringBytes,
            "a power of two of at least " + Landings.RING_BYTES_MIN);
        Require.that(shardsHere().last() < layout.sharding().count(), "shardsHere", shardsHere(),
            "some of shards 0-" + (layout.sharding().count() - 1));
        Require.that(gangLeaderOrNull == null || isInGang(), "gangLeader", gangLeaderOrNull,
            "named together with the shards that are here: --gang-shards");
        Require.that(tierOrNull == null || !isInGang(), "tier", tierOrNull, "none where several processes hold the instance's shards");
        isConcluded = true;
        return this;
    }

    /** What fits a tier must fit the queue, or it would be told to come again for ever. */
    private void concludeAdmission() {
        long tierBytes = times(Math.max(poolBytesPerShard, spillBytesPerShard), layout.sharding().count());
        if (admission.queuedBytesMax() == Long.MAX_VALUE) {
            admission = admission.queuedBytesMax(times(tierBytes, QUEUED_TIERS));
        }
        Require.atLeast("admission.queuedBytesMax", admission.queuedBytesMax(), tierBytes);
    }

    private static long times(long bytes, long count) {
        return bytes > Long.MAX_VALUE / count ? Long.MAX_VALUE : bytes * count;
    }

    private void requireOpen() {
        if (isConcluded) {
            throw new IllegalStateException("this context is concluded: set it up before it is used");
        }
    }
}
