package dev.baton.sim.e2e;

import dev.baton.kv.CellMap;
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

/** A prefill engine of patterns: prefills requests one block at a time, round robin. Of one thread. */
final class PatternFeed implements PrefillListener {
    /** What the receiving end verifies with. */
    static final long SEED = 42;

    private final PrefillEngine engine;
    private final ShardedLayout layout;
    private final long[] handoffs;
    private final int[] tokens;
    private final int[] nextBlock;
    private final boolean[] isFinished;
    private int ended;
    private long bytes;
    private String trouble = "";

    PatternFeed(PrefillEngine engine, ShardedLayout layout, int peer, int[] tokens) {
        this.engine = engine;
        this.layout = layout;
        this.tokens = tokens;
        handoffs = new long[tokens.length];
        nextBlock = new int[tokens.length];
        isFinished = new boolean[tokens.length];
        for (int i = 0; i < tokens.length; i++) {
            handoffs[i] = engine.begin(HandoffSpec.destinationFirst(new HandoffId(1, 7, i, 0), peer, tokens[i]));
        }
    }

    boolean isDone() {
        return ended == tokens.length || !trouble.isEmpty();
    }

    /** Empty, or what went wrong first. */
    String trouble() {
        return trouble;
    }

    /** Of all that was granted. */
    long bytes() {
        return bytes;
    }

    void step() {
        engine.poll(this, 16);
        for (int i = 0; i < tokens.length; i++) {
            if (!isFinished[i]) {
                prefillBlock(i);
            }
        }
    }

    private void prefillBlock(int i) {
        int blockTokens = layout.layout().blockTokens();
        int block = nextBlock[i];
        int blocks = (tokens[i] + blockTokens - 1) / blockTokens;
        if (block == blocks) {
            isFinished[i] = engine.finish(handoffs[i], tokens[i], new byte[] {1, 2, 3}) == 0;
            return;
        }
        long unit = engine.stage(handoffs[i], block);
        if (unit < 0) {
            return;
        }
        SourceImages images = engine.images(handoffs[i]);
        int inBlock = Math.min(blockTokens, tokens[i] - block * blockTokens);
        for (int image = 0; unit > 0 && image < images.imageCount(block); image++) {
            KvPattern.fillImage(unit + images.imageOffset(block, image), layout.layout(), layout.sharding(),
                images.sourceShard(block, image), images.group(block, image), block, inBlock, PatternSeed.of(SEED, 7, i));
        }
        nextBlock[i]++;
        engine.chunkReady(handoffs[i], Math.min(tokens[i], nextBlock[i] * blockTokens));
    }

    @Override
    public void onGranted(long handoff, CellMap cells) {
        bytes += cells.totalBytes();
    }

    @Override
    public void onRejected(long handoff, int reasonCode, long retryAfterMs, String detail) {
        trouble = retryAfterMs == 0 ? "rejected reason=" + reasonCode + " " + detail : trouble;
    }

    @Override
    public void onLanded(long handoff) {}

    @Override
    public void onOutcome(long handoff, OutcomeKind kind, EndReason reason) {
        ended++;
        trouble = kind == OutcomeKind.DELIVERED ? trouble : kind + " " + reason;
    }

    @Override
    public void onFailed(long handoff, EndReason reason, String detail) {
        trouble = "failed " + reason + " " + detail;
    }
}
