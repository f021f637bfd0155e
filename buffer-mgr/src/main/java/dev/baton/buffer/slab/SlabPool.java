package dev.baton.buffer.slab;

import dev.baton.memory.ExtentRun;
import dev.baton.memory.MemoryLedger;
import dev.baton.memory.Region;
import dev.baton.memory.Regions;
import dev.baton.platform.Require;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/**
 * The memory of a {@link SlabPlan}: every slab allocated and touched when {@link #open} returns, all of it or none.
 * Slabs are files that peers on this host can map, or anonymous memory. Looking up an address is safe from any thread
 * while the pool is open; one thread opens and closes.
 */
public final class SlabPool implements AutoCloseable {
    private final SlabPlan plan;
    /** By id; null for those of shards that another process has. */
    private final Slab[] slabs;
    private final long[] addresses;
    private final int firstSlabId;
    private final long extentBytes;

    private SlabPool(SlabPlan plan, Slab[] slabs) {
        this.plan = plan;
        this.slabs = slabs;
        this.firstSlabId = plan.firstSlabId();
        this.extentBytes = plan.extentBytes();
        addresses = new long[slabs.length];
        for (int i = 0; i < slabs.length; i++) {
            addresses[i] = slabs[i] == null ? 0 : slabs[i].address();
        }
    }

    /**
     * Opens every slab of the plan. Takes about a second a GiB: all pages are touched.
     *
     * @param owner           name under which the ledger counts the bytes
     * @param directoryOrNull where the slab files go, made with mode 0700 where it is not there; null for anonymous
     *                        memory
     * @param incarnation     of this process; part of the file names, so that no older file is ever reopened
     * @throws IllegalStateException if the directory's file system has too little space for the whole pool; nothing was
     *                               made
     * @throws dev.baton.memory.RegionException if a slab cannot be had; those made before it are closed and removed
     */
    public static SlabPool open(
        MemoryLedger ledger, String owner, SlabPlan plan, Path directoryOrNull, long incarnation) {
        Require.that(plan.tierCount() == 1, "tierCount", plan.tierCount(), "1: name the spill tier's directory too");
        return open(ledger, owner, plan, directoryOrNull, null, incarnation);
    }

    /**
     * The same for a plan of two tiers.
     *
     * @param spillDirectoryOrNull of the slab files of the spill tier; null for anonymous memory
     */
    public static SlabPool open(MemoryLedger ledger, String owner, SlabPlan plan, Path directoryOrNull,
        Path spillDirectoryOrNull, long incarnation) {
        return open(ledger, owner, plan, ShardRange.all(plan.shardCount()), directoryOrNull, spillDirectoryOrNull,
            incarnation);
    }

    /**
     * The same of some shards: the slabs of the others are another process's, with the ids that the plan gives them.
     *
     * @param shards those whose memory is here
     */
    public static SlabPool open(MemoryLedger ledger, String owner, SlabPlan plan, ShardRange shards,
        Path directoryOrNull, Path spillDirectoryOrNull, long incarnation) {
        Path[] directories = {prepared(plan, 0, shards, directoryOrNull),
            prepared(plan, 1, shards, spillDirectoryOrNull)};
        Slab[] slabs = new Slab[plan.slabCount()];
        int opened = 0;
        try {
            for (SlabSpec spec : plan.specs()) {
                if (!shards.has(spec.shard())) {
                    opened++;
                    continue;
                }
                Path directory = directories[plan.tierIndexOfBank(plan.bank(spec.slabId()))];
                Region region = directory == null
                    ? Regions.anonymous(ledger, owner, spec.lengthBytes())
                    : Regions.createFile(ledger, owner, directory.resolve(fileName(incarnation, spec.slabId())),
                        spec.lengthBytes());
                slabs[opened++] = new Slab(spec, region);
            }
            return new SlabPool(plan, slabs);
        } catch (RuntimeException | Error ex) {
            closeAll(slabs, opened, ex);
            throw ex;
        }
    }

    /** The directory of one tier, made and with room; null where that tier has none. */
    private static Path prepared(SlabPlan plan, int tierIndex, ShardRange shards, Path directoryOrNull) {
        if (tierIndex >= plan.tierCount() || directoryOrNull == null) {
            return null;
        }
        Path directory = Regions.privateDirectory(directoryOrNull);
        long neededBytes = 0;
        for (int shard = shards.first(); shard <= shards.last(); shard++) {
            neededBytes += plan.extentCount(plan.bank(tierIndex, shard)) * plan.extentBytes();
        }
        requireSpace(directory, neededBytes);
        return directory;
    }

    /** The name of a slab's file: hexadecimal throughout, e.g. {@code baton-00c0ffee00c0ffee-0003.slab}. */
    public static String fileName(long incarnation, int slabId) {
        return String.format(Locale.ROOT, "baton-%016x-%04x.slab", incarnation, slabId);
    }

    public SlabPlan plan() {
        return plan;
    }

    /** Those that are here, in the order of their ids. */
    public List<Slab> slabs() {
        return Arrays.stream(slabs).filter(Objects::nonNull).toList();
    }

    /** Whether that shard's memory is here. */
    public boolean hasShard(int shard) {
        return slabs[plan.firstSlabOfBank(shard) - firstSlabId] != null;
    }

    public Slab slab(int slabId) {
        return slabs[slabId - firstSlabId];
    }

    /** Absolute address of an extent in this process; the slab id is checked, the extent is not. */
    public long address(int slabId, int extent) {
        return addresses[slabId - firstSlabId] + extent * extentBytes;
    }

    /** Absolute address of a packed run's first byte. */
    public long address(long run) {
        return address(ExtentRun.slabId(run), ExtentRun.firstExtent(run));
    }

    /**
     * The same with both bounds checked, for places that came from outside.
     *
     * @throws IllegalArgumentException if there is no such slab or the bytes leave it
     */
    public long checkedAddress(int slabId, long offset, long lengthBytes) {
        Require.between("slabId", slabId, firstSlabId, firstSlabId + slabs.length - 1);
        Require.that(slabs[slabId - firstSlabId] != null, "slabId", slabId, "of a shard whose memory is here");
        long slabBytes = slabs[slabId - firstSlabId].spec().lengthBytes();
        Require.between("lengthBytes", lengthBytes, 0, slabBytes);
        Require.between("offset", offset, 0, slabBytes - lengthBytes);
        return addresses[slabId - firstSlabId] + offset;
    }

    /** Closes every slab, and removes its file, even where one of them fails. Again: no effect. */
    @Override
    public void close() {
        RuntimeException failure = new IllegalStateException("slabs could not be closed: slabCount=" + slabs.length);
        closeAll(slabs, slabs.length, failure);
        if (failure.getSuppressed().length > 0) {
            throw failure;
        }
    }

    private static void closeAll(Slab[] slabs, int count, Throwable cause) {
        for (int i = count - 1; i >= 0; i--) {
            try {
                if (slabs[i] != null) {
                    slabs[i].region().close();
                }
            } catch (RuntimeException ex) {
                cause.addSuppressed(ex);
            }
        }
    }

    /**
     * Checks that slab files of so many bytes would fit, before any is made.
     *
     * @throws PoolSpaceException if they would not; the message says what to do
     */
    public static void requireSpace(Path directory, long neededBytes) {
        long freeBytes = Regions.freeBytes(directory);
        if (freeBytes < neededBytes) {
            throw new PoolSpaceException("no space for the pool: directory=" + directory + " neededBytes=" +
                neededBytes + " freeBytes=" + freeBytes +
                "; make the pool smaller, name a directory on a larger " +
                "memory file system, or enlarge this one (mount -o remount,size=..., a container's --shm-size)");
        }
    }
}
