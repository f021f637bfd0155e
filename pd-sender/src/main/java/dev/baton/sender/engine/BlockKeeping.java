package dev.baton.sender.engine;

import java.util.List;

import dev.baton.buffer.index.HitRule;
import dev.baton.buffer.reserve.StagedRequest;
import dev.baton.kv.BlockKey;
import dev.baton.kv.KvLayout;
import dev.baton.kv.SourceImages;
import dev.baton.memory.ExtentRun;
import dev.baton.platform.Canary;
import dev.baton.sender.core.HandoffSpec;
import dev.baton.sender.core.KeptImages;

/**
 * What handoffs take of staging and give back, and what of it stays (DESIGN.md, decision 6): whole blocks that have
 * names stay where they were staged, and a handoff that begins alike sends them from there. Engine's thread.
 */
final class BlockKeeping {
    private static final StagedBlock[] NONE = new StagedBlock[0];

    private final Staging staging;
    private final HitRule rule;
    private final int blockTokens;
    private final int[] partOfGroup;
    private final PeerShares shares;

    BlockKeeping(KvLayout layout, Staging staging, PeerShares shares) {
        this.staging = staging;
        this.shares = shares;
        rule = staging.rule();
        blockTokens = layout.blockTokens();
        partOfGroup = partOfGroup(rule, layout.groupCount());
    }

    /** For each layer group the part of a block that it belongs to. */
    static int[] partOfGroup(HitRule rule, int groupCount) {
        int[] parts = new int[groupCount];
        for (int group = 0; group < groupCount; group++) {
            for (int part = 0; part < rule.partCount(); part++) {
                parts[group] = (rule.groups(part) >>> group & 1) == 0 ? parts[group] : part;
            }
        }
        return parts;
    }

    /** Leading whole blocks of it that have names and may be kept. */
    int namedCount(HandoffSpec spec) {
        return Math.min(spec.blockKeys().size(), spec.tokens() / blockTokens);
    }

    /** One for each of them, without memory yet. */
    StagedBlock[] named(HandoffSpec spec, SourceImages images, int count) {
        if (count == 0) {
            return NONE;
        }
        List<BlockKey> keys = spec.blockKeys();
        StagedBlock[] named = new StagedBlock[count];
        for (int block = 0; block < count; block++) {
            named[block] = new StagedBlock(spec.id().tenant(), keys.get(block), block, images, parts(block, spec.tokens()));
        }
        return named;
    }

    /** What of a block a prompt of so many tokens stages: of windows the last blocks, of states the end. */
    private int parts(int block, int tokens) {
        int parts = 0;
        for (int part = 0; part < rule.partCount(); part++) {
            parts |= rule.groups(part) != 0 && block >= rule.firstBlock(part, tokens) ? 1 << part : 0;
        }
        return parts;
    }

    /**
     * Staging for all of a source-first handoff; what is kept in that share is pinned in its place. Kept blocks of the
     * window are not: a parked prefill would hold what granted ones wait for.
     *
     * @return false if there is none now; nothing is changed
     * @throws IllegalArgumentException if there never is
     */
    boolean takeWhole(ProducerHandoff producer) {
        int first = producer.firstNeeded();
        int blockCount = producer.blockCount();
        HandoffSpec spec = producer.board().spec();
        if (first < blockCount) {
            staging.requireWhole(producer.images(), blockCount - first);
        }
        int heldEnd = staging.wholeKept().find(spec.id().tenant(), spec.blockKeys(), first, producer.namedCount());
        if (heldEnd > first) {
            producer.beginHold(first, rule.partCount());
            staging.wholeKept().takeFound(spec.id().tenant(), spec.blockKeys(), spec.tokens(), (block, part, kept) -> hold(producer, block, part, kept));
            producer.endHold(heldEnd);
        }
        StagedRequest rest = staging.takeWhole(producer.images(), blockCount - producer.firstToStage());
        if (rest == null && producer.heldCount() > 0) {
            // What lies where it lies may leave no room for the rest: then it goes, and all is staged.
            letGo(producer);
            rest = staging.takeWhole(producer.images(), blockCount - first);
        }
        if (rest == null) {
            return false;
        }
        int firstOwn = producer.firstToStage();
        for (int block = firstOwn; block < blockCount; block++) {
            own(producer, block, rest.unit(0, block - firstOwn));
        }
        tell(producer, first);
        return true;
    }

    private static void hold(ProducerHandoff producer, int block, int part, StagedBlock kept) {
        kept.owner.pin(kept);
        producer.hold(block, part, kept);
    }

    private void letGo(ProducerHandoff producer) {
        for (int block = producer.heldEnd() - 1; block >= producer.heldEnd() - producer.heldCount(); block--) {
            unpin(producer, block, true);
        }
        producer.holdNothing();
    }

    private void unpin(ProducerHandoff producer, int block, boolean isOver) {
        for (int part = 0; part < rule.partCount(); part++) {
            StagedBlock kept = producer.heldOrNull(block, part);
            if (kept != null) {
                kept.owner.unpin(kept, isOver);
            }
        }
    }

    /** It is granted: what the receiver does not hold of it and lies here goes from where it lies, and before anything is staged. */
    void holdGranted(ProducerHandoff producer) {
        int first = producer.firstNeeded();
        HandoffSpec spec = producer.board().spec();
        if (staging.find(spec.id().tenant(), spec.blockKeys(), first, producer.namedCount()) > first) {
            producer.beginHold(first, rule.partCount());
            producer.endHold(staging.take(spec.id().tenant(), spec.blockKeys(), first, producer.namedCount(), spec.tokens(),
                (block, part, kept) -> hold(producer, block, part, kept)));
        }
        tell(producer, first);
    }

    private void tell(ProducerHandoff producer, int firstNeeded) {
        long bytes = 0;
        if (producer.heldCount() > 0) {
            int first = producer.heldEnd() - producer.heldCount();
            KeptImages kept = new KeptImages(first, producer.heldCount(), rule.partCount(), partOfGroup);
            for (int block = first; block < producer.heldEnd(); block++) {
                for (int part = 0; part < rule.partCount(); part++) {
                    put(kept, block, part, producer.heldOrNull(block, part));
                }
                bytes += producer.images().unitBytes(block);
            }
            kept.endBlock(producer.heldEnd());
            producer.board().kept(kept);
        }
        if (producer.heldCount() > 0 || producer.board().pinnedEnd() > 0) {
            producer.board().prefilled(producer.firstToStage() * blockTokens);
        }
        if (producer.namedCount() > firstNeeded) {
            staging.kept().lookedUp(producer.namedCount() - firstNeeded, producer.heldCount(), bytes);
        }
    }

    private void put(KeptImages kept, int block, int part, StagedBlock from) {
        if (from != null) {
            kept.put(block, part, staging.address(from), from.images, from.crcs);
        }
    }

    /** A unit of the window for that block, if one is free; nothing is given up for it. */
    boolean takeFreeUnit(ProducerHandoff producer, int block) {
        return mayTake(producer, block) && tookUnit(producer, block, staging.takeFreeUnit(producer.images().unitBytes(block)));
    }

    /** The same; kept blocks make room for it. False if there is none now, or its receiver has its share. */
    boolean takeUnit(ProducerHandoff producer, int block) {
        boolean may = mayTake(producer, block) || (staging.endLeases() && mayTake(producer, block));
        return may && tookUnit(producer, block, staging.takeUnit(producer.images().unitBytes(block)));
    }

    private boolean mayTake(ProducerHandoff producer, int block) {
        long extents = Math.ceilDiv(producer.images().unitBytes(block), Staging.GRAIN_BYTES);
        return shares.mayTake(producer.share(), extents, staging.windowFreeExtents()) || Canary.WINDOW_UNSHARED.isActive();
    }

    private boolean tookUnit(ProducerHandoff producer, int block, long run) {
        if (run != ExtentRun.NONE) {
            own(producer, block, run);
            took(producer, ExtentRun.extentCount(run));
        }
        return run != ExtentRun.NONE;
    }

    private void took(ProducerHandoff producer, long extents) {
        producer.tookWindow(extents);
        shares.took(producer.share(), extents);
    }

    private void own(ProducerHandoff producer, int block, long run) {
        producer.run(block, run);
        if (producer.isNamed(block)) {
            StagedBlock named = producer.named(block);
            named.run = run;
            named.owner = producer.isWhole() ? staging.wholeKept() : staging.windowKept();
            producer.staged(block);
        }
    }

    /** Where its unit of that block lies. */
    long address(ProducerHandoff producer, int block) {
        return producer.isWhole() ? staging.wholeAddress(producer.run(block)) : staging.windowAddress(producer.run(block));
    }

    /** The block has gone: its unit may go as well, or stay for the next that begins alike. */
    void sent(ProducerHandoff producer, int block) {
        long run = producer.run(block);
        if (!producer.isNamed(block)) {
            giveRun(producer, block);
        } else if (!producer.takeFromUse(block)) {
            return;
        } else if (producer.isHeld(block)) {
            unpin(producer, block, false);
            return;
        } else {
            StagedBlock named = producer.named(block);
            named.owner.sent(named);
        }
        if (run != ExtentRun.NONE && !producer.isWhole()) {
            took(producer, -ExtentRun.extentCount(run));
        }
    }

    /**
     * Nobody reads its staging any more; again: no effect.
     *
     * @param isVerified a receiver has every byte of it
     * @param isDoubtful it ended because bytes were wrong: what it sent of others is not sent again
     */
    void giveBack(ProducerHandoff producer, boolean isVerified, boolean isDoubtful) {
        if (!producer.giveBack()) {
            return;
        }
        took(producer, -producer.windowExtents());
        for (int block = producer.blockCount() - 1; block >= 0; block--) {
            if (!producer.isNamed(block)) {
                giveRun(producer, block);
            } else if (producer.isHeld(block)) {
                giveHeld(producer, block, isDoubtful);
            } else if (producer.named(block).owner != null) {
                StagedBlock own = producer.named(block);
                // The word that it has gone may be read after the one that all has arrived: it changes nothing then.
                producer.takeFromUse(block);
                if (isVerified) {
                    own.owner.seal(own);
                } else {
                    own.owner.drop(own);
                }
            }
        }
    }

    private void giveHeld(ProducerHandoff producer, int block, boolean isDoubtful) {
        boolean wasInUse = producer.takeFromUse(block);
        for (int part = 0; part < rule.partCount(); part++) {
            StagedBlock held = producer.heldOrNull(block, part);
            if (held == null) {
                continue;
            }
            if (isDoubtful) {
                held.owner.doom(held);
            }
            if (wasInUse) {
                held.owner.unpin(held, true);
            } else {
                held.owner.settle(held);
            }
        }
    }

    /** The board keeps the address: an agent may still look at it, and a block is staged once. */
    private void giveRun(ProducerHandoff producer, int block) {
        long run = producer.run(block);
        if (run == ExtentRun.NONE) {
            return;
        }
        producer.run(block, ExtentRun.NONE);
        if (producer.isWhole()) {
            staging.giveWholeUnit(run);
        } else {
            staging.giveUnit(run);
        }
    }
}
