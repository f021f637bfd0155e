package dev.baton.buffer.tier.log;

import dev.baton.buffer.tier.log.LogFile.State;
import dev.baton.platform.Require;
import java.util.ArrayList;
import java.util.List;

/**
 * The files of one directory's log: which one is written, which stands ready behind it, and which goes when there is no
 * more room. Space counts by whole files, from the moment that one is to be made until it is gone. Of the older half of
 * the files, the one goes from which least was loaded lately; of equals, the oldest. Pure; one owner.
 */
public final class LogLedger {
    private final int device;
    private final long spaceBytesMax;
    private final long fileBytes;
    /** In the order of their sequence. */
    private final List<LogFile> files = new ArrayList<>();
    private long spaceBytes;
    private long nextSequence = 1;
    private LogFile active;
    private LogFile spare;

    /**
     * @param device        number of the directory, for its files
     * @param spaceBytesMax what the log may take, at least three files: one written, one ready, one kept
     * @param fileBytes     of each file, whole blocks
     */
    public LogLedger(int device, long spaceBytesMax, long fileBytes) {
        Require.that(fileBytes % RecordFormat.BLOCK_BYTES == 0, "fileBytes", fileBytes, "whole blocks of 4 KiB");
        Require.atLeast("fileBytes", fileBytes, 4L * RecordFormat.BLOCK_BYTES);
        Require.atLeast("spaceBytesMax", spaceBytesMax, 3 * fileBytes);
        this.device = device;
        this.spaceBytesMax = spaceBytesMax;
        this.fileBytes = fileBytes;
    }

    public long spaceBytes() {
        return spaceBytes;
    }

    public long spaceBytesMax() {
        return spaceBytesMax;
    }

    public int fileCount() {
        return files.size();
    }

    public LogFile file(int index) {
        return files.get(index);
    }

    /** Takes in a file that an earlier process left; in the order of their sequence, before any other is made. */
    public LogFile adopt(long sequence, long lengthBytes) {
        Require.atLeast("sequence", sequence, nextSequence);
        LogFile file = new LogFile(device, sequence, 0, lengthBytes, State.SCANNING);
        nextSequence = sequence + 1;
        files.add(file);
        spaceBytes += lengthBytes;
        return file;
    }

    /** Whether a file should be made now: none stands ready, and there is room for one. */
    public boolean isSpareWanted() {
        return spare == null && spaceBytes + fileBytes <= spaceBytesMax;
    }

    /** Whether one has to go before another can be made. */
    public boolean isRoomWanted() {
        return (spare == null && spaceBytes + fileBytes > spaceBytesMax) || spaceBytes > spaceBytesMax;
    }

    /** A file that is being made from now on. */
    public LogFile make(long salt) {
        Require.that(isSpareWanted(), "spaceBytes", spaceBytes, "room for a file, and no spare");
        LogFile file = new LogFile(device, nextSequence++, salt, fileBytes, State.MAKING);
        files.add(file);
        spare = file;
        spaceBytes += fileBytes;
        return file;
    }

    /** The file stands ready. */
    public void made(LogFile file, int handle) {
        step(file, State.MAKING, State.SPARE);
        file.handle = handle;
    }

    /** The file could not be made: its space is not taken. */
    public void notMade(LogFile file) {
        step(file, State.MAKING, State.GONE);
        forget(file);
    }

    /**
     * Finds room for a record behind the others. When the active file is full it is sealed, and the spare one becomes
     * active.
     * @return the file, with {@code endBytes} where the record goes, or null while none is ready
     */
    public LogFile roomOrNull(long recordBytes) {
        Require.between("recordBytes", recordBytes, 1, fileBytes - RecordFormat.BLOCK_BYTES);
        if (active != null && active.endBytes + recordBytes <= active.lengthBytes()) {
            return active;
        }
        if (spare == null || spare.state != State.SPARE) {
            return null;
        }
        if (active != null) {
            seal(active);
        }
        active = spare;
        spare = null;
        step(active, State.SPARE, State.ACTIVE);
        return active;
    }

    /** No record goes into this file any more: it is full, or a write to it failed. */
    public void seal(LogFile file) {
        if (file.state == State.ACTIVE) {
            step(file, State.ACTIVE, State.SEALED);
            active = null;
        }
    }

    /** All its records were found, and what lies behind the last one was given back. */
    public void scanned(LogFile file, long keptBytes) {
        step(file, State.SCANNING, State.SEALED);
        spaceBytes -= file.lengthBytes - keptBytes;
        file.lengthBytes = keptBytes;
    }

    /** The file that should go first, or null while none may go. */
    public LogFile victimOrNull() {
        LogFile victim = null;
        int candidates = (files.size() + 1) / 2;
        for (int i = 0; i < files.size() && (i < candidates || victim == null); i++) {
            LogFile file = files.get(i);
            boolean isOld = i < candidates;
            boolean mayGo = file.inFlight == 0 && (file.state == State.SEALED || (file.state == State.SCANNING && isOld));
            if (mayGo && (victim == null || file.heatBytes < victim.heatBytes)) {
                victim = file;
            }
        }
        return victim;
    }

    /** The file goes: nothing in it may be found from now on. All other files become half as warm. */
    public void dying(LogFile file) {
        Require.that(file.state == State.SEALED || file.state == State.SCANNING, "file", file, "sealed, or scanned");
        file.state = State.DYING;
        for (int i = 0; i < files.size(); i++) {
            files.get(i).heatBytes >>>= 1;
        }
    }

    /** A file that goes and is not gone yet, or null. */
    public LogFile dyingOrNull() {
        for (int i = 0; i < files.size(); i++) {
            if (files.get(i).state == State.DYING) {
                return files.get(i);
            }
        }
        return null;
    }

    /** The file is removed and closed: its space is free. */
    public void gone(LogFile file) {
        step(file, State.DYING, State.GONE);
        forget(file);
    }

    private void forget(LogFile file) {
        files.remove(file);
        spaceBytes -= file.lengthBytes;
        if (spare == file) {
            spare = null;
        }
    }

    private static void step(LogFile file, State from, State to) {
        Require.that(file.state == from, "file", file, "in state " + from);
        file.state = to;
    }
}
