package dev.baton.sim.chaos;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import org.agrona.DirectBuffer;

import dev.baton.buffer.tier.BlockStore;
import dev.baton.buffer.tier.BlockStoreListener;
import dev.baton.buffer.tier.BlockStoreStats;
import dev.baton.buffer.tier.CircuitState;
import dev.baton.buffer.tier.LoadResult;
import dev.baton.buffer.tier.StoreResult;
import dev.baton.sim.time.Agenda;
import dev.baton.sim.time.Chance;

/**
 * A store elsewhere below one receiver's disk, as a remote tier shows itself: it answers when the agenda says, late, or not before it
 * stops to hang; it fails, forgets, and is turned off by too many late answers. A load that is late has its memory until its I/O is over,
 * and may write there yet. What it keeps outlives the process.
 */
final class SimFarStore implements BlockStore {
    private static final int RECORDS_MAX = 200;
    private static final int UNDER_WAY_MAX = 32;
    private static final int STRIKES_MAX = 3;
    private static final long MS = 1_000_000;
    private static final long LOOKUP_NS = 250 * MS;
    private static final long OFF_NS = 5_000 * MS;
    private static final double SLOW = 0.05;
    private static final double HANGS = 0.01;
    private static final double FAILS = 0.03;
    private static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

    private enum Kind {
        STORE, LOOKUP, LOAD
    }

    /** One operation, from when it was begun until its I/O is over. */
    private final class Operation implements Agenda.Happening {
        final Kind kind;
        final long tag;
        final TierOracle.Name name;
        final long address;
        final long lengthBytes;
        final long deadlineNs;
        final long beganNs = agenda.nowNs();
        long dueNs;
        boolean isAnswered;
        StoreResult stored;
        LoadResult loaded;
        long foundBytes = -1;

        Operation(Kind kind, long tag, TierOracle.Name name, long address, long lengthBytes, long deadlineNs) {
            this.kind = kind;
            this.tag = tag;
            this.name = name;
            this.address = address;
            this.lengthBytes = lengthBytes;
            this.deadlineNs = deadlineNs;
        }

        @Override
        public void happen() {
            if (isClosed || agenda.nowNs() != dueNs || !underWay.contains(this)) {
                return;
            }
            if (hungUntilNs > agenda.nowNs()) {
                dueAt(hungUntilNs);
                return;
            }
            switch (kind) {
                case STORE -> carryOutStore(this);
                case LOOKUP -> foundBytes = records.containsKey(name) ? records.get(name).length : -1;
                case LOAD -> carryOutLoad(this);
            }
            underWay.remove(this);
            done.add(this);
            receiver.wake();
        }

        void dueAt(long timeNs) {
            dueNs = timeNs;
            agenda.at(timeNs, this);
        }
    }

    private final ReceiverMember receiver;
    private final TierOracle oracle;
    private final Agenda agenda;
    private final Chance chance;
    /** By name, oldest first; more than the receiver's life. */
    private final Map<TierOracle.Name, byte[]> records;
    private final List<Operation> underWay = new ArrayList<>();
    private final ArrayDeque<Operation> done = new ArrayDeque<>();
    private long hungUntilNs;
    private long offUntilNs;
    private int strikes;
    private boolean isClosed;

    SimFarStore(ReceiverMember receiver, TierOracle oracle, Chance chance, Map<TierOracle.Name, byte[]> records) {
        this.receiver = receiver;
        this.oracle = oracle;
        this.chance = chance;
        this.records = records;
        agenda = receiver.agenda;
    }

    @Override
    public int store(long tag, DirectBuffer name, int nameOffset, long address, long lengthBytes) {
        return begin(Kind.STORE, tag, name, nameOffset, address, lengthBytes, 0);
    }

    @Override
    public int lookup(long tag, DirectBuffer name, int nameOffset) {
        return begin(Kind.LOOKUP, tag, name, nameOffset, 0, 0, 0);
    }

    @Override
    public int load(long tag, DirectBuffer name, int nameOffset, long address, long capacityBytes, long deadlineNs) {
        return begin(Kind.LOAD, tag, name, nameOffset, address, capacityBytes, deadlineNs);
    }

    private int begin(Kind kind, long tag, DirectBuffer name, int nameOffset, long address, long lengthBytes, long deadlineNs) {
        if (offUntilNs > agenda.nowNs() || isClosed) {
            return OFF;
        }
        if (underWay.size() >= UNDER_WAY_MAX) {
            return BACK_PRESSURED;
        }
        boolean isFair = !receiver.cluster.isHealed();
        if (isFair && chance.happens(HANGS)) {
            hungUntilNs = Math.max(hungUntilNs, agenda.nowNs() + chance.between(200 * MS, 20_000 * MS));
            receiver.tierEvent("far hangs until", hungUntilNs);
        }
        Operation operation = new Operation(kind, tag, TierOracle.Name.of(name, nameOffset), address, lengthBytes, deadlineNs);
        underWay.add(operation);
        operation.dueAt(agenda.nowNs() + (isFair && chance.happens(SLOW) ? chance.between(5 * MS, 900 * MS) : chance.between(MS / 10, 2 * MS)));
        return ACCEPTED;
    }

    private void carryOutStore(Operation store) {
        store.stored = records.containsKey(store.name) ? StoreResult.PRESENT : chance.happens(FAILS) ? StoreResult.FAILED : StoreResult.STORED;
        if (store.stored == StoreResult.STORED) {
            oracle.onRead(store.address, store.lengthBytes);
            records.put(store.name, ALL.asSlice(store.address, store.lengthBytes).toArray(ValueLayout.JAVA_BYTE));
            if (records.size() > RECORDS_MAX) {
                records.remove(records.keySet().iterator().next());
            }
        }
    }

    private void carryOutLoad(Operation load) {
        byte[] bytes = records.get(load.name);
        if (load.isAnswered && chance.below(2) == 0) {
            return;   // a late one may have been given up before it wrote
        }
        if (bytes == null || bytes.length > load.lengthBytes) {
            load.loaded = LoadResult.MISS;
        } else if (chance.happens(FAILS)) {
            records.remove(load.name);   // what it found was wrong
            load.loaded = LoadResult.CORRUPT;
        } else {
            oracle.onWrite(load.address, bytes.length);
            MemorySegment.copy(bytes, 0, ALL, ValueLayout.JAVA_BYTE, load.address, bytes.length);
            load.loaded = LoadResult.HIT;
            load.foundBytes = bytes.length;
        }
    }

    /** Not to read ahead is its right. */
    @Override
    public void readAhead(DirectBuffer names, int namesOffset, int count) {}

    @Override
    public int poll(long nowNs, BlockStoreListener listener, int limit) {
        int workCount = 0;
        for (Operation operation = done.poll(); operation != null; operation = done.poll()) {
            tell(operation, listener);
            workCount++;
        }
        for (int i = 0; i < underWay.size(); i++) {
            Operation operation = underWay.get(i);
            boolean isLate = operation.kind == Kind.LOAD && operation.deadlineNs - nowNs <= 0;
            boolean isLookupLate = operation.kind == Kind.LOOKUP && agenda.nowNs() - operation.beganNs > LOOKUP_NS;
            if (!operation.isAnswered && (isLate || isLookupLate)) {
                operation.isAnswered = true;
                strike();
                workCount++;
                if (isLate) {
                    listener.onLoaded(operation.tag, LoadResult.LATE, 0);
                } else {
                    listener.onFound(operation.tag, -1);
                }
            }
        }
        return workCount;
    }

    private void tell(Operation operation, BlockStoreListener listener) {
        switch (operation.kind) {
            case STORE -> listener.onStored(operation.tag, operation.stored);
            case LOOKUP -> {
                if (!operation.isAnswered) {
                    listener.onFound(operation.tag, operation.foundBytes);
                }
            }
            case LOAD -> {
                if (!operation.isAnswered) {
                    listener.onLoaded(operation.tag, operation.loaded, operation.foundBytes);
                }
                listener.onReleased(operation.tag);
            }
        }
    }

    private void strike() {
        if (++strikes >= STRIKES_MAX) {
            strikes = 0;
            offUntilNs = agenda.nowNs() + OFF_NS;
            receiver.tierEvent("far off until", offUntilNs);
        }
    }

    /** It goes on, if it hung. */
    void heal() {
        hungUntilNs = 0;
        offUntilNs = 0;
        for (Operation operation : underWay) {
            operation.dueAt(Math.min(operation.dueNs, agenda.nowNs() + MS));
        }
    }

    @Override
    public long blockBytesMax() {
        return 1 << 20;
    }

    @Override
    public BlockStoreStats stats() {
        return new BlockStoreStats(-1, -1, -1, -1, 1000, offUntilNs > agenda.nowNs() ? CircuitState.OFF : CircuitState.WORKING, underWay.size(), 0, 0, 0, 0,
            0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    }

    /** The process is gone: nobody is told, and nothing of its memory is touched. */
    @Override
    public void close() {
        isClosed = true;
    }
}
