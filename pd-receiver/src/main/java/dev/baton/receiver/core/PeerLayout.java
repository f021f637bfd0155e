package dev.baton.receiver.core;

import org.agrona.concurrent.UnsafeBuffer;

import dev.baton.kv.KvLayout;
import dev.baton.kv.ShardPairing;
import dev.baton.kv.ShardedLayout;
import dev.baton.platform.Canary;

/**
 * What a session's peer lays out, paired with this node's layout once: every RESERVE of the session uses the same
 * pairing. Kept with the session; control agent's thread.
 */
final class PeerLayout {
    private final ShardedLayout layout;
    private final ShardPairing pairing;
    private final String whyNot;

    private PeerLayout(ShardedLayout layout, ShardPairing pairing, String whyNot) {
        this.layout = layout;
        this.pairing = pairing;
        this.whyNot = whyNot;
    }

    /** Never throws: what is wrong with the bytes, or with the pair, is told to those who RESERVE. */
    static PeerLayout of(byte[] encoded, ShardedLayout local) {
        if (encoded.length == 0) {
            return new PeerLayout(null, null, "the peer told no layout in HELLO; set its model and sharding");
        }
        try {
            ShardedLayout told = ShardedLayout.decode(new UnsafeBuffer(encoded), 0, encoded.length);
            KvLayout source = Canary.LAYOUT_UNCHECKED.isActive() ? local.layout() : told.layout();
            return new PeerLayout(told,
                ShardPairing.of(source, told.sharding(), local.layout(), local.sharding()), "");
        } catch (IllegalArgumentException ex) {
            return new PeerLayout(null, null, ex.getMessage());
        }
    }

    boolean isUsable() {
        return pairing != null;
    }

    String whyNot() {
        return whyNot;
    }

    ShardedLayout layout() {
        return layout;
    }

    ShardPairing pairing() {
        return pairing;
    }
}
