package dev.baton.transport;

import dev.baton.memory.Copier;
import dev.baton.memory.MemoryLedger;
import dev.baton.memory.Region;
import dev.baton.memory.Regions;
import dev.baton.transport.shm.ShmFiles;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A receiver's slabs and what a data agent would know of them. Once made it allocates only for what goes wrong. */
final class TestReceiver implements LandingListener, AutoCloseable {
    static final int SLAB_COUNT = 2;
    static final int SLAB_BYTES = 16 << 20;
    static final int RESERVATION_COUNT = 8;
    static final int CELL_COUNT = 64;
    static final int GENERATION = 0x9000_0007;
    static final byte GUARD = (byte) 0xa5;

    final List<String> badFrames = new ArrayList<>();
    final List<Long> lanesClosed = new ArrayList<>();
    private final Region[] slabs = new Region[SLAB_COUNT];
    private final int[] crcByCell = new int[RESERVATION_COUNT * CELL_COUNT];
    private final boolean[] isAdmitted = new boolean[RESERVATION_COUNT];
    private final LaneMark lastMark = new LaneMark();
    private Runnable onMark = () -> {};
    private long markCount;
    private long landedBytes;
    private long refusedFrameCount;

    TestReceiver(MemoryLedger ledger, Path directory) {
        for (int i = 0; i < SLAB_COUNT; i++) {
            slabs[i] = Regions.createFile(ledger, "test.slab", ShmFiles.slab(directory, LaneRig.RECEIVER, i), SLAB_BYTES);
            slabs[i].segment().fill(GUARD);
        }
        for (int i = 0; i < RESERVATION_COUNT; i++) {
            isAdmitted[i] = true;
        }
    }

    List<RemoteSlab> slabs() {
        List<RemoteSlab> told = new ArrayList<>();
        for (int i = 0; i < SLAB_COUNT; i++) {
            told.add(new RemoteSlab(i, 0, SLAB_BYTES));
        }
        return told;
    }

    Region slab(int slab) {
        return slabs[slab];
    }

    void admit(long reservation, boolean value) {
        isAdmitted[(int) reservation] = value;
    }

    void onMark(Runnable check) {
        onMark = check;
    }

    int crc(long reservation, int cell) {
        return crcByCell[slot(reservation, cell)];
    }

    long markCount() {
        return markCount;
    }

    LaneMark lastMark() {
        return lastMark;
    }

    long landedBytes() {
        return landedBytes;
    }

    long refusedFrameCount() {
        return refusedFrameCount;
    }

    /** One-sided lanes: the cell's CRC is taken in place. */
    int crcInPlace(Copier copier, int slab, long offset, int lengthBytes, int crc) {
        return copier.crc(slabs[slab].address() + offset, lengthBytes, crc);
    }

    @Override
    public boolean admit(Placement frame) {
        boolean isFine = frame.reservation() >= 0 && frame.reservation() < RESERVATION_COUNT &&
            isAdmitted[(int) frame.reservation()] && frame.generation() == GENERATION && frame.cell() < CELL_COUNT &&
            frame.token() == frame.reservation() * 31 && frame.slab() < SLAB_COUNT &&
            frame.slabOffset() + frame.lengthBytes() <= SLAB_BYTES;
        if (!isFine) {
            refusedFrameCount++;
            return false;
        }
        frame.address(slabs[frame.slab()].address() + frame.slabOffset());
        frame.crc(crcByCell[slot(frame.reservation(), frame.cell())]);
        return true;
    }

    @Override
    public void onLanded(Placement frame, int lengthBytes) {
        crcByCell[slot(frame.reservation(), frame.cell())] = frame.crc();
        landedBytes += lengthBytes;
    }

    @Override
    public void onMark(LaneMark mark) {
        markCount++;
        lastMark.on(mark.sessionId(), mark.lane())
            .set(mark.reservation(), mark.generation(), mark.part(), mark.round(), mark.seq(), mark.isLast());
        onMark.run();
    }

    @Override
    public void onLaneClosed(long sessionId, int lane) {
        lanesClosed.add(sessionId);
    }

    @Override
    public void onBadFrame(long sessionId, int lane, String reason, boolean isFatal) {
        badFrames.add(reason + (isFatal ? " fatal" : ""));
    }

    @Override
    public void close() {
        for (Region slab : slabs) {
            slab.close();
        }
    }

    private static int slot(long reservation, int cell) {
        return (int) reservation * CELL_COUNT + cell;
    }
}
