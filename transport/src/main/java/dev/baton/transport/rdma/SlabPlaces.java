package dev.baton.transport.rdma;

import dev.baton.transport.Placement;
import dev.baton.transport.RemoteSlab;
import java.io.IOException;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;

/** Where the peer's slabs lie and their keys at one of its devices, as it wrote them into the inbox. Owned by the link's thread. */
final class SlabPlaces {
    private final long[] address;
    private final long[] lengthBytes;
    private final int[] key;
    private final List<RemoteSlab> told;

    /**
     * Reads the table.
     *
     * @param count entries that the peer wrote
     * @param told  what its HELLO said of its slabs
     * @throws IOException if they are not the same
     */
    SlabPlaces(UnsafeBuffer inbox, int count, List<RemoteSlab> told) throws IOException {
        this.told = told;
        int slabCount = 0;
        for (RemoteSlab slab : told) {
            slabCount = Math.max(slabCount, slab.slab() + 1);
        }
        address = new long[slabCount];
        lengthBytes = new long[slabCount];
        key = new int[slabCount];
        for (int i = 0; i < Math.min(count, told.size()); i++) {
            int at = LaneSetup.INBOX_TABLE_OFFSET + i * SlabTable.ENTRY_BYTES;
            int slab = SlabTable.slab(inbox, at);
            if (slab >= 0 && slab < slabCount) {
                address[slab] = SlabTable.address(inbox, at);
                lengthBytes[slab] = SlabTable.lengthBytes(inbox, at);
                key[slab] = SlabTable.key(inbox, at);
            }
        }
        for (RemoteSlab slab : told) {
            if (lengthBytes[slab.slab()] != slab.lengthBytes()) {
                throw new IOException("the peer's slab is not what its HELLO told: slab=" + slab + " registeredBytes=" +
                    lengthBytes[slab.slab()]);
            }
        }
    }

    /** A place outside the peer's slabs is this process's own mistake, and must not become a write. */
    int checkedSlab(Placement target, int length) {
        int slab = target.slab();
        long offset = target.slabOffset();
        if (slab < 0 || slab >= lengthBytes.length || offset < 0 || offset > lengthBytes[slab] - length || length < 1) {
            throw new IllegalArgumentException("place lies outside the peer's slabs: slab=" + slab + " slabOffset=" +
                offset + " lengthBytes=" + target.lengthBytes() + " slabs=" + told);
        }
        return slab;
    }

    long address(int slab) {
        return address[slab];
    }

    int key(int slab) {
        return key[slab];
    }
}
