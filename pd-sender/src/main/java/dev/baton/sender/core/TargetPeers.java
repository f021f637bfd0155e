package dev.baton.sender.core;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

import dev.baton.buffer.slab.RunMap;
import dev.baton.transport.RemoteSlab;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.Session;

/**
 * The processes that one handoff's bytes go to: one, or those of a gang in the order of their shards; and what each has
 * told of where they go. Their lanes are numbered through, so many for each, whatever each one's are of. Control agent's
 * thread.
 */
final class TargetPeers {
    private final PeerSession[] peers;
    /** Null where one process has all shards. */
    private final int[] peerOfShard;
    private final EndReason whyNotReason;
    private final String whyNot;
    private final long[] tokens;
    private final boolean[] isTold;
    private int toldCount;
    private RunMap runs;

    private TargetPeers(PeerSession[] peers, int[] peerOfShard, EndReason whyNotReason, String whyNot) {
        this.peers = peers;
        this.peerOfShard = peerOfShard;
        this.whyNotReason = whyNotReason;
        this.whyNot = whyNot;
        tokens = new long[peers.length];
        isTold = new boolean[peers.length];
    }

    static TargetPeers one(PeerSession peer) {
        return new TargetPeers(new PeerSession[] {peer}, null, EndReason.NONE, "");
    }

    /** @param gang its leader first; each told in HELLO of which shards it has memory */
    static TargetPeers of(List<PeerSession> gang) {
        PeerSession leader = gang.getFirst();
        PeerSession[] sorted = gang.toArray(PeerSession[]::new);
        Arrays.sort(sorted, Comparator.comparingInt(TargetPeers::firstShard));
        int[] peerOfShard = new int[leader.pairing().targetSharding().count()];
        Arrays.fill(peerOfShard, -1);
        for (int i = 0; i < sorted.length; i++) {
            PeerSession peer = sorted[i];
            String node = " member=" + peer.session().peer().nodeId();
            if (peer.pairing() == null) {
                return new TargetPeers(sorted, peerOfShard, peer.whyNotReason(), peer.whyNot() + node);
            }
            if (peer.laneCount() != leader.laneCount()) {
                return new TargetPeers(sorted, peerOfShard, EndReason.NO_TRANSPORT, "the processes of the gang offer different lanes: " +
                    peer.scheme() + " x " + peer.laneCount() + " and " + leader.scheme() + " x " + leader.laneCount() + node);
            }
            for (RemoteSlab slab : peer.session().peer().slabs()) {
                if (slab.shard() < peerOfShard.length) {
                    peerOfShard[slab.shard()] = i;
                }
            }
        }
        for (int shard = 0; shard < peerOfShard.length; shard++) {
            if (peerOfShard[shard] < 0) {
                return new TargetPeers(sorted, peerOfShard, EndReason.NO_TRANSPORT, "no process of the gang has shard=" + shard);
            }
        }
        return new TargetPeers(sorted, peerOfShard, EndReason.NONE, "");
    }

    private static int firstShard(PeerSession peer) {
        return peer.session().peer().slabs().stream().mapToInt(RemoteSlab::shard).min().orElse(0);
    }

    /** Empty, or why nothing can be sent to these. */
    String whyNot() {
        return whyNot;
    }

    EndReason whyNotReason() {
        return whyNotReason;
    }

    int count() {
        return peers.length;
    }

    PeerSession peer(int index) {
        return peers[index];
    }

    boolean has(PeerSession peer) {
        return indexOf(peer.session()) >= 0;
    }

    /** -1 for a session of none of them. */
    int indexOf(Session session) {
        for (int i = 0; i < peers.length; i++) {
            if (peers[i].session().equals(session)) {
                return i;
            }
        }
        return -1;
    }

    /** Whether that process may tell where bytes of that shard go. */
    boolean isOf(int shard, int peer) {
        return peerOfShard == null || peerOfShard[shard] == peer;
    }

    /** What was told so far. */
    RunMap runs(int shardCount, int extentBytes) {
        runs = runs == null ? new RunMap(shardCount, extentBytes) : runs;
        return runs;
    }

    boolean isTold(int peer) {
        return isTold[peer];
    }

    /** That process has told all its runs. */
    void told(int peer, long token) {
        tokens[peer] = token;
        isTold[peer] = true;
        toldCount++;
    }

    boolean isToldByAll() {
        return toldCount == peers.length;
    }

    int laneCount() {
        return peers.length * peers[0].laneCount();
    }

    /** For the data agents; once all have told. */
    LanePaths paths() {
        long[] sessionIds = new long[peers.length];
        Arrays.setAll(sessionIds, peer -> peers[peer].session().id());
        return new LanePaths(sessionIds, tokens, peers[0].laneCount(), peerOfShard);
    }
}
