package dev.baton.sim;

import java.util.List;

import dev.baton.kv.BlockKey;
import dev.baton.kv.CellMap;
import dev.baton.kv.KvPattern;
import dev.baton.kv.PatternSeed;
import dev.baton.kv.ShardPairing;
import dev.baton.kv.ShardedLayout;
import dev.baton.kv.SourceImages;
import dev.baton.sender.core.HandoffSpec;
import dev.baton.sender.core.PrefixAsk;
import dev.baton.sender.core.PrefixHere;
import dev.baton.sender.engine.PrefillEngine;
import dev.baton.sender.engine.PrefillListener;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.HandoffId;
import dev.baton.transport.wire.OutcomeKind;

/**
 * A prefill engine whose KV is {@link KvPattern}, for one prompt: it reads the beginning of it that another node has, computes
 * what is missing, and hands all of it off. One thread calls {@link #doWork()} until {@link #isDone()}.
 */
final class ForwardingEngine implements PrefillListener {
    private static final int EVENTS_MAX = 16;

    private final PrefillEngine engine;
    private final ShardedLayout layout;
    private final HandoffSpec spec;
    private final long seed;
    private long handoff;
    private boolean isGranted;
    private boolean isFinished;
    private int nextBlock;
    private int blocksRead;
    private int blocksComputed;
    private long bytesRead;
    private long bytesWrong;
    private String whyNotMore = "";
    private String end = "";

    /** @param spec destination-first, with the names of all its whole blocks */
    ForwardingEngine(PrefillEngine engine, ShardedLayout layout, HandoffSpec spec, long seed) {
        this.engine = engine;
        this.layout = layout;
        this.spec = spec;
        this.seed = seed;
    }

    /** @param id of the fetch; one that was never used */
    void begin(String nodeId, HandoffId id, long deadlineMs) {
        engine.load(new PrefixAsk(id, spec.blockKeys(), nodeId, deadlineMs));
    }

    @Override
    public void onLoaded(PrefixHere here) {
        blocksRead = here.blockCount();
        whyNotMore = here.whyNot();
        if (blocksRead > 0) {
            compare(here);
        }
        engine.release(here);
        handoff = engine.begin(spec);
        if (handoff < 0) {
            end = "no handoff could begin";
        }
    }

    private void compare(PrefixHere here) {
        ShardPairing self = ShardPairing.of(layout.layout(), layout.sharding(), layout.layout(), layout.sharding());
        CellMap map = CellMap.ofTarget(self, blocksRead * layout.layout().blockTokens(), 0, 0, CellMap.EXTENT_BYTES_MAX);
        for (int cell = 0; cell < map.cellCount(); cell++) {
            int block = map.block(cell);
            long cellSeed = PatternSeed.ofBlock(seed, spec.blockKeys(), block, 0);
            for (long at = 0; at < map.lengthBytes(cell);) {
                long piece = here.contiguousBytes(block, map.targetShard(cell), map.group(cell), at);
                bytesWrong += KvPattern.mismatches(here.address(block, map.targetShard(cell), map.group(cell), at), map, cell, at, piece, cellSeed);
                bytesRead += piece;
                at += piece;
            }
        }
    }

    int doWork() {
        int workCount = engine.poll(this, EVENTS_MAX);
        return workCount + (isGranted && !isFinished && end.isEmpty() ? prefillBlock() : 0);
    }

    private int prefillBlock() {
        int blockTokens = layout.layout().blockTokens();
        if (nextBlock * (long) blockTokens >= spec.tokens()) {
            isFinished = engine.finish(handoff, Math.min(spec.tokens(), blocksComputed * blockTokens), null) == 0;
            return 1;
        }
        long unit = engine.stage(handoff, nextBlock);
        if (unit < 0) {
            return 0;
        }
        if (unit != PrefillEngine.NOTHING) {
            fill(nextBlock, unit);
            blocksComputed++;
        }
        nextBlock++;
        engine.chunkReady(handoff, (int) Math.min(spec.tokens(), nextBlock * (long) blockTokens));
        return 1;
    }

    private void fill(int block, long unit) {
        List<BlockKey> keys = spec.blockKeys();
        int blockTokens = layout.layout().blockTokens();
        SourceImages images = engine.images(handoff);
        long blockSeed = PatternSeed.ofBlock(seed, keys, block, PatternSeed.of(seed, spec.id().requestHigh(), spec.id().requestLow()));
        for (int image = 0; image < images.imageCount(block); image++) {
            KvPattern.fillImage(unit + images.imageOffset(block, image), layout.layout(), layout.sharding(), images.sourceShard(block, image),
                images.group(block, image), block, Math.min(blockTokens, spec.tokens() - block * blockTokens), blockSeed);
        }
    }

    @Override
    public void onGranted(long granted, CellMap cells) {
        nextBlock = (int) engine.heldBlocks(granted);
        isGranted = true;
    }

    @Override
    public void onRejected(long rejected, int reasonCode, long retryAfterMs, String detail) {
        end = retryAfterMs > 0 ? end : "rejected: " + detail;
    }

    @Override
    public void onLanded(long landed) {}

    @Override
    public void onOutcome(long ended, OutcomeKind kind, EndReason reason) {
        end = kind == OutcomeKind.DELIVERED ? "delivered" : reason.tag();
    }

    @Override
    public void onFailed(long ended, EndReason reason, String detail) {
        end = reason.tag() + ": " + detail;
    }

    boolean isDone() {
        return !end.isEmpty();
    }

    /** "delivered", or why not. */
    String end() {
        return end;
    }

    /** Leading blocks that were read where they had been fetched. */
    int blocksRead() {
        return blocksRead;
    }

    int blocksComputed() {
        return blocksComputed;
    }

    long bytesRead() {
        return bytesRead;
    }

    /** Of those that were read, not as the pattern says. */
    long bytesWrong() {
        return bytesWrong;
    }

    /** Why no more of it was fetched; empty where all of it was. */
    String whyNotMore() {
        return whyNotMore;
    }
}
