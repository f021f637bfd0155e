package dev.baton.buffer.tier.disk;

import dev.baton.buffer.tier.TimeToLive;
import dev.baton.buffer.tier.log.RecordFormat;
import dev.baton.memory.Copier;
import dev.baton.memory.MemoryLedger;
import dev.baton.platform.Require;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** Everything a disk tier is told before it starts. Set what differs, {@link #conclude()} once, then only read. */
public final class DiskContext {
    private static final int THREADS_MAX = 64;
    private static final int JOBS_MAX = 4096;

    private List<Path> directories = List.of();
    private long spaceBytesMax = 16L << 30;
    private long fileBytes = 1L << 30;
    private int entriesMax = 1 << 18;
    private int readers = 4;
    private int writers = 4;
    private int loadsMax = 64;
    private int storesMax = 32;
    private int readAheadSlots;
    private long readAheadBlockBytes = 32L << 20;
    private long hungAfterNs = TimeUnit.SECONDS.toNanos(2);
    private boolean isStepped;
    private DiskIo io = new PosixDiskIo(true);
    private Copier copier = Copier.best();
    private MemoryLedger ledger = new MemoryLedger();
    private LongSupplier salts = new SecureRandom()::nextLong;
    private TimeToLive timeToLive = TimeToLive.UNLIMITED;
    private boolean concluded;

    /** Where the log lies, one directory for each device; each is made with mode 0700 or must have it. */
    public DiskContext directories(List<Path> value) {
        requireOpen();
        directories = List.copyOf(value);
        return this;
    }

    /** What each directory may take, at least three files. */
    public DiskContext spaceBytesMax(long value) {
        requireOpen();
        spaceBytesMax = value;
        return this;
    }

    /** Of each file, allocated whole; whole blocks of 4 KiB. A block of KV must fit in one. */
    public DiskContext fileBytes(long value) {
        requireOpen();
        fileBytes = value;
        return this;
    }

    /** Blocks at most, over all directories; about 110 bytes of heap each. */
    public DiskContext entriesMax(int value) {
        requireOpen();
        entriesMax = value;
        return this;
    }

    /** Threads of each directory that read. */
    public DiskContext readers(int value) {
        requireOpen();
        readers = value;
        return this;
    }

    /** Threads of each directory that write, make and remove. */
    public DiskContext writers(int value) {
        requireOpen();
        writers = value;
        return this;
    }

    /** Loads under way at once; more are back-pressured. */
    public DiskContext loadsMax(int value) {
        requireOpen();
        loadsMax = value;
        return this;
    }

    /** Stores under way at once; more are back-pressured. */
    public DiskContext storesMax(int value) {
        requireOpen();
        storesMax = value;
        return this;
    }

    /**
     * Blocks of announced chains that are kept in memory until they are loaded; 0, the default, reads nothing ahead.
     * @param blockBytes longest block that is read ahead; each takes so much memory
     */
    public DiskContext readAhead(int blocks, long blockBytes) {
        requireOpen();
        readAheadSlots = blocks;
        readAheadBlockBytes = blockBytes;
        return this;
    }

    /** How long a device may do nothing with work before it, until nothing more is asked of it. */
    public DiskContext hungAfterNs(long value) {
        requireOpen();
        hungAfterNs = value;
        return this;
    }

    /** No threads: I/O is done by {@link DiskStore#stepIo()}, for tests and simulation. */
    public DiskContext isStepped(boolean value) {
        requireOpen();
        isStepped = value;
        return this;
    }

    public DiskContext io(DiskIo value) {
        requireOpen();
        io = value;
        return this;
    }

    public DiskContext copier(Copier value) {
        requireOpen();
        copier = value;
        return this;
    }

    /** Counts the memory of the I/O threads, about 1.3 MiB each. */
    public DiskContext ledger(MemoryLedger value) {
        requireOpen();
        ledger = value;
        return this;
    }

    /** Random numbers for new files, which nobody may guess. */
    public DiskContext salts(LongSupplier value) {
        requireOpen();
        salts = value;
        return this;
    }

    /** How long a block is found after it was stored. Each record has its time, whatever this says when it is written. */
    public DiskContext timeToLive(TimeToLive value) {
        requireOpen();
        timeToLive = value;
        return this;
    }

    /** Checks what was set and closes this context to change. Starts and allocates nothing. */
    public DiskContext conclude() {
        requireOpen();
        Require.that(!directories.isEmpty(), "directories", directories, "at least one");
        Require.that(directories.stream().distinct().count() == directories.size(), "directories", directories, "different");
        Require.that(fileBytes % RecordFormat.BLOCK_BYTES == 0, "fileBytes", fileBytes, "whole blocks of 4 KiB");
        Require.between("fileBytes", fileBytes, 4L * RecordFormat.BLOCK_BYTES, 1L << 42);
        Require.atLeast("spaceBytesMax", spaceBytesMax, 3 * fileBytes);
        Require.between("entriesMax", entriesMax, 1, 1 << 28);
        Require.between("readers", readers, 1, THREADS_MAX);
        Require.between("writers", writers, 1, THREADS_MAX);
        Require.between("loadsMax", loadsMax, 1, JOBS_MAX);
        Require.between("storesMax", storesMax, 1, JOBS_MAX);
        Require.between("readAheadSlots", readAheadSlots, 0, 1024);
        Require.between("readAheadBlockBytes", readAheadBlockBytes, 1, RecordFormat.PAYLOAD_BYTES_MAX);
        Require.atLeast("hungAfterNs", hungAfterNs, TimeUnit.MILLISECONDS.toNanos(1));
        concluded = true;
        return this;
    }

    public List<Path> directories() {
        return directories;
    }

    public long spaceBytesMax() {
        return spaceBytesMax;
    }

    public long fileBytes() {
        return fileBytes;
    }

    public int entriesMax() {
        return entriesMax;
    }

    public int readers() {
        return readers;
    }

    public int writers() {
        return writers;
    }

    public int loadsMax() {
        return loadsMax;
    }

    public int storesMax() {
        return storesMax;
    }

    public int readAheadSlots() {
        return readAheadSlots;
    }

    public long readAheadBlockBytes() {
        return readAheadBlockBytes;
    }

    public long hungAfterNs() {
        return hungAfterNs;
    }

    public boolean isStepped() {
        return isStepped;
    }

    public DiskIo io() {
        return io;
    }

    public Copier copier() {
        return copier;
    }

    public MemoryLedger ledger() {
        return ledger;
    }

    public LongSupplier salts() {
        return salts;
    }

    public TimeToLive timeToLive() {
        return timeToLive;
    }

    private void requireOpen() {
        if (concluded) {
            throw new IllegalStateException("context is concluded: set everything before conclude()");
        }
    }
}
