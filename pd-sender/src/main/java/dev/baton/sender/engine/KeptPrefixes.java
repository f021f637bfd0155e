package dev.baton.sender.engine;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

import org.agrona.concurrent.NanoClock;

import dev.baton.buffer.slab.ShardRange;
import dev.baton.kv.BlockKey;
import dev.baton.kv.CellMap;
import dev.baton.kv.ShardPairing;
import dev.baton.kv.SourceImages;
import dev.baton.memory.ExtentRun;
import dev.baton.platform.Require;
import dev.baton.sender.core.KeptImages;
import dev.baton.sender.core.PrefixHere;
import dev.baton.sender.core.PrefixWant;
import dev.baton.sender.engine.KeptCounters.Kind;

/**
 * What an engine may ask and read of the blocks that are kept in staging: how long a beginning is here, and its bytes
 * where they lie. A lease keeps blocks while they are read; it ends when it is released, and when its time is over and
 * staging needs the room. Blocks of another tenant, under another key, or at another place in a prompt are not here.
 * The engine's thread calls all of it; other threads may read the bytes.
 */
public final class KeptPrefixes {
    /** Not all of it is here now: nothing was leased. */
    public static final long GONE = -4;
    public static final long LEASE_NS_MAX = TimeUnit.SECONDS.toNanos(10);

    private static final int EXTENT_BYTES = 4 << 20;
    private static final long LEASE_NS_MIN = TimeUnit.MILLISECONDS.toNanos(1);

    /** Leased blocks, each once, in the order of the prompt. */
    private record Lease(long number, int blockCount, List<StagedBlock> blocks, KeptImages lies, SourceImages images, long endNs) {}

    private final ShardPairing self;
    private final ShardRange shards;
    private final Staging staging;
    private final int[] partOfGroup;
    private final NanoClock clock;
    private final List<Lease> leases = new ArrayList<>();
    private long lastNumber;

    KeptPrefixes(ShardPairing self, ShardRange shards, Staging staging, NanoClock clock) {
        this.self = self;
        this.shards = shards;
        this.staging = staging;
        partOfGroup = BlockKeeping.partOfGroup(staging.rule(), self.sourceLayout().groupCount());
        this.clock = clock;
        staging.leases(this::endOverdue);
    }

    /**
     * So many leading blocks of that prompt are here, of those that have keys, by what all layer groups agree on; 0 for none. They may be
     * gone a moment later.
     */
    public int blockCount(long tenant, List<BlockKey> keys) {
        return staging.find(tenant, keys, 0, keys.size());
    }

    /** So many leading blocks another node can have: all from here, or what goes on behind those in the node's share for reservations. */
    int blockCount(PrefixWant want) {
        return Math.max(blockCount(want.id().tenant(), want.keys()),
            staging.find(want.id().tenant(), want.keys(), want.pooledBlocks(), want.keys().size()));
    }

    /**
     * Keeps the leading blocks of that prompt here while they are read. All leases together keep half of each share of
     * staging at most, so that they never stop it.
     *
     * @param blockCount 1 to the number of keys
     * @param leaseNs    1 ms to {@link #LEASE_NS_MAX}
     * @return the lease's number, positive; {@link #GONE}; or {@link PrefillEngine#FULL}: too much is leased
     * @throws IllegalArgumentException if a value is out of its range
     */
    public long lease(long tenant, List<BlockKey> keys, int blockCount, long leaseNs) {
        Require.between("blockCount", blockCount, 1, keys.size());
        Require.between("leaseNs", leaseNs, LEASE_NS_MIN, LEASE_NS_MAX);
        endOverdue();
        if (staging.find(tenant, keys, 0, blockCount) < blockCount) {
            return GONE;
        }
        int tokens = blockCount * self.sourceLayout().blockTokens();
        Set<StagedBlock> blocks = new LinkedHashSet<>();
        KeptImages lies = new KeptImages(0, blockCount, staging.rule().partCount(), partOfGroup);
        lies.endBlock(staging.take(tenant, keys, 0, blockCount, tokens, (block, part, kept) -> {
            blocks.add(kept);
            lies.put(block, part, staging.address(kept), kept.images, kept.crcs);
        }));
        int windowExtents = 0;
        int wholeExtents = 0;
        for (StagedBlock block : blocks) {
            boolean isInWindow = block.owner == staging.windowKept();
            windowExtents += isInWindow ? ExtentRun.extentCount(block.run) : 0;
            wholeExtents += isInWindow ? 0 : ExtentRun.extentCount(block.run);
        }
        if (!staging.mayLease(windowExtents, wholeExtents)) {
            return PrefillEngine.FULL;
        }
        for (StagedBlock block : blocks) {
            block.owner.pin(block);
            block.owner.leased(ExtentRun.extentCount(block.run));
        }
        SourceImages images = CellMap.ofTarget(self, tokens, 0, 0, EXTENT_BYTES).sourceImages(shards.first(), shards.last() + 1);
        leases.add(new Lease(++lastNumber, blockCount, List.copyOf(blocks), lies, images, clock.nanoTime() + leaseNs));
        staging.kept().add(Kind.LEASES, 1);
        return lastNumber;
    }

    /**
     * Where an image of that block lies; not to be written to.
     *
     * @param image of the block, as {@link #images} counts them
     * @return its address, or {@link PrefillEngine#ENDED}
     * @throws IllegalArgumentException if there was no such lease, or it has no such block or image
     */
    public long address(long lease, int block, int image) {
        Lease found = find(lease);
        if (found == null) {
            return PrefillEngine.ENDED;
        }
        Require.between("block", block, 0, found.blockCount() - 1);
        Require.between("image", image, 0, found.images().imageCount(block) - 1);
        return found.lies().address(block, found.images().sourceShard(block, image), found.images().group(block, image));
    }

    /** What each of its blocks has: of windows and states what a prompt that ends with them has. Null once it has ended. */
    public SourceImages images(long lease) {
        Lease found = find(lease);
        return found == null ? null : found.images();
    }

    /**
     * The same for an engine that is a process of its own: bytes to be handed on to it, for its {@link StagingReader}.
     *
     * @return null once it has ended
     * @throws IllegalStateException if no other process can map staging; the message says what to do
     */
    public byte[] handle(long lease) {
        Lease found = find(lease);
        if (found == null) {
            return null;
        }
        List<PrefixHandle.Piece> pieces = new ArrayList<>();
        for (int block = 0; block < found.blockCount(); block++) {
            for (int image = 0; image < found.images().imageCount(block); image++) {
                pieces.add(new PrefixHandle.Piece(block, found.images().sourceShard(block, image), found.images().group(block, image), 0,
                    found.images().imageBytes(block, image), staging.place(address(lease, block, image))));
            }
        }
        return PrefixHandle.encode(pieces);
    }

    /** The same of what {@link PrefillEngine#load} found, of which there is something. */
    public byte[] handle(PrefixHere here) {
        Require.atLeast("blockCount", here.blockCount(), 1);
        SourceImages images = CellMap.ofTarget(self, here.blockCount() * self.sourceLayout().blockTokens(), 0, 0, EXTENT_BYTES).sourceImages();
        List<PrefixHandle.Piece> pieces = new ArrayList<>();
        for (int block = 0; block < here.blockCount(); block++) {
            for (int image = 0; image < images.imageCount(block); image++) {
                int shard = images.sourceShard(block, image);
                int group = images.group(block, image);
                for (long at = 0; at < images.imageBytes(block, image);) {
                    long length = here.contiguousBytes(block, shard, group, at);
                    pieces.add(new PrefixHandle.Piece(block, shard, group, at, length, staging.place(here.address(block, shard, group, at))));
                    at += length;
                }
            }
        }
        return PrefixHandle.encode(pieces);
    }

    /**
     * Ends a lease.
     *
     * @return whether its blocks stayed until now; if not, what was read of them since may be another's bytes and is to
     *         be thrown away
     * @throws IllegalArgumentException if there was no such lease
     */
    public boolean release(long lease) {
        Lease found = find(lease);
        if (found != null) {
            leases.remove(found);
            unpin(found);
        }
        return found != null;
    }

    private Lease find(long number) {
        Require.between("lease", number, 1, lastNumber);
        for (Lease lease : leases) {
            if (lease.number() == number) {
                return lease;
            }
        }
        return null;
    }

    private boolean endOverdue() {
        if (leases.isEmpty()) {
            return false;
        }
        long nowNs = clock.nanoTime();
        int before = leases.size();
        for (int i = leases.size() - 1; i >= 0; i--) {
            if (leases.get(i).endNs() - nowNs <= 0) {
                staging.kept().add(Kind.LEASES_LATE, 1);
                unpin(leases.remove(i));
            }
        }
        return leases.size() < before;
    }

    private static void unpin(Lease lease) {
        for (int i = lease.blocks().size() - 1; i >= 0; i--) {
            StagedBlock block = lease.blocks().get(i);
            block.owner.leased(-ExtentRun.extentCount(block.run));
            block.owner.unpin(block, true);
        }
    }
}
