package dev.baton.sim.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.IntFunction;

import dev.baton.kv.CellMap;
import dev.baton.kv.KvPattern;
import dev.baton.kv.PatternSeed;
import dev.baton.kv.ShardedLayout;
import dev.baton.kv.SourceImages;
import dev.baton.sender.core.HandoffSpec;
import dev.baton.sender.core.PartGrant;
import dev.baton.sender.core.PrefixHere;
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
    private final HandoffSpec[] specs;
    private final long[] handoffs;
    private final int first;
    private final int[] tokens;
    private final int[] nextBlock;
    private final boolean[] isFinished;
    private int ended;
    private long bytes;
    private int filled;
    private String trouble = "";
    private BiConsumer<Integer, byte[]> partGrants;
    private Consumer<PrefixHere> loads;

    PatternFeed(PrefillEngine engine, ShardedLayout layout, int peer, int[] tokens) {
        this(engine, layout, 0, tokens, i -> HandoffSpec.destinationFirst(id(i), peer, tokens[i]));
    }

    /**
     * @param first of the requests' numbers
     * @param specs of each by its number; its id must be {@link #id(int)} of that
     */
    PatternFeed(PrefillEngine engine, ShardedLayout layout, int first, int[] tokens, IntFunction<HandoffSpec> specs) {
        this(engine, layout, first, tokens, specs, null);
    }

    /** @param hereOrNull what the one request begins with; else null */
    PatternFeed(PrefillEngine engine, ShardedLayout layout, int first, int[] tokens, IntFunction<HandoffSpec> specs, PrefixHere hereOrNull) {
        this.first = first;
        this.engine = engine;
        this.layout = layout;
        this.tokens = tokens;
        this.specs = new HandoffSpec[tokens.length];
        handoffs = new long[tokens.length];
        nextBlock = new int[tokens.length];
        isFinished = new boolean[tokens.length];
        for (int i = 0; i < tokens.length; i++) {
            this.specs[i] = specs.apply(first + i);
            handoffs[i] = engine.begin(this.specs[i], hereOrNull);
        }
    }

    static HandoffId id(int number) {
        return new HandoffId(1, 7, number, 0);
    }

    /** What another rank's engine handed on. */
    void join(byte[] grant) {
        int index = (int) PartGrant.decode(grant).handoff().requestLow() - first;
        assertEquals(0, engine.join(handoffs[index], grant));
    }

    /** Grants of the other ranks' parts, as they are told. */
    void handOn(BiConsumer<Integer, byte[]> value) {
        partGrants = value;
    }

    boolean isDone() {
        return ended == tokens.length || !trouble.isEmpty();
    }

    /** Delivered, or ended otherwise. */
    int ended() {
        return ended;
    }

    /** Empty, or what went wrong first. */
    String trouble() {
        return trouble;
    }

    /** Blocks that it was asked to fill. */
    int filled() {
        return filled;
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
        filled += unit > 0 ? 1 : 0;
        int inBlock = Math.min(blockTokens, tokens[i] - block * blockTokens);
        for (int image = 0; unit > 0 && image < images.imageCount(block); image++) {
            KvPattern.fillImage(unit + images.imageOffset(block, image), layout.layout(), layout.sharding(),
                images.sourceShard(block, image), images.group(block, image), block, inBlock, PatternSeed.ofBlock(SEED, specs[i].blockKeys(), block,
                    PatternSeed.of(SEED, specs[i].id().requestHigh(), specs[i].id().requestLow())));
        }
        nextBlock[i]++;
        engine.chunkReady(handoffs[i], Math.min(tokens[i], nextBlock[i] * blockTokens));
    }

    @Override
    public void onGranted(long handoff, CellMap cells) {
        bytes += cells.totalBytes();
    }

    @Override
    public void onPartGranted(long handoff, int part, byte[] grant) {
        partGrants.accept(part, grant);
    }

    /** Hears what was loaded. */
    void onLoaded(Consumer<PrefixHere> value) {
        loads = value;
    }

    @Override
    public void onLoaded(PrefixHere here) {
        loads.accept(here);
    }

    @Override
    public void onRejected(long handoff, int reasonCode, long retryAfterMs, String detail) {
        ended += retryAfterMs == 0 ? 1 : 0;
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
        ended++;
        trouble = "failed " + reason + " " + detail;
    }
}
