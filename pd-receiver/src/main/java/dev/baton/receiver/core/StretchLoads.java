package dev.baton.receiver.core;

import org.agrona.collections.Long2ObjectHashMap;

import dev.baton.buffer.tier.BlockStore;
import dev.baton.buffer.tier.LoadResult;

/** Loads of slices that are under way from the tier below, and which stretch each is for. Control agent's thread. */
final class StretchLoads {
    private record Loading(LoadStretch stretch, int block, int lengthBytes, int shard, int firstExtent, int lastExtent) {}

    private final BlockStore store;
    private final SliceNames names;
    private final Long2ObjectHashMap<Loading> loading = new Long2ObjectHashMap<>();
    private long tags;

    StretchLoads(BlockStore store, SliceNames names) {
        this.store = store;
        this.names = names;
    }

    /** A number that no load and no lookup had. */
    long nextTag() {
        return ++tags;
    }

    /**
     * Begins as many of the next slices of a promotion's stretch as the store takes.
     *
     * @param isWanted else no further one is begun, and what was not is given up
     * @param loadsMax of all loads together
     * @return what was done
     */
    int begin(Promotion promotion, boolean isWanted, int loadsMax) {
        LoadStretch stretch = promotion.stretch;
        int workCount = 0;
        for (SliceCursor at = stretch.nextOrNull(); at != null; at = stretch.nextOrNull()) {
            int result = isWanted && at.isInARow() ? begin(promotion, at, loadsMax) : BlockStore.OFF;
            if (result == BlockStore.BACK_PRESSURED) {
                break;
            }
            workCount++;
            if (result == BlockStore.OFF) {
                stretch.bad(stretch.block());
            } else {
                at.next();
            }
        }
        return workCount;
    }

    private int begin(Promotion promotion, SliceCursor at, int loadsMax) {
        LoadStretch stretch = promotion.stretch;
        if (loading.size() >= loadsMax) {
            return BlockStore.BACK_PRESSURED;
        }
        if (!stretch.hasRoom(at)) {
            return stretch.unreleased == 0 ? BlockStore.OFF : BlockStore.BACK_PRESSURED;   // nothing is under way, and still it has no room
        }
        long tag = nextTag();
        int result = store.load(tag, names.of(promotion.key(stretch.block()), stretch.map, at.cell(), at.slice()), 0,
            at.address(), at.lengthBytes(), promotion.deadlineNs);
        if (result == BlockStore.ACCEPTED) {
            loading.put(tag, new Loading(stretch, stretch.block(), at.lengthBytes(), at.shard(), at.firstExtent(), at.lastExtent()));
            stretch.begun(at);
        }
        return result;
    }

    void onLoaded(long tag, LoadResult result, long lengthBytes) {
        Loading one = loading.get(tag);
        one.stretch().unanswered--;
        if (!result.isHit() || lengthBytes != one.lengthBytes()) {
            one.stretch().bad(one.block());
        }
    }

    void onReleased(long tag) {
        Loading one = loading.remove(tag);
        one.stretch().returned(one.shard(), one.firstExtent(), one.lastExtent());
    }
}
