package dev.baton.sender.engine;

import java.util.List;

import dev.baton.buffer.reserve.StagedRequest;
import dev.baton.kv.BlockKey;
import dev.baton.kv.KvLayout;
import dev.baton.kv.LayerGroup;
import dev.baton.kv.SourceImages;
import dev.baton.memory.ExtentRun;
import dev.baton.sender.core.HandoffSpec;

/**
 * What handoffs take of staging and give back, and what of it stays (DESIGN.md, decision 6): whole blocks that have
 * names stay where they were staged, and a handoff that begins alike sends them from there. Engine's thread.
 */
final class BlockKeeping {
    private static final StagedBlock[] NONE = new StagedBlock[0];

    private final Staging staging;
    private final int blockTokens;
    private final boolean mayKeep;

    BlockKeeping(KvLayout layout, Staging staging) {
        this.staging = staging;
        blockTokens = layout.blockTokens();
        mayKeep = mayKeep(layout);
    }

    /** Windows and states need another rule than a beginning (PROTOCOL.md, section 9). */
    private static boolean mayKeep(KvLayout layout) {
        for (LayerGroup group : layout.groups()) {
            if (group.isWindowed() || group.isState()) {
                return false;
            }
        }
        return true;
    }

    /** Leading whole blocks of it that have names and may be kept. */
    int namedCount(HandoffSpec spec) {
        return mayKeep ? Math.min(spec.blockKeys().size(), spec.tokens() / blockTokens) : 0;
    }

    /** One for each of them, without memory yet. */
    StagedBlock[] named(HandoffSpec spec, SourceImages images, int count) {
        if (count == 0) {
            return NONE;
        }
        List<BlockKey> keys = spec.blockKeys();
        StagedBlock[] named = new StagedBlock[count];
        for (int block = 0; block < count; block++) {
            named[block] = new StagedBlock(StagedName.of(spec.id().tenant(), keys.get(block)), block, images.imageCount(block));
        }
        return named;
    }

    /**
     * Staging for all of a source-first handoff; what is kept in that share is pinned in its place. Kept blocks of the
     * window are not: a parked prefill would hold what granted ones wait for.
     *
     * @return false if there is none now; nothing is changed
     * @throws IllegalArgumentException if there never is
     */
    boolean takeWhole(ProducerHandoff producer) {
        int blockCount = producer.blockCount();
        staging.requireWhole(producer.images(), blockCount);
        for (int block = 0; block < producer.namedCount(); block++) {
            StagedBlock kept = staging.wholeKept().findOrNull(producer.named(block).name, block);
            if (kept == null) {
                break;
            }
            staging.wholeKept().pin(kept);
            producer.hold(kept);
        }
        StagedRequest rest = staging.takeWhole(producer.images(), blockCount - producer.heldCount());
        if (rest == null && producer.heldCount() > 0) {
            // What lies where it lies may leave no room for the rest: then it goes, and all is staged.
            letGo(producer);
            rest = staging.takeWhole(producer.images(), blockCount);
        }
        if (rest == null) {
            return false;
        }
        for (int block = producer.heldEnd(); block < blockCount; block++) {
            own(producer, block, rest.unit(0, block - producer.heldEnd()));
        }
        tell(producer, 0);
        return true;
    }

    private static void letGo(ProducerHandoff producer) {
        for (int block = producer.heldEnd() - 1; block >= 0; block--) {
            StagedBlock kept = producer.named(block);
            kept.owner.unpin(kept, true);
        }
        producer.holdNothing();
    }

    /** It is granted: what the receiver does not hold of it and lies here goes from where it lies, and before anything is staged. */
    void holdGranted(ProducerHandoff producer) {
        int first = producer.firstNeeded();
        for (int block = first; block < producer.namedCount(); block++) {
            StagedBlock kept = staging.findOrNull(producer.named(block).name, block);
            if (kept == null) {
                break;
            }
            kept.owner.pin(kept);
            producer.hold(kept);
        }
        tell(producer, first);
    }

    private void tell(ProducerHandoff producer, int firstNeeded) {
        long bytes = 0;
        for (int block = producer.heldEnd() - producer.heldCount(); block < producer.heldEnd(); block++) {
            StagedBlock kept = producer.named(block);
            producer.board().unit(block, staging.address(kept), kept.crcs);
            bytes += producer.images().unitBytes(block);
        }
        if (producer.heldCount() > 0 || producer.board().pinnedEnd() > 0) {
            producer.board().prefilled(producer.firstToStage() * blockTokens);
        }
        if (producer.namedCount() > firstNeeded) {
            staging.kept().lookedUp(producer.namedCount() - firstNeeded, producer.heldCount(), bytes);
        }
    }

    /** A unit of the window for that block, if one is free; nothing is given up for it. */
    boolean takeFreeUnit(ProducerHandoff producer, int block) {
        return tookUnit(producer, block, staging.takeFreeUnit(producer.images().unitBytes(block)));
    }

    /** The same; kept blocks make room for it. False if there is none now. */
    boolean takeUnit(ProducerHandoff producer, int block) {
        return tookUnit(producer, block, staging.takeUnit(producer.images().unitBytes(block)));
    }

    private boolean tookUnit(ProducerHandoff producer, int block, long run) {
        if (run != ExtentRun.NONE) {
            own(producer, block, run);
        }
        return run != ExtentRun.NONE;
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
        if (!producer.isNamed(block)) {
            giveRun(producer, block);
        } else if (producer.takeFromUse(block)) {
            StagedBlock named = producer.named(block);
            if (producer.isHeld(block)) {
                named.owner.unpin(named, false);
            } else {
                named.owner.sent(named);
            }
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

    private static void giveHeld(ProducerHandoff producer, int block, boolean isDoubtful) {
        StagedBlock held = producer.named(block);
        if (isDoubtful) {
            held.owner.doom(held);
        }
        if (producer.takeFromUse(block)) {
            held.owner.unpin(held, true);
        } else {
            held.owner.settle(held);
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
