package dev.baton.sender;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;

import dev.baton.buffer.reserve.RejectReason;
import dev.baton.buffer.slab.ShardRange;
import dev.baton.kv.BlockKey;
import dev.baton.kv.CellMap;
import dev.baton.kv.KvLayout;
import dev.baton.kv.KvPattern;
import dev.baton.kv.PatternSeed;
import dev.baton.kv.ShardedLayout;
import dev.baton.kv.SourceImages;
import dev.baton.sender.core.HandoffSpec;
import dev.baton.sender.engine.PrefillEngine;
import dev.baton.sender.engine.PrefillListener;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.HandoffId;
import dev.baton.transport.wire.OutcomeKind;

/**
 * Acts as a prefill engine whose KV is {@link KvPattern}: equal requests, for each receiver in turn, so many at a time to
 * each, one chunk of each in turn. One thread calls {@link #doWork()} until {@link #isDone()}.
 */
final class PatternEngine implements PrefillListener {
    private static final int EVENTS_MAX = 64;

    /** One of those that it sends to. */
    private static final class Receiver {
        final int peer;
        private int request;
        private int live;
        private int completed;

        Receiver(int peer, int request) {
            this.peer = peer;
            this.request = request;
        }
    }

    /** One request under way. */
    private static final class Prefill {
        final Receiver to;
        final int request;
        final long beganNs;
        boolean isGranted;
        boolean isFinished;
        boolean isCancelled;
        int nextBlock;
        long bytes;
        private final CancelAt cancelAt;
        boolean hasJoined;

        Prefill(Receiver to, long beganNs, CancelAt cancelAt) {
            this.to = to;
            request = to.request;
            this.beganNs = beganNs;
            this.cancelAt = cancelAt;
        }
    }

    /** When a request that its user will not wait for is given up. */
    private enum CancelAt { BEGIN, GRANT, FIRST_CHUNK, FINISH, NEVER }

    private final PrefillEngine engine;
    private final ShardedLayout layout;
    private final PatternRanks ranks;
    private final List<Receiver> receivers = new ArrayList<>();
    private final long seed;
    private final long runId;
    private final int tokens;
    private final int chunkTokens;
    private final int requests;
    private final int concurrency;
    private final int cancelPercent;
    private final SplittableRandom random;
    private final List<BlockKey> names;
    private final Map<Long, Prefill> live = new HashMap<>();
    private final List<Long> turns = new ArrayList<>();
    private final List<Long> durationsNs = new ArrayList<>();
    private final Map<String, Integer> ends = new TreeMap<>();
    private int turn;
    private int completed;
    private int rejected;
    private int failed;
    private int cancelled;
    private int retried;
    private long bytes;
    private String firstTrouble = "";

    /**
     * @param ranks         who sends them together
     * @param peers         whom they are for, the first request for the first one; in one order at all ranks
     * @param runId         upper half of the requests' ids; their lower halves count from 0
     * @param concurrency   requests under way at a time to each receiver
     * @param cancelPercent share of requests that are cancelled at some moment between their begin and their end
     * @param names         of the prompt's leading whole blocks, the same in all requests; none: what they send is not found again
     */
    PatternEngine(PrefillEngine engine, ShardedLayout layout, PatternRanks ranks, List<Integer> peers, long seed, long runId, int tokens,
        int chunkTokens, int requests, int concurrency, int cancelPercent, List<BlockKey> names) {
        this.engine = engine;
        this.layout = layout;
        this.ranks = ranks;
        peers.forEach(peer -> receivers.add(new Receiver(peer, receivers.size())));
        this.seed = seed;
        this.runId = runId;
        this.tokens = tokens;
        this.chunkTokens = chunkTokens;
        this.requests = requests;
        this.concurrency = concurrency;
        this.cancelPercent = cancelPercent;
        random = new SplittableRandom(runId);
        this.names = names;
    }

    boolean isDone() {
        return completed + rejected + failed + cancelled == requests;
    }

    int doWork() {
        int workCount = engine.poll(this, EVENTS_MAX);
        for (Receiver to : receivers) {
            while (to.request < requests && to.live < concurrency && begin(to)) {
                workCount++;
            }
        }
        workCount += join();
        for (int i = 0, count = turns.size(); i < count; i++) {
            turn = (turn + 1) % count;
            if (chunk(turns.get(turn), live.get(turns.get(turn)))) {
                return workCount + 1;
            }
        }
        return workCount;
    }

    private boolean begin(Receiver to) {
        long handoff = engine.begin(ranks.spec(HandoffSpec.destinationFirst(new HandoffId(0, runId, to.request, 0), to.peer, tokens)
            .withBlockKeys(names)));
        if (handoff == PrefillEngine.FULL) {
            return false;
        }
        CancelAt cancelAt = random.nextInt(100) < cancelPercent
            ? CancelAt.values()[random.nextInt(CancelAt.values().length - 1)] : CancelAt.NEVER;
        live.put(handoff, new Prefill(to, System.nanoTime(), cancelAt));
        to.request += receivers.size();
        to.live++;
        turns.add(handoff);
        cancelIf(CancelAt.BEGIN, handoff);
        return true;
    }

    /** What the rank that reserves was told of requests that are under way here. */
    private int join() {
        if (!ranks.isJoining() || !ranks.isTimeToLook(System.nanoTime())) {
            return 0;
        }
        int count = 0;
        for (Map.Entry<Long, Prefill> entry : live.entrySet()) {
            byte[] grant = entry.getValue().hasJoined ? null : ranks.grantOrNull(entry.getValue().request);
            if (grant != null) {
                entry.getValue().hasJoined = true;
                engine.join(entry.getKey(), grant);
                count++;
            }
        }
        return count;
    }

    private void cancelIf(CancelAt now, long handoff) {
        Prefill prefill = live.get(handoff);
        if (prefill.cancelAt == now) {
            prefill.isCancelled = true;
            engine.cancel(handoff);
        }
    }

    /** Computes one chunk, or what of it staging has room for. False if nothing could be done. */
    private boolean chunk(long handoff, Prefill prefill) {
        if (!prefill.isGranted || prefill.isFinished || prefill.isCancelled) {
            return false;
        }
        int blockTokens = layout.layout().blockTokens();
        int blockCount = Math.ceilDiv(tokens, blockTokens);
        int from = prefill.nextBlock;
        int end = Math.min(blockCount, from + Math.max(1, chunkTokens / blockTokens));
        while (prefill.nextBlock < end) {
            long unit = engine.stage(handoff, prefill.nextBlock);
            if (unit < 0) {
                break;
            }
            if (unit != PrefillEngine.NOTHING) {
                fill(handoff, prefill, prefill.nextBlock, unit);
            }
            prefill.nextBlock++;
        }
        if (prefill.nextBlock == blockCount) {
            prefill.isFinished = true;
            engine.finish(handoff, tokens, null);
            cancelIf(CancelAt.FINISH, handoff);
            return true;
        }
        if (prefill.nextBlock > from) {
            engine.chunkReady(handoff, prefill.nextBlock * blockTokens);
            cancelIf(CancelAt.FIRST_CHUNK, handoff);
        }
        return prefill.nextBlock > from;
    }

    private void fill(long handoff, Prefill prefill, int block, long unit) {
        KvLayout kv = layout.layout();
        SourceImages images = engine.images(handoff);
        int tokensInBlock = Math.min(kv.blockTokens(), tokens - block * kv.blockTokens());
        long requestSeed = PatternSeed.ofBlock(seed, names, block, PatternSeed.of(seed, runId, prefill.request));
        for (int image = 0; image < images.imageCount(block); image++) {
            KvPattern.fillImage(unit + images.imageOffset(block, image), kv, layout.sharding(),
                images.sourceShard(block, image), images.group(block, image), block, tokensInBlock, requestSeed);
        }
    }

    @Override
    public void onGranted(long handoff, CellMap cells) {
        Prefill prefill = live.get(handoff);
        prefill.isGranted = true;
        prefill.nextBlock = cells.firstBlock();
        prefill.bytes = bytesHere(cells);
        cancelIf(CancelAt.GRANT, handoff);
    }

    private long bytesHere(CellMap cells) {
        ShardRange here = ranks.shardsHere(cells.sourceShardCount());
        long sum = 0;
        for (int cell = 0; cell < cells.cellCount(); cell++) {
            sum += here.has(cells.sourceShard(cell)) ? cells.lengthBytes(cell) : 0;
        }
        return sum;
    }

    @Override
    public void onPartGranted(long handoff, int part, byte[] grant) {
        ranks.handOn(live.get(handoff).request, part, grant);
    }

    @Override
    public void onRejected(long handoff, int reasonCode, long retryAfterMs, String detail) {
        if (retryAfterMs > 0) {
            retried++;
            return;
        }
        rejected++;
        end(handoff, "rejected." + RejectReason.of(reasonCode).tag(), detail);
    }

    @Override
    public void onLanded(long handoff) {
        durationsNs.add(System.nanoTime() - live.get(handoff).beganNs);
    }

    @Override
    public void onOutcome(long handoff, OutcomeKind kind, EndReason reason) {
        if (kind == OutcomeKind.DELIVERED) {
            completed++;
            live.get(handoff).to.completed++;
            bytes += live.get(handoff).bytes;
            end(handoff, "delivered", "");
        } else {
            countFailed(handoff, reason);
            end(handoff, reason.tag(), live.get(handoff).isCancelled ? "" : "kind=" + kind);
        }
    }

    @Override
    public void onFailed(long handoff, EndReason reason, String detail) {
        countFailed(handoff, reason);
        end(handoff, reason.tag(), live.get(handoff).isCancelled ? "" : detail);
    }

    /** What was given up and ended as such has not failed. */
    private void countFailed(long handoff, EndReason reason) {
        if (live.get(handoff).isCancelled && reason == EndReason.CANCELLED) {
            cancelled++;
        } else {
            failed++;
        }
    }

    private void end(long handoff, String how, String detail) {
        live.remove(handoff).to.live--;
        turns.remove(handoff);
        ends.merge(how, 1, Integer::sum);
        if (firstTrouble.isEmpty() && !detail.isEmpty()) {
            firstTrouble = how + ": " + detail;
        }
    }

    int completed() {
        return completed;
    }

    /** Of the receiver that stands there. */
    int completedBy(int receiver) {
        return receivers.get(receiver).completed;
    }

    int rejected() {
        return rejected;
    }

    int failed() {
        return failed;
    }

    /** Given up on purpose, and ended for that. */
    int cancelled() {
        return cancelled;
    }

    int retried() {
        return retried;
    }

    /** KV of completed requests that was sent. */
    long bytes() {
        return bytes;
    }

    /** From begin to landed, of each request that landed, in the order of landing. */
    List<Long> durationsNs() {
        return durationsNs;
    }

    /** How requests ended, and how many so. */
    Map<String, Integer> ends() {
        return ends;
    }

    /** What went wrong first; empty if nothing did. */
    String firstTrouble() {
        return firstTrouble;
    }
}
