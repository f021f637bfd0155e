package dev.baton.sender.engine;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import dev.baton.buffer.SlabPlace;
import dev.baton.buffer.slab.SlabPool;
import dev.baton.memory.MemoryLedger;
import dev.baton.memory.Region;
import dev.baton.memory.Regions;
import dev.baton.platform.Require;

/**
 * Reads blocks out of another process's staging, as an engine does that is a process of its own: maps the slabs that a handle names,
 * read-only, each once until it is closed. What is read is right if the other process says so afterwards ({@link KeptPrefixes#release},
 * {@link PrefillEngine#release}): nothing here keeps the bytes where they are. Of the same host and user. One thread.
 */
public final class StagingReader implements AutoCloseable {
    private record Slab(long incarnation, int slabId) {}

    private record Image(int block, int shard, int group) {}

    /** Images of a prompt's blocks, each in one or several pieces. */
    public final class Prefix {
        private final Map<Image, List<PrefixHandle.Piece>> pieces = new HashMap<>();

        private Prefix(List<PrefixHandle.Piece> all) {
            for (PrefixHandle.Piece piece : all) {
                region(piece.place());
                pieces.computeIfAbsent(new Image(piece.block(), piece.shard(), piece.group()), _ -> new ArrayList<>(1)).add(piece);
            }
        }

        /**
         * Address here of a byte of that layer group's image of the block, on that shard.
         *
         * @throws IllegalArgumentException if the handle names no such byte
         */
        public long address(int block, int shard, int group, long offset) {
            PrefixHandle.Piece piece = piece(block, shard, group, offset);
            return region(piece.place()).address() + piece.place().offset() + offset - piece.imageOffset();
        }

        /** Bytes of the image that lie in a row from there. */
        public long contiguousBytes(int block, int shard, int group, long offset) {
            PrefixHandle.Piece piece = piece(block, shard, group, offset);
            return piece.lengthBytes() - (offset - piece.imageOffset());
        }

        private PrefixHandle.Piece piece(int block, int shard, int group, long offset) {
            for (PrefixHandle.Piece piece : pieces.getOrDefault(new Image(block, shard, group), List.of())) {
                if (offset >= piece.imageOffset() && offset - piece.imageOffset() < piece.lengthBytes()) {
                    return piece;
                }
            }
            throw new IllegalArgumentException("not in this handle: block=" + block + " shard=" + shard + " group=" + group + " offset=" + offset);
        }
    }

    private final MemoryLedger ledger;
    private final Path directory;
    private final Map<Slab, Region> regions = new HashMap<>();

    /** @param directory of the other process's slab files: its {@code --staging-dir}, or {@code --shm-dir} where it has both roles */
    public StagingReader(MemoryLedger ledger, Path directory) {
        this.ledger = ledger;
        this.directory = directory;
    }

    /**
     * Maps what it names.
     *
     * @throws IllegalArgumentException             if it is no handle, or names bytes besides its slabs
     * @throws dev.baton.memory.RegionException     if a slab is not there, because that process is gone or has another directory, or is
     *                                              not what the handle says
     */
    public Prefix read(byte[] handle) {
        return new Prefix(PrefixHandle.decode(handle));
    }

    private Region region(SlabPlace place) {
        Slab slab = new Slab(place.incarnation(), place.slabId());
        Region region = regions.get(slab);
        if (region == null) {
            region = Regions.openFile(ledger, "staging-reader", directory.resolve(SlabPool.fileName(place.incarnation(), place.slabId())),
                place.slabBytes(), false);
            regions.put(slab, region);
        }
        Require.that(region.lengthBytes() == place.slabBytes(), "piece.slabBytes", place.slabBytes(), "its slab's: " + region.lengthBytes());
        return region;
    }

    /** Nothing of any prefix may be read after. */
    @Override
    public void close() {
        regions.values().forEach(Region::close);
        regions.clear();
    }
}
