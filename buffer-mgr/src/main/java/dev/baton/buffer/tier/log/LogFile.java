package dev.baton.buffer.tier.log;

/** One file of a log, as its owner sees it. Plain fields, for the ledger, the index and the store keep it together. */
public final class LogFile {
    /** Where a file stands; it only ever goes on to a later one. */
    public enum State {
        /** Being made and allocated. */
        MAKING,
        /** Made, and not written to yet. */
        SPARE,
        /** Records are appended. */
        ACTIVE,
        /** Of an earlier process: its records are being found. */
        SCANNING,
        /** Never written to again. */
        SEALED,
        /** Being removed: nothing in it is found any more. */
        DYING,
        /** Its space is free. */
        GONE
    }

    /** Which directory's, counted as they were named. */
    public final int device;
    public final long sequence;
    /** 0 until the head of a file of an earlier process was read. */
    public long salt;
    /** The I/O layer's number of the open file; below 0 while there is none. */
    public int handle = -1;
    /** Where the next record goes; while scanning, where the scan is. */
    public long endBytes = RecordFormat.BLOCK_BYTES;
    /** Payload of records that can be found here. */
    public long liveBytes;
    /** Payload that was loaded from here, halved whenever a file has to go. */
    public long heatBytes;
    /** Reads and writes under way. */
    public int inFlight;
    int firstEntry = RecordIndex.NONE;
    long lengthBytes;
    State state;

    LogFile(int device, long sequence, long salt, long lengthBytes, State state) {
        this.device = device;
        this.sequence = sequence;
        this.salt = salt;
        this.lengthBytes = lengthBytes;
        this.state = state;
    }

    public State state() {
        return state;
    }

    /** What it takes of its directory. */
    public long lengthBytes() {
        return lengthBytes;
    }

    /** The first of this file's entries in the index, or {@link RecordIndex#NONE}. */
    public int firstEntry() {
        return firstEntry;
    }

    @Override
    public String toString() {
        return "LogFile sequence=" + sequence + " state=" + state + " endBytes=" + endBytes + " liveBytes=" + liveBytes +
            " inFlight=" + inFlight;
    }
}
