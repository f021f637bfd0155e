package dev.baton.transport.shm;

import dev.baton.memory.MemoryLedger;
import dev.baton.memory.Region;
import dev.baton.memory.Regions;
import dev.baton.platform.Require;
import dev.baton.transport.LinkContext;
import dev.baton.transport.RemoteSlab;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * The slabs of peers that this process has mapped: each once, however many lanes write to it, unmapped when its last
 * lane is gone. Safe from any thread; never on the hot path. Mapping touches every page (tenths of a second a GiB), so
 * that no copy meets a page fault.
 */
final class PeerSlabs {
    private final Path directory;
    private final Path spillDirectoryOrNull;
    private final MemoryLedger ledger;
    private final Map<Key, Mapped> mappedByKey = new HashMap<>();

    /** A slab of one incarnation; a restarted peer has other files. */
    private record Key(long incarnation, int slab) {}

    /** A mapping and how many lanes hold it. */
    private static final class Mapped {
        private final Region region;
        private int holderCount;

        Mapped(Region region) {
            this.region = region;
        }
    }

    /** @param spillDirectoryOrNull where slabs of the slower tier lie; null where there are none to map */
    PeerSlabs(Path directory, Path spillDirectoryOrNull, MemoryLedger ledger) {
        this.directory = directory;
        this.spillDirectoryOrNull = spillDirectoryOrNull;
        this.ledger = ledger;
    }

    /**
     * Maps what is not mapped yet and holds all of the peer's slabs.
     *
     * @return where each slab begins, by its number; 0 where there is none
     * @throws dev.baton.memory.RegionException if one cannot be mapped; nothing is held then
     * @throws IllegalArgumentException         if a length is none that a file has, or not what it was; nothing is held
     *                                          then
     */
    synchronized long[] hold(LinkContext peer) {
        int slabMax = -1;
        for (RemoteSlab slab : peer.slabs()) {
            slabMax = Math.max(slabMax, slab.slab());
        }
        long[] addresses = new long[slabMax + 1];
        int heldCount = 0;
        try {
            for (RemoteSlab slab : peer.slabs()) {
                Key key = new Key(peer.peerIncarnation(), slab.slab());
                Mapped mapped = mappedByKey.get(key);
                if (mapped == null) {
                    mapped = new Mapped(Regions.openFile(ledger, "transport.shm.peer-slab",
                        ShmFiles.slab(directoryOf(slab), peer.peerIncarnation(), slab.slab()), slab.lengthBytes(), true));
                    mappedByKey.put(key, mapped);
                }
                // A slab never changes its length; a larger one believed here would let writes leave the mapping.
                Require.that(mapped.region.lengthBytes() == slab.lengthBytes(), "lengthBytes", slab.lengthBytes(),
                    "the length of the slab that is mapped already, " + mapped.region.lengthBytes());
                mapped.holderCount++;
                heldCount++;
                addresses[slab.slab()] = mapped.region.address();
            }
            return addresses;
        } catch (RuntimeException ex) {
            release(peer, heldCount);
            throw ex;
        }
    }

    /** Both ends are told the directory by their operators; no path comes from a peer. */
    private Path directoryOf(RemoteSlab slab) {
        Require.that(!slab.isSpill() || spillDirectoryOrNull != null, "slab", slab.slab(),
            "in the fast tier, for this node was told no --spill-dir");
        return slab.isSpill() ? spillDirectoryOrNull : directory;
    }

    synchronized void release(LinkContext peer) {
        release(peer, peer.slabs().size());
    }

    private void release(LinkContext peer, int count) {
        for (int i = 0; i < count; i++) {
            Key key = new Key(peer.peerIncarnation(), peer.slabs().get(i).slab());
            Mapped mapped = mappedByKey.get(key);
            if (--mapped.holderCount == 0) {
                mappedByKey.remove(key);
                mapped.region.close();
            }
        }
    }
}
