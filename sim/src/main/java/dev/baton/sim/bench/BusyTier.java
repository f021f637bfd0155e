package dev.baton.sim.bench;

import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import dev.baton.buffer.tier.BlockName;
import dev.baton.buffer.tier.BlockStore;
import dev.baton.buffer.tier.BlockStoreListener;
import dev.baton.buffer.tier.BlockStoreStats;
import dev.baton.buffer.tier.LoadResult;
import dev.baton.buffer.tier.StoreResult;
import dev.baton.kv.ShardedLayout;
import dev.baton.memory.Copier;
import dev.baton.memory.MemoryLedger;
import dev.baton.memory.Region;
import dev.baton.memory.Regions;
import dev.baton.receiver.TierSource;
import dev.baton.receiver.core.TierLimits;

/**
 * A receiver's tier that can be kept busy with other keys: while it is told to, as many stores and loads of blocks of its own
 * are under way as it has places for, begun where the receiver polls its tier. What the receiver asks goes beside them.
 * Owned by the receiver's control agent; any thread tells it to be busy and reads what it did.
 */
final class BusyTier implements TierSource {
    private static final int PLACES = 16;
    private static final int KNOWN = 64;
    private static final long OWN = 1L << 62;
    private static final long LOAD_NS = TimeUnit.SECONDS.toNanos(30);

    private final TierSource below;
    private final AtomicLong storedBytes = new AtomicLong();
    private final AtomicLong loadedBytes = new AtomicLong();
    private final AtomicLong underWay = new AtomicLong();
    private volatile boolean isBusy;

    BusyTier(TierSource below) {
        this.below = below;
    }

    void busy(boolean value) {
        isBusy = value;
    }

    /** Of blocks of its own, since it was opened. */
    long storedBytes() {
        return storedBytes.get();
    }

    long loadedBytes() {
        return loadedBytes.get();
    }

    /** Operations of its own that are not over; 0 once it is quiet. */
    long underWay() {
        return underWay.get();
    }

    @Override
    public TierLimits limits() {
        return below.limits();
    }

    @Override
    public BlockStore open(ShardedLayout layout, int extentBytes, MemoryLedger ledger, Copier copier, long nowNs) {
        return new Store(below.open(layout, extentBytes, ledger, copier, nowNs), extentBytes, ledger);
    }

    private final class Store implements BlockStore, BlockStoreListener {
        private final BlockStore store;
        private final int blockBytes;
        private final Region memory;
        private final UnsafeBuffer name = new UnsafeBuffer(new byte[BlockName.LENGTH_BYTES]);
        private final boolean[] isTaken = new boolean[2 * PLACES];
        private final long[] named = new long[2 * PLACES];
        private final long[] known = new long[KNOWN];
        private final SplittableRandom random = new SplittableRandom(7);
        private long storedCount;
        private long names;
        private BlockStoreListener listener;

        Store(BlockStore store, int blockBytes, MemoryLedger ledger) {
            this.store = store;
            this.blockBytes = blockBytes;
            memory = Regions.anonymous(ledger, "bench.busy", 2L * PLACES * blockBytes);
            for (long at = 0; at < memory.lengthBytes(); at += Long.BYTES) {
                memory.segment().set(java.lang.foreign.ValueLayout.JAVA_LONG, at, random.nextLong());
            }
        }

        @Override
        public int store(long tag, DirectBuffer of, int nameOffset, long address, long lengthBytes) {
            return store.store(tag, of, nameOffset, address, lengthBytes);
        }

        @Override
        public int lookup(long tag, DirectBuffer of, int nameOffset) {
            return store.lookup(tag, of, nameOffset);
        }

        @Override
        public int load(long tag, DirectBuffer of, int nameOffset, long address, long capacityBytes, long deadlineNs) {
            return store.load(tag, of, nameOffset, address, capacityBytes, deadlineNs);
        }

        @Override
        public void readAhead(DirectBuffer of, int namesOffset, int count) {
            store.readAhead(of, namesOffset, count);
        }

        @Override
        public int poll(long nowNs, BlockStoreListener to, int limit) {
            listener = to;
            int workCount = store.poll(nowNs, this, limit);
            for (int place = 0; place < isTaken.length && isBusy; place++) {
                if (!isTaken[place] && (place < PLACES || storedCount > 0)) {
                    workCount += begin(place, nowNs);
                }
            }
            return workCount;
        }

        private int begin(int place, long nowNs) {
            boolean isStore = place < PLACES;
            named[place] = isStore ? ++names : known[random.nextInt((int) Math.min(KNOWN, storedCount))];
            name.putLong(0, OWN + named[place]);
            name.putLong(Long.BYTES, named[place] * 0x9e3779b97f4a7c15L);
            long address = memory.address() + (long) place * blockBytes;
            int result = isStore ? store.store(OWN + place, name, 0, address, blockBytes)
                : store.load(OWN + place, name, 0, address, blockBytes, nowNs + LOAD_NS);
            isTaken[place] = result == ACCEPTED;
            underWay.setRelease(underWay.getPlain() + (result == ACCEPTED ? 1 : 0));
            return result == ACCEPTED ? 1 : 0;
        }

        private void end(long tag) {
            isTaken[(int) (tag - OWN)] = false;
            underWay.setRelease(underWay.getPlain() - 1);
        }

        @Override
        public void onStored(long tag, StoreResult result) {
            if (tag < OWN) {
                listener.onStored(tag, result);
                return;
            }
            if (result == StoreResult.STORED) {
                known[(int) (storedCount++ % KNOWN)] = named[(int) (tag - OWN)];
                storedBytes.setRelease(storedBytes.getPlain() + blockBytes);
            }
            end(tag);
        }

        @Override
        public void onFound(long tag, long lengthBytes) {
            listener.onFound(tag, lengthBytes);
        }

        @Override
        public void onLoaded(long tag, LoadResult result, long lengthBytes) {
            if (tag < OWN) {
                listener.onLoaded(tag, result, lengthBytes);
            } else {
                loadedBytes.setRelease(loadedBytes.getPlain() + (result.isHit() ? lengthBytes : 0));
            }
        }

        @Override
        public void onReleased(long tag) {
            if (tag < OWN) {
                listener.onReleased(tag);
            } else {
                end(tag);
            }
        }

        @Override
        public long blockBytesMax() {
            return store.blockBytesMax();
        }

        @Override
        public BlockStoreStats stats() {
            return store.stats();
        }

        /** Where I/O has not returned, its memory stays. */
        @Override
        public void close() {
            store.close();
            if (underWay.get() == 0) {
                memory.close();
            }
        }
    }
}
