package dev.baton.buffer.tier;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import org.agrona.DirectBuffer;

import dev.baton.platform.Require;

/**
 * Several stores as one, the nearest first: a block is stored in all of them, and loaded from the first that has it; what came
 * from a farther one is stored in the nearest on the way, from where it was loaded to, before it is told. A store that is off, or
 * has too much to do, is passed over. Its owner's thread; the stores do their I/O.
 */
public final class LayeredStore implements BlockStore {
    private static final int NEAREST = 0;
    private static final int OPERATIONS_MAX = 2048;
    private static final long REFUSED_NS = TimeUnit.SECONDS.toNanos(1);

    private final List<BlockStore> stores;
    private final LayeredOperation[] operations = new LayeredOperation[OPERATIONS_MAX];
    private final ArrayDeque<LayeredOperation> free = new ArrayDeque<>();
    /** Stores that one of them refused so far, and loads whose block goes to the nearest. */
    private final List<LayeredOperation> watched = new ArrayList<>();
    private final Answers[] answers;
    private BlockStoreListener listener;

    /** @param stores two or more, nearest first; closed with this one */
    public LayeredStore(List<BlockStore> stores) {
        Require.atLeast("stores", stores.size(), 2);
        this.stores = List.copyOf(stores);
        answers = new Answers[stores.size()];
        for (int at = 0; at < answers.length; at++) {
            answers[at] = new Answers(at);
        }
        for (int i = 0; i < operations.length; i++) {
            operations[i] = new LayeredOperation(i);
            free.add(operations[i]);
        }
    }

    @Override
    public int store(long tag, DirectBuffer name, int nameOffset, long address, long lengthBytes) {
        LayeredOperation operation = free.poll();
        if (operation == null) {
            return BACK_PRESSURED;
        }
        operation.begin(tag, name, nameOffset, address, lengthBytes, 0);
        for (int at = 0; at < stores.size(); at++) {
            int result = stores.get(at).store(operation.number, operation.name, 0, address, lengthBytes);
            if (result == BACK_PRESSURED && at == NEAREST) {
                free.add(operation);
                return BACK_PRESSURED;
            }
            operation.underWay += result == ACCEPTED ? 1 : 0;
            operation.refusedBy |= result == BACK_PRESSURED ? 1 << at : 0;
        }
        if (operation.underWay == 0 && operation.refusedBy == 0) {
            free.add(operation);
            return OFF;
        }
        if (operation.refusedBy != 0) {
            watched.add(operation);
        }
        return ACCEPTED;
    }

    @Override
    public int lookup(long tag, DirectBuffer name, int nameOffset) {
        LayeredOperation operation = free.poll();
        if (operation == null) {
            return BACK_PRESSURED;
        }
        operation.begin(tag, name, nameOffset, 0, 0, 0);
        int result = lookupFrom(operation, NEAREST);
        if (result != ACCEPTED) {
            free.add(operation);
        }
        return result;
    }

    @Override
    public int load(long tag, DirectBuffer name, int nameOffset, long address, long capacityBytes, long deadlineNs) {
        LayeredOperation operation = free.poll();
        if (operation == null) {
            return BACK_PRESSURED;
        }
        operation.begin(tag, name, nameOffset, address, capacityBytes, deadlineNs);
        int result = loadFrom(operation, NEAREST);
        if (result != ACCEPTED) {
            free.add(operation);
        }
        return result;
    }

    @Override
    public void readAhead(DirectBuffer names, int namesOffset, int count) {
        stores.getFirst().readAhead(names, namesOffset, count);
    }

    @Override
    public int poll(long nowNs, BlockStoreListener to, int limit) {
        listener = to;
        int workCount = 0;
        for (int at = 0; at < answers.length; at++) {
            workCount += stores.get(at).poll(nowNs, answers[at], limit);
        }
        for (int i = 0; i < watched.size(); i++) {
            if (look(watched.get(i), nowNs)) {
                watched.remove(i--);
                workCount++;
            }
        }
        return workCount;
    }

    @Override
    public long blockBytesMax() {
        return stores.stream().mapToLong(BlockStore::blockBytesMax).min().getAsLong();
    }

    /** Of the nearest; {@link #statsByTier} has all. */
    @Override
    public BlockStoreStats stats() {
        return stores.getFirst().stats();
    }

    @Override
    public List<BlockStoreStats> statsByTier() {
        return stores.stream().map(BlockStore::stats).toList();
    }

    @Override
    public int tierCount() {
        return stores.size();
    }

    @Override
    public void close() {
        stores.forEach(BlockStore::close);
    }

    private int lookupFrom(LayeredOperation operation, int first) {
        return from(first, at -> stores.get(at).lookup(operation.number, operation.name, 0));
    }

    private int loadFrom(LayeredOperation operation, int first) {
        return from(first, at -> stores.get(at).load(operation.number, operation.name, 0, operation.address, operation.lengthBytes,
            operation.deadlineNs));
    }

    private interface Ask {
        int of(int at);
    }

    /** Asks the first that is not off, from that one on. */
    private int from(int first, Ask ask) {
        int result = OFF;
        for (int at = first; at < stores.size() && result == OFF; at++) {
            result = ask.of(at);
        }
        return result;
    }

    /** True when it need not be looked at any more. */
    private boolean look(LayeredOperation operation, long nowNs) {
        if (operation.isPromoting) {
            if (operation.deadlineNs - nowNs <= 0 && operation.underWay > 0 && !operation.isTold) {
                operation.isTold = true;
                listener.onLoaded(operation.tag, LoadResult.LATE, -1);
            }
            return operation.underWay == 0;
        }
        operation.refusedSinceNs = operation.refusedSinceNs == 0 ? nowNs : operation.refusedSinceNs;
        boolean isTooLong = nowNs - operation.refusedSinceNs >= REFUSED_NS;
        for (int at = 0; at < stores.size(); at++) {
            if ((operation.refusedBy & (1 << at)) != 0) {
                int result = isTooLong ? OFF : stores.get(at).store(operation.number, operation.name, 0, operation.address, operation.lengthBytes);
                operation.underWay += result == ACCEPTED ? 1 : 0;
                operation.refusedBy &= result == BACK_PRESSURED ? -1 : ~(1 << at);
            }
        }
        if (operation.refusedBy != 0) {
            return false;
        }
        endStoreIfOver(operation);
        return true;
    }

    private void endStoreIfOver(LayeredOperation operation) {
        if (operation.underWay == 0 && operation.refusedBy == 0) {
            listener.onStored(operation.tag, operation.stored);
            free.add(operation);
        }
    }

    private void endLoad(LayeredOperation operation, LoadResult result, long lengthBytes) {
        if (!operation.isTold) {
            listener.onLoaded(operation.tag, result, lengthBytes);
        }
        listener.onReleased(operation.tag);
        free.add(operation);
    }

    /** A store's answers, by the numbers of operations. */
    private final class Answers implements BlockStoreListener {
        private final int at;

        Answers(int at) {
            this.at = at;
        }

        @Override
        public void onStored(long number, StoreResult result) {
            LayeredOperation operation = operations[(int) number];
            operation.underWay--;
            if (operation.isPromoting) {
                watched.remove(operation);
                endLoad(operation, LoadResult.HIT, operation.loadedBytes);
                return;
            }
            operation.stored(result);
            endStoreIfOver(operation);
        }

        @Override
        public void onFound(long number, long lengthBytes) {
            LayeredOperation operation = operations[(int) number];
            if (lengthBytes < 0 && at + 1 < stores.size() && lookupFrom(operation, at + 1) == ACCEPTED) {
                return;
            }
            listener.onFound(operation.tag, lengthBytes);
            free.add(operation);
        }

        @Override
        public void onLoaded(long number, LoadResult result, long lengthBytes) {
            LayeredOperation operation = operations[(int) number];
            operation.result = result;
            operation.loadedBytes = lengthBytes;
            if (result == LoadResult.LATE || (result.isHit() && at == NEAREST)) {
                operation.isTold = true;
                listener.onLoaded(operation.tag, result, lengthBytes);
            }
        }

        @Override
        public void onReleased(long number) {
            LayeredOperation operation = operations[(int) number];
            if (operation.isTold) {
                endLoad(operation, operation.result, operation.loadedBytes);
            } else if (!operation.result.isHit()) {
                if (at + 1 >= stores.size() || loadFrom(operation, at + 1) != ACCEPTED) {
                    endLoad(operation, operation.result, -1);
                }
            } else if (stores.get(NEAREST).store(operation.number, operation.name, 0, operation.address, operation.loadedBytes) == ACCEPTED) {
                operation.isPromoting = true;
                operation.underWay = 1;
                watched.add(operation);
            } else {
                endLoad(operation, LoadResult.HIT, operation.loadedBytes);
            }
        }
    }
}
