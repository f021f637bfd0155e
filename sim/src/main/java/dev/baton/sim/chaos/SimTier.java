package dev.baton.sim.chaos;

import java.nio.file.Path;
import java.util.List;

import org.agrona.DirectBuffer;

import dev.baton.buffer.codec.CodecSpec;
import dev.baton.buffer.tier.BlockStore;
import dev.baton.buffer.tier.BlockStoreListener;
import dev.baton.buffer.tier.BlockStoreStats;
import dev.baton.buffer.tier.LayeredStore;
import dev.baton.buffer.tier.TimeToLive;
import dev.baton.buffer.tier.coded.CodedStore;
import dev.baton.buffer.tier.coded.RecordShapes;
import dev.baton.buffer.tier.disk.DiskContext;
import dev.baton.buffer.tier.disk.DiskStore;
import dev.baton.memory.Copier;
import dev.baton.memory.MemoryLedger;
import dev.baton.sim.time.Agenda;

/**
 * The tiers below one life of a receiver: the production disk tier over a {@link SimDisk}, in some seeds a store elsewhere behind it
 * ({@link SimFarStore}), in some with records encoded. The disk's I/O is begun when there is
 * some and done a drawn time later, or when a device that hangs goes on; in between the disk has it, whatever anybody wants.
 */
final class SimTier implements BlockStore {
    private static final Path DIRECTORY = Path.of("/disk");
    private static final long MS = 1_000_000;

    private final ReceiverMember receiver;
    private final TierOracle oracle;
    private final Agenda agenda;
    private final DiskStore disk;
    private final SimFarStore farOrNull;
    private final BlockStore store;
    private final Agenda.Happening ioDue = this::carryOutIfDue;
    private BlockStoreListener listener;
    private BlockStoreListener telling;
    private long ioDueNs = Long.MAX_VALUE;
    private long hungUntilNs;
    /** Of the last hang that I/O has met. */
    private long countedNs;
    private boolean isClosed;

    SimTier(ReceiverMember receiver, SimDisk device, SimFarStore farOrNull, TierOracle oracle, RecordShapes shapes, MemoryLedger ledger, Copier copier,
        long nowNs) {
        this.receiver = receiver;
        this.oracle = oracle;
        agenda = receiver.agenda;
        Plan plan = receiver.cluster.plan();
        this.farOrNull = farOrNull;
        disk = DiskStore.open(new DiskContext().directories(List.of(DIRECTORY)).io(device).isStepped(true).readers(2).writers(1)
            .fileBytes(plan.diskFileBytes).spaceBytesMax(plan.diskFiles * plan.diskFileBytes).entriesMax(plan.diskEntries)
            .loadsMax(plan.diskLoads).storesMax(plan.diskStores).ledger(ledger).copier(watched(copier))
            .salts(receiver.chance::nextLong)
            .timeToLive(new TimeToLive(plan.diskTtlMs, () -> agenda.nowNs() / MS)).conclude(), nowNs);
        BlockStore all = farOrNull == null ? disk : new LayeredStore(List.of(disk, farOrNull));
        store = plan.isCoded ? CodedStore.stepped(all, CodecSpec.parse("lossless"), shapes, Plan.EXTENT_BYTES, ledger) : all;
    }

    /** Tells the oracle whenever bytes go between the pool and the tier. */
    private Copier watched(Copier copier) {
        return new Copier() {
            @Override
            public int copyWithCrc(long source, long target, long length, int crc) {
                oracle.onRead(source, length);
                oracle.onWrite(target, length);
                return copier.copyWithCrc(source, target, length, crc);
            }

            @Override
            public void copy(long source, long target, long length) {
                oracle.onRead(source, length);
                oracle.onWrite(target, length);
                copier.copy(source, target, length);
            }

            @Override
            public int crc(long address, long length, int crc) {
                return copier.crc(address, length, crc);
            }

            @Override
            public String name() {
                return copier.name();
            }
        };
    }

    @Override
    public int store(long tag, DirectBuffer name, int nameOffset, long address, long lengthBytes) {
        int result = store.store(tag, name, nameOffset, address, lengthBytes);
        if (result == ACCEPTED) {
            oracle.beginStore(tag, name, nameOffset, address, lengthBytes);
            begin();
        }
        return result;
    }

    @Override
    public int lookup(long tag, DirectBuffer name, int nameOffset) {
        return store.lookup(tag, name, nameOffset);
    }

    @Override
    public int load(long tag, DirectBuffer name, int nameOffset, long address, long capacityBytes, long deadlineNs) {
        oracle.beforeLoad(address, capacityBytes);
        int result = store.load(tag, name, nameOffset, address, capacityBytes, deadlineNs);
        if (result == ACCEPTED) {
            oracle.beginLoad(tag, name, nameOffset, address, capacityBytes, deadlineNs);
            begin();
        }
        return result;
    }

    @Override
    public void readAhead(DirectBuffer names, int namesOffset, int count) {
        store.readAhead(names, namesOffset, count);
    }

    @Override
    @SuppressWarnings("ReferenceEquality")   // which listener it is
    public int poll(long nowNs, BlockStoreListener told, int limit) {
        if (told != listener) {
            listener = told;
            telling = oracle.telling(told);
        }
        oracle.throwSeen();
        int workCount = store.poll(nowNs, telling, limit);
        oracle.requireAnswered(nowNs);
        begin();
        return workCount;
    }

    /** Gives the disk what waits for it. */
    private void begin() {
        if (disk.beginIo() > 0 && ioDueNs == Long.MAX_VALUE) {
            ioDueNs = agenda.nowNs() + receiver.diskTimeNs();
            awaitDevice();
        }
    }

    private void carryOutIfDue() {
        if (agenda.nowNs() == ioDueNs && !isClosed) {
            carryOut();
        }
    }

    private void carryOut() {
        ioDueNs = Long.MAX_VALUE;
        int done = disk.stepIo();
        receiver.tierEvent("I/O", done);
        receiver.wake();
        begin();
    }

    /** The device does nothing until then, and holds what it has. */
    void hang(long untilNs) {
        hungUntilNs = Math.max(hungUntilNs, untilNs);
        if (ioDueNs != Long.MAX_VALUE) {
            awaitDevice();
        }
    }

    private void awaitDevice() {
        if (hungUntilNs > ioDueNs) {
            ioDueNs = hungUntilNs;
            if (countedNs != hungUntilNs) {
                countedNs = hungUntilNs;
                receiver.cluster.happened(FaultKind.DISK_HANG);
            }
        }
        agenda.at(ioDueNs, ioDue);
    }

    /** The device goes on, if it hung. */
    void heal() {
        hungUntilNs = 0;
        if (farOrNull != null) {
            farOrNull.heal();
        }
        if (ioDueNs != Long.MAX_VALUE) {
            ioDueNs = Math.min(ioDueNs, agenda.nowNs() + MS);
            agenda.at(ioDueNs, ioDue);
        }
    }

    /** The process dies now; what the device has may be done yet, in part. */
    void onCrash(SimDisk device) {
        if (farOrNull != null) {
            farOrNull.close();
        }
        if (ioDueNs != Long.MAX_VALUE && receiver.chance.below(2) == 0) {
            device.cutNext();
            disk.stepIo();
            device.afterCrash();
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

    @Override
    public void close() {
        isClosed = true;
        store.close();
        oracle.died();
    }
}
