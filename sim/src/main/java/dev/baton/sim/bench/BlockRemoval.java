package dev.baton.sim.bench;

import dev.baton.buffer.tier.BlockName;
import dev.baton.buffer.tier.remote.RemoteClient;
import dev.baton.buffer.tier.remote.RemoteConnection;
import dev.baton.buffer.tier.remote.RemoteException;
import java.util.HexFormat;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.UnsafeBuffer;

/** Removes a round's blocks from a remote store, one after the other, by a client of its own. One thread. */
final class BlockRemoval {
    private static final long TIMEOUT_NS = TimeUnit.SECONDS.toNanos(20);

    private final RemoteClient client;
    private final RemoteConnection connection;
    private final long blocks;
    private final UnsafeBuffer name = new UnsafeBuffer(new byte[BlockName.LENGTH_BYTES]);
    private long next;

    /** @param blocks of one round */
    BlockRemoval(RemoteClient client, long blocks) {
        this.client = client;
        this.blocks = blocks;
        connection = client.connection();
    }

    /** Of the next round; blocks that are not there cost nothing. */
    void removeRound() {
        try {
            for (long end = next + blocks; next < end; next++) {
                TierLoop.nameOf(next, name);
                connection.remove(HexFormat.of().formatHex(name.byteArray()), TIMEOUT_NS);
            }
        } catch (RemoteException ex) {
            throw new IllegalStateException("blocks of the bench cannot be removed: at=" + client.describe(), ex);
        }
    }

    /** Removes what a round that was broken off left. */
    void close() {
        try {
            removeRound();
        } finally {
            connection.reset();
            client.close();
        }
    }
}
