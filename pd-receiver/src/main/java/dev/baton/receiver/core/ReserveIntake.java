package dev.baton.receiver.core;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

import dev.baton.buffer.reserve.RejectReason;
import dev.baton.kv.BlockKey;
import dev.baton.kv.CellMap;
import dev.baton.kv.ShardedLayout;
import dev.baton.platform.Canary;
import dev.baton.transport.WireMaxima;
import dev.baton.transport.session.Session;
import dev.baton.transport.wire.Order;
import dev.baton.transport.wire.ProofDecoder;
import dev.baton.transport.wire.ReserveDecoder;

/**
 * Reads one RESERVE and decides whether it makes sense here, before anything is stored. One object is used again and
 * again; what it says is good until the next {@link #read}. Control agent's thread.
 */
final class ReserveIntake {
    /** What a receiver calls itself: each data-parallel rank has a receiver of its own. */
    static final int DP_RANK = 0;
    private static final int ANY_DP_RANK = -1;
    private static final long PREFILL_ESTIMATE_MAX_NS = TimeUnit.MINUTES.toNanos(10);

    private static final InboundPart[] NO_PARTS = {};
    private static final int[] NO_SHARDS = {};

    private final ShardedLayout local;
    private final int extentBytes;
    private final ReceiverLimits limits;
    private CellMap map;
    private List<BlockKey> keys = List.of();
    private InboundPart[] parts;
    private SourceParts sources;
    private int[] shardsNamed;
    private int[] shardParts;
    private int[] extentsPerShard;
    private boolean isSourceFirst;
    private boolean isFetched;
    private int priority;
    private long deadlineNs;
    private long startWithinNs;
    private long prefillEstimateNs;
    private RejectReason refusal;
    private String refusalDetail;

    ReserveIntake(ShardedLayout local, int extentBytes, ReceiverLimits limits) {
        this.local = local;
        this.extentBytes = extentBytes;
        this.limits = limits;
    }

    /** False when it is refused; {@link #refusal()} and {@link #refusalDetail()} say why. */
    boolean read(Session session, ReserveDecoder message, int laneCount) {
        refusal = null;
        refusalDetail = "";
        Order order = message.order();
        isSourceFirst = order == Order.SOURCE_FIRST;
        isFetched = order == Order.FETCHED;
        if (order == Order.NULL_VAL) {
            return refuse(RejectReason.BAD_REQUEST, "order must be DESTINATION_FIRST, SOURCE_FIRST, UNBOUND or FETCHED");
        }
        int dpRank = message.dpRank();
        if (dpRank != ANY_DP_RANK && dpRank != DP_RANK) {
            return refuse(RejectReason.BAD_REQUEST, "dpRank=" + dpRank + " must be " + ANY_DP_RANK + " for any, or " + DP_RANK +
                ": a receiver is one data-parallel rank");
        }
        long fingerprint = message.layoutFingerprint();
        long tokens = message.tokens();
        long growth = message.growthTokens();
        long have = message.haveTokens();
        long blockTokens = message.blockTokens();
        priority = message.priority();
        deadlineNs = Math.min(limits.deadlineMaxNs(), message.deadlineMs() * 1_000_000L);
        startWithinNs = Math.min(limits.startWithinMaxNs(), message.startWithinMs() * 1_000_000L);
        prefillEstimateNs = Math.min(PREFILL_ESTIMATE_MAX_NS, message.prefillEstimateMs() * 1_000_000L);
        if (deadlineNs <= 0 || startWithinNs <= 0) {
            return refuse(RejectReason.BAD_REQUEST, "deadlineMs and startWithinMs must be at least 1");
        }
        if (!readParts(session, message, laneCount, order == Order.UNBOUND)) {
            return false;
        }
        keys = readKeys(message);
        message.skipTenantName();
        PeerLayout peer = layoutOf(session, message);
        if (!peer.isUsable()) {
            return refuse(RejectReason.LAYOUT_MISMATCH, peer.whyNot());
        }
        if (peer.layout().layout().fingerprint() != fingerprint
            || peer.layout().layout().blockTokens() != blockTokens) {
            return refuse(RejectReason.LAYOUT_MISMATCH, "fingerprint=" + Long.toHexString(fingerprint) +
                " blockTokens=" + blockTokens + " are not those of the layout told in HELLO: fingerprint=" +
                Long.toHexString(peer.layout().layout().fingerprint()) + " blockTokens=" +
                peer.layout().layout().blockTokens());
        }
        if (keys.size() > tokens / blockTokens) {
            return refuse(RejectReason.BAD_REQUEST, "blockKeys=" + keys.size() + " name more than the whole blocks of tokens=" +
                tokens + " blockTokens=" + blockTokens);
        }
        return mapCells(peer, tokens, growth, have) && assignShards();
    }

    private static List<BlockKey> readKeys(ReserveDecoder message) {
        ReserveDecoder.BlockKeysDecoder group = message.blockKeys();
        List<BlockKey> keys = new ArrayList<>(group.count());
        while (group.hasNext()) {
            ProofDecoder key = group.next().key();
            keys.add(new BlockKey(key.a(), key.b(), key.c(), key.d()));
        }
        return keys;
    }

    /** Of one that is read: false, and refused, where there is a reason why not. */
    boolean isWanted(String whyNot) {
        return whyNot.isEmpty() || refuse(RejectReason.BAD_REQUEST, whyNot);
    }

    /** What a scheduler in this process asks; false when it is refused. */
    boolean read(UnboundAsk ask) {
        refusal = null;
        refusalDetail = "";
        isSourceFirst = false;
        isFetched = false;
        keys = List.of();
        parts = NO_PARTS;
        shardsNamed = NO_SHARDS;
        prefillEstimateNs = 0;
        priority = ask.priority();
        deadlineNs = Math.min(limits.deadlineMaxNs(), ask.deadlineMs() * 1_000_000L);
        startWithinNs = Math.min(limits.startWithinMaxNs(), ask.startWithinMs() * 1_000_000L);
        if (deadlineNs <= 0 || startWithinNs <= 0 || ask.growthTokens() < 0 || priority < 0 || priority > 7) {
            return refuse(RejectReason.BAD_REQUEST, "deadlineMs and startWithinMs must be at least 1, growthTokens 0, " +
                "priority 0 to 7: " + ask);
        }
        PeerLayout peer = PeerLayout.of(ask.source().encode(), local);
        if (!peer.isUsable()) {
            return refuse(RejectReason.LAYOUT_MISMATCH, peer.whyNot());
        }
        return mapCells(peer, ask.tokens(), ask.growthTokens(), ask.haveTokens()) && assignShards();
    }

    CellMap map() {
        return map;
    }

    /** Names of its leading whole blocks. */
    List<BlockKey> keys() {
        return keys;
    }

    InboundPart[] parts() {
        return parts;
    }

    /** Who brings which cell. */
    SourceParts sources() {
        return sources;
    }

    int[] extentsPerShard() {
        return extentsPerShard;
    }

    boolean isSourceFirst() {
        return isSourceFirst;
    }

    /** This node asked for it, and needs no engine to take it. */
    boolean isFetched() {
        return isFetched;
    }

    int priority() {
        return priority;
    }

    /** From now. */
    long deadlineNs() {
        return deadlineNs;
    }

    long startWithinNs() {
        return startWithinNs;
    }

    /** How long the sender thinks prefill takes; 0 if it did not say. */
    long prefillEstimateNs() {
        return prefillEstimateNs;
    }

    RejectReason refusal() {
        return refusal;
    }

    String refusalDetail() {
        return refusalDetail;
    }

    private boolean readParts(Session session, ReserveDecoder message, int laneCount, boolean isUnbound) {
        ReserveDecoder.PartsDecoder group = message.parts();
        int count = group.count();
        if (isUnbound) {
            if (count != 0) {
                return refuse(RejectReason.BAD_REQUEST, "parts=" + count + " must be 0 where no sender is chosen yet");
            }
            parts = NO_PARTS;
            shardsNamed = NO_SHARDS;
            return true;
        }
        if (count < 1 || count > limits.partsMax()) {
            return refuse(RejectReason.BAD_REQUEST, "parts=" + count + " must be 1 to " + limits.partsMax());
        }
        // A process that brings several shards has one entry for each; all of them name its part.
        InboundPart[] named = new InboundPart[count];
        shardsNamed = new int[count];
        shardParts = new int[count];
        boolean isOwn = false;
        int partCount = 0;
        for (int entry = 0; group.hasNext(); entry++) {
            group.next();
            int part = group.part();
            if (part >= count || (named[part] != null && named[part].incarnation() != group.incarnation())) {
                return refuse(RejectReason.BAD_REQUEST, "part=" + part + " must be 0 to " + (count - 1) +
                    ", of one process");
            }
            if (named[part] == null) {
                named[part] = new InboundPart(part, group.incarnation(), laneCount);
                partCount++;
            }
            shardsNamed[entry] = group.sourceShard();
            shardParts[entry] = part;
            isOwn |= group.incarnation() == session.peer().incarnation();
        }
        parts = Arrays.copyOf(named, partCount);
        for (int part = 0; part < partCount; part++) {
            if (parts[part] == null) {
                return refuse(RejectReason.BAD_REQUEST, "part=" + part + " is missing: parts must count from 0");
            }
        }
        return isOwn || refuse(RejectReason.BAD_REQUEST, "no part is the asking process's own");
    }

    /** One entry stands for every shard, whatever it names; of several, each shard has exactly one. */
    private boolean assignShards() {
        if (shardsNamed.length <= 1) {
            sources = SourceParts.one(map);
            return true;
        }
        int[] partOfShard = SourceParts.unnamed(map.sourceShardCount());
        for (int entry = 0; entry < shardsNamed.length; entry++) {
            int shard = shardsNamed[entry];
            if (shard >= partOfShard.length || partOfShard[shard] >= 0) {
                return refuse(RejectReason.BAD_REQUEST, "sourceShard=" + shard + " of part=" + shardParts[entry] +
                    " must be 0 to " + (partOfShard.length - 1) + ", each once");
            }
            partOfShard[shard] = shardParts[entry];
        }
        int missing = SourceParts.unnamedShard(partOfShard);
        if (missing >= 0) {
            return refuse(RejectReason.BAD_REQUEST, "sourceShard=" + missing +
                " is brought by no part: name every rank, also those without bytes");
        }
        sources = parts.length == 1 ? SourceParts.one(map) : SourceParts.of(map, parts.length, partOfShard);
        return true;
    }

    private PeerLayout layoutOf(Session session, ReserveDecoder message) {
        int length = message.layoutLength();
        if (length == 0) {
            return (PeerLayout) session.receiverState();
        }
        byte[] bytes = new byte[Math.min(length, WireMaxima.LAYOUT_LENGTH_MAX)];
        message.getLayout(bytes, 0, bytes.length);
        return PeerLayout.of(bytes, local);
    }

    private boolean mapCells(PeerLayout peer, long tokens, long growth, long have) {
        if (tokens < 1 || tokens + growth > CellMap.TOKENS_MAX || have < 0 || have > tokens) {
            return refuse(RejectReason.BAD_REQUEST, "tokens=" + tokens + " growthTokens=" + growth + " haveTokens=" +
                have + " must be 1 or more, at most " + CellMap.TOKENS_MAX + " together, and have no more than tokens");
        }
        try {
            map = CellMap.ofTarget(peer.pairing(), (int) tokens, Canary.GROWTH_IGNORED.isActive() ? 0 : (int) growth,
                (int) have, extentBytes);
        } catch (IllegalArgumentException ex) {
            return refuse(RejectReason.BAD_REQUEST, ex.getMessage());
        }
        if (map.cellCount() == 0) {
            return refuse(RejectReason.BAD_REQUEST, "haveTokens=" + have + " covers every block of tokens=" + tokens +
                ": nothing is left to hand off");
        }
        extentsPerShard = new int[map.targetShardCount()];
        for (int shard = 0; shard < extentsPerShard.length; shard++) {
            extentsPerShard[shard] = map.extents(shard);
        }
        return true;
    }

    private boolean refuse(RejectReason reason, String detail) {
        refusal = reason;
        refusalDetail = detail;
        return false;
    }

}
