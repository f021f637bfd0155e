package dev.baton.sender.core;

import java.util.HashMap;
import java.util.Map;

import dev.baton.kv.ShardPairing;
import dev.baton.kv.ShardedLayout;

/** One compiled pairing per layout that peers have, however many peers have it. Belongs to one thread; bounded. */
final class PairingCache {
    private static final int PAIRINGS_MAX = 64;

    private final Map<ShardedLayout, ShardPairing> byPeer = new HashMap<>();

    /** Throws what {@link ShardPairing#of} throws. */
    ShardPairing pair(ShardedLayout own, ShardedLayout peer) {
        ShardPairing pairing = byPeer.get(peer);
        if (pairing == null) {
            pairing = ShardPairing.of(own.layout(), own.sharding(), peer.layout(), peer.sharding());
            if (byPeer.size() == PAIRINGS_MAX) {
                byPeer.clear();   // more layouts than any fleet has: compiling again is cheaper than keeping them all
            }
            byPeer.put(peer, pairing);
        }
        return pairing;
    }
}
