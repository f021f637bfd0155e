package dev.baton.sim.bench;

import dev.baton.memory.Copier;
import dev.baton.transport.Inlet;
import dev.baton.transport.LandingListener;
import dev.baton.transport.LaneMark;
import dev.baton.transport.Placement;

/**
 * The receiving data agent of one lane, cut down to one reservation: looks every frame up before it lands, takes CRCs
 * (in place behind marks, a piece a cycle, or as the landing gave them) and compares each with its manifest line. Owned
 * by one thread at a time; allocates only for what goes wrong.
 */
final class LandingSink implements LandingListener {
    private static final int BYTES_PER_CYCLE = 4 << 20;

    private final Copier copier;
    private final IdleMode idle;
    private final boolean isOneSided;
    private final int[] crcs = new int[StreamCounters.LINE_COUNT];
    private Share share;
    private String failure = "";
    private int landedCount;
    private int markedCount;
    private int cellBytes;
    private int crc;

    LandingSink(Copier copier, IdleMode idle, boolean isOneSided) {
        this.copier = copier;
        this.idle = idle;
        this.isOneSided = isOneSided;
    }

    /** Takes in a whole sample and gives how many messages were not what their manifest line says. */
    int run(Inlet inlet, Share share, StreamCounters counters, int messageCount) {
        this.share = share;
        landedCount = 0;
        markedCount = 0;
        cellBytes = 0;
        crc = 0;
        Pause pause = new Pause(idle, "bytes on lane " + inlet.lane());
        int checkedCount = 0;
        int mismatchCount = 0;
        while (checkedCount < messageCount) {
            int workCount = inlet.poll(BYTES_PER_CYCLE);
            workCount += isOneSided && landedCount < markedCount ? checkInPlace() : 0;
            int checkedBefore = checkedCount;
            while (checkedCount < landedCount && counters.isTold(checkedCount)) {
                mismatchCount += counters.crc(checkedCount) == crcs[checkedCount & (StreamCounters.LINE_COUNT - 1)] ? 0
                    : 1;
                checkedCount++;
            }
            if (checkedCount != checkedBefore) {
                counters.checked(checkedCount);
                workCount++;
            }
            if (!failure.isEmpty()) {
                throw new IllegalStateException(failure);
            }
            if (workCount > 0) {
                pause.reset();
            } else {
                pause.idle();
            }
        }
        return mismatchCount;
    }

    @Override
    public boolean admit(Placement frame) {
        int message = frame.cell();
        boolean isFine = share != null && frame.reservation() == LinkSender.RESERVATION &&
            frame.generation() == LinkSender.GENERATION && frame.token() == LinkSender.TOKEN && frame.slab() == 0 &&
            message == landedCount && frame.slabOffset() == share.slabOffset(message) + frame.cellOffset() &&
            frame.cellOffset() + frame.doneBytes() == cellBytes &&
            frame.cellOffset() + frame.lengthBytes() <= share.sizeBytes();
        if (!isFine) {
            failure = "frame refused: cell=" + message + " expected=" + landedCount + " cellOffset=" +
                frame.cellOffset() + " lengthBytes=" + frame.lengthBytes();
            return false;
        }
        frame.address(share.target(message) + frame.cellOffset());
        frame.crc(crc);
        return true;
    }

    @Override
    public void onLanded(Placement frame, int lengthBytes) {
        crc = frame.crc();
        advance(lengthBytes);
    }

    @Override
    public void onMark(LaneMark mark) {
        markedCount = mark.seq();
    }

    @Override
    public void onLaneClosed(long sessionId, int lane) {
        failure = "lane closed by its sender: lane=" + lane;
    }

    @Override
    public void onBadFrame(long sessionId, int lane, String reason, boolean isFatal) {
        failure = "bad frame: reason=" + reason + " lane=" + lane;
    }

    private int checkInPlace() {
        int lengthBytes = Math.min(BYTES_PER_CYCLE, share.sizeBytes() - cellBytes);
        crc = copier.crc(share.target(landedCount) + cellBytes, lengthBytes, crc);
        advance(lengthBytes);
        return 1;
    }

    private void advance(int lengthBytes) {
        cellBytes += lengthBytes;
        if (cellBytes == share.sizeBytes()) {
            crcs[landedCount & (StreamCounters.LINE_COUNT - 1)] = crc;
            landedCount++;
            cellBytes = 0;
            crc = 0;
        }
    }
}
